"""Harvests that begin at KOOP, up to the rows."""

from datetime import date

import pytest

from data.connectors.ingest import MAX_FAILURES
from data.labelled import read_labelled

NUMBER = "2024Z00001"
QUESTION = ("Schriftelijke vragen", "")
ANSWER = ("Antwoord schriftelijke vragen", "")
DELAY = ("Mededeling (uitstel antwoord)", "Uitstel")


def test_a_row_whole(official, harvested) -> None:
    labels = tuple((official.taxonomy, name) for name in ("Economie | ICT", "Ruimtevaart", "Bestuur", "Recht"))
    official.publish("ah-tk-20232024-12", vraagnummer=NUMBER, labels=labels)
    official.put(NUMBER, documents=(QUESTION, DELAY, ANSWER))
    harvested.koop(odata=True)
    first, second = harvested.rows()
    assert second == {
        "id": "ah-tk-20232024-12-2",
        "title": "Het loket in Veendam",
        "context": "Kent u het loket?",
        "question": "Gaat het dicht?",
        "answer": "Nee, het blijft.",
        "domain": "digitalisering",
        "also": ["bestuur", "recht"],
        "official": ["Economie | ICT", "Ruimtevaart", "Bestuur", "Recht"],
        "date": date(2023, 12, 20),
        "group": "het loket in veendam",
        "document": "ah-tk-20232024-12",
        "number": 2,
        "vraagnummer": NUMBER,
        "askers": ["A. de Wit (ABC)", "B. Bos (DEF)"],
        "addressees": ["C. Smit (minister van Loketten)"],
        "date_put": date(2024, 1, 10),
        "date_due": date(2024, 1, 31),
        "date_answered": date(2024, 1, 14),
        "published": date(2024, 1, 15),
        "status": "answered",
        "postponed": True,
        "session": "2023-2024",
        "url": "https://koop.example/ah-tk-20232024-12.html",
        "source": "koop",
    }
    assert (first["id"], first["context"]) == ("ah-tk-20232024-12-1", None)
    assert harvested.problems() == {}


def test_the_join_can_be_left_out(official, harvested) -> None:
    official.publish("ah-tk-20232024-12", vraagnummer=NUMBER)
    official.put(NUMBER, documents=(QUESTION, DELAY, ANSWER))
    harvested.koop()
    row = harvested.rows()[0]
    assert (row["askers"], row["addressees"]) == (["A. de Wit", "B. Bos"], ["C. Smit"])
    assert (row["date_put"], row["date_due"], row["status"]) == (date(2023, 12, 20), None, "answered")
    assert not any(path.startswith("/odata") for path in official.paths())


def test_a_number_that_the_kamer_has_not_is_no_problem(official, harvested) -> None:
    official.publish("ah-ek-20232024-3", vraagnummer="174000")
    harvested.koop(odata=True)
    assert harvested.rows()[0]["status"] == "answered"


@pytest.mark.parametrize(
    ("labels", "official_labels", "domain"),
    [
        pytest.param((), [], None, id="none"),
        pytest.param((("T", "Ruimtevaart | Maan"),), ["Ruimtevaart | Maan"], None, id="unknown"),
        pytest.param((("TDecentraal", "bestuur"),), [], None, id="decentral"),
        pytest.param((("T", "Verkeer"),), ["Verkeer"], "verkeer", id="bare level 1"),
    ],
)
def test_a_document_without_a_domain_is_kept(official, harvested, labels, official_labels, domain) -> None:
    official.publish("ah-1", labels=tuple((name.replace("T", official.taxonomy, 1), label) for name, label in labels))
    manifest = harvested.koop()
    assert [(row["official"], row["domain"], row["also"]) for row in harvested.rows()] == [
        (official_labels, domain, [])
    ] * 2
    assert manifest["counts"] == {
        "documents": 1,
        "questions": 2,
        "with_domain": 2 if domain else 0,
        "without_label": 0 if official_labels else 2,
    }
    assert manifest["labels_without_domain"] == ({"Ruimtevaart | Maan": 2} if "Maan" in str(labels) else {})


