"""Harvest what KOOP published."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from data.connectors.http import Client, MissingError, WrongContentError
from data.connectors.koop import KoopRecord, domains_of, subject_of
from data.connectors.rows import Facts, Harvested, Parse, Problem, make_rows
from data.connectors.sources import Item, Listing, Report
from data.connectors.sru import search
from data.connectors.tweedekamer import Zaak, look_up
from data.connectors.versions import choose
from data.connectors.work import Pages
from data.connectors.xml import parse_xml
from data.errors import InputError
from data.labels import LabelScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Koop:
    """Documents with answers that KOOP published in a period, joined with the Tweede Kamer's data."""

    sru: Pages
    sru_base: str
    documents: Client
    documents_base: str
    odata: Pages | None
    """None leaves the join out."""
    odata_base: str
    since: date
    until: date
    parse: Parse
    scheme: LabelScheme

    def listing(self, report: Report) -> Listing:
        """Search, leave out replaced versions, and look their Zaken up."""
        found = search(self.sru, self.sru_base, self.since, self.until, report=report)
        choice = choose(found.records)
        numbers = (record.vraagnummer for record in choice.records)
        zaken = look_up(self.odata, self.odata_base, numbers, report) if self.odata else {}
        items = [
            Item(
                record.id,
                partial(
                    self._read,
                    record,
                    zaken.get(record.vraagnummer),
                    noticed=record.vraagnummer in choice.postponed,
                ),
            )
            for record in choice.records
        ]
        return Listing(items, found.problems, choice.left_out)

    def _read(self, record: KoopRecord, zaak: Zaak | None, *, noticed: bool) -> Harvested:
        problems: list[Problem] = []
        try:
            name, content = self._fetch(record, problems)
            documents = self.parse(content, name)
        except (MissingError, InputError) as error:
            return Harvested(problems=[*problems, Problem(record.id, f"{error}; left out")])
        titles = [records[0].document.title for records in documents if records]
        # A PDF's layout gives no sure title; KOOP's names the subject.
        own = next(iter(titles), "") if name.endswith(".xml") else ""
        title = own or subject_of(record.title) or next(iter(titles), "") or record.title
        answers = any(each.answer for records in documents for each in records)
        answered = record.is_answer or (answers and not record.is_notice)
        facts = Facts(
            key=record.id,
            document=record.id,
            vraagnummer=record.vraagnummer or None,
            title=title,
            official=record.labels,
            domains=domains_of(record.labels, self.scheme),
            askers=(zaak and zaak.askers) or record.askers,
            addressees=(zaak and zaak.addressees) or record.addressees,
            put=(zaak and zaak.put) or record.put,
            due=zaak.due if zaak else None,
            answered=_day_answered(record, zaak) if answered else None,
            published=record.available,
            status="answered" if answered else zaak.status if zaak else "postponed" if noticed else "open",
            postponed=noticed or bool(zaak and zaak.postponed),
            session=record.session or None,
            url=record.url or f"{self.documents_base}/{record.id}.html",
            source="koop",
        )
        harvested = make_rows(facts, documents)
        return Harvested(rows=harvested.rows, problems=[*problems, *harvested.problems])

    def _fetch(self, record: KoopRecord, problems: list[Problem]) -> tuple[str, bytes]:
        """Name and content of the XML, else of the PDF; why the XML was passed over goes to `problems`."""
        failures: list[str] = []
        for ending, check in (("xml", _check_publication), ("pdf", _check_pdf)):
            if ending not in record.manifestations:
                continue
            name = f"{record.id}.{ending}"
            try:
                content = self.documents.get(f"{self.documents_base}/{name}", check=check)
            except MissingError as error:
                failures.append(str(error))
                continue
            problems.extend(Problem(record.id, f"{failure}; the PDF was read") for failure in failures)
            return name, content
        others = ", ".join(sorted(record.manifestations)) or "nothing"
        raise MissingError("; ".join(failures) or f"expected XML or PDF to be published, found {others}")


def _day_answered(record: KoopRecord, zaak: Zaak | None) -> date | None:
    return record.answered or (zaak.answers[0].day if zaak and zaak.answers else None)


def _check_publication(content: bytes) -> None:
    parse_xml(content, "officiele-publicatie")


def _check_pdf(content: bytes) -> None:
    if b"%PDF" not in content[:1024]:
        raise WrongContentError(f"expected a PDF, found {content[:20]!r}")
