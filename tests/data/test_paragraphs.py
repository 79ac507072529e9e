import pytest

from data.paragraphs import Paragraph, is_question, pair, read_numbers


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


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("3", (3,), id="one"),
        pytest.param("3, 4, en 8", (3, 4, 8), id="list"),
        pytest.param("2 t/m 5", (2, 3, 4, 5), id="range"),
        pytest.param("2 tot en met 3 en 7", (2, 3, 7), id="range and one"),
        pytest.param("1-3", (1, 2, 3), id="dash"),
        pytest.param("3, 3", (3,), id="repeat"),
        pytest.param("9 t/m 2", (9, 2), id="backwards"),
        pytest.param("1 t/m 999", (1, 999), id="too wide"),
        pytest.param("", (), id="none"),
    ],
)
def test_the_numbers_of_a_heading(text: str, numbers: tuple[int, ...]) -> None:
    assert read_numbers(text) == numbers


def test_a_long_row_of_digits_takes_no_time() -> None:
    assert pair(["Antwoord " + "9" * 5000, "Klopt het?"]) == [("Klopt het?", "")]


def test_an_answer_far_from_its_question_is_joined() -> None:
    paragraphs = ["Vraag 1", "Klopt het?", "Vraag 2", "Hoelang?", "Antwoord 2", "Kort.", "Antwoord op vraag 1", "Ja."]
    assert pair(paragraphs) == [("Klopt het?", "Ja."), ("Hoelang?", "Kort.")]


def test_questions_are_put_in_the_order_of_their_numbers() -> None:
    paragraphs = [
        "Vraag 1",
        "Klopt het?",
        "Vraag 3",
        "Hoelang?",
        "Antwoord 1 en 3",
        "Ja.",
        "Vraag 2",
        "Wie?",
        "Antwoord 2",
        "Ik.",
    ]
    assert pair(paragraphs) == [("Klopt het?", "Ja."), ("Wie?", "Ik."), ("Hoelang?", "Ja.")]


def test_bold_type_parts_a_question_from_an_answer_without_a_heading() -> None:
    paragraphs = [Paragraph("Vraag 1"), Paragraph("De brug zakt.", bold=True), Paragraph("Waarom?", bold=True)]
    answer = [Paragraph("Wat is de oorzaak? Dat is onbekend."), Paragraph("Ik zoek het uit.")]
    assert pair([*paragraphs, *answer]) == [
        ("De brug zakt. Waarom?", "Wat is de oorzaak? Dat is onbekend.\nIk zoek het uit.")
    ]


def test_the_sources_of_the_askers_are_no_answer_and_a_list_in_an_answer_is() -> None:
    asked = ["Vraag 1", "Kent u het bericht?1 En het rapport? 2)", "Antwoord 1"]
    assert pair([*asked, "Ja.", "1) Krant, 3 mei", "2) www.rapport.nl"])[0][1] == "Ja."
    assert pair([*asked, "Er zijn drie redenen:", "1) geld", "2) tijd", "3) plaats"])[0][1].endswith("3) plaats")


@pytest.mark.parametrize("note", ["Toelichting:", "Toelichting", "Deze vragen dienen ter aanvulling op eerdere vragen"])
def test_an_explanation_below_the_questions_is_part_of_none(note: str) -> None:
    assert pair(["Vraag 1", "Klopt het?", "Antwoord 1", "Ja.", note, "van het lid De Wit."]) == [("Klopt het?", "Ja.")]


@pytest.mark.parametrize("heading", ["Antwoord", "Antwoord:", "ANTWOORD"])
def test_bare_headings_answer_the_question_before(heading: str) -> None:
    paragraphs = ["1. Klopt het?", heading, "Ja. Kan het? Het kan.", "2. Hoelang nog?", heading, "Kort."]
    assert pair(paragraphs) == [("Klopt het?", "Ja. Kan het? Het kan."), ("Hoelang nog?", "Kort.")]


@pytest.mark.parametrize("heading", ["Vragen", "Vragen:", "Antwoorden", "VRAGEN"])
def test_the_name_of_a_section_is_no_heading_of_a_question(heading: str) -> None:
    assert pair([heading, "1. Klopt het?", "2. Hoelang nog?"]) == [("Klopt het?", ""), ("Hoelang nog?", "")]


