"""Harvests that begin at the Tweede Kamer, up to the rows."""

from datetime import date

import pytest

from data.connectors.ingest import MAX_FAILURES

NUMBER = "2024Z00001"
QUESTION = ("Schriftelijke vragen", "")
ANSWER = ("Antwoord schriftelijke vragen", "232400012")
FILE = b"%PDF-1.7\nKent u het loket?|\nGaat het dicht?|"
GUID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("v5", [False, True], ids=["v4", "v5"])
def test_a_row_whole(official, harvested, v5: bool) -> None:
    official.put(NUMBER, documents=(QUESTION, ANSWER), file=FILE, v5=v5)
    labels = tuple((official.taxonomy, name) for name in ("Verkeer | Weg", "Recht"))
    official.publish("ah-tk-20232024-12", vraagnummer=NUMBER, labels=labels)
    harvested.kamer()
    _, row = harvested.rows()
    assert row == {
        "id": "2024Z00001-2",
        "title": "Het loket in Veendam",
        "context": "Kent u het loket?",
        "question": "Gaat het dicht?",
        "answer": None,
        "domain": "verkeer",
        "also": ["recht"],
        "official": ["Verkeer | Weg", "Recht"],
        "date": date(2024, 1, 10),
        "group": "het loket in veendam",
        "document": "ah-tk-20232024-12",
        "number": 2,
        "vraagnummer": NUMBER,
        "askers": ["A. de Wit (ABC)", "B. Bos (DEF)"],
        "addressees": ["C. Smit (minister van Loketten)"],
        "date_put": date(2024, 1, 10),
        "date_due": date(2024, 1, 31),
        "date_answered": date(2024, 1, 12),
        "published": date(2024, 1, 10),
        "status": "answered",
        "postponed": False,
        "session": "2023-2024",
        "url": f"{official.odata}/Document({GUID})/resource",
        "source": "tweedekamer",
    }
    assert harvested.problems() == {}
    assert official.paths() == [
        "/odata/Zaak",
        f"/odata/Document({GUID})/resource",
        "/docs/ah-tk-20232024-12/metadata.xml",
    ]


def test_open_questions_have_no_label(official, harvested) -> None:
    official.put(NUMBER, file=FILE)
    harvested.kamer()
    row = harvested.rows()[0]
    assert (row["domain"], row["official"], row["document"], row["status"]) == (None, [], None, "open")
    assert harvested.problems() == {}


def test_a_label_that_is_not_published_yet_is_reported(official, harvested) -> None:
    official.put(NUMBER, documents=(QUESTION, ANSWER), file=FILE)
    harvested.kamer()
    row = harvested.rows()[0]
    assert (row["domain"], row["document"], row["status"]) == (None, None, "answered")
    assert harvested.problems()[NUMBER].endswith("; kept without a label")


def test_a_label_of_other_questions_is_not_taken(official, harvested) -> None:
    official.put(NUMBER, documents=(QUESTION, ANSWER), file=FILE)
    official.publish("ah-tk-20232024-12", vraagnummer="2024Z00009")
    harvested.kamer()
    assert harvested.rows()[0]["official"] == []
    assert harvested.problems() == {
        NUMBER: "expected ah-tk-20232024-12 to answer these questions, found 2024Z00009; kept without a label"
    }


@pytest.mark.parametrize("published", [("12",), ("12", "99"), ("99",)])
def test_the_latest_answer_that_is_published_gives_the_label(official, harvested, published) -> None:
    later = ("Antwoord schriftelijke vragen (nader)", "232400099")
    official.put(NUMBER, documents=(QUESTION, ANSWER, later), file=FILE)
    for number in published:
        official.publish(f"ah-tk-20232024-{number}", vraagnummer=NUMBER)
    harvested.kamer()
    assert harvested.rows()[0]["document"] == f"ah-tk-20232024-{published[-1]}"


@pytest.mark.parametrize(
    ("documents", "file", "message"),
    [
        pytest.param((ANSWER,), FILE, "expected a document with the questions, found none; left out", id="no question"),
        pytest.param((QUESTION,), b"", "expected a document, found none (status 404); left out", id="no file"),
        pytest.param((QUESTION,), b"<html/>", "expected a Word or PDF file, found b'<html/>'; left out", id="a page"),
        pytest.param((QUESTION,), b"PK", "expected a format that is read, found none; left out", id="no format"),
    ],
)
def test_questions_that_cannot_be_read_are_reported(official, harvested, documents, file, message) -> None:
    official.put(NUMBER, documents=documents, file=file)
    official.put("2024Z00002", file=FILE)
    harvested.kamer()
    assert {row["vraagnummer"] for row in harvested.rows()} == {"2024Z00002"}
    assert harvested.problems()[NUMBER].endswith(message)


def test_many_files_that_are_not_there_do_not_end_the_run(official, harvested) -> None:
    for place in range(MAX_FAILURES + 1):
        official.put(f"2024Z0000{place}")
    harvested.kamer()
    assert len(harvested.problems()) == MAX_FAILURES + 1


def test_deleted_rows_and_rows_outside_the_period_give_no_questions(official, harvested) -> None:
    official.put(NUMBER, file=FILE, Verwijderd=True)
    official.put("2024Z00002", day="2024-01-31", file=FILE)
    official.put("2024Z00003", day="2024-02-01", file=FILE)
    harvested.kamer(until="2024-01-31")
    assert {row["vraagnummer"] for row in harvested.rows()} == {"2024Z00002"}


def test_a_row_outside_the_period_is_reported(official, harvested) -> None:
    official.put(NUMBER, file=FILE)
    body = b'{"value": [{"Nummer": "2024Z00009", "GestartOp": "2019-01-01T00:00:00+01:00"}]}'
    official.fail("/odata/Zaak", body=body)
    harvested.kamer()
    assert harvested.problems() == {
        "2024Z00009": "expected a day from 2024-01-01 to 2024-02-29, found 2019-01-01; left out"
    }


def test_the_files_are_by_month_of_putting(official, harvested) -> None:
    official.put(NUMBER, day="2024-01-10", file=FILE)
    official.put("2024Z00002", day="2024-02-10", file=FILE, Onderwerp="De brug")
    manifest = harvested.kamer()
    assert manifest["files"] == {"questions-2024-01.parquet": 2, "questions-2024-02.parquet": 2}
