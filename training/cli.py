"""The commands `train`, `baseline`, `promote`, `pretrain` and `probe`."""

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data.errors import ExtraError, InputError
from data.labelled import CORPUS_HELD_OUT, CORPUS_TRAIN
from training.config import TrainConfig

if TYPE_CHECKING:
    from training.evaluate import Reports

PATH = click.Path(path_type=Path)
DEFAULTS = TrainConfig()


@click.command()
@click.argument("data", nargs=-1, type=PATH, metavar="[DATA]...")
@click.option("--test", "tests", multiple=True, type=PATH, help="Table to measure on only; may be repeated.")
@click.option(
    "--base", default=DEFAULTS.base, show_default=True, help="shipped, robbert-v2, robbert-2023, a hub id or a folder."
)
@click.option("--name", default=DEFAULTS.name, show_default=True, help="Name of the model in the registry.")
@click.option("--epochs", type=float, help="4 if not given, more on a small set.")
@click.option("--learning-rate", default=DEFAULTS.learning_rate, show_default=True, type=float)
@click.option("--batch-size", default=DEFAULTS.batch_size, show_default=True, type=int)
@click.option(
    "--max-length", default=DEFAULTS.max_length_tokens, show_default=True, type=int, help="Longest input in tokens."
)
@click.option("--seed", default=DEFAULTS.seed, show_default=True, type=int)
@click.option("--progress/--no-progress", default=True, help="Draw a progress bar.")
def train(
    data: tuple[Path, ...],
    tests: tuple[Path, ...],
    base: str,
    name: str,
    epochs: float | None,
    learning_rate: float,
    batch_size: int,
    max_length: int,
    seed: int,
    progress: bool,
) -> None:
    """Train the tagger and the baseline, compare them, register the result.

    DATA are tables (.jsonl, .csv, .xlsx, .parquet) with a column domain and, if known, also, urgency, deadline, group
    and split; without any, the shipped corpus is used, and its held-out part to test on.

    Example: kamervraag train my_questions.csv --base robbert-2023 --learning-rate 3e-5
    """
    config = TrainConfig(
        base=base,
        name=name,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_length_tokens=max_length,
        seed=seed,
    )
    _prepare()
    from training.train import train as run

    if not data:
        data, tests = (CORPUS_TRAIN,), tests or (CORPUS_HELD_OUT,)
    result = run(config, data, tests, progress=progress)
    _print_table(result.reports, "Tagger against baseline")
    click.echo(f"model     {result.folder}")
    click.echo(f"run       {result.run_id}")
    version = result.registered_version
    promote_it = f"kamervraag promote {version}" + (f" --name {name}" if name != DEFAULTS.name else "")
    click.echo(f"version   {version} of {name}; serve it with: {promote_it}")


@click.command()
@click.argument("data", nargs=-1, type=PATH, metavar="[DATA]...")
@click.option("--test", "tests", multiple=True, type=PATH, help="Table to measure on only; may be repeated.")
@click.option("--seed", default=DEFAULTS.seed, show_default=True, type=int)
def baseline(data: tuple[Path, ...], tests: tuple[Path, ...], seed: int) -> None:
    """Train the TF-IDF baseline alone and print its numbers: what labelled questions are worth, in minutes.

    DATA as for train; nothing is kept.

    Example: kamervraag baseline my_questions.csv --test data/corpus/heldout.jsonl
    """
    _prepare()
    from data.labels import load_scheme
    from models.baseline import BaselineTagger
    from training.evaluate import evaluate
    from training.sources import read_data

    if not data:
        data, tests = (CORPUS_TRAIN,), tests or (CORPUS_HELD_OUT,)
    found = read_data(data, tests, load_scheme(), seed)
    tagger = BaselineTagger.fit(found.train, load_scheme())
    reports = {name: {"baseline": evaluate(tagger, questions)} for name, questions in found.sets.items()}
    _print_table(reports, f"TF-IDF baseline, trained on {len(found.train)} questions")


