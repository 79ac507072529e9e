"""The Tweede Kamer's open data (OData v4/2.0 and v5): the Zaken of written questions, with people and documents."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.connectors.odata import Expander, Row, read_pages
from data.connectors.rows import Problem
from data.connectors.sources import Report, say_nothing
from data.connectors.work import Pages
from data.text import clean

FIELDS: Mapping[str, tuple[str, ...]] = {
    "document number": ("DocumentNummer", "Nummer"),
    "document day": ("Datum", "DatumOntvangst", "DatumRegistratie"),
    "started": ("GestartOp", "Datum"),
    "subject": ("Onderwerp", "Titel"),
}
"""Fields by the name in v4/2.0 and then in v5, or by what stands in for an empty one. Others kept their names."""
WRITTEN = "Schriftelijke vragen"
ZAAK_NUMBER = re.compile(r"\d{4}[A-Z]\d{4,6}")
LOOKUP_NUMBERS = 20
"""Zaken that one request looks up; some 600 characters of address."""
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_WITHDRAWN = re.compile(r"\b(?:ingetrokken|intrekk\w+)\b", re.IGNORECASE)
_DUTCH_TIME = ZoneInfo("Europe/Amsterdam")
_ASKED_BY = ("Indiener", "Medeindiener")
_ASKED_OF = ("Gericht aan",)


@dataclass(frozen=True, slots=True, kw_only=True)
class KamerDocument:
    """A document of a Zaak."""

    id: str
    """GUID."""
    kind: str
    """Soort, such as `Schriftelijke vragen` or `Mededeling (uitstel antwoord)`."""
    number: str
    subject: str
    day: date | None
    aanhangsel: str
    """Aanhangselnummer of an answer, empty if it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zaak:
    """One set of written questions."""

    number: str
    """KOOP's vraagnummer: `2021Z09739`."""
    subject: str
    put: date | None
    due: date | None
    """Termijn."""
    session: str
    askers: tuple[str, ...]
    addressees: tuple[str, ...]
    documents: tuple[KamerDocument, ...]
    """The oldest first."""

    @property
    def question(self) -> KamerDocument | None:
        """The document with the questions, the latest version if there are several."""
        return next((each for each in reversed(self.documents) if each.kind == WRITTEN), None)

    @property
    def answers(self) -> tuple[KamerDocument, ...]:
        """The documents with answers, the oldest first."""
        return tuple(each for each in self.documents if each.kind.startswith("Antwoord schriftelijke vragen"))

    @property
    def postponed(self) -> bool:
        """Whether there is a notice of delay."""
        return any(each.kind == "Mededeling (uitstel antwoord)" for each in self.documents)

    @property
    def status(self) -> str:
        """Read from the documents: answered, else withdrawn, else postponed, else open."""
        if self.answers:
            return "answered"
        if any(each.kind == "Mededeling" and _WITHDRAWN.search(each.subject) for each in self.documents):
            return "withdrawn"
        return "postponed" if self.postponed else "open"


def list_zaken(
    pages: Pages, base: str, since: date, until: date, report: Report = say_nothing
) -> tuple[list[Zaak], list[Problem]]:
    """The Zaken of written questions that were put in a period, by number, and the rows that could not be used.

    Args:
        pages: fetches, and keeps what was fetched.
        base: address of the service, up to and with its version.
        since: first day.
        until: last day, included.
        report: told of the Zaken.

    Raises:
        SourceError: the source does not answer, or not as documented.
    """
    # Bounds are local time: with a Z the source loses rows without a word.
    bounds = (datetime.combine(day, time.min, _DUTCH_TIME).isoformat() for day in (since, until + timedelta(days=1)))
    first, end = bounds
    condition = f"Soort eq '{WRITTEN}' and GestartOp ge {first} and GestartOp lt {end}"
    zaken: dict[str, Zaak] = {}
    problems: list[Problem] = []
    for done, (row, zaak) in enumerate(_zaken(pages, base, condition), start=1):
        if zaak:
            zaken[zaak.number] = zaak
        else:
            name = str(row.get("Id") or f"row {done}")
            reason = f"expected a number such as 2021Z09739, found {str(row.get('Nummer'))[:40]!r}; left out"
            problems.append(Problem(name, reason))
        report("search", done, done)  # how many there will be is costly to ask
    return sorted(zaken.values(), key=lambda zaak: zaak.number), problems


