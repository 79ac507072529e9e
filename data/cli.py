"""The commands `read` and `data`."""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from data.errors import ExtraError, InputError, KamervraagError
from data.output import refuse_existing, whole_file, whole_path

_SPOOLED = "kamervraag-standard-input"

if TYPE_CHECKING:
    from data.question import QuestionRecord


def _use_labels(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    from data.labels import use_labels

    if path:
        use_labels(path)


LABELS = click.option(
    "--labels",
    type=click.Path(path_type=Path),
    callback=_use_labels,
    expose_value=False,
    help="Label scheme of your own, in TOML; $KAMERVRAAG_LABELS, else the 20 policy domains, if not given.",
)


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

    from data.reading import expand, unique

    if output:
        refuse_existing(output, force=force)
    failed: list[str] = []

    def complain(path: Path | str, error: KamervraagError | OSError) -> None:
        reason = f"{path}: {error.strerror or error}" if isinstance(error, OSError) else str(error)
        failed.append(" ".join(re.sub(rf"\S*/{_SPOOLED}", "standard input", reason).split()))

    documents = different = questions = 0
    console = Console(stderr=True)
    with ExitStack() as stack:
        spooled = [stack.enter_context(_standard_input())] if "-" in inputs else []
        paths: list[Path] = []
        for name in inputs:
            try:
                paths += spooled if name == "-" else expand(name)
            except InputError as error:
                complain(name, error)
        out: TextIO = stack.enter_context(whole_file(output)) if output else sys.stdout
        hide = not console.is_terminal or len(paths) == 1

        def every() -> "Iterator[list[QuestionRecord]]":
            nonlocal documents
            for path in track(paths, "read", console=console, transient=True, disable=hide):
                for document in _documents(path, complain):
                    documents += 1
                    yield document

        for document in unique(every()):
            different += 1
            questions += len(document)
            out.writelines(json.dumps(each.to_dict(), ensure_ascii=False) + "\n" for each in document)
        if not questions and len(failed) == 1:
            raise InputError(failed[0])
        for reason in failed:
            click.echo(f"Error: {reason}", err=True)
        if not questions:
            # Nothing to write: an output file must not appear.
            raise InputError(f"expected questions, found none in {len(paths)} files; check them")
    unread = f", {len(failed)} inputs not read in full" if failed else ""
    click.echo(f"{documents} documents, {different} different, {questions} questions{unread}", err=True)
    if failed:
        sys.exit(1)


def _documents(
    path: Path, complain: Callable[[Path | str, KamervraagError | OSError], None]
) -> "Iterator[list[QuestionRecord]]":
    """The documents of a file that have questions; what keeps it from being read is told, not raised."""
    from data.formats import SUFFIXES
    from data.reading import read_documents
    from data.tables import file_format

    try:
        promised = SUFFIXES.get(path.suffix.lower())
        if promised and (found := file_format(path)) != promised:
            click.echo(f"Note: {path}: its name says {promised}, its content is {found}; read as {found}", err=True)
        yield from (document for document in read_documents(path) if document)
    except (KamervraagError, OSError) as error:
        complain(path, error)


@contextmanager
def _standard_input() -> Iterator[Path]:
    """Standard input as a file, since formats are recognised by content and read from where they need."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _SPOOLED
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")


@click.group()
def data() -> None:
    """Check, describe and split labelled questions."""
    for package in ("datasketch", "matplotlib", "scipy", "sklearn"):
        if find_spec(package) is None:
            raise ExtraError(package, "train")


@data.command()
@FILES
@click.option(
    "--annotations", type=click.Path(path_type=Path), help="Table with domain_1, domain_2, urgency_1, urgency_2."
)
@LABELS
def check(files: tuple[Path, ...], annotations: Path | None) -> None:
    """Find what is wrong with files of labelled questions; exit code 1 if there is anything.

    Reports rows that cannot be used, unknown labels, repeats (half of the words the same), documents on both sides of a
    split, and the balance of the labels. FILE is a table with a column domain; each is a side of its own. Without any,
    the shipped corpus is checked, the agreement of its two annotators included.

    Example: kamervraag data check train.csv test.csv
    """
    from rich.console import Console

    from data.check import agreement
    from data.check import check as run
    from data.labelled import CORPUS_ANNOTATIONS, corpus
    from data.labels import load_scheme
    from data.stats import stats_table

    scheme = load_scheme()
    if not files:
        files, annotations = tuple(chain(*corpus(scheme))), annotations or CORPUS_ANNOTATIONS
    checked = run(files, scheme)
    for finding in checked.findings:
        click.echo(finding)
    Console().print(stats_table(checked.questions, scheme))
    for name, rows in checked.unlabelled.items():
        click.echo(f"{name}: {rows} rows without a domain left out")
    for each in agreement(annotations) if annotations else ():
        click.echo(f"{each.head}: two annotators, {each.items} items, equal {each.share:.1%}, kappa {each.kappa:.3f}")
    if checked.findings:
        raise InputError(f"expected nothing wrong, found {len(checked.findings)} rows to mend; they are named above")


@data.command()
@FILES
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Picture: .png, .svg or .pdf.")
@click.option("--force", is_flag=True, help="Overwrite the picture.")
@LABELS
def stats(files: tuple[Path, ...], output: Path, force: bool) -> None:
    """Draw the domains, urgencies, lengths and years of labelled questions.

    Without FILE the shipped corpus is drawn.

    Example: kamervraag data stats train.csv -o train.png
    """
    from data.labelled import corpus, read_labelled
    from data.labels import load_scheme
    from data.stats import distribution_figure

    refuse_existing(output, force=force)
    if output.suffix not in (".png", ".svg", ".pdf"):
        raise InputError(f"{output}: expected a name that ends in .pdf, .png, .svg; rename it")
    scheme = load_scheme()
    files = files or tuple(chain(*corpus(scheme)))
    questions = [question for path in files for question in read_labelled(path, scheme)]
    figure = distribution_figure(questions, scheme, " + ".join(path.name for path in files))
    with whole_path(output) as unfinished:
        figure.savefig(unfinished, dpi=110)


@data.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUTPUT", type=click.Path(path_type=Path))
@click.option("--newest", is_flag=True, help="Take the newest documents as dev, not a random tenth.")
@click.option("--seed", default=42, show_default=True)
@click.option("--force", is_flag=True, help="Overwrite OUTPUT.")
@LABELS
def split(source: Path, target: Path, newest: bool, seed: int, force: bool) -> None:
    """Add a column split: a tenth of the documents becomes dev, the rest train; rows without a domain are left out.

    Documents that are nearly the same (questions put to several ministers) stay together. OUTPUT is JSON Lines.

    Example: kamervraag data split questions.csv split.jsonl --newest
    """
    from data.labelled import read_labelled
    from data.labels import load_scheme
    from data.split import assign
    from data.tables import read_rows

    refuse_existing(target, force=force)
    sides = assign(read_labelled(source, load_scheme()), seed, newest=newest)
    rows = [row for _, row in read_rows(source) if row.get("domain")]
    with whole_file(target) as out:
        for row, side in zip(rows, sides, strict=True):
            out.write(json.dumps(row | {"split": side}, ensure_ascii=False, default=str) + "\n")
    click.echo(f"{sides.count('train')} questions in train, {sides.count('dev')} in dev", err=True)
