import json
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from data.documents import is_listing, make_records, parse_listing, parse_plain
from data.reading import unique
from data.text import clean, strip_footnotes


def test_a_listing_becomes_documents(listing: str) -> None:
    first, second = parse_listing(listing)

    document = first[0].document
    assert document.title == "De sluiting van het loket in Veendam"
    assert document.askers == ("Anna de Wit (ABC)", "Bert Bos (DEF)")
    assert document.addressees == ("Carla Smit (minister) (GHI)", "Dirk Vos (JKL)")
    assert document.date is None
    assert {record.document for record in first} == {document}
    assert [record.number for record in first] == [1, 2, 3]
    assert [record.text for record in second] == [
        "Klopt het dat de uitstoot van CO2 en stof rond de fabriek in Weert toeneemt?",
        "Zo ja, wat doet u daaraan?",
    ]


def test_a_question_has_the_answer_after_it_and_the_question_before_it(listing: str) -> None:
    first, second = parse_listing(listing)

    assert [record.answer for record in first] == [
        "Ja.",
        "Ik beschik niet over cijfers per maand. Het loket ontving 1.250 mensen.\nDe gemeente houdt dit zelf bij.",
        "",
    ]
    assert [record.context for record in first] == [
        "",
        "Bent u bekend met het bericht «Loket dicht, wie helpt ons nu?» over het loket in Veendam?",
        "Hoeveel inwoners hebben het loket in 2023 bezocht? Kunt u dit per maand uitsplitsen?",
    ]
    assert second[0].context == ""


def test_a_repeated_document_comes_twice_with_one_id(listing: str) -> None:
    documents = list(parse_listing(listing + listing))

    assert len(documents) == 4
    assert documents[:2] == documents[2:]
    assert list(unique(documents)) == documents[:2]


def test_a_document_without_questions_has_no_records(listing: str) -> None:
    head = listing[: listing.index("Bent u bekend")]
    assert [len(document) for document in parse_listing(f"{head}Ingetrokken.\n{listing}")] == [0, 3, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Een brug |\n|\nAnna (A) |\n|\nBert (B) |\nKlopt het?\n", True, id="head"),
        pytest.param("Een brug | \n | \nAnna (A) |  \n", True, id="spaces after the pipe"),
        pytest.param("De brug\n\nKlopt het?\n", False, id="plain text"),
        pytest.param("De brug\n\nGeldt a | b of c?\n", False, id="pipe within a line"),
        pytest.param("| jaar | aantal |\n| 2023 | 12 |\n", False, id="table without empty cells"),
        pytest.param("", False, id="empty"),
    ],
)
def test_is_listing(text: str, expected: bool) -> None:
    assert is_listing(text) == expected


QUESTIONS = ["Klopt het dat de brug dicht is?", "Hoelang duurt dat nog?"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("1. {0}\n2. {1}\n", id="numbered"),
        pytest.param("1. {0}\n\n2. {1}\n", id="numbered with blank lines"),
        pytest.param("1) {0}\n2) {1}\n", id="numbered with parentheses"),
        pytest.param("{0}\n\n{1}\n", id="unnumbered with blank lines"),
        pytest.param("Vraag 1\n{0}\n\nVraag 2\n{1}\n", id="headings"),
        pytest.param("Vraag 1: {0}\nVraag 2: {1}\n", id="headings in the line"),
        pytest.param("1.\n{0}\n\n2.\n{1}\n", id="numbers on lines of their own with blank lines"),
        pytest.param("1. {0}¹\n2. {1}2\n", id="footnotes"),
        pytest.param("1. {0}\r\n2. {1}\r\n", id="line ends of Windows"),
        pytest.param(
            "1.\n{0}\n2.\n{1}\n",
            id="numbers on lines of their own",
        ),
        pytest.param(
            "1\n{0}\n\n2\n{1}\n",
            id="bare numbers on lines of their own",
        ),
    ],
)
@pytest.mark.parametrize(
    "head", [pytest.param("De brug bij Zwartsluis\n\n", id="title"), pytest.param("", id="no title")]
)
def test_plain_text(head: str, body: str) -> None:
    records = parse_plain(head + body.format(*QUESTIONS))

    assert [(record.text, record.context, record.answer) for record in records] == [
        (QUESTIONS[0], "", ""),
        (QUESTIONS[1], QUESTIONS[0], ""),
    ]
    assert records[0].document.title == head.strip()


def test_unnumbered_questions_may_stand_one_a_line() -> None:
    records = parse_plain("De brug bij Zwartsluis\n{}\n{}\n".format(*QUESTIONS))
    assert [record.text for record in records] == QUESTIONS
    assert records[0].document.title == "De brug bij Zwartsluis"


def test_unnumbered_questions_may_stand_one_a_line_under_a_blank_line() -> None:
    records = parse_plain("De brug bij Zwartsluis\n\n{}\n{}\n".format(*QUESTIONS))
    assert [record.text for record in records] == QUESTIONS


