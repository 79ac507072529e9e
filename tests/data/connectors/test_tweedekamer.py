from datetime import date

import pytest

from data.connectors.http import SourceError, WrongContentError
from data.connectors.tweedekamer import KamerDocument, Zaak, list_zaken, local_day, look_up, resource_address

JANUARY = date(2024, 1, 1), date(2024, 1, 31)
QUESTION = ("Schriftelijke vragen", "")
ANSWER = ("Antwoord schriftelijke vragen", "232400012")
DELAY = ("Mededeling (uitstel antwoord)", "Uitstel beantwoording vragen")


@pytest.mark.parametrize("v5", [False, True], ids=["v4", "v5"])
def test_a_zaak_whole(official, pages, v5: bool) -> None:
    official.put("2024Z00001", documents=(QUESTION, ANSWER), v5=v5)
    (zaak,), _ = list_zaken(pages, official.odata, *JANUARY)
    assert zaak == Zaak(
        number="2024Z00001",
        subject="Het loket in Veendam",
        put=date(2024, 1, 10),
        due=date(2024, 1, 31),
        session="2023-2024",
        askers=("A. de Wit (ABC)", "B. Bos (DEF)"),
        addressees=("C. Smit (minister van Loketten)",),
        documents=(
            KamerDocument(
                id="00000000-0000-4000-8000-000000000000",
                kind="Schriftelijke vragen",
                number="2024D00000",
                subject="",
                day=date(2024, 1, 11),
                aanhangsel="",
            ),
            KamerDocument(
                id="00000000-0000-4000-8000-000000000001",
                kind="Antwoord schriftelijke vragen",
                number="2024D00001",
                subject="232400012",
                day=date(2024, 1, 12),
                aanhangsel="232400012",
            ),
        ),
    )
    assert zaak.question == zaak.documents[0]
    assert resource_address("x/v5", zaak.documents[0]) == "x/v5/Document(00000000-0000-4000-8000-000000000000)/resource"


def test_a_period_is_asked_in_local_time_without_top(official, pages) -> None:
    list_zaken(pages, official.odata, date(2024, 3, 30), date(2024, 3, 31))
    path, query, _ = official.requests[0]
    assert path == "/odata/Zaak"
    assert query == {
        "$filter": "Verwijderd eq false and Soort eq 'Schriftelijke vragen' and "
        "GestartOp ge 2024-03-30T00:00:00+01:00 and GestartOp lt 2024-04-01T00:00:00+02:00",
        "$expand": "Document,ZaakActor",
        "$orderby": "Nummer",
    }


@pytest.mark.parametrize("elsewhere", ["https://gegevensmagazijn.example/odata/", ""], ids=["absolute", "relative"])
def test_pages_are_followed_on_the_host_that_was_given(official, pages, elsewhere: str) -> None:
    official.elsewhere = elsewhere
    for place in range(7):
        official.put(f"2024Z0000{place}")
    official.odata_page = 3
    assert [zaak.number for zaak in list_zaken(pages, official.odata, *JANUARY)[0]] == [
        f"2024Z0000{place}" for place in range(7)
    ]
    assert [query.get("$skiptoken") for _, query, _ in official.requests] == [None, "3", "6"]


def test_pages_without_an_end_are_an_error(official, pages) -> None:
    body = b'{"value": [], "@odata.nextLink": "https://x.example/odata/Zaak?$skiptoken=1"}'
    official.fail("/odata/Zaak", body=body, times=2)
    with pytest.raises(SourceError, match="expected pages that come to an end"):
        list_zaken(pages, official.odata, *JANUARY)


def test_further_pages_of_an_expansion_are_followed(official, pages) -> None:
    row = official.put("2024Z00001", documents=(QUESTION, ANSWER))
    official.put("2024Z00002", documents=(DELAY,))
    row["Document@odata.nextLink"] = "https://x.example/odata/Zaak(1)/Document?$skiptoken=1"
    body = b'{"value": [{"Id": "00000001-0000-4000-8000-00000000000a", "Soort": "Mededeling (uitstel antwoord)"}]}'
    official.fail("/odata/Zaak(1)/Document", body=body)
    (first, _), _ = list_zaken(pages, official.odata, *JANUARY)
    assert len(first.documents) == 3
    assert first.postponed


