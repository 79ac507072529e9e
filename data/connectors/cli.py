"""The commands `ingest koop` and `ingest tweedekamer`."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from data.errors import ExtraError, InputError

if TYPE_CHECKING:
    from data.connectors.http import Client
    from data.connectors.sources import Report, Source
    from data.connectors.work import Work

SRU = "https://repository.overheid.nl/sru"
DOCUMENTS = "https://zoek.officielebekendmakingen.nl"
ODATA = "https://gegevensmagazijn.tweedekamer.nl/OData/v5"
PACES = {"sru": (4, 1), "documents": (10, 30), "odata": (2, 1)}
"""Requests in so many seconds. That of the documents is what KOOP's robots.txt asks; the others name no number."""
PACKAGES = ("lxml", "pyarrow", "pyrate_limiter", "requests", "tenacity")

Command = Callable[..., Any]


def _base(context: click.Context, parameter: click.Parameter, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise click.BadParameter(f"expected an address such as https://example.nl/path, found {value!r}")
    return value.rstrip("/")


def _address(name: str, default: str, envvar: str, of: str) -> Callable[[Command], Command]:
    return click.option(
        name,
        default=default,
        show_default=True,
        envvar=envvar,
        show_envvar=True,
        callback=_base,
        help=f"Address of {of}.",
    )


_documents = _address("--documents", DOCUMENTS, "KAMERVRAAG_KOOP_DOCUMENTS", "KOOP's documents")
_odata = _address("--odata", ODATA, "KAMERVRAAG_ODATA", "the Tweede Kamer's OData service, with its version")


def _common(command: Command) -> Command:
    day = click.DateTime(["%Y-%m-%d"])
    for option in (
        click.option(
            "--contact",
            default="",
            envvar="KAMERVRAAG_CONTACT",
            show_envvar=True,
            help="Mail or web address at which the sources can reach you.",
        ),
        click.option(
            "-o", "--output", "folder", required=True, type=click.Path(path_type=Path), help="Folder to fill."
        ),
        click.option("--until", required=True, type=day, help="Last day, as 2024-03-31."),
        click.option("--since", required=True, type=day, help="First day, as 2024-01-01."),
    ):
        command = option(command)
    return command


@click.group()
def ingest() -> None:
    """Build a labelled set from the official sources.

    Writes FOLDER/questions-YYYY-MM.parquet, with a README.md and a manifest.json that lists what could not be read. A
    run that was stopped goes on where it was when it is started again with the same arguments.

    Example: kamervraag ingest koop --since 2024-01-01 --until 2024-03-31 -o questions
    """


@ingest.command()
@_common
@_address("--sru", SRU, "KAMERVRAAG_KOOP_SRU", "KOOP's search service")
@_documents
@_odata
@click.option(
    "--no-odata", is_flag=True, help="Leave out what the Tweede Kamer knows: term, status, ministers' offices."
)
def koop(
    since: dt.datetime,
    until: dt.datetime,
    folder: Path,
    contact: str,
    sru: str,
    documents: str,
    odata: str,
    no_odata: bool,
) -> None:
    """Harvest questions with their answers and official labels, by day of publication.

    About 20 documents a minute, as the source asks; a month has some 250.

    Example: kamervraag ingest koop --since 2024-01-01 --until 2024-03-31 -o questions
    """
    _need_packages()
    from data.connectors.koop_source import Koop
    from data.connectors.work import Pages
    from data.labels import load_scheme
    from data.reading import parse_documents

    first, last = _period(since, until)
    asked = {
        "source": "koop",
        "since": first.isoformat(),
        "until": last.isoformat(),
        "sru": sru,
        "documents": documents,
        "odata": None if no_odata else odata,
    }
    _harvest(
        folder,
        asked,
        contact,
        lambda clients, work: Koop(
            sru=Pages(clients["sru"], work.pages),
            sru_base=sru,
            documents=clients["documents"],
            documents_base=documents,
            odata=None if no_odata else Pages(clients["odata"], work.pages),
            odata_base=odata,
            since=first,
            until=last,
            parse=parse_documents,
            scheme=load_scheme(),
        ),
    )


@ingest.command()
@_common
@_documents
@_odata
def tweedekamer(since: dt.datetime, until: dt.datetime, folder: Path, contact: str, documents: str, odata: str) -> None:
    """Harvest questions as members put them, answered or not, by the day on which they were put.

    Official labels come from KOOP's metadata of the answer; questions without one have none.

    Example: kamervraag ingest tweedekamer --since 2024-01-01 --until 2024-03-31 -o questions
    """
    _need_packages()
    from data.connectors.kamer_source import TweedeKamer
    from data.connectors.work import Pages
    from data.labels import load_scheme
    from data.reading import parse_documents

    first, last = _period(since, until)
    asked = {
        "source": "tweedekamer",
        "since": first.isoformat(),
        "until": last.isoformat(),
        "documents": documents,
        "odata": odata,
    }
    _harvest(
        folder,
        asked,
        contact,
        lambda clients, work: TweedeKamer(
            odata=Pages(clients["odata"], work.pages),
            odata_base=odata,
            files=clients["odata"],
            documents=clients["documents"],
            documents_base=documents,
            since=first,
            until=last,
            parse=parse_documents,
            scheme=load_scheme(),
        ),
    )


def _harvest(
    folder: Path,
    asked: Mapping[str, str | None],
    contact: str,
    make_source: "Callable[[dict[str, Client], Work], Source]",
) -> None:
    """Harvest with a client for each source and a progress bar, and say what came of it."""
    from data.connectors.ingest import harvest

    with ExitStack() as stack:
        clients = {name: stack.enter_context(_client(name, contact)) for name in PACES}
        report = stack.enter_context(_progress())
        manifest = harvest(folder, asked, lambda work: make_source(clients, work), today=dt.date.today(), report=report)
    _summary(folder, manifest)


def _need_packages() -> None:
    for package in PACKAGES:
        if find_spec(package) is None:
            raise ExtraError(package.replace("_", "-"), "ingest")


def _period(since: dt.datetime, until: dt.datetime) -> tuple[dt.date, dt.date]:
    if until < since:
        raise InputError(f"expected --until on or after --since, found {since:%Y-%m-%d} to {until:%Y-%m-%d}; turn them")
    return since.date(), until.date()


def _client(name: str, contact: str) -> "Client":
    from data.connectors.http import Client, Pace

    requests, seconds = PACES[name]
    return Client(Pace(requests=requests, seconds=seconds), contact=contact)


@contextmanager
def _progress() -> Iterator["Report"]:
    """A bar on standard error for each stretch of the work."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield report


def _summary(folder: Path, manifest: dict[str, Any]) -> None:
    counts, problems = manifest["counts"], len(manifest["problems"])
    click.echo(
        f"{counts['questions']} questions of {counts['documents']} documents in {len(manifest['files'])} files, "
        f"{counts['with_domain']} with a domain; {problems} remarks in {folder / 'manifest.json'}",
        err=True,
    )
