"""Harvests of the official sources, played on the loopback interface."""

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from lxml import etree

from data.connectors.http import Client, Pace, Patience
from data.connectors.ingest import harvest
from data.connectors.kamer_source import TweedeKamer
from data.connectors.koop_source import Koop
from data.connectors.sources import Report, say_nothing
from data.connectors.work import Pages
from data.documents import make_records
from data.errors import InputError
from data.labels import LabelScheme
from data.question import QuestionRecord

sys.path.insert(0, str(Path(__file__).parent))  # the folders of tests are no packages
from official_server import Handler, Official, Server


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch) -> Iterator[Official]:
    """Both sources, empty."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server(("127.0.0.1", 0), Handler)
    found = Official(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = type("OwnHandler", (Handler,), {"official": found})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def parse(content: bytes, name: str) -> list[list[QuestionRecord]]:
    """A reader that knows the files above by their content, whatever they are called."""
    if content.startswith(b"%PDF"):
        pairs = [tuple(line.split("|")) for line in content.decode().splitlines()[1:]]
        return [make_records("Titel van de PDF", (), (), None, pairs)]
    if not content.startswith(b"<?xml"):
        raise InputError("expected a format that is read, found none")
    root = etree.fromstring(content)
    pairs = []
    for block in root.iter("vraag", "antwoord"):
        text = block.findtext("al") or ""
        if block.tag == "vraag":
            pairs.append((text, ""))
        else:
            pairs[-1] = (pairs[-1][0], text)
    return [make_records(root.findtext(".//kamervraagonderwerp") or "", (), (), date(2023, 12, 20), pairs)]


@dataclass
class Harvest:
    """Runs harvests of the fake sources and reads what they wrote."""

    official: Official
    scheme: LabelScheme
    folder: Path
    parse: Any = parse
    sleeps: list[float] = field(default_factory=list)
    today: date = date(2024, 5, 1)
    report: Report = say_nothing

    def client(self, **values: Any) -> Client:
        patience = Patience(**{"timeout_s": 5, "attempts": 3} | values)
        return Client(Pace(requests=1000, seconds=1), patience=patience, sleep=self.sleeps.append)

    def koop(self, since: str = "2024-01-01", until: str = "2024-02-29", *, odata: bool = False) -> dict[str, Any]:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
        asked = {"source": "koop", "since": since, "until": until, "odata": self.official.odata if odata else None}
        asked |= {"sru": self.official.sru, "documents": self.official.documents}
        with self.client() as client:
            return harvest(
                self.folder,
                asked,
                lambda work: Koop(
                    sru=Pages(client, work.pages),
                    sru_base=self.official.sru,
                    documents=client,
                    documents_base=self.official.documents,
                    odata=Pages(client, work.pages) if odata else None,
                    odata_base=self.official.odata,
                    since=first,
                    until=last,
                    parse=self.parse,
                    scheme=self.scheme,
                ),
                today=self.today,
                report=self.report,
            )

    def kamer(self, since: str = "2024-01-01", until: str = "2024-02-29") -> dict[str, Any]:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
        asked = {"source": "tweedekamer", "since": since, "until": until, "odata": self.official.odata}
        asked |= {"documents": self.official.documents}
        with self.client() as client:
            return harvest(
                self.folder,
                asked,
                lambda work: TweedeKamer(
                    odata=Pages(client, work.pages),
                    odata_base=self.official.odata,
                    files=client,
                    documents=client,
                    documents_base=self.official.documents,
                    since=first,
                    until=last,
                    parse=self.parse,
                    scheme=self.scheme,
                ),
                today=self.today,
                report=self.report,
            )

    def rows(self) -> list[dict[str, Any]]:
        return [row for path in sorted(self.folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def problems(self) -> dict[str, str]:
        manifest = json.loads((self.folder / "manifest.json").read_text())
        return {each["document"]: each["reason"] for each in manifest["problems"]}


@pytest.fixture
def harvested(official: Official, scheme: LabelScheme, tmp_path: Path) -> Harvest:
    """Harvests to an own folder, without waiting."""
    return Harvest(official, scheme, tmp_path / "questions")


@pytest.fixture
def pages(harvested: Harvest, tmp_path: Path) -> Iterator[Pages]:
    """Pages of a client that does not wait."""
    folder = tmp_path / "pages"
    folder.mkdir()
    with harvested.client() as client:
        yield Pages(client, folder)
