"""The official sources on the loopback interface."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from official_shapes import DIAGNOSTIC, ERROR_PAGE, TAXONOMY, WRITTEN, Published, sru_page


@dataclass
class Fault:
    """An answer in the place of the right one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    """Whether the connection breaks in the middle of the body."""


@dataclass
class Official:
    """Both sources: `/sru`, `/docs/…` and `/odata/…`."""

    base: str
    published: list[Published] = field(default_factory=list)
    zaken: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """Files of Document rows by Id."""
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    """By path; each is given once, in order."""
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    """Path, query and headers of every request."""
    on_request: Callable[[], None] = lambda: None
    """Called before an answer is sent."""
    largest_page: int = 1000
    repeats: bool = False
    """Whether each further page begins with the last record of the one before."""
    last_start: int = 10_000
    odata_page: int = 250
    elsewhere: str = "https://gegevensmagazijn.example/odata/"
    """Where a nextLink claims to be, as behind a gateway."""

    @property
    def sru(self) -> str:
        return f"{self.base}/sru"

    @property
    def documents(self) -> str:
        return f"{self.base}/docs"

    @property
    def odata(self) -> str:
        return f"{self.base}/odata"

    error_page = ERROR_PAGE
    taxonomy = TAXONOMY

    def publish(self, id: str, **values: Any) -> Published:
        """A document at KOOP."""
        self.published.append(Published(id=id, **values))
        return self.published[-1]

    def fail(self, path: str, status: int = 200, body: bytes = b"", *, times: int = 1, **values: Any) -> None:
        """Let a path give other answers first."""
        self.faults[path] += [Fault(status, body, **values) for _ in range(times)]

    def page(self, *records: Published, **values: Any) -> bytes:
        """An answer to a search."""
        return sru_page("".join(each.record(place) for place, each in enumerate(records, start=1)), **values)

    def diagnostic(self, message: str) -> str:
        """Goes into an answer to a search as `more`."""
        return DIAGNOSTIC.format(message=message)

    def put(
        self,
        number: str,
        day: str = "2024-01-10",
        documents: tuple[tuple[str, str], ...] = ((WRITTEN, ""),),
        *,
        file: bytes = b"",
        v5: bool = False,
        **values: Any,
    ) -> dict[str, Any]:
        """A Zaak with documents of some kinds and subjects, the oldest first; `file` is that of the first."""
        rows = []
        for place, (kind, subject) in enumerate(documents):
            guid = f"{len(self.zaken):08x}-0000-4000-8000-{place:012x}"
            name = {"Nummer" if v5 else "DocumentNummer": f"2024D{len(self.zaken):03}{place:02}"}
            extra = {"Aanhangselnummer": subject} if kind.startswith("Antwoord") else {"Aanhangselnummer": None}
            moment = {"Datum": f"2024-01-{11 + place}T00:00:00+01:00", "ContentType": "text/plain"}
            rows.append({"Id": guid, "Soort": kind, "Onderwerp": subject, "Verwijderd": False} | name | extra | moment)
            if file and not place:
                self.files[guid] = file
        deleted = {"Id": "ffffffff-0000-4000-8000-000000000000", "Soort": None, "Verwijderd": True}
        people = (
            ("Gericht aan", "C. Smit", None, "minister van Loketten"),
            ("Medeindiener", "B. Bos", "DEF", "Tweede Kamerlid"),
            ("Indiener", "A. de Wit", "ABC", "Tweede Kamerlid"),
            ("Indiener", "", None, None),
        )
        actors = [
            {"Relatie": relation, "ActorNaam": name, "ActorFractie": party, "Functie": office, "Verwijderd": False}
            for relation, name, party, office in people
        ]
        row = {
            "Nummer": number,
            "Soort": WRITTEN,
            "Titel": "Vragen van het lid De Wit",
            "Onderwerp": "Het loket in Veendam",
            "GestartOp": f"{day}T00:00:00+01:00",
            "Termijn": "2024-01-31T00:00:00+01:00",
            "Vergaderjaar": "2023-2024",
            "Verwijderd": False,
            "Document": [*rows, deleted],
            "ZaakActor": [*actors, {"Relatie": "Indiener", "ActorNaam": "Weg", "Verwijderd": True}],
        }
        self.zaken.append(row | values)
        return self.zaken[-1]

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.requests]

    def answer(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Fault:
        self.requests.append((path, query, headers))
        if self.faults[path]:
            return self.faults[path].pop(0)
        if path == "/sru":
            return self._search(query)
        if path.startswith("/odata/"):
            return self._odata(path, query)
        for each in self.published:
            known = {
                f"/docs/{each.id}.xml": each.xml if "xml" in each.manifestations else None,
                f"/docs/{each.id}.pdf": each.pdf if "pdf" in each.manifestations else None,
                f"/docs/{each.id}/metadata.xml": each.metadata,
            }
            if content := known.get(path):
                return Fault(body=content())
        return Fault(body=ERROR_PAGE)  # a missing document has status 200

    def _search(self, query: dict[str, str]) -> Fault:
        asked = query["query"]
        assert 'w.publicatienaam=="Kamervragen (Aanhangsel)"' in asked
        first, last = (re.search(rf"dt\.available{sign}([\d-]+)", asked)[1] for sign in (">=", "<="))
        found = sorted(
            (each for each in self.published if first <= each.available <= last),
            key=lambda each: each.available,
            reverse=True,
        )
        start, most = int(query["startRecord"]), min(int(query["maximumRecords"]), self.largest_page)
        if start >= self.last_start:
            return Fault(504)
        end = start + most
        records = found[start - 1 - (self.repeats and start > 1) : end - 1]
        body = "".join(each.record(place) for place, each in enumerate(records, start=start))
        return Fault(body=sru_page(body, following=end if end <= len(found) else None))

    def _odata(self, path: str, query: dict[str, str]) -> Fault:
        if match := re.fullmatch(r"/odata/Document\((.+)\)/resource", path):
            return Fault(body=self.files[match[1]]) if match[1] in self.files else Fault(404)
        asked = query.get("$filter", "")
        rows = list(self.zaken)
        if "Verwijderd eq false" in asked:
            rows = [row for row in rows if not row.get("Verwijderd")]
        if numbers := re.findall(r"Nummer eq '(\w+)'", asked):
            rows = [row for row in rows if row.get("Nummer") in numbers]
        if bounds := re.findall(r"GestartOp (ge|lt) (\S+)", asked):
            limits = dict(bounds)
            rows = [row for row in rows if limits["ge"] <= row["GestartOp"] < limits["lt"]]
        skip = int(query.get("$skiptoken", 0))
        page: dict[str, Any] = {"value": rows[skip : skip + self.odata_page]}
        if skip + self.odata_page < len(rows):
            page["@odata.nextLink"] = f"{self.elsewhere}Zaak?$skiptoken={skip + self.odata_page}&$filter={asked}"
        return Fault(body=json.dumps(page).encode())


class Handler(BaseHTTPRequestHandler):
    official: Official
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits 40 ms

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = self.official.answer(parts.path, query, dict(self.headers.items()))
        self.official.on_request()
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) + (100 if answer.broken else 0)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            pass  # who asked was killed
        self.close_connection = answer.broken

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who asked was killed."""
