"""Harvest what was put in the Tweede Kamer."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from data.connectors.http import Client, MissingError, WrongContentError
from data.connectors.koop import KoopMetadata, domains_of, identifier_of_aanhangsel, parse_metadata, subject_of
from data.connectors.rows import Facts, Harvested, Parse, Problem, make_rows
from data.connectors.sources import Item, Listing, Report
from data.connectors.tweedekamer import KamerDocument, Zaak, list_zaken, resource_address
from data.connectors.work import Pages
from data.errors import InputError
from data.labels import LabelScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class TweedeKamer:
    """Written questions that were put in a period, with the labels that KOOP gave their answers."""

    odata: Pages
    odata_base: str
    files: Client
    documents: Client
    documents_base: str
    since: date
    until: date
    parse: Parse
    scheme: LabelScheme

    def listing(self, report: Report) -> Listing:
        """The Zaken of the period."""
        zaken, problems = list_zaken(self.odata, self.odata_base, self.since, self.until, report)
        items = []
        for zaak in sorted(zaken, key=lambda each: (each.put or date.min, each.number)):
            question = zaak.question
            if zaak.put is None or not self.since <= zaak.put <= self.until:
                reason = f"expected a day from {self.since} to {self.until}, found {zaak.put}; left out"
                problems.append(Problem(zaak.number, reason))
            elif question is None:
                problems.append(Problem(zaak.number, "expected a document with the questions, found none; left out"))
            else:
                items.append(Item(zaak.number, partial(self._read, zaak, question, zaak.put)))
        return Listing(items, problems)

    def _read(self, zaak: Zaak, question: KamerDocument, put: date) -> Harvested:
        address = resource_address(self.odata_base, question)
        try:
            documents = self.parse(self.files.get(address, check=_check_file), question.number or question.id)
        except (MissingError, InputError) as error:
            return Harvested(problems=[Problem(zaak.number, f"{error}; left out")])
        problems: list[Problem] = []
        document, metadata = self._published(zaak, problems)
        labels = metadata.labels if metadata else ()
        facts = Facts(
            key=zaak.number,
            document=document,
            vraagnummer=zaak.number,
            title=subject_of(zaak.subject) or zaak.subject,
            official=labels,
            domains=domains_of(labels, self.scheme),
            askers=zaak.askers,
            addressees=zaak.addressees,
            put=zaak.put,
            due=zaak.due,
            answered=zaak.answers[0].day if zaak.answers else None,
            published=put,
            status=zaak.status,
            postponed=zaak.postponed,
            session=zaak.session or None,
            url=address,
            source="tweedekamer",
        )
        harvested = make_rows(facts, documents)
        return Harvested(rows=harvested.rows, problems=[*problems, *harvested.problems])

    def _published(self, zaak: Zaak, problems: list[Problem]) -> tuple[str | None, KoopMetadata | None]:
        """KOOP's identifier and metadata of the latest answer that it has published."""
        for answer in reversed(zaak.answers):
            identifier = identifier_of_aanhangsel(answer.aanhangsel)
            if identifier is None:
                continue
            try:
                address = f"{self.documents_base}/{identifier}/metadata.xml"
                metadata = parse_metadata(self.documents.get(address, check=parse_metadata))
            except MissingError as error:
                problems.append(Problem(zaak.number, f"{error}; kept without a label"))
                continue
            if metadata.vraagnummer in ("", zaak.number):
                return identifier, metadata
            reason = (
                f"expected {identifier} to answer these questions, found {metadata.vraagnummer}; kept without a label"
            )
            problems.append(Problem(zaak.number, reason))
        return None, None


def _check_file(content: bytes) -> None:
    """Refuse a page or JSON in the place of a Word or PDF file; which of these it is, the reader sees by its bytes."""
    if content.lstrip()[:1] in (b"", b"<", b"{"):
        raise WrongContentError(f"expected a Word or PDF file, found {content[:20]!r}")
