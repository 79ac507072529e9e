"""The command `read`."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import click

from data.output import refuse_existing, whole_file


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="INPUT...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="JSON Lines file; standard output if not given.")
@click.option("--force", is_flag=True, help="Overwrite the output file.")
def read(inputs: tuple[Path, ...], output: Path | None, force: bool) -> None:
    """Read documents and write their questions, one JSON record a line.

    INPUT is a published listing, plain text, or a table (.jsonl, .csv, .parquet) with a column tekst. A document that
    comes by twice is read once.

    Example: kamervraag read listing.txt -o questions.jsonl
    """
    from data.reading import read_documents, unique

    if output:
        refuse_existing(output, force=force)
    documents = [document for path in inputs for document in read_documents(path) if document]
    kept = list(unique(documents))
    with ExitStack() as stack:
        out: TextIO = stack.enter_context(whole_file(output)) if output else sys.stdout
        for record in (record for document in kept for record in document):
            out.write(json.dumps(record.to_dict(), ensure_ascii=False) + "\n")
    questions = sum(map(len, kept))
    click.echo(f"{len(documents)} documents, {len(kept)} different, {questions} questions", err=True)
