from datetime import date

import pytest

from data.dates import find_deadline, parse_date

TUESDAY = date(2025, 5, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("3 maart 2024", date(2024, 3, 3), id="words"),
        pytest.param("3 mrt 2024", date(2024, 3, 3), id="month shortened"),
        pytest.param("1e juni 2024", date(2024, 6, 1), id="ordinal"),
        pytest.param("03-04-2025", date(2025, 4, 3), id="day before month"),
        pytest.param("3/4/2025", date(2025, 4, 3), id="slashes"),
        pytest.param("3.4.2025", date(2025, 4, 3), id="dots"),
        pytest.param("2025-04-03", date(2025, 4, 3), id="ISO"),
        pytest.param("2025-04-03T10:00:00", date(2025, 4, 3), id="ISO with a time"),
        pytest.param(" 29 februari 2024 ", date(2024, 2, 29), id="leap day"),
        pytest.param("29 februari 2025", None, id="no leap year"),
        pytest.param("31 april 2025", None, id="no such day"),
        pytest.param("12 bruggen 2025", None, id="no month"),
        pytest.param("binnenkort", None, id="no date"),
        pytest.param("2024", None, id="year only"),
        pytest.param("3 maart", None, id="no year"),
        pytest.param("dinsdag", None, id="weekday"),
        pytest.param("", None, id="empty"),
        pytest.param(
            "maandag 3 maart 2025",
            date(2025, 3, 3),
            id="weekday before",
        ),
        pytest.param(
            "03-03-24",
            date(2024, 3, 3),
            id="year of two digits",
        ),
        pytest.param(
            "2025-13-01",
            None,
            id="thirteenth month",
        ),
        pytest.param("morgen", None, id="tomorrow"),
        pytest.param("vandaag", None, id="today"),
    ],
)
def test_a_date_without_a_reference(text: str, expected: date | None) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2 juni", date(2025, 6, 2), id="later this year"),
        pytest.param("2 mei", date(2026, 5, 2), id="next year"),
        pytest.param("29 februari", date(2028, 2, 29), id="next leap day"),
        pytest.param("3 maart 2024", date(2024, 3, 3), id="year given"),
        pytest.param("donderdag", date(2025, 5, 22), id="weekday"),
        pytest.param("dinsdag", date(2025, 5, 27), id="the same weekday"),
        pytest.param("vandaag", TUESDAY, id="today"),
        pytest.param("morgen", date(2025, 5, 21), id="tomorrow"),
        pytest.param("overmorgen", date(2025, 5, 22), id="the day after tomorrow"),
        pytest.param("12 bruggen", None, id="no month"),
    ],
)
def test_a_date_with_a_reference(text: str, expected: date | None) -> None:
    assert parse_date(text, TUESDAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Kunt u deze vragen vóór 2 juni 2025 beantwoorden?", date(2025, 6, 2), id="voor een datum"),
        pytest.param("Kunt u deze vragen voor 2 juni a.s. beantwoorden?", date(2025, 6, 2), id="a.s."),
        pytest.param("Kunt u deze vragen uiterlijk 30-06-2025 beantwoorden?", date(2025, 6, 30), id="cijfers"),
        pytest.param("Kunt u uiterlijk op 2025-06-30 antwoorden?", date(2025, 6, 30), id="ISO"),
        pytest.param("Kunt u uiterlijk 30-06-25 antwoorden?", date(2025, 6, 30), id="jaar van twee cijfers"),
        pytest.param("Kunt u uiterlijk de 3e juni antwoorden?", date(2025, 6, 3), id="rangtelwoord"),
        pytest.param("Kunt u uiterlijk vrijdag 23 mei antwoorden?", date(2025, 5, 23), id="weekdag en datum"),
        pytest.param("Kunt u vóór vrijdag reageren?", date(2025, 5, 23), id="weekdag"),
        pytest.param("Kunt u vóór donderdagmiddag antwoorden?", date(2025, 5, 22), id="weekdag en dagdeel"),
        pytest.param("Kunt u uiterlijk morgen 12.00 uur antwoorden?", date(2025, 5, 21), id="morgen"),
        pytest.param("Kunt u vóór morgenochtend antwoorden?", date(2025, 5, 21), id="morgenochtend"),
        pytest.param("Kunt u uiterlijk overmorgen antwoorden?", date(2025, 5, 22), id="overmorgen"),
        pytest.param("Kunt u vandaag nog antwoorden?", TUESDAY, id="vandaag nog"),
        pytest.param("Kunt u nog vanmiddag opheldering geven?", TUESDAY, id="nog vanmiddag"),
        pytest.param("Kunt u uiterlijk vanavond antwoorden?", TUESDAY, id="uiterlijk vanavond"),
        pytest.param("Wilt u vóór het debat van 3 juni antwoorden?", date(2025, 6, 3), id="debat van een datum"),
        pytest.param(
            "Wilt u voorafgaand aan het debat over bruggen van 3 juni antwoorden?",
            date(2025, 6, 3),
            id="debat met een onderwerp",
        ),
        pytest.param("Kunt u antwoorden voordat de raad op 3 juni stemt?", date(2025, 6, 3), id="voordat"),
        pytest.param("Kunt u niet later dan 3 juni antwoorden?", date(2025, 6, 3), id="niet later dan"),
        pytest.param("Graag antwoord vóór 3 juni.", date(2025, 6, 3), id="graag antwoord"),
        pytest.param("Stuurt u de Kamer vóór 3 juni een overzicht?", date(2025, 6, 3), id="overzicht aan de Kamer"),
        pytest.param("KUNT U VÓÓR 3 JUNI ANTWOORDEN?", date(2025, 6, 3), id="hoofdletters"),
        pytest.param("Kunt u vóór\n3 juni\nantwoorden?", date(2025, 6, 3), id="regeleinden"),
        pytest.param("Kunt u antwoorden vóór 3 juni?12", date(2025, 6, 3), id="voetnoot"),
        pytest.param("Kunt u vo\u0301o\u0301r 3 juni antwoorden?", date(2025, 6, 3), id="losse accenten"),
        pytest.param(
            "Kunt u vóór 10 juni antwoorden, en uiterlijk 3 juni op vraag 1?", date(2025, 6, 3), id="de vroegste telt"
        ),
        pytest.param("De stemming is op 3 juni. Wilt u vóór die datum antwoorden?", date(2025, 6, 3), id="die datum"),
        pytest.param(
            "Het debat is op 3 juni, de stemming op 10 juni. Wilt u vóór die dag antwoorden?",
            date(2025, 6, 10),
            id="die dag is de laatst genoemde",
        ),
        pytest.param(
            "Kunt u deze vragen vóór 2 mei beantwoorden?", date(2026, 5, 2), id="zonder jaar de eerstvolgende"
        ),
        pytest.param(
            "Kunt u uiterlijk dinsdag 20 mei antwoorden?",
            TUESDAY,
            id="de dag zelf zonder jaar",
        ),
        pytest.param("Kunt u uiterlijk 5 dec. 2026 antwoorden?", date(2026, 12, 5), id="afgekorte maand en jaar"),
        pytest.param(
            "Kunt u uiterlijk 5 sept. antwoorden?",
            date(2025, 9, 5),
            id="sept.",
        ),
        pytest.param("Kunt u de Kamer vandaag vóór 18.00 uur informeren?", TUESDAY, id="vandaag voor een uur"),
    ],
)
def test_deadlines(text: str, expected: date) -> None:
    assert find_deadline(text, TUESDAY) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Kunt u deze vragen één voor één beantwoorden?", id="één voor één"),
        pytest.param("Kunt u binnen drie weken antwoorden?", id="gewone termijn"),
        pytest.param("Wilt u vóór het debat antwoorden?", id="debat zonder datum"),
        pytest.param("Kunt u vóór 3 maart 2024 antwoorden?", id="voorbij"),
        pytest.param("De brief is van 3 maart 2024. Kunt u vóór die datum antwoorden?", id="die datum is voorbij"),
        pytest.param("Kunt u vóór die datum antwoorden?", id="die datum is niet genoemd"),
        pytest.param("Is de brug vóór 3 juni gereed?", id="geen antwoord gevraagd"),
        pytest.param("Grijpt u vandaag nog in?", id="vandaag nog ingrijpen"),
        pytest.param("Vandaag sloot de brug. Kunt u dat toelichten?", id="vandaag als nieuws"),
        pytest.param("De brug moet vóór 3 juni dicht. Kunt u aangeven waarom?", id="datum in een andere zin"),
        pytest.param("Kunt u antwoorden op de brief van 3 juni 2025?", id="datum van iets anders"),
        pytest.param("Kunt u bevestigen dat u vóór vrijdag jl. is gewaarschuwd?", id="jongstleden"),
        pytest.param("Kunt u uiterlijk 31 juni 2025 antwoorden?", id="bestaat niet"),
        pytest.param("Kunt u antwoorden of dit voor 25 euro kan?", id="bedrag"),
        pytest.param("Kunt u voor 100 procent bevestigen dat de brug veilig is?", id="procent"),
        pytest.param("", id="leeg"),
    ],
)
def test_no_deadline(text: str) -> None:
    assert find_deadline(text, TUESDAY) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Kunt u vóór 3 juni 2019 antwoorden?", date(2019, 6, 3), id="year given, past or not"),
        pytest.param("Kunt u vóór 3 juni antwoorden?", None, id="no year"),
        pytest.param("Kunt u uiterlijk dinsdag antwoorden?", None, id="weekday"),
        pytest.param("Kunt u vandaag nog antwoorden?", None, id="today"),
        pytest.param(
            "Kunt u uiterlijk morgen antwoorden?",
            None,
            id="tomorrow",
        ),
        pytest.param(
            "Kunt u uiterlijk 2 uur antwoorden?",
            None,
            id="hour",
        ),
    ],
)
def test_a_deadline_without_the_date_of_the_document(text: str, expected: date | None) -> None:
    assert find_deadline(text) == expected


def test_a_question_on_the_day_itself_still_has_its_deadline() -> None:
    assert find_deadline("Kunt u vóór 20 mei 2025 antwoorden?", TUESDAY) == TUESDAY
