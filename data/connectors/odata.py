"""Pages of an OData service (v4): rows, without deleted ones, over all pages."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from data.connectors.http import SourceError, WrongContentError
from data.connectors.work import Pages

Row = dict[str, Any]


def read_pages(pages: Pages, address: str, params: Mapping[str, str] | None, base: str) -> Iterator[Row]:
    """The rows of all pages, without deleted ones.

    Args:
        pages: fetches, and keeps what was fetched.
        address: the first page.
        params: its query; further pages have their own.
        base: address of the service, on whose host further pages are.

    Raises:
        SourceError: the source does not answer, or its pages do not come to an end.
    """
    seen: set[str] = set()
    following: str | None = address
    while following:
        if following in seen:
            raise SourceError(f"{base}: expected pages that come to an end, found {following} twice; ask the source")
        seen.add(following)
        page = _parse_page(pages.get(following, params, check=_parse_page))
        yield from (row for row in page["value"] if not row.get("Verwijderd"))
        following, params = _on_base(base, page.get("@odata.nextLink")), None


def _on_base(base: str, link: str | None) -> str | None:
    """A nextLink on the host that was given: behind a gateway the source may name itself otherwise."""
    if not link:
        return None
    asked, given = urlsplit(base), urlsplit(urljoin(f"{base}/", link))
    return urlunsplit((asked.scheme, asked.netloc, given.path, given.query, ""))


def _parse_page(content: bytes) -> dict[str, Any]:
    try:
        page = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WrongContentError(f"expected JSON, found something else ({error})") from error
    rows = page.get("value") if isinstance(page, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WrongContentError(f"expected a list of rows as value, found {str(page)[:80]}")
    whole: dict[str, Any] = page
    return whole


@dataclass(frozen=True, slots=True)
class Expander:
    """Gives the rows that a row was expanded by, further pages of them too."""

    pages: Pages
    base: str

    def __call__(self, row: Row, name: str) -> Iterator[Row]:
        """The rows of one relation, such as Document, without deleted ones."""
        yield from (each for each in row.get(name) or () if not each.get("Verwijderd"))
        if link := _on_base(self.base, row.get(f"{name}@odata.nextLink")):
            yield from read_pages(self.pages, link, None, self.base)