@click.command()
@click.option("--test", "test", required=True, type=PATH, help="Table to measure on.")
@click.option("--base", default=DEFAULTS.base, show_default=True, help="As for train.")
@click.option("--seed", default=DEFAULTS.seed, show_default=True, type=int)
@click.argument("data", type=PATH, metavar="DATA")
def probe(data: Path, test: Path, base: str, seed: int) -> None:
    """Measure an encoder by a linear probe: logistic regression on its frozen embeddings.

    A quick look at what pre-training brought. Trains on 200, 1,000, 5,000 and all questions of DATA. Rows of TEST whose
    column split is train are left out.

    Example: kamervraag probe titles.parquet --test titles.parquet --base encoder
    """
    _prepare()
    from rich.console import Console
    from rich.table import Table

    from data.labelled import read_labelled
    from data.labels import load_scheme
    from training.pretraining.probe import probe as run

    scheme = load_scheme()
    train = [each for each in read_labelled(data, scheme) if each.split != "dev"]
    dev = [each for each in read_labelled(test, scheme) if each.split != "train"]
    table = Table("trained on", "measured on", "accuracy", "macro-F1", title=f"Linear probe of {base}")
    for each in run(base, train, dev, scheme, seed=seed):
        table.add_row(f"{each.questions}", f"{len(dev)}", f"{each.accuracy:.3f}", f"{each.macro_f1:.3f}")
    Console().print(table)


@click.command()
@click.argument("version")
@click.option("--name", default=DEFAULTS.name, show_default=True, help="Name of the model in the registry.")
def promote(version: str, name: str) -> None:
    """Make a registered version the champion, the model that serving loads.

    Example: kamervraag promote 3
    """
    _prepare()
    from training.promote import promote as run

    manifest = run(name, version)
    click.echo(f"champion is now {manifest.name} {manifest.version}; restart the service to load it")


@click.command()
@click.option("--config", "settings", required=True, type=PATH, help="TOML file: text, size and schedule of the run.")
@click.option("--text", "folder", required=True, type=PATH, help="Folder that holds the files that it names.")
@click.option("-o", "--output", required=True, type=PATH, help="Folder for the encoder.")
@click.option("--work", type=PATH, help="Folder for checkpoints; OUTPUT.work if not given.")
@click.option("--steps", type=click.IntRange(1), help="In place of those of the file.")
@click.option("--progress/--no-progress", default=True, help="Draw a progress bar.")
def pretrain(settings: Path, folder: Path, output: Path, work: Path | None, steps: int | None, progress: bool) -> None:
    """Pre-train a compact encoder on Dutch text.

    An interrupted run goes on from its last checkpoint. training/configs has the configuration of the shipped encoder.

    Example: kamervraag pretrain --config training/configs/encoder.toml --text text -o encoder
    """
    _prepare()
    from training.pretraining.config import PretrainConfig
    from training.pretraining.run import pretrain as run

    if output.exists():
        raise InputError(f"{output}: expected a name that is free; choose another or remove it")
    config = PretrainConfig.from_toml(settings, **({"steps": steps} if steps else {}))
    numbers = run(config, folder, output, work or output.with_name(f"{output.name}.work"), progress=progress)
    click.echo(f"encoder   {output}")
    for name, value in numbers.items():
        click.echo(f"{name.replace('_', ' ')}   {value}")


def _prepare() -> None:
    """Refuse to start without the extra, and show what the long steps say of themselves."""
    for package in ("torch", "transformers", "datasets", "sklearn", "mlflow"):
        if find_spec(package) is None:
            raise ExtraError(package, "train")
    steps = logging.getLogger("training")
    steps.setLevel(logging.INFO)
    steps.addHandler(logging.StreamHandler())


def _print_table(reports: "Reports", title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    columns = ("set", "model", "n", "accuracy", "macro-F1", "accepted", "urgency F1", "deadlines")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < 2 else "right")
    for set_name, by_tagger in reports.items():
        for tagger, report in by_tagger.items():
            table.add_row(
                set_name,
                tagger,
                str(report.domain.questions),
                f"{report.domain.accuracy:.3f}",
                f"{report.domain.macro_f1:.3f}",
                f"{report.acceptable:.3f}",
                f"{report.urgency.macro_f1:.3f}" if report.urgency else "-",
                f"{report.deadlines_exact:.3f}",
            )
        table.add_section()
    Console().print(table)