def test_questions_that_were_moved_forward_are_put_back() -> None:
    asked = [[f"Vraag {number}", f"Wat is {number}?"] for number in (3, 4, 5, 9, 10)]
    paragraphs = [part for each in asked for part in each]
    paragraphs += [
        "Antwoorden op vraag 3, 4, 5, 9 en 10",
        "Samen.",
        "Vraag 6",
        "Wat is 6?",
        "Beantwoording vraag 6",
        "Zes.",
    ]
    found = pair(paragraphs)
    assert [question for question, _ in found] == [f"Wat is {number}?" for number in (3, 4, 5, 6, 9, 10)]
    assert [answer for _, answer in found] == ["Samen."] * 3 + ["Zes."] + ["Samen."] * 2


@pytest.mark.parametrize(
    "heading",
    [
        "Gezamenlijk antwoord op vraag 1 en 2",
        "Antwoord op vraag 1/2",
        "Antwoord op de vragen 1 en 2 samen",
        "Antwoord op vraag 1 en vraag 2",
        "Beantwoording van vraag 1 t/m 2",
        "Reactie op vragen 1 en 2",
        "Antwoord op vraag nr. 1 en 2",
    ],
)
def test_an_answer_to_two_is_known_by_many_headings(heading: str) -> None:
    found = pair(["Vraag nr. 1", "Klopt het?", "Vraag 2;", "Hoelang nog?", heading, "Ja, kort."])
    assert found == [("Klopt het?", "Ja, kort."), ("Hoelang nog?", "Ja, kort.")]


@pytest.mark.parametrize("dash", ["–", "-"])
def test_a_dash_may_end_a_heading(dash: str) -> None:
    assert pair([f"Vraag 1 {dash} Klopt het?", f"Antwoord 1 {dash} Ja."]) == [("Klopt het?", "Ja.")]


def test_parts_of_a_question_are_questions() -> None:
    paragraphs = ["Vraag 2a", "Klopt het?", "Antwoord 2a", "Ja.", "Vraag 2b", "Hoelang?", "Antwoord 2b", "Kort."]
    assert pair(paragraphs) == [("Klopt het?", "Ja."), ("Hoelang?", "Kort.")]


def test_a_reference_that_begins_a_line_is_no_heading() -> None:
    paragraphs = [
        "Vraag 1",
        "Kent u het?",
        "Antwoord 1",
        "Ik verwijs naar het antwoord op",
        "vraag 2. Ik deel uw zorg.",
    ]
    assert len(pair([*paragraphs, "Vraag 2", "Wat?", "Antwoord 2", "Niets."])) == 2


def test_an_explanation_within_an_answer_is_part_of_it() -> None:
    paragraphs = [
        "Vraag 1",
        "Kent u het?",
        "Antwoord 1",
        "Ja.",
        "Toelichting: al lang.",
        "Vraag 2",
        "Wat?",
        "Antwoord 2",
        "Nee.",
    ]
    assert pair(paragraphs) == [("Kent u het?", "Ja.\nToelichting: al lang."), ("Wat?", "Nee.")]


def test_one_block_for_two_questions_has_its_answer_once() -> None:
    paragraphs = ["Vraag 2 en 3", "Hoeveel wachten er?", "Welke maatregelen neemt u?", "Antwoord 2 en 3", "Geen."]
    assert pair(paragraphs) == [("Hoeveel wachten er? Welke maatregelen neemt u?", "Geen.")]


def test_the_next_number_asks_without_a_question_mark() -> None:
    paragraphs = ["1. Kent u het?", "2. Geef aan hoeveel er wachten.", "3. Deel uw visie.", "4. Kunt u antwoorden?"]
    assert [question for question, _ in pair(paragraphs)] == [
        "Kent u het?",
        "Geef aan hoeveel er wachten.",
        "Deel uw visie.",
        "Kunt u antwoorden?",
    ]


def test_a_list_in_an_answer_keeps_its_numbers() -> None:
    paragraphs = [
        "1. Kent u het?",
        "Ja.",
        "2. Wat vindt u?",
        "Twee punten:",
        "1. Er is te weinig geld.",
        "2. Er is weinig tijd.",
    ]
    assert pair(paragraphs)[1][1] == "Twee punten:\n1. Er is te weinig geld.\n2. Er is weinig tijd."
