from datetime import date

import pytest

from data.connectors.http import WrongContentError
from data.connectors.koop import (
    KoopMetadata,
    KoopRecord,
    domains_of,
    identifier_of_aanhangsel,
    parse_metadata,
    parse_record,
    subject_of,
)
from data.connectors.xml import find_all, parse_xml


def _records(page: bytes) -> list[KoopRecord]:
    return [parse_record(each) for each in find_all(parse_xml(page, "searchRetrieveResponse"), "record")]


def test_a_record_whole(official) -> None:
    labels = ((official.taxonomy, "Economie | Ondernemen"), (official.taxonomy, "Recht"))
    one = official.publish(
        "ah-tk-20232024-12", vraagnummer="2024Z00001", labels=labels, manifestations=("pdf", "metadata")
    )
    assert _records(official.page(one)) == [
        KoopRecord(
            id="ah-tk-20232024-12",
            title="Antwoord op vragen van het lid De Wit over het loket in Veendam",
            labels=("Economie | Ondernemen", "Recht"),
            available=date(2024, 1, 15),
            put=None,
            answered=date(2024, 1, 14),
            modified="2024-02-01",
            status="Opgemaakt",
            kind="Antwoord",
            vraagnummer="2024Z00001",
            askers=("A. de Wit", "B. Bos"),
            addressees=("C. Smit",),
            session="2023-2024",
            manifestations=frozenset({"pdf", "metadata"}),
            url="https://koop.example/ah-tk-20232024-12.html",
        )
    ]


def test_prefixes_do_not_matter(official) -> None:
    page = official.page(official.publish("ah-1", vraagnummer="2024Z00001")).decode()
    other = page.replace("sru:", "").replace("xmlns:sru", "xmlns").replace("dcterms:", "ns4:").replace("w:", "meta:")
    other = other.replace("xmlns:dcterms", "xmlns:ns4").replace("xmlns:w=", "xmlns:meta=")
    assert 'xmlns="http://docs.oasis-open.org/ns/search-ws/sruResponse"' in other.replace("xmlns:sru", "xmlns")
    other = other.replace('xmlns:sru="', 'xmlns="')
    assert _records(other.encode()) == _records(page.encode())


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param([], (), id="none"),
        pytest.param([("OVERHEID.TaxonomieBeleidsagendaDecentraal", "bestuur | gemeenten")], (), id="decentral scheme"),
        pytest.param([("", "Recht")], (), id="no scheme"),
        pytest.param([("T", "Recht"), ("T", "Recht")], ("Recht",), id="twice"),
        pytest.param([("T", "Recht |\n Strafrecht")], ("Recht | Strafrecht",), id="line break"),
        pytest.param([("T", " ")], (), id="empty"),
        pytest.param([("T", "Gezondheidsrisico's & meer")], ("Gezondheidsrisico's & meer",), id="marks"),
    ],
)
def test_only_labels_of_the_scheme_count(official, labels, expected) -> None:
    named = tuple(
        (scheme.replace("T", official.taxonomy) if scheme == "T" else scheme, name) for scheme, name in labels
    )
    one = official.publish("ah-1", labels=named)
    assert _records(official.page(one))[0].labels == expected
    assert parse_metadata(one.metadata()).labels == expected


@pytest.mark.parametrize(
    ("labels", "domains"),
    [
        pytest.param(["Economie | ICT", "Recht | Strafrecht"], ("digitalisering", "recht"), id="in their order"),
        pytest.param(["Ruimtevaart | Maan", "Werk | Ontslag"], ("werk",), id="unknown ones are passed over"),
        pytest.param(["Ruimtevaart"], (), id="unknown alone"),
        pytest.param(["Verkeer"], ("verkeer",), id="bare level 1"),
        pytest.param(["Economie|ICT"], ("digitalisering",), id="no space at the pipe"),
        pytest.param(["Verkeer | Spoor", "Verkeer | Weg"], ("verkeer",), id="each once"),
        pytest.param(["Zorg en gezondheid | Organisatie en beleid"], ("zorg",), id="not in the list"),
    ],
)
def test_domains_of_labels(scheme, labels, domains) -> None:
    assert domains_of(tuple(labels), scheme) == domains


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param({"id": ""}, "expected an identifier such as ah-tk-20202021-3235, found ''", id="no identifier"),
        pytest.param({"id": "../../etc/passwd"}, "expected an identifier", id="a path"),
        pytest.param({"id": "ah-1", "available": ""}, "expected a day of publication, found none", id="no day"),
        pytest.param({"id": "ah-1", "available": "2024-02-30"}, "expected a day of publication", id="no such day"),
    ],
)
def test_a_record_that_cannot_be_used(official, values, message) -> None:
    page = official.page(official.publish(**values))
    with pytest.raises(ValueError, match=message):
        _records(page)


def test_metadata(official) -> None:
    one = official.publish("ah-1", vraagnummer="2024Z00001")
    assert parse_metadata(one.metadata()) == KoopMetadata(labels=("Bestuur | Gemeenten",), vraagnummer="2024Z00001")
    with pytest.raises(WrongContentError):
        parse_metadata(official.error_page)


@pytest.mark.parametrize(
    ("number", "identifier"),
    [
        ("242501244", "ah-tk-20242025-1244"),
        (242501244, "ah-tk-20242025-1244"),
        ("080900123", "ah-tk-20082009-123"),
        (80900123, "ah-tk-20082009-123"),
        ("990000001", "ah-tk-19992000-1"),
        ("091000007", "ah-tk-20092010-7"),
        pytest.param("242601244", None, id="years that do not follow"),
        pytest.param("242500000", None, id="no number"),
        pytest.param("2024-2025, 12", None, id="another form"),
        pytest.param("2425012440", None, id="too long"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_an_aanhangselnummer_becomes_an_identifier(number: object, identifier: str | None) -> None:
    assert identifier_of_aanhangsel(number) == identifier


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Antwoord op vragen van de leden De Wit en Bos over de Tozo", "de Tozo"),
        ("Antwoord op vragen van het lid De Wit over het boek 'Alles over geld'", "het boek 'Alles over geld'"),
        ("Mededeling van de minister inzake vragen van het lid Bos", "vragen van het lid Bos"),
        ("Vragen van het lid Bos (ABC) aan de minister betreffende de brug", "de brug"),
        ("Het bericht over de brug", ""),
        ("", ""),
    ],
)
def test_the_subject_of_a_title(title: str, subject: str) -> None:
    assert subject_of(title) == subject
