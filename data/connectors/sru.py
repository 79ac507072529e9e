"""Search KOOP's collection (SRU 2.0) for answered questions, month by month of publication."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lxml import etree

from data.connectors.http import SourceError, WrongContentError
from data.connectors.koop import KoopRecord, parse_record
from data.connectors.rows import Problem
from data.connectors.sources import Report, say_nothing
from data.connectors.work import Pages
from data.connectors.xml import find_all, first_text, parse_xml

PUBLICATION = "Kamervragen (Aanhangsel)"
PAGE_RECORDS = 1000
"""A month of answers fits on one page, so that its paging cannot shift under way."""
MAX_START = 10_000
"""From this record on the source answers with a gateway error; a day has some tens of documents."""


@dataclass(frozen=True, slots=True)
class Found:
    """The records of a search in its order, repeats included, and those that could not be used."""

    records: list[KoopRecord]
    problems: list[Problem]


class _TooManyError(Exception):
    """A stretch of days has more records than can be reached."""


def search(
    pages: Pages,
    base: str,
    since: date,
    until: date,
    *,
    page_records: int = PAGE_RECORDS,
    max_start: int = MAX_START,
    report: Report = say_nothing,
) -> Found:
    """Find the documents with answers that were published in a period.

    Args:
        pages: fetches, and keeps what was fetched.
        base: address of the SRU service.
        since: first day of publication.
        until: last day of publication, included.
        page_records: most records to ask for at once.
        max_start: first record that cannot be asked for; a month with more is cut into days.
        report: told of the months.

    Raises:
        SourceError: the source does not answer, or gives a diagnostic: a clause that it ignores gives wrong data.
    """
    found = Found([], [])
    search = _Search(pages, base, page_records, max_start)
    stretches = list(months(since, until))
    for done, (first, last) in enumerate(stretches, start=1):
        for place, element in enumerate(search.stretch(first, last), start=1):
            try:
                record = parse_record(element)
            except ValueError as error:
                name = first_text(element, "identifier") or f"record {place} of {first} to {last}"
                found.problems.append(Problem(name, f"{error}; left out"))
                continue
            if first <= record.available <= last:
                found.records.append(record)
            else:
                reason = f"expected a day of publication from {first} to {last}, found {record.available}; left out"
                found.problems.append(Problem(record.id, reason))
        report("search", done, len(stretches))
    return found


def months(since: date, until: date) -> Iterator[tuple[date, date]]:
    """The first and last day of each month of a period, the outer ones cut to it."""
    first = since
    while first <= until:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        yield first, min(last, until)
        if last >= until:
            return
        first = last + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Search:
    pages: Pages
    base: str
    page_records: int
    max_start: int

    def stretch(self, first: date, last: date) -> list[etree._Element]:
        """The records of some days, which are asked for one by one if they have too many together."""
        try:
            return self._records(first, last)
        except _TooManyError as error:
            if first == last:
                raise SourceError(
                    f"{self.base}: expected fewer than {self.max_start} documents of {first}, found more"
                ) from error
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return [element for day in days for element in self.stretch(day, day)]

    def _records(self, first: date, last: date) -> list[etree._Element]:
        elements: list[etree._Element] = []
        start: int | None = 1
        while start is not None:
            if start >= self.max_start:
                raise _TooManyError
            parameters = _parameters(first, last, start, self.page_records)
            records, following = _parse_page(self.pages.get(self.base, parameters, check=_parse_page))
            if following is not None and following <= start:
                raise SourceError(
                    f"{self.base}: expected nextRecordPosition beyond {start}, found {following}; ask the source"
                )
            elements += records
            start = following
        return elements


def _parameters(first: date, last: date, start: int, page_records: int) -> dict[str, str]:
    clauses = (
        "c.product-area==officielepublicaties",
        f'w.publicatienaam=="{PUBLICATION}"',
        f"dt.available>={first}",
        f"dt.available<={last}",
    )
    return {
        "operation": "searchRetrieve",
        "version": "2.0",
        "query": " AND ".join(clauses) + " sortBy dt.date/sort.descending",
        "startRecord": str(start),
        "maximumRecords": str(page_records),
        "recordSchema": "gzd",
        "httpAccept": "application/xml",
    }


def _parse_page(content: bytes) -> tuple[list[etree._Element], int | None]:
    """The records of a page and where the next begins; numberOfRecords is an estimate and decides nothing."""
    root = parse_xml(content, "searchRetrieveResponse")
    if diagnostics := find_all(root, "diagnostic"):
        said = "; ".join(
            ": ".join(text for name in ("message", "details") if (text := first_text(each, name)))
            or first_text(each, "uri")
            for each in diagnostics
        )
        raise SourceError(f"expected an answer to the whole query, found the diagnostic {said!r}; nothing was written")
    if not find_all(root, "numberOfRecords"):
        raise WrongContentError("expected numberOfRecords in the answer to a search, found none")
    following = first_text(root, "nextRecordPosition")
    if following and not following.isdecimal():
        raise WrongContentError(f"expected a number as nextRecordPosition, found {following!r}")
    return find_all(root, "record"), int(following) if following else None
