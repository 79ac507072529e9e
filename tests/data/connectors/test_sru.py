from datetime import date

import pytest

from data.connectors.http import SourceError, WrongContentError
from data.connectors.sru import Found, months, search

JANUARY = date(2024, 1, 1), date(2024, 1, 31)


def _ids(found: Found) -> list[str]:
    return [record.id for record in found.records]


def _starts(official) -> list[str]:
    return [query["startRecord"] for _, query, _ in official.requests]


def test_the_query_is_as_documented(official, pages) -> None:
    search(pages, official.sru, *JANUARY)
    _, query, _ = official.requests[0]
    assert query == {
        "operation": "searchRetrieve",
        "version": "2.0",
        "query": "c.product-area==officielepublicaties AND "
        'w.publicatienaam=="Kamervragen (Aanhangsel)" AND dt.available>=2024-01-01 AND dt.available<=2024-01-31 '
        "sortBy dt.date/sort.descending",
        "startRecord": "1",
        "maximumRecords": "1000",
        "recordSchema": "gzd",
        "httpAccept": "application/xml",
    }


def test_pages_are_followed_whatever_the_count_says(official, pages) -> None:
    for place in range(8):  # the fake always counts 7
        official.publish(f"ah-{place}")
    official.largest_page = 3
    assert sorted(_ids(search(pages, official.sru, *JANUARY))) == [f"ah-{place}" for place in range(8)]
    assert _starts(official) == ["1", "4", "7"]


def test_a_page_is_asked_for_once(official, pages) -> None:
    official.publish("ah-1")
    assert search(pages, official.sru, *JANUARY) == search(pages, official.sru, *JANUARY)
    assert len(official.requests) == 1


def test_the_period_is_cut_into_months(official, pages) -> None:
    for day in ("2023-12-31", "2024-01-02", "2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01"):
        official.publish(f"ah-{day.replace('-', '')}", available=day)
    found = search(pages, official.sru, date(2024, 1, 2), date(2024, 2, 29))
    assert sorted(_ids(found)) == ["ah-20240102", "ah-20240131", "ah-20240201", "ah-20240229"]
    assert len(official.requests) == 2


def test_a_month_that_cannot_be_reached_is_cut_into_days(official, pages) -> None:
    for day in range(1, 32):
        official.publish(f"ah-{day}", available=f"2024-01-{day:02}")
    expected = set(_ids(search(pages, official.sru, *JANUARY)))
    assert len(expected) == 31
    official.last_start = 10
    official.requests.clear()

    found = search(pages, official.sru, *JANUARY, page_records=3, max_start=10)
    assert set(_ids(found)) == expected
    assert all(int(start) < 10 for start in _starts(official))
    assert len(official.requests) == 3 + 31


def test_a_day_that_cannot_be_reached_is_an_error(official, pages) -> None:
    for place in range(12):
        official.publish(f"ah-{place}", available="2024-01-05")
    with pytest.raises(SourceError, match="expected fewer than 10 documents of 2024-01-05, found more"):
        search(pages, official.sru, *JANUARY, page_records=3, max_start=10)


def test_a_refused_query_is_an_error(official, pages) -> None:
    official.fail("/sru", body=official.page(number="", more=official.diagnostic("Query syntax error")))
    message = r"expected an answer to the whole query, found the diagnostic 'Query syntax error: not a valid range"
    with pytest.raises(SourceError, match=message):
        search(pages, official.sru, *JANUARY)
    assert len(official.requests) == 1


def test_an_ignored_clause_is_an_error_and_not_kept(official, pages) -> None:
    one = official.publish("ah-1")
    official.fail("/sru", body=official.page(one, more=official.diagnostic("SEARCH-IGNOREDQTEXT")))
    with pytest.raises(SourceError, match="SEARCH-IGNOREDQTEXT"):
        search(pages, official.sru, *JANUARY)
    assert _ids(search(pages, official.sru, *JANUARY)) == ["ah-1"]


@pytest.mark.parametrize("kind", ["html", "no count", "cut off"])
def test_another_body_is_asked_for_once_more(official, pages, kind: str) -> None:
    page = official.page(official.publish("ah-1"))
    bodies = {"html": official.error_page, "no count": official.page(number=""), "cut off": page[:500]}
    official.fail("/sru", body=bodies[kind])
    assert _ids(search(pages, official.sru, *JANUARY)) == ["ah-1"]
    official.fail("/sru", body=bodies[kind], times=2)
    with pytest.raises(WrongContentError, match="/sru"):
        search(pages, official.sru, date(2024, 1, 1), date(2024, 1, 30))


def test_a_position_that_does_not_advance_is_an_error(official, pages) -> None:
    official.fail("/sru", body=official.page(official.publish("ah-1"), following=1))
    with pytest.raises(SourceError, match="expected nextRecordPosition beyond 1, found 1"):
        search(pages, official.sru, *JANUARY)


def test_records_that_cannot_be_used_are_reported(official, pages) -> None:
    good, outside = official.publish("ah-1"), official.publish("ah-2", available="2019-05-01")
    nameless = official.publish("")
    official.fail("/sru", body=official.page(good, outside, nameless))
    found = search(pages, official.sru, *JANUARY)
    assert _ids(found) == ["ah-1"]
    assert [(each.document, each.reason) for each in found.problems] == [
        ("ah-2", "expected a day of publication from 2024-01-01 to 2024-01-31, found 2019-05-01; left out"),
        (
            "record 3 of 2024-01-01 to 2024-01-31",
            "expected an identifier such as ah-tk-20202021-3235, found ''; left out",
        ),
    ]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (date(2024, 1, 5), date(2024, 1, 5), [(5, 5)]),
        (date(2024, 1, 1), date(2024, 1, 31), [(1, 31)]),
        (date(2023, 12, 30), date(2024, 2, 1), [(30, 31), (1, 31), (1, 1)]),
        (date(2024, 2, 29), date(2024, 3, 1), [(29, 29), (1, 1)]),
    ],
)
def test_months(since: date, until: date, expected: list[tuple[int, int]]) -> None:
    assert [(first.day, last.day) for first, last in months(since, until)] == expected