def look_up(pages: Pages, base: str, numbers: Iterable[str], report: Report = say_nothing) -> dict[str, Zaak]:
    """The Zaken with some numbers, by number; those that the source has not are missing.

    Raises:
        SourceError: the source does not answer, or not as documented.
    """
    wanted = sorted({number for number in numbers if ZAAK_NUMBER.fullmatch(number)})
    found: dict[str, Zaak] = {}
    for start in range(0, len(wanted), LOOKUP_NUMBERS):
        some = wanted[start : start + LOOKUP_NUMBERS]
        choice = " or ".join(f"Nummer eq '{number}'" for number in some)
        zaken = (zaak for _, zaak in _zaken(pages, base, f"({choice})"))
        found |= {zaak.number: zaak for zaak in zaken if zaak and zaak.number in some}
        report("join", min(start + LOOKUP_NUMBERS, len(wanted)), len(wanted))
    return found


def resource_address(base: str, document: KamerDocument) -> str:
    """Where the file of a document is: PDF or Word, whatever its ContentType says."""
    return f"{base}/Document({document.id})/resource"


def _zaken(pages: Pages, base: str, condition: str) -> Iterator[tuple[Row, Zaak | None]]:
    # No $top: with it the source gives no nextLink.
    params = {
        "$filter": f"Verwijderd eq false and {condition}",
        "$expand": "Document,ZaakActor",
        "$orderby": "Nummer",
    }
    for row in read_pages(pages, f"{base}/Zaak", params, base):
        yield row, parse_zaak(row, Expander(pages, base))


def parse_zaak(row: Row, expanded: Callable[[Row, str], Iterable[Row]]) -> Zaak | None:
    """Read a row of the entity Zaak; None if it has no number that can be used.

    Args:
        row: as in the JSON.
        expanded: gives the rows of Document and ZaakActor in it.
    """
    number = str(row.get("Nummer") or "")
    if not ZAAK_NUMBER.fullmatch(number):
        return None
    actors = list(expanded(row, "ZaakActor"))
    documents = [document for each in expanded(row, "Document") if (document := _document(each))]
    return Zaak(
        number=number,
        subject=clean(_field(row, "subject")),
        put=local_day(_field(row, "started")),
        due=local_day(row.get("Termijn")),
        session=clean(str(row.get("Vergaderjaar") or "")),
        askers=_people(actors, _ASKED_BY, "ActorFractie"),
        addressees=_people(actors, _ASKED_OF, "Functie"),
        documents=tuple(sorted(documents, key=lambda each: (each.day or date.min, each.number))),
    )


def _document(row: Row) -> KamerDocument | None:
    guid = str(row.get("Id") or "")
    if not _GUID.fullmatch(guid):
        return None
    return KamerDocument(
        id=guid,
        kind=clean(str(row.get("Soort") or "")),
        number=clean(_field(row, "document number")),
        subject=clean(_field(row, "subject")),
        day=local_day(_field(row, "document day")),
        aanhangsel=str(row.get("Aanhangselnummer") or ""),
    )


def _people(actors: Iterable[Row], relations: tuple[str, ...], beside: str) -> tuple[str, ...]:
    """Names as `Anna de Wit (ABC)`, in order of relation; placeholder persons have no name."""
    named = [
        (relations.index(actor["Relatie"]), clean(str(actor["ActorNaam"])), clean(str(actor.get(beside) or "")))
        for actor in actors
        if actor.get("Relatie") in relations and actor.get("ActorNaam")
    ]
    named.sort(key=lambda each: each[0])
    return tuple(dict.fromkeys(f"{name} ({more})" if more else name for _, name, more in named))


def _field(row: Row, part: str) -> str:
    return next((str(row[name]) for name in FIELDS[part] if row.get(name)), "")


def local_day(value: object) -> date | None:
    """The Dutch day of a moment such as `2021-06-03T00:00:00+02:00`; None if there is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment.astimezone(_DUTCH_TIME) if moment.tzinfo else moment).date()