@pytest.mark.parametrize(
    ("body", "questions"),
    [
        pytest.param(
            "Klopt het dat\nde brug dicht is?\n\nHoelang duurt\ndat nog?\n", QUESTIONS, id="unnumbered, blank lines"
        ),
        pytest.param(
            "1. Klopt het dat\nde brug dicht is?\n2. Hoelang duurt\n   dat nog?\n",
            QUESTIONS,
            id="numbered, no blank lines",
        ),
        pytest.param(
            "1. Klopt het dat\nde brug dicht is?\n\n2. Hoelang duurt\ndat nog?\n", QUESTIONS, id="numbered, blank lines"
        ),
        pytest.param(
            "Vraag 1\nKlopt het dat\nde brug dicht is?\nVraag 2\nHoelang duurt\ndat nog?\n", QUESTIONS, id="headings"
        ),
        pytest.param(
            "1. Ligt de brug in\nMeppel eruit?\n2. Duurt dat tot\n3 juni?\n",
            ["Ligt de brug in Meppel eruit?", "Duurt dat tot 3 juni?"],
            id="numbered, before a name and a day",
        ),
        pytest.param(
            "Ligt de brug in\nMeppel eruit?\n\nDuurt dat tot\n3 juni?\n",
            ["Ligt de brug in Meppel eruit?", "Duurt dat tot 3 juni?"],
            id="unnumbered, before a name and a day",
        ),
        pytest.param(
            "1. De brug in Meppel is dicht.\nKlopt dat?\n\n2. Hoelang duurt dat nog?\n",
            ["De brug in Meppel is dicht. Klopt dat?", QUESTIONS[1]],
            id="numbered, between sentences",
        ),
    ],
)
def test_paragraphs_may_be_wrapped(body: str, questions: list[str]) -> None:
    assert [record.text for record in parse_plain(f"De brug\n\n{body}")] == questions


def test_plain_text_with_answers() -> None:
    records = parse_plain(
        "De brug\n\nVraag 1\nKlopt het?\n\nAntwoord 1\nJa.\n\n"
        "Vraag 2\nWaarom?\n\nAntwoord 2\nZij zakt.\n\nKan dat? Het kan."
    )
    assert [(record.text, record.answer) for record in records] == [
        ("Klopt het?", "Ja."),
        ("Waarom?", "Zij zakt.\nKan dat? Het kan."),
    ]


@pytest.mark.parametrize(
    ("head", "askers", "addressees", "title", "day"),
    [
        pytest.param(
            "Vragen van het lid De Wit (ABC) aan de minister van Financiën over de brug (ingezonden 3 maart 2024)",
            ("De Wit (ABC)",),
            ("de minister van Financiën",),
            "de brug",
            date(2024, 3, 3),
            id="in one line",
        ),
        pytest.param(
            "Schriftelijke vragen van de leden De Wit (ABC) en Bos (DEF) aan de minister van Defensie en de "
            "staatssecretaris van Werk naar aanleiding van het bericht «Brug dicht»1 (ingezonden op 1 april 2024).",
            ("De Wit (ABC)", "Bos (DEF)"),
            ("de minister van Defensie", "de staatssecretaris van Werk"),
            "het bericht «Brug dicht»",
            date(2024, 4, 1),
            id="two askers and two addressees",
        ),
        pytest.param(
            "Vragen van de leden De Wit en Bos (beiden ABC) aan de minister van Financiën over de brug",
            ("De Wit", "Bos (beiden ABC)"),
            ("de minister van Financiën",),
            "de brug",
            None,
            id="two askers of one party",
        ),
        pytest.param(
            "Vragen van het lid De Wit (ABC) aan de minister van Financiën\n\nDe brug\n\nIngezonden: 3-4-2024",
            ("De Wit (ABC)",),
            ("de minister van Financiën",),
            "De brug",
            date(2024, 4, 3),
            id="on lines of their own",
        ),
        pytest.param("De brug (ingezonden 3 maart 2024)", (), (), "De brug", date(2024, 3, 3), id="title and date"),
        pytest.param("De brug\n\nAan de voorzitter", (), (), "De brug", None, id="first line is the title"),
        pytest.param(
            "Vragen van het lid De Wit (ABC) aan de minister van Infrastructuur en Waterstaat over de brug",
            ("De Wit (ABC)",),
            ("de minister van Infrastructuur en Waterstaat",),
            "de brug",
            None,
            id="ministry with en in its name",
        ),
    ],
)
def test_the_head_of_plain_text(
    head: str, askers: tuple[str, ...], addressees: tuple[str, ...], title: str, day: date | None
) -> None:
    document = parse_plain(f"{head}\n\n1. {QUESTIONS[0]}\n\n2. {QUESTIONS[1]}\n")[0].document
    assert (document.askers, document.addressees) == (askers, addressees)
    assert (document.title, document.date) == (title, day)


@pytest.mark.parametrize(
    "text", [pytest.param("", id="empty"), pytest.param("De brug is dicht.\nJa.", id="statements")]
)
def test_plain_text_without_questions_has_no_records(text: str) -> None:
    assert parse_plain(text) == []


