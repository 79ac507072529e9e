import pytest

from data.text import clean, strip_footnotes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("  de  brug\n\tis \r\n dicht ", "de brug is dicht", id="white space"),
        pytest.param("de\u00a0brug\u2009dicht", "de brug dicht", id="no-break and thin space"),
        pytest.param("cafe\u0301", "café", id="accent composed"),
        pytest.param("\ufeffaf\u00adval\u200b\u200e", "afval", id="invisible"),
        pytest.param("de\x00brug\x07\x85dicht", "de brug dicht", id="control"),
        pytest.param("10 m² en «€ 5» – ’s avonds", "10 m² en «€ 5» – ’s avonds", id="other marks stay"),
        pytest.param("\u200b \n", "", id="nothing left"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected
    assert clean(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Klopt dat?1", "Klopt dat?", id="after a question"),
        pytest.param("Klopt dat?1 Wat nu?2", "Klopt dat? Wat nu?", id="between questions"),
        pytest.param("Klopt dat?1Wat nu?", "Klopt dat? Wat nu?", id="glued on both sides"),
        pytest.param("De dijk zakt.12 Wat nu?", "De dijk zakt. Wat nu?", id="after a sentence"),
        pytest.param("Na de storm,2 dus nu", "Na de storm, dus nu", id="after a comma"),
        pytest.param("Dit bericht:3 dijk zakt", "Dit bericht: dijk zakt", id="after a colon"),
        pytest.param("het bericht «Dijk zakt»3 en", "het bericht «Dijk zakt» en", id="after a guillemet"),
        pytest.param("het bericht “Dijk zakt”3?", "het bericht “Dijk zakt”?", id="after a curly quote"),
        pytest.param("het bericht 'Dijk zakt'4", "het bericht 'Dijk zakt'", id="after a straight quote"),
        pytest.param("de dijk (zie bijlage)4.", "de dijk (zie bijlage).", id="after a parenthesis"),
        pytest.param("een krimp van 15%3 in een jaar", "een krimp van 15% in een jaar", id="after a percentage"),
        pytest.param("alle gemeenten2 en provincies", "alle gemeenten en provincies", id="after a word"),
        pytest.param("volgens Jansen3) zakt", "volgens Jansen zakt", id="with a parenthesis"),
        pytest.param("De dijk zakt.1,2 Wat nu?", "De dijk zakt. Wat nu?", id="two marks"),
        pytest.param("De dijk zakt.1, 2 Wat nu?", "De dijk zakt. Wat nu?", id="two marks and a space"),
        pytest.param("De dijk zakte in 2024.1 Kunt u", "De dijk zakte in 2024. Kunt u", id="after a year"),
        pytest.param("De dijk zakte in 2024.1", "De dijk zakte in 2024.", id="after a year at the end"),
        pytest.param("het bericht¹ en Klopt dat?²³", "het bericht en Klopt dat?", id="superscript"),
        pytest.param("het bericht[1] en", "het bericht en", id="brackets"),
    ],
)
def test_footnote_marks_go(text: str, expected: str) -> None:
    assert strip_footnotes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Is 3,2 miljoen genoeg?", id="decimal comma"),
        pytest.param("Er waren 425.000 mensen.", id="thousands"),
        pytest.param("Het kost € 1.250.000,50.", id="amount"),
        pytest.param("Om 12:30 of 12.30 uur?", id="time"),
        pytest.param("In het jaar 2024?", id="year"),
        pytest.param("Dat was in 2024. Nu niet.", id="year before a full stop"),
        pytest.param("Op 03-06-2025 en 3.6.2025.", id="date"),
        pytest.param("Hoeveel CO2, NO2 en PM10 kwam vrij?", id="chemistry"),
        pytest.param("Ging het om 30 m3, 5 m² of 7 km²?", id="units"),
        pytest.param("Kamerstuk 30000, nr.12, art.5 en blz.3", id="abbreviation before a number"),
        pytest.param("Artikel 4.4 en paragraaf 3.2.1", id="section"),
        pytest.param("De A12, de N33 en lijn 5.", id="roads"),
        pytest.param("Geldt covid19 als oorzaak?", id="covid"),
        pytest.param("De uitslag was 3:2.", id="score"),
        pytest.param("Is vraag 3 beantwoord?", id="number apart"),
        pytest.param("De regels [1] van het fonds", id="brackets apart"),
    ],
)
def test_numbers_stay(text: str) -> None:
    assert strip_footnotes(text) == text
