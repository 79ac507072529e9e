"""The command `read`."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import click

from data.errors import InputError
from data.output import refuse_existing, whole_file


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="JSON Lines file; standard output if not given.")
@click.option("--force", is_flag=True, help="Overwrite the output file.")
def read(inputs: tuple[str, ...], output: Path | None, force: bool) -> None:
    """Read documents and write their questions, one JSON record a line.

    INPUT is a file, a folder, a pattern such as 'antwoorden/*.docx', or - for standard input: Word, PDF, official XML
    or HTML, a published listing, plain text, or a table (.jsonl, .csv, .xlsx, .parquet) with a column tekst. The format
    is recognised by the content. A document that comes by twice is written once. A file that cannot be read is named,
    the others are read, and the exit code is 1.

    Example: kamervraag read listing.txt antwoorden/ -o questions.jsonl
    """
    from rich.console import Console
    from rich.progress import track

    from data.formats import SUFFIXES
    from data.reading import expand, read_documents
    from data.tables import file_format

    if output:
        refuse_existing(output, force=force)
    documents = questions = 0
    seen: set[str] = set()
    failed: list[InputError] = []
    console = Console(stderr=True)
    with ExitStack() as stack:
        spooled = stack.enter_context(_standard_input()) if "-" in inputs else None
        paths = [path for name in inputs for path in ([spooled] if name == "-" and spooled else expand(name))]
        out: TextIO = stack.enter_context(whole_file(output)) if output else sys.stdout
        hide = not console.is_terminal or len(paths) == 1
        for path in track(paths, "read", console=console, transient=True, disable=hide):
            try:
                promised = SUFFIXES.get(path.suffix.lower())
                if promised and (found := file_format(path)) != promised:
                    click.echo(
                        f"Note: {path}: its name says {promised}, its content is {found}; read as {found}", err=True
                    )
                for document in read_documents(path):
                    documents += bool(document)
                    if document and document[0].document.id not in seen:
                        seen.add(document[0].document.id)
                        questions += len(document)
                        out.writelines(json.dumps(each.to_dict(), ensure_ascii=False) + "\n" for each in document)
            except InputError as error:
                failed.append(error)
                if len(paths) > 1:
                    click.echo(f"Error: {' '.join(str(error).split())}", err=True)
        if not questions:
            # Nothing to write: an output file must not appear.
            raise failed[0] if len(failed) == 1 else InputError(f"expected questions, found none in {len(paths)} files")
    unread = f", {len(failed)} of {len(paths)} files not read in full" if failed else ""
    click.echo(f"{documents} documents, {len(seen)} different, {questions} questions{unread}", err=True)
    if failed:
        sys.exit(1)


@contextmanager
def _standard_input() -> Iterator[Path]:
    """Standard input as a file, since formats are recognised by content and read from where they need."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "standard-input"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path
