"""The commands `tag`, `document`, `score`, `serve` and `key`."""

import datetime as dt
import ipaddress
import json
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data.cli import LABELS
from data.errors import InputError
from data.output import whole_path

if TYPE_CHECKING:
    from models.engine import OnnxTagger
    from serving.keys import Role
    from serving.schema import Resultaat

MODEL = click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="Model folder; the promoted model, else the shipped one, if not given.",
)


def _open(folder: Path | None) -> "OnnxTagger":
    from models.artefact import default_folder
    from models.engine import OnnxTagger

    return OnnxTagger.open(folder or default_folder())


@click.command()
@click.argument("text")
@click.option("--title", default="", help="Title of the document.")
@click.option("--context", default="", help="The question before it in the document.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Date of the document, as 2025-06-30.")
@click.option("--explain", "explained", is_flag=True, help="Name the words that carried each answer.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON.")
@MODEL
@LABELS
def tag(
    text: str,
    title: str,
    context: str,
    day: dt.datetime | None,
    explained: bool,
    as_json: bool,
    model: Path | None,
) -> None:
    """Tag one question.

    Example: kamervraag tag "Kunt u deze vragen vóór 2 juni beantwoorden?" --title "Wachttijden in de jeugdzorg"
    """
    from data.question import Question
    from data.text import clean
    from serving.schema import ClassificatieAntwoord, classify, model_info

    question = Question(text=clean(text), title=clean(title), context=clean(context), date=day.date() if day else None)
    tagger = _open(model)
    [result] = classify(tagger, [question], explained=explained)
    answer = ClassificatieAntwoord(model=model_info(tagger), resultaten=[result])
    if as_json:
        click.echo(json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, indent=1))
    else:
        click.echo(_readable(result))


def _readable(result: "Resultaat") -> str:
    others = ", ".join(f"{each.label} {each.kans:.0%}" for each in result.domein.alternatieven)
    lines = [
        f"Domein         {result.domein.label} {result.domein.kans:.0%}",
        f"               daarna {others}",
        f"Urgentie       {result.urgentie.niveau} {result.urgentie.kansen[result.urgentie.niveau]:.0%}",
        f"Antwoord vóór  {result.antwoord_voor or '-'}",
        f"Beoordelen     {'ja' if result.beoordelen else 'nee'}",
    ]
    if result.uitleg:
        for head, redenen in (("domein", result.uitleg.domein), ("urgentie", result.uitleg.urgentie)):
            words = ", ".join(f"{reden.woorden} {reden.gewicht:.0%}" for reden in redenen)
            lines.append(f"{f'Reden {head}':<15}{words or '-'}")
    return "\n".join(lines)


