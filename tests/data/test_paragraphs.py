import pytest

from data.paragraphs import is_question, pair


@pytest.mark.parametrize(
    "paragraph",
    [
        pytest.param("Hoeveel bruggen zijn er dicht?", id="plain"),
        pytest.param(
            "Bent u bekend met het bericht «Wie betaalt de brug?»", id="quoted headline and no mark of its own"
        ),
        pytest.param("Bent u bekend met het bericht «Brug dicht»?1", id="footnote after the mark"),
        pytest.param("Wilt u de Kamer hierover informeren.", id="request without a mark"),
        pytest.param("Zo nee, kunt u dat toelichten.", id="request after a condition"),
        pytest.param("Erkent u dat de brug gevaarlijk is", id="no mark at all"),
        pytest.param("Graag antwoord vóór het debat van 3 juni.", id="answer asked before a debate"),
        pytest.param("Gaarne ontvangen de leden een antwoord binnen drie weken.", id="answer asked with gaarne"),
        pytest.param("Antwoord graag vóór vrijdag.", id="answer asked, words turned"),
        pytest.param("Wat kost het herstel? Graag een overzicht per jaar.", id="statement after the question"),
        pytest.param("De brug is al een jaar dicht. Klopt dat?", id="statement before the question"),
        pytest.param("Zo ja, waarom? Zo nee, waarom niet?", id="short"),
        pytest.param("Ja of nee: gaat u de brug herstellen?", id="opens as an answer"),
        pytest.param("Is er volgens u haast geboden?", id="opens as a question of a member"),
        pytest.param("Zijn er andere bruggen dicht? (zie de bijlage)", id="parenthesis after the mark"),
        pytest.param("Hoe beoordeelt u de uitspraak «ik betaal niets»?", id="a minister's word in quotes"),
    ],
)
def test_questions_of_members(paragraph: str) -> None:
    assert is_question(paragraph)


@pytest.mark.parametrize(
    "paragraph",
    [
        pytest.param("Ja.", id="yes"),
        pytest.param("Nee, daarvan is geen sprake.", id="no"),
        pytest.param("Ja, het bericht «Wie betaalt de brug?» ken ik.", id="yes and a quoted headline"),
        pytest.param("Het artikel “Wie betaalt de brug?” is onvolledig.", id="quoted headline inside an answer"),
        pytest.param(
            "Ja, de vraag is dan: wie betaalt? Daarover spreek ik met de provincie.", id="question put to oneself"
        ),
        pytest.param("Zie het antwoord op vraag 3.", id="see another answer"),
        pytest.param("Voor het antwoord op deze vraag verwijs ik u naar vraag 2.", id="for the answer see"),
        pytest.param("Graag verwijs ik u naar mijn antwoord op vraag 3.", id="polite reference"),
        pytest.param("Deze vraag kan ik niet beantwoorden.", id="cannot be answered"),
        pytest.param("Ik kan u melden dat de brug weer open is.", id="put to the member"),
        pytest.param("Hoe het verder gaat, bespreek ik met de provincie.", id="opens with a question word"),
        pytest.param("Wat betreft de kosten verwijs ik u naar de begroting.", id="opens with wat betreft"),
        pytest.param("De provincie beheert de brug.", id="statement"),
        pytest.param("De vraag rijst: kan dit beter? Ik denk van wel.", id="question within a statement"),
        pytest.param("", id="empty"),
    ],
)
def test_answers_of_ministers(paragraph: str) -> None:
    assert not is_question(paragraph)


@pytest.mark.parametrize(
    ("paragraphs", "pairs"),
    [
        pytest.param(
            ["Klopt het?", "Ja.", "De brug is dicht.", "Hoelang nog?"],
            [("Klopt het?", "Ja.\nDe brug is dicht."), ("Hoelang nog?", "")],
            id="answers are joined",
        ),
        pytest.param(["Een inleiding.", "Klopt het?"], [("Klopt het?", "")], id="what stands before is left out"),
        pytest.param(
            ["1. Klopt het?1", "2) Hoelang  nog?", "(3) Wie betaalt?"],
            [("Klopt het?", ""), ("Hoelang nog?", ""), ("Wie betaalt?", "")],
            id="numbers, footnotes and spaces go",
        ),
        pytest.param(
            ["12 bruggen zijn dicht, klopt dat?"], [("12 bruggen zijn dicht, klopt dat?", "")], id="amount stays"
        ),
        pytest.param(
            [
                "Vraag 1",
                "De brug dichtlaten lijkt mij slecht.",
                "Antwoord 1",
                "Waarom dicht? Omdat zij zakt.",
                "Vraag 2",
                "Hoelang nog?",
            ],
            [("De brug dichtlaten lijkt mij slecht.", "Waarom dicht? Omdat zij zakt."), ("Hoelang nog?", "")],
            id="headings decide",
        ),
        pytest.param(
            ["Vraag 1: Klopt het?", "Antwoord op vraag 1: Ja."], [("Klopt het?", "Ja.")], id="headings in the line"
        ),
        pytest.param(
            ["VRAAG 1", "Klopt het?", "Vraag 2", "Hoelang nog?", "Antwoord op vragen 1 en 2:", "Twee jaar."],
            [("Klopt het?", "Twee jaar."), ("Hoelang nog?", "Twee jaar.")],
            id="one answer to two",
        ),
        pytest.param(
            ["Vraag 1", "Klopt het?", "Ja."],
            [("Klopt het?", "Ja.")],
            id="answer without a heading after a headed question",
        ),
        pytest.param(["Ja.", "Nee."], [], id="no question"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_pair(paragraphs: list[str], pairs: list[tuple[str, str]]) -> None:
    assert pair(paragraphs) == pairs


@pytest.mark.parametrize(
    "heading",
    [
        "Antwoord 3",
        "Antwoord op vraag 3",
        "Antwoord op de vragen 3 en 8",
        "Antwoorden op vragen 3, 4, 5 en 8:",
        pytest.param(
            "Antwoord op vragen 3, 4, en 5",
        ),
        "Antwoorden 3 t/m 8",
        "Antwoorden op de vragen 3 tot en met 8.",
    ],
)
def test_a_heading_is_no_part_of_an_answer(heading: str) -> None:
    assert pair(["Klopt het?", heading, "Ja."]) == [("Klopt het?", "Ja.")]


def test_an_answer_that_begins_with_question_numbers_is_no_question() -> None:
    assert pair(["Klopt het?", "Vragen 2 en 3 beantwoord ik samen."]) == [
        ("Klopt het?", "Vragen 2 en 3 beantwoord ik samen.")
    ]