def test_the_pdf_is_read_where_there_is_no_xml(official, harvested) -> None:
    official.publish("ah-1271549", manifestations=("pdf", "metadata"), status="Onopgemaakt")
    harvested.koop()
    assert official.paths() == ["/sru", "/sru", "/docs/ah-1271549.pdf"]
    assert [row["title"] for row in harvested.rows()] == ["het loket in Veendam"] * 2
    assert harvested.problems() == {}


def test_the_pdf_is_read_where_the_xml_is_an_error_page(official, harvested) -> None:
    official.publish("ah-1")
    official.fail("/docs/ah-1.xml", body=official.error_page, times=2)
    harvested.koop()
    assert official.paths()[2:] == ["/docs/ah-1.xml", "/docs/ah-1.xml", "/docs/ah-1.pdf"]
    assert len(harvested.rows()) == 2
    assert harvested.problems()["ah-1"].endswith("; the PDF was read")


def test_an_error_page_that_passes_is_no_problem(official, harvested) -> None:
    official.publish("ah-1")
    official.fail("/docs/ah-1.xml", body=official.error_page)
    harvested.koop()
    assert len(harvested.rows()) == 2
    assert harvested.problems() == {}


@pytest.mark.parametrize(
    ("manifestations", "message"),
    [
        pytest.param(("html", "metadata"), "expected XML or PDF to be published, found html, metadata", id="neither"),
        pytest.param((), "expected XML or PDF to be published, found nothing", id="nothing"),
        pytest.param(("xml", "pdf"), "ah-1.pdf: expected a PDF", id="both are error pages"),
        pytest.param(("xml",), "ah-1.xml: expected XML", id="no PDF to fall back on"),
    ],
)
def test_a_document_that_cannot_be_had_is_reported(official, harvested, manifestations, message) -> None:
    official.publish("ah-1", manifestations=manifestations)
    official.publish("ah-2")
    official.fail("/docs/ah-1.xml", body=official.error_page, times=2)
    official.fail("/docs/ah-1.pdf", body=official.error_page, times=2)
    harvested.koop()
    assert {row["document"] for row in harvested.rows()} == {"ah-2"}
    assert message in harvested.problems()["ah-1"]
    assert harvested.problems()["ah-1"].endswith("; left out")


def test_a_document_that_cannot_be_read_is_reported(official, harvested) -> None:
    official.publish("ah-1", questions=())
    official.publish("ah-2")
    official.publish("ah-3", questions=(("Waarom?", "Daarom."), ("x" * 20_001, ""), ("Hoe?", "Zo.")))
    harvested.koop()
    assert [row["id"] for row in harvested.rows()] == ["ah-2-1", "ah-2-2", "ah-3-1"]
    assert harvested.problems() == {
        "ah-1": "expected written questions, found none; left out",
        "ah-3-2": "text has 20001 characters, at most 20000 are taken: split or shorten it; left out",
        "ah-3-3": "context has 20001 characters, at most 20000 are taken: split or shorten it; left out",
    }


def test_a_notice_is_left_out_where_the_answer_is_there(official, harvested) -> None:
    official.publish("ah-1", vraagnummer=NUMBER, kind="Mededeling", questions=(("Kent u het loket?", ""),))
    official.publish("ah-2", vraagnummer=NUMBER, available="2024-02-10")
    manifest = harvested.koop()
    assert {(row["document"], row["status"], row["postponed"]) for row in harvested.rows()} == {
        ("ah-2", "answered", True)
    }
    assert manifest["left_out"] == [{"document": "ah-1", "reason": "Mededeling; ah-2 answers the questions"}]
    assert "/docs/ah-1.xml" not in official.paths()