def _id(**changes: object) -> str:
    parts = {
        "title": "De brug",
        "askers": ("A",),
        "addressees": ("B",),
        "day": date(2024, 3, 3),
        "pairs": [("Klopt het?", "Ja."), ("Hoelang nog?", "")],
    }
    return make_records(**(parts | changes))[0].document.id  # type: ignore[arg-type]


def test_an_id_stays_the_same_over_versions() -> None:
    # Written into files that users keep: a change here breaks their joins.
    assert _id() == "b971ff9a9ac13ac0"


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        pytest.param({"day": None}, True, id="date"),
        pytest.param({"title": "DE BRUG"}, True, id="capitals"),
        pytest.param({"title": "De sluis"}, False, id="title"),
        pytest.param({"askers": ("C",)}, False, id="askers"),
        pytest.param({"addressees": ("C",)}, False, id="addressees"),
        pytest.param({"pairs": [("Klopt het?", "Ja.")]}, False, id="fewer questions"),
        pytest.param({"pairs": [("Klopt het?", "Ja."), ("Hoelang nog?", "Kort.")]}, False, id="answer"),
    ],
)
def test_an_id_follows_the_content(changes: dict[str, object], same: bool) -> None:
    assert (_id(**changes) == _id()) == same


def test_given_contexts_take_the_place_of_the_question_before() -> None:
    records = make_records("De brug", (), (), None, [("Klopt het?", ""), ("Waarom?", "")], ["een inleiding", ""])
    own = make_records("De brug", (), (), None, [("Klopt het?", ""), ("Waarom?", "")])
    assert [record.context for record in records] == ["een inleiding", ""]
    assert [record.context for record in own] == ["", "Klopt het?"]
    assert replace(records[0], context="") == own[0]


def test_the_real_listing(shared_data: Path) -> None:
    documents = list(parse_listing((shared_data / "kamervragen_listing.txt").read_text(encoding="utf-8")))
    lines = (shared_data / "kamervragen_gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = [json.loads(line) for line in lines]

    assert len(documents) == 10
    assert len(list(unique(documents))) == 9
    assert [records[0].document.title for records in documents] == [
        strip_footnotes(clean(each["title"])) for each in gold
    ]
    found = Counter((place, record.text) for place, records in enumerate(documents) for record in records)
    expected = Counter(
        (place, strip_footnotes(clean(item["text"])))
        for place, each in enumerate(gold)
        for item in each["items"]
        if item["role"] == "question"
    )
    f1 = 2 * (found & expected).total() / (found.total() + expected.total())
    assert f1 >= 0.99


def test_long_plain_text_takes_no_time() -> None:
    start = time.monotonic()
    assert parse_plain("woord zonder einde\n" * 50_000 + "\nKlopt het?\n")
    assert time.monotonic() - start < 30  # ages, if every line searched the whole paragraph


@pytest.mark.parametrize(
    ("line", "title", "askers", "addressees"),
    [
        pytest.param(
            "Vragen van het Kamerlid Jansen (GL) aan de minister van Financiën over sparen (2024Z01234, ingezonden op "
            "3 mrt. 2024)",
            "sparen",
            ("Jansen (GL)",),
            ("de minister van Financiën",),
            id="Kamerlid and reference",
        ),
        pytest.param(
            "Antwoorden op vragen gesteld door het lid Jansen (GL) over sparen (ingezonden d.d. 3 maart 2024)",
            "sparen",
            ("Jansen (GL)",),
            (),
            id="gesteld door",
        ),
        pytest.param(
            "Antwoorden op de schriftelijke vragen van de leden Jansen (GL) en Bos (PvdA) aan de minister van "
            "Financiën over sparen (ingezonden 3 maart 2024)",
            "sparen",
            ("Jansen (GL)", "Bos (PvdA)"),
            ("de minister van Financiën",),
            id="addressee of the questions",
        ),
        pytest.param(
            "Antwoorden van de minister van Financiën, mede namens de staatssecretaris van Economie en Klimaat, op "
            "vragen van het lid Jansen (GL) over sparen (2024Z01234) (ingezonden 3 maart 2024)",
            "sparen",
            ("Jansen (GL)",),
            ("de minister van Financiën", "de staatssecretaris van Economie en Klimaat"),
            id="mede namens between commas",
        ),
    ],
)
def test_headlines_of_many_forms(line: str, title: str, askers: tuple[str, ...], addressees: tuple[str, ...]) -> None:
    (record,) = parse_plain(f"{line}\n\nVraag 1\nKlopt het?\n")
    head = record.document
    assert (head.title, head.askers, head.addressees, head.date) == (title, askers, addressees, date(2024, 3, 3))


def test_a_bare_heading_of_an_answer_does_not_hide_the_first_question() -> None:
    records = parse_plain(
        "De zorg\n\nKent u het bericht?\n\nAntwoord\n\nJa.\n\nHoeveel wachten er?\n\nAntwoord\n\nHonderd.\n"
    )
    assert [(each.document.title, each.text, each.answer) for each in records] == [
        ("De zorg", "Kent u het bericht?", "Ja."),
        ("De zorg", "Hoeveel wachten er?", "Honderd."),
    ]
