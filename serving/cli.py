"""The commands `tag`, `document`, `score` and `serve`."""

import datetime as dt
import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data.cli import LABELS

if TYPE_CHECKING:
    from models.engine import OnnxTagger
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

    from data.errors import InputError
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
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUTPUT", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite OUTPUT.")
@MODEL
@LABELS
def score(source: Path, target: Path, force: bool, model: Path | None) -> None:
    """Tag every question of a file.

    INPUT is a table (.jsonl, .csv, .xlsx, .parquet) with a column tekst (and titel, context, datum, id if known), or a
    document: Word, PDF, official XML or HTML, a published listing, plain text. OUTPUT is .jsonl, .csv or .parquet; it
    keeps the input's columns, and appears whole or not at all.

    Example: kamervraag score vragen.csv antwoorden.csv
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from data.output import refuse_existing
    from serving.batch import score_file

    refuse_existing(target, force=force)
    tagger = _open(model)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed} rows"),
        TaskProgressColumn(show_speed=True),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("score", total=None)
        rows = score_file(tagger, source, target, lambda done: progress.advance(task, done))
    click.echo(f"{rows} rows written to {target}", err=True)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@MODEL
@LABELS
def serve(host: str, port: int, model: Path | None) -> None:
    """Start the REST service.

    Example: kamervraag serve --port 3000
    """
    from models.artefact import default_folder

    folder = (model or default_folder()).resolve()
    # What cannot be served is refused here, in one line; the server would answer with a traceback.
    _open(folder)
    _need_free(host, port)
    os.environ |= {"KAMERVRAAG_MODEL": str(folder), "BENTOML_DO_NOT_TRACK": "True"}
    bentoml = str(Path(sys.executable).with_name("bentoml"))
    os.execv(bentoml, [bentoml, "serve", "serving.service:Kamervraag", "--host", host, "--port", str(port)])  # noqa: S606


def _need_free(host: str, port: int) -> None:
    """Raise InputError if the service cannot listen there."""
    from data.errors import InputError

    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"expected a free port at {host}:{port} ({reason}); choose another with --port") from error