def test_a_notice_that_does_not_say_so_is_known_by_its_lack_of_answers(official, harvested) -> None:
    official.publish("ah-1", vraagnummer=NUMBER, kind="", questions=(("Kent u het loket?", ""),))
    official.publish("ah-2", vraagnummer=NUMBER, available="2024-02-10")
    manifest = harvested.koop()
    assert {row["document"] for row in harvested.rows()} == {"ah-2"}
    assert manifest["left_out"] == [{"document": "ah-1", "reason": "has no answers; ah-2 has"}]


def test_a_notice_alone_is_kept_as_postponed(official, harvested) -> None:
    official.publish("ah-1", vraagnummer=NUMBER, kind="Mededeling", questions=(("Kent u het loket?", ""),))
    harvested.koop()
    (row,) = harvested.rows()
    assert (row["status"], row["postponed"], row["answer"], row["date_answered"]) == ("postponed", True, None, None)


def test_a_document_of_no_kind_is_an_answer_if_it_holds_one(official, harvested) -> None:
    official.publish("ah-1", kind="")
    harvested.koop()
    row = harvested.rows()[0]
    assert (row["status"], row["date_answered"]) == ("answered", date(2024, 1, 14))


def test_many_documents_that_are_not_there_do_not_end_the_run(official, harvested) -> None:
    for place in range(MAX_FAILURES + 1):
        official.publish(f"ah-{place}", manifestations=("html",))
    harvested.koop()
    assert len(harvested.problems()) == MAX_FAILURES + 1


def test_the_latest_version_is_read(official, harvested) -> None:
    official.publish("ah-1271549", vraagnummer=NUMBER, status="Onopgemaakt", labels=(), manifestations=("pdf",))
    official.publish("ah-tk-20232024-12", vraagnummer=NUMBER, status="Opgemaakt na onopgemaakt", available="2024-02-10")
    manifest = harvested.koop()
    assert {row["document"] for row in harvested.rows()} == {"ah-tk-20232024-12"}
    assert manifest["left_out"] == [
        {"document": "ah-1271549", "reason": "Onopgemaakt; ah-tk-20232024-12 is a later version"}
    ]


def test_one_set_that_was_put_to_two_ministers_is_one_group(official, harvested) -> None:
    official.publish("ah-1", vraagnummer="2024Z00001")
    official.publish("ah-2", vraagnummer="2024Z00002", subject="Een loket (Veendam)", available="2024-02-10")
    official.publish("ah-3", vraagnummer="2024Z00003", subject="De brug", questions=(("Is de brug dicht?", "Ja."),))
    harvested.koop()
    assert {row["document"]: row["group"] for row in harvested.rows()} == {
        "ah-1": "het loket in veendam",
        "ah-2": "het loket in veendam",
        "ah-3": "de brug",
    }


def test_a_record_on_two_pages_gives_its_rows_once(official, harvested) -> None:
    for place in range(4):
        official.publish(f"ah-{place}")
    official.largest_page, official.repeats = 2, True
    harvested.koop()
    assert [row["document"] for row in harvested.rows()] == [f"ah-{place}" for place in range(4) for _ in range(2)]


def test_the_labelled_rows_can_be_trained_on(official, harvested, scheme) -> None:
    labels = ((official.taxonomy, "Verkeer | Weg"), (official.taxonomy, "Recht"))
    official.publish("ah-1", labels=labels)
    official.publish("ah-2", labels=())
    harvested.koop()
    first, second = read_labelled(harvested.folder / "questions-2024-01.parquet", scheme)
    assert second.question.id == "ah-1-2"
    assert second.question.text == "Gaat het dicht?"
    assert second.question.title == "Het loket in Veendam"
    assert second.question.context == "Kent u het loket?"
    assert second.question.date == date(2023, 12, 20)
    assert (second.domain, second.also, second.group) == ("verkeer", ("recht",), "het loket in veendam")
    assert first.question.context == ""