def test_deleted_rows_are_left_out_and_others_without_a_number_reported(official, pages) -> None:
    body = (
        b'{"value": [{"Nummer": "2024Z00002", "Verwijderd": true}, {"Id": "ab", "Nummer": null, "Verwijderd": false}, '
        b'{"Nummer": "../x"}, {"Nummer": "2024Z00003"}, {"Nummer": "2024Z00003"}]}'
    )
    official.fail("/odata/Zaak", body=body)
    zaken, problems = list_zaken(pages, official.odata, *JANUARY)
    assert [zaak.number for zaak in zaken] == ["2024Z00003"]
    assert [(each.document, each.reason) for each in problems] == [
        ("ab", "expected a number such as 2021Z09739, found 'None'; left out"),
        ("row 2", "expected a number such as 2021Z09739, found '../x'; left out"),
    ]


def test_a_deleted_document_is_no_document(official, pages) -> None:
    row = official.put("2024Z00001", documents=(QUESTION, ANSWER))
    row["Document"][1]["Verwijderd"] = True
    (zaak,), _ = list_zaken(pages, official.odata, *JANUARY)
    assert zaak.status == "open"


@pytest.mark.parametrize(
    ("documents", "status", "postponed"),
    [
        pytest.param((QUESTION,), "open", False, id="question alone"),
        pytest.param((QUESTION, DELAY), "postponed", True, id="delay"),
        pytest.param((QUESTION, DELAY, ANSWER), "answered", True, id="delay and answer"),
        pytest.param((QUESTION, ("Antwoord schriftelijke vragen (nader)", "")), "answered", False, id="later answer"),
        pytest.param((QUESTION, ("Mededeling", "De vragen zijn ingetrokken")), "withdrawn", False, id="withdrawn"),
        pytest.param(
            (QUESTION, DELAY, ("Mededeling", "Intrekking van vragen")), "withdrawn", True, id="withdrawn late"
        ),
        pytest.param((QUESTION, ("Mededeling", "Doorgeleiding")), "open", False, id="another notice"),
        pytest.param((QUESTION, ("Brief regering", "ingetrokken")), "open", False, id="another kind"),
    ],
)
def test_the_status_is_read_from_the_documents(official, pages, documents, status: str, postponed: bool) -> None:
    official.put("2024Z00001", documents=documents)
    (zaak,), _ = list_zaken(pages, official.odata, *JANUARY)
    assert (zaak.status, zaak.postponed) == (status, postponed)


def test_the_latest_document_with_the_questions_counts(official, pages) -> None:
    official.put("2024Z00001", documents=(QUESTION, ANSWER, QUESTION))
    official.put("2024Z00002", documents=(ANSWER,))
    (first, second), _ = list_zaken(pages, official.odata, *JANUARY)
    assert first.question == first.documents[2]
    assert second.question is None


def test_numbers_are_looked_up_some_at_a_time(official, pages) -> None:
    numbers = [f"2024Z{place:05}" for place in range(45)]
    for number in numbers[1:]:
        official.put(number)
    found = look_up(pages, official.odata, [*numbers, *numbers, "", "2989900822", "x' or true"])
    assert list(found) == numbers[1:]
    assert len(official.requests) == 3
    assert not any("true" in query["$filter"] for _, query, _ in official.requests)


def test_a_number_that_was_not_asked_is_not_found(official, pages) -> None:
    official.fail("/odata/Zaak", body=b'{"value": [{"Nummer": "2024Z00001"}, {"Nummer": "2024Z00002"}]}')
    assert list(look_up(pages, official.odata, ["2024Z00002"])) == ["2024Z00002"]


def test_nothing_to_look_up_asks_nothing(official, pages) -> None:
    assert look_up(pages, official.odata, ["", "2989900822"]) == {}
    assert official.requests == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html></html>", id="html"),
        pytest.param(b'{"error": {"message": "x"}}', id="error"),
        pytest.param(b"[1]", id="no object"),
        pytest.param(b'{"value": [1]}', id="no rows"),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
def test_another_body_is_asked_for_once_more(official, pages, body: bytes) -> None:
    official.put("2024Z00001")
    official.fail("/odata/Zaak", body=body)
    assert len(list_zaken(pages, official.odata, *JANUARY)[0]) == 1
    official.fail("/odata/Zaak", body=body, times=2)
    with pytest.raises(WrongContentError, match="/odata/Zaak"):
        list_zaken(pages, official.odata, date(2024, 1, 1), date(2024, 1, 2))


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2021-06-03T00:00:00+02:00", date(2021, 6, 3)),
        ("2021-06-02T22:00:00Z", date(2021, 6, 3)),
        ("2021-07-22T23:59:34.3574627+02:00", date(2021, 7, 22)),
        ("2021-06-03T00:00:00", date(2021, 6, 3)),
        ("2021-06-03", date(2021, 6, 3)),
        ("", None),
        (None, None),
        ("gisteren", None),
    ],
)
def test_the_dutch_day_of_a_moment(value: object, day: date | None) -> None:
    assert local_day(value) == day
