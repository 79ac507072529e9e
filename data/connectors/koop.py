"""What KOOP publishes about a document with Kamervragen: records of a search, and metadata.xml. No network here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lxml import etree

from data.connectors.xml import attribute, find_all, first_text, parse_xml, texts
from data.labels import LabelScheme
from data.text import clean

TAXONOMY = "OVERHEID.TaxonomieBeleidsagenda"
"""The scheme of the official labels. Decentral publications have `…BeleidsagendaDecentraal`, which is another list."""
FINAL_STATUSES = ("onopgemaakt", "opgemaakt", "opgemaakt na onopgemaakt")
"""Document statuses, the latest stage last."""
_IDENTIFIER = re.compile(r"[A-Za-z]{2,5}(?:-[A-Za-z0-9]+)+")
_SUBJECT = re.compile(
    r"^(?:nader )?(?:antwoord|mededeling|vragen)\b.*? (?:over|inzake|betreffende) (?P<subject>.+)$", re.I
)
_AANHANGSEL = re.compile(r"(?P<first>\d\d)(?P<second>\d\d)(?P<number>\d{5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class KoopRecord:
    """One document as a search finds it. Texts are empty and dates None where the record has none."""

    id: str
    """Such as `ah-tk-20202021-3235`, or `ah-1271549` where only a PDF is published."""
    title: str
    labels: tuple[str, ...]
    """Official labels as written, `level 1 | level 2`."""
    available: date
    """Day of publication, by which searches are bounded."""
    put: date | None
    answered: date | None
    modified: str
    status: str
    kind: str
    """`Antwoord`, or another type of the Aanhangsel such as a notice of delay."""
    vraagnummer: str
    """The Tweede Kamer's number of the questions, `2021Z09739`."""
    askers: tuple[str, ...]
    addressees: tuple[str, ...]
    session: str
    """Vergaderjaar, `2020-2021`."""
    manifestations: frozenset[str]
    url: str
    """The page for readers."""

    @property
    def is_answer(self) -> bool:
        """Whether the record says that it holds answers."""
        return self.kind.casefold().startswith("antwoord")

    @property
    def is_notice(self) -> bool:
        """Whether the record says that it is a notice, of delay mostly."""
        return self.kind.casefold().startswith("mededeling")

    @property
    def age(self) -> tuple[int, str, date]:
        """Sorts the versions of one document, the latest last."""
        status = self.status.casefold()
        return FINAL_STATUSES.index(status) if status in FINAL_STATUSES else -1, self.modified, self.available


def parse_record(element: etree._Element) -> KoopRecord:
    """Read one `record` of a search.

    Raises:
        ValueError: it has no usable identifier or day of publication; the message says which.
    """
    identifier = first_text(element, "identifier")
    if not is_identifier(identifier):
        raise ValueError(f"expected an identifier such as ah-tk-20202021-3235, found {identifier!r}")
    available = _day(first_text(element, "available"))
    if available is None:
        raise ValueError("expected a day of publication, found none")
    subjects = [*find_all(element, "subject"), *find_all(element, "category")]
    return KoopRecord(
        id=identifier,
        title=first_text(element, "title"),
        labels=_labels((attribute(each, "scheme"), "".join(map(str, each.itertext()))) for each in subjects),
        available=available,
        put=_day(first_text(element, "datumIndiening")),
        answered=_day(first_text(element, "datumOntvangst")),
        modified=first_text(element, "modified"),
        status=first_text(element, "documentstatus"),
        kind=first_text(element, "subrubriek"),
        vraagnummer=first_text(element, "vraagnummer"),
        askers=texts(element, "indiener"),
        addressees=texts(element, "ontvanger"),
        session=first_text(element, "vergaderjaar"),
        manifestations=frozenset(attribute(each, "manifestation") for each in find_all(element, "itemUrl")),
        url=first_text(element, "preferredUrl"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KoopMetadata:
    """What metadata.xml says of a document."""

    labels: tuple[str, ...]
    vraagnummer: str


def parse_metadata(content: bytes) -> KoopMetadata:
    """Read a metadata.xml; raises WrongContentError if it is something else."""
    rows = find_all(parse_xml(content, "metadata_gegevens"), "metadata")
    named = [(attribute(row, "name"), attribute(row, "scheme"), attribute(row, "content")) for row in rows]
    return KoopMetadata(
        labels=_labels((scheme, value) for name, scheme, value in named if name == "OVERHEID.category"),
        vraagnummer=next((value for name, _, value in named if name == "OVERHEIDop.vraagnummer"), ""),
    )


def _labels(schemes_and_values: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    labels = (clean(value) for scheme, value in schemes_and_values if scheme == TAXONOMY)
    return tuple(dict.fromkeys(label for label in labels if label))


def domains_of(labels: tuple[str, ...], scheme: LabelScheme) -> tuple[str, ...]:
    """The domains of official labels, in their order and each once; labels that no domain covers are passed over."""
    domains = (scheme.domain_of_official(" | ".join(part.strip() for part in label.split("|"))) for label in labels)
    return tuple(dict.fromkeys(domain for domain in domains if domain))


def is_identifier(id: str) -> bool:
    """Whether a text has the form of an identifier, and so is safe in an address and as a file name."""
    return bool(_IDENTIFIER.fullmatch(id))


def identifier_of_aanhangsel(number: object) -> str | None:
    """The identifier of an answer from the Tweede Kamer's Aanhangselnummer: `242501244` is `ah-tk-20242025-1244`.

    Returns:
        None if the number is missing or has another form: two years that follow each other and five digits.
    """
    # As a number, 080900123 loses its zero.
    match = _AANHANGSEL.fullmatch(str(number).strip().zfill(9)) if number else None
    if not match or (int(match["first"]) + 1) % 100 != int(match["second"]) or not int(match["number"]):
        return None
    start = int(match["first"]) + (1900 if int(match["first"]) >= 80 else 2000)
    return f"ah-tk-{start}{start + 1}-{int(match['number'])}"


def subject_of(title: str) -> str:
    """What the questions are about, from "Antwoord op vragen van het lid … over …"; empty if the title says not."""
    match = _SUBJECT.match(title)
    return match["subject"] if match else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
