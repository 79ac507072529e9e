import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import SchemeError
from data.labels import LabelScheme, load_scheme, use_labels

# OVERHEID.TaxonomieBeleidsagenda: level 1, the domain that stands for it, level 2.
TAXONOMY = {
    "Bestuur": (
        "bestuur",
        "De Nederlandse Antillen en Aruba; Gemeenten; Koninklijk Huis; Organisatie en beleid; Parlement; Provincies; "
        "Rijksoverheid; Waterschappen",
    ),
    "Cultuur en recreatie": ("cultuur", "Cultuur; Kunst; Media; Recreatie; Religie; Sport"),
    "Economie": (
        "economie",
        "Bouwnijverheid; Handel; ICT; Industrie; Markttoezicht; Ondernemen; Overige economische sectoren; Toerisme; "
        "Transport",
    ),
    "Financiën": ("financien", "Begroting; Belasting; Financieel toezicht; Inkomensbeleid"),
    "Huisvesting": ("huisvesting", "Bouwen en verbouwen; Huren en verhuren; Kopen en verkopen"),
    "Internationaal": (
        "buitenland",
        "Defensie; Europese zaken; Internationale samenwerking; Militaire missies; Ontwikkelingssamenwerking; Reizen",
    ),
    "Landbouw": ("landbouw", "Dieren; Planten; Voedselkwaliteit"),
    "Migratie en integratie": (
        "migratie",
        "Emigratie; Immigratie; Integratie; Nederlanderschap; Tijdelijk verblijf",
    ),
    "Natuur en milieu": ("milieu", "Afval; Bodem; Energie; Geluid; Lucht; Natuur- en landschapsbeheer; Stoffen"),
    "Onderwijs en wetenschap": (
        "onderwijs",
        "Basisonderwijs; Beroepsonderwijs; Hoger onderwijs; Onderzoek en wetenschap; Overige vormen van onderwijs; "
        "Voortgezet onderwijs",
    ),
    "Openbare orde en veiligheid": (
        "veiligheid",
        "Criminaliteit; Politie, brandweer en hulpdiensten; Rampen; Staatsveiligheid; Terrorisme",
    ),
    "Recht": (
        "recht",
        "Bestuursrecht; Bezwaar en klachten; Burgerlijk recht; Rechtspraak; Staatsrecht; Strafrecht",
    ),
    "Ruimte en infrastructuur": ("ruimte", "Netwerken; Ruimtelijke ordening; Waterkeringen en waterbeheer"),
    "Sociale zekerheid": (
        "socialezekerheid",
        "Gezin en kinderen; Jongeren; Nabestaanden; Ouderen; Werkloosheid; Ziekte en arbeidsongeschiktheid",
    ),
    "Verkeer": ("verkeer", "Luchtvaart; Spoor; Water; Weg"),
    "Werk": ("werk", "Arbeidsomstandigheden; Arbeidsvoorwaarden; Levensloop; Ontslag; Werkgelegenheid"),
    "Zorg en gezondheid": (
        "zorg",
        "Ethiek; Geneesmiddelen en medische hulpmiddelen; Gezondheidsrisico's; Jongeren; Verzekeringen; Voeding; "
        "Ziekten en behandelingen",
    ),
}
ELSEWHERE = {
    "Economie | Bouwnijverheid": "huisvesting",
    "Economie | ICT": "digitalisering",
    "Economie | Transport": "verkeer",
    "Internationaal | Defensie": "defensie",
    "Internationaal | Militaire missies": "defensie",
    "Natuur en milieu | Energie": "energie",
}
"""Level-2 concepts that another domain than that of their level 1 covers."""
LEVEL_1 = {concept: domain for concept, (domain, _) in TAXONOMY.items()}
LEVEL_2 = {
    f"{above} | {below}": domain for above, (domain, below_it) in TAXONOMY.items() for below in below_it.split("; ")
}


def test_every_official_concept_has_the_expected_domain(scheme: LabelScheme) -> None:
    assert (len(LEVEL_1), len(LEVEL_2)) == (17, 93)
    expected = LEVEL_1 | LEVEL_2 | ELSEWHERE
    assert {concept: scheme.domain_of_official(concept) for concept in expected} == expected


def test_no_concept_is_claimed_by_two_domains(scheme: LabelScheme) -> None:
    claims = Counter(concept for domain in scheme.domains for concept in domain.official)
    assert [concept for concept, count in claims.items() if count > 1] == []


def test_every_domain_claims_concepts_that_exist(scheme: LabelScheme) -> None:
    for domain in scheme.domains:
        assert domain.official, domain.id
        assert set(domain.official) <= LEVEL_1.keys() | LEVEL_2.keys(), domain.id