@click.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON, one line a document.")
@MODEL
@LABELS
def document(source: Path, as_json: bool, model: Path | None) -> None:
    """Tag whole documents: the domain of all questions together, the highest urgency, the earliest deadline.

    INPUT is a document as score takes it; a listing holds several.

    Example: kamervraag document questions.docx
    """
    from rich.console import Console
    from rich.table import Table

    from data.reading import read_documents, unique
    from serving.schema import classify_document

    tagger = _open(model)
    table = Table("document", "vragen", "domein", "urgentie", "antwoord vóór", "beoordelen")
    for number, records in enumerate(unique(read_documents(source)), start=1):
        questions = [record.question() for record in records]
        if not questions:
            continue
        result = classify_document(tagger, questions, str(number))
        if as_json:
            values = result.model_dump(mode="json") | {"titel": questions[0].title}
            click.echo(json.dumps(values, ensure_ascii=False))
        table.add_row(
            questions[0].title or str(number),
            str(len(questions)),
            f"{result.domein.label} {result.domein.kans:.0%}",
            result.urgentie.niveau,
            str(result.antwoord_voor or "-"),
            "ja" if result.beoordelen else "nee",
        )
    if not table.row_count:
        raise InputError(f"{source}: expected at least one question, found none; check the file")
    if not as_json:
        Console().print(table)


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.argument("target", metavar="OUTPUT")
@click.option("--report", type=click.Path(path_type=Path), help="Also write an HTML page that sums up the answers.")
@click.option("--force", is_flag=True, help="Overwrite OUTPUT and the report.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", help="ray: with the machines of Ray.")
@click.option("--address", help="Ray's cluster; Ray is started on this machine if not given.")
@click.option("--workers", type=click.IntRange(1), help="Models that Ray runs; one a processor if not given.")
@MODEL
@LABELS
def score(
    inputs: tuple[str, ...],
    target: str,
    report: Path | None,
    force: bool,
    engine: str,
    address: str | None,
    workers: int | None,
    model: Path | None,
) -> None:
    """Tag every question of files of any size.

    INPUT is a table (.jsonl, .csv, .xlsx, .parquet) with a column tekst (and titel, context, datum, id if known), a
    document (Word, PDF, official XML or HTML, a published listing, plain text), a folder or a pattern of them, or an
    address such as s3://. OUTPUT is .jsonl, .csv, .xlsx or .parquet; it keeps the input's columns, and appears whole
    or not at all. A run that was interrupted goes on where it was when the same command is given again. Rows and files
    that cannot be used are named in OUTPUT.errors.jsonl, the others are answered, and the exit code is 1.

    Example: kamervraag score vragen.csv archief/ antwoorden.parquet --report verslag.html
    """
    from models.artefact import default_folder
    from serving.batch.local import local_engine
    from serving.batch.parts import errors_name
    from serving.batch.progress import shown
    from serving.batch.ray_engine import ray_engine
    from serving.batch.run import plan, score
    from serving.schema import model_info

    if engine == "local" and (address or workers):
        raise InputError("expected --engine ray beside --address or --workers, found none; add it")
    folder = (model or default_folder()).resolve()
    tagger = _open(folder)
    job = plan(inputs, target, model_info(tagger), folder, report)
    chosen = ray_engine(folder, address, workers) if engine == "ray" else local_engine(tagger)
    try:
        with shown(job.files) as pace:
            totals = score(job, chosen, tagger.scheme, report=report, force=force, watch=pace)
    except KeyboardInterrupt:
        click.echo("Interrupted; give the same command again to go on", err=True)
        os._exit(128 + signal.SIGINT)  # the windows under way would be waited for; parts are whole or not there
    refused = f", {totals.refused} refused (see {errors_name(job.target)})" if totals.refused else ""
    click.echo(
        f"{totals.rows} rows written to {target}{refused}, {totals.review} to be reviewed;"
        f" {pace.rows} rows in {pace.seconds:.1f} s, {pace.speed:.0f} rows/s",
        err=True,
    )
    if totals.refused:
        sys.exit(1)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@MODEL
@LABELS
def serve(host: str, port: int, model: Path | None) -> None:
    """Start the REST service.

    On this machine's own address everybody on it has access; on another one, callers need keys (see `kamervraag key`).
    The README lists the settings.

    Example: kamervraag serve --port 3000
    """
    from models.artefact import default_folder
    from models.golden import check_golden
    from serving.settings import settings

    found = settings()
    needs_keys = not _is_loopback(host)
    if needs_keys and not found.all_keys() and not found.without_keys:
        raise InputError(
            f"expected API keys to listen on {host}, found none; make one with kamervraag key and set "
            "KAMERVRAAG_KEYS_FILE, or listen on 127.0.0.1"
        )
    folder = (model or default_folder()).resolve()
    # What cannot be served is refused here, in one line; the server would answer with a traceback.
    check_golden(_open(folder))
    address = "127.0.0.1" if host == "localhost" else host
    _need_free(address, port)
    os.environ |= {"KAMERVRAAG_MODEL": str(folder), "BENTOML_DO_NOT_TRACK": "True"}
    if not needs_keys:
        os.environ["KAMERVRAAG_WITHOUT_KEYS"] = "true"
    # BentoML empties the folder of metrics in its home when it starts: another service would lose its own.
    with tempfile.TemporaryDirectory(prefix="kamervraag-") as home:
        os.environ["BENTOML_HOME"] = home
        import bentoml

        bentoml.serve("serving.service:Kamervraag", host=address, port=port, blocking=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _need_free(host: str, port: int) -> None:
    """Raise InputError if the service cannot listen there."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"expected a free port at {host}:{port} ({reason}); choose another with --port") from error


@click.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["classify", "correct", "admin"]),
    default="classify",
    show_default=True,
    help="admin reads the metrics as well, correct is for handing in corrections.",
)
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="Add the key to this list, for KAMERVRAAG_KEYS_FILE."
)
def key(name: str, role: "Role", path: Path | None) -> None:
    """Make an API key.

    Prints the key, which is kept nowhere, and what the service may know of it.

    Example: kamervraag key postkamer --file keys.json
    """
    from serving.keys import new_key
    from serving.settings import read_keys

    made, secret = new_key(name, role)
    if path:
        keys = read_keys(path) if path.exists() else ()
        if name in {each.name for each in keys}:
            raise InputError(f"{path}: expected a new name, found another key named {name}; choose another")
        with whole_path(path) as unfinished:
            unfinished.write_text(json.dumps([each.model_dump() for each in (*keys, made)], indent=1) + "\n")
    click.echo(f"key    {secret}")
    click.echo(f"entry  {made.model_dump_json()}")