@pytest.mark.parametrize(
    ("concept", "domain"),
    [
        pytest.param("Verkeer | Organisatie en beleid", "verkeer", id="level 2 that is not in the list"),
        pytest.param("Internationaal | Fiscaal", "buitenland", id="level 2 beside a special case"),
        pytest.param("  Economie | ICT ", "digitalisering", id="space around"),
        pytest.param("Economie|Handel", "economie", id="no space at the pipe"),
        pytest.param("Ruimtevaart", None, id="unknown level 1"),
        pytest.param("Ruimtevaart | Energie", None, id="known level 2 under an unknown level 1"),
        pytest.param("Energie", None, id="level 2 without its level 1"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_concept_outside_the_list_falls_back_on_level_1(
    scheme: LabelScheme, concept: str, domain: str | None
) -> None:
    assert scheme.domain_of_official(concept) == domain


def test_an_index_is_the_place_among_the_logits(scheme: LabelScheme) -> None:
    assert [scheme.domain_index(domain) for domain in scheme.domain_ids] == list(range(20))
    assert [scheme.urgency_index(urgency) for urgency in ("laag", "middel", "hoog")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        pytest.param("domain_index", "unknown domain 'ruimtevaart': expected one of bestuur, buitenland,", id="domain"),
        pytest.param(
            "urgency_index", "unknown urgency 'ruimtevaart': expected one of hoog, laag, middel", id="urgency"
        ),
    ],
)
def test_an_unknown_label_is_refused_with_the_choices(scheme: LabelScheme, index: str, message: str) -> None:
    with pytest.raises(SchemeError, match=message):
        getattr(scheme, index)("ruimtevaart")


def test_a_scheme_survives_json(scheme: LabelScheme) -> None:
    again = LabelScheme.from_dict(json.loads(json.dumps(scheme.to_dict())))
    assert again == scheme
    assert again.digest == scheme.digest


def test_the_digest_tells_schemes_of_one_name_apart(scheme: LabelScheme) -> None:
    *rest, last = scheme.urgencies
    other = replace(scheme, urgencies=(*rest, replace(last, definition="Something else.")))
    turned = replace(scheme, domains=scheme.domains[::-1])
    assert other.name == turned.name == scheme.name == f"{scheme.id}@{scheme.version}"
    assert len({scheme.digest, other.digest, turned.digest}) == 3


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


@pytest.mark.parametrize("key", ["id", "version", "domains", "urgencies"])
def test_a_scheme_without_a_key_is_refused(scheme: LabelScheme, key: str) -> None:
    with pytest.raises(SchemeError, match=f"expected the keys of data/labels.toml.*{key}"):
        LabelScheme.from_dict(_without(scheme.to_dict(), key))


@pytest.mark.parametrize(
    "domain",
    [
        pytest.param({"id": "zorg"}, id="keys missing"),
        pytest.param(
            {"id": "a", "nl": "a", "en": "a", "definition": "a", "official": [], "cap": [], "colour": "red"},
            id="unknown key",
        ),
    ],
)
def test_a_domain_with_other_keys_is_refused(scheme: LabelScheme, domain: dict[str, Any]) -> None:
    with pytest.raises(SchemeError, match="expected the keys"):
        LabelScheme.from_dict(scheme.to_dict() | {"domains": [*scheme.to_dict()["domains"], domain]})


@pytest.mark.parametrize("kind", ["domains", "urgencies"])
@pytest.mark.parametrize(
    "change", [pytest.param(lambda labels: labels * 2, id="twice"), pytest.param(lambda labels: labels[:1], id="one")]
)
def test_labels_are_different_and_at_least_two(scheme: LabelScheme, kind: str, change: Any) -> None:
    with pytest.raises(SchemeError, match="at least two different"):
        replace(scheme, **{kind: change(getattr(scheme, kind))})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"[[domains]\n", id="no TOML"),
        pytest.param(b'id = "caf\xe9"\n', id="no UTF-8"),
        pytest.param(b'id = "x"\n', id="keys missing"),
    ],
)
def test_a_file_that_holds_no_scheme_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SchemeError, match=r"expected .*data/labels\.toml"):
        load_scheme(path)


OWN = """
id = "own"
version = "1"
[[domains]]
id = "afval"
nl = "Afval"
[[domains]]
id = "groen"
nl = "Groen"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return path


def test_a_scheme_of_ones_own_needs_ids_and_labels_alone(own: Path, scheme: LabelScheme) -> None:
    found = load_scheme(own)
    assert found.name == "own@1"
    assert [(each.id, each.nl, each.en, each.official) for each in found.domains] == [
        ("afval", "Afval", "", ()),
        ("groen", "Groen", "", ()),
    ]
    assert found.urgencies == scheme.urgencies
    assert LabelScheme.from_dict(json.loads(json.dumps(found.to_dict()))).digest == found.digest


def test_urgency_levels_of_ones_own_stay(own: Path) -> None:
    own.write_text(OWN + '[[urgencies]]\nid = "nee"\nnl = "Nee"\n[[urgencies]]\nid = "ja"\nnl = "Ja"\n')
    assert load_scheme(own).urgency_ids == ("nee", "ja")


def test_the_scheme_in_force_is_the_one_that_is_named(own: Path, scheme: LabelScheme) -> None:
    use_labels(own)
    assert load_scheme().name == "own@1"
    own.write_text(OWN.replace('"1"', '"2"'))
    assert load_scheme().name == "own@2"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param('id = "afval"', "id = 5", r"letters, digits, .* found 5", id="number"),
        pytest.param('id = "afval"', 'id = "vuil nis"', "found 'vuil nis'", id="space"),
        pytest.param('version = "1"', "version = 1.0", "found 1.0", id="version"),
        pytest.param('nl = "Afval"', 'nl = " "', "expected every label nl to be text, found ' '", id="empty label"),
        pytest.param('nl = "Afval"', "", "missing 1 required keyword-only argument: 'nl'", id="no label"),
        pytest.param('id = "groen"', 'id = "afval"', "at least two different domain ids", id="twice"),
    ],
)
def test_a_slip_in_a_scheme_of_ones_own_is_named(own: Path, old: str, new: str, message: str) -> None:
    own.write_text(OWN.replace(old, new, 1))
    with pytest.raises(SchemeError, match=rf"own\.toml: expected a label scheme in TOML \(.*{message}"):
        load_scheme(own)
