"""The commands `train`, `teach`, `baseline`, `promote`, `pretrain`, `probe`, `curve` and `evaluate`."""

import logging
from importlib.util import find_spec
from pathlib import Path

import click

from data.cli import LABELS
from data.errors import ExtraError, InputError
from training.config import TrainConfig

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
@click.option("--micro-batch", type=int, help="Questions a forward pass; the batch size if not given.")
@click.option(
    "--max-length", default=DEFAULTS.max_length_tokens, show_default=True, type=int, help="Longest input in tokens."
)
@click.option("--bf16/--no-bf16", default=DEFAULTS.bf16, help="Train in mixed precision, on hardware that has it.")
@click.option("--int8/--no-int8", default=DEFAULTS.int8, help="Eight-bit weights for serving, if no answers change.")
@click.option("--seed", default=DEFAULTS.seed, show_default=True, type=int)
@click.option("--progress/--no-progress", default=True, help="Draw a progress bar.")
@LABELS
def train(
    data: tuple[Path, ...],
    tests: tuple[Path, ...],
    base: str,
    name: str,
    epochs: float | None,
    learning_rate: float,
    batch_size: int,
    micro_batch: int | None,
    max_length: int,
    bf16: bool,
    int8: bool,
    seed: int,
    progress: bool,
) -> None:
    """Train the tagger and the baseline, compare them, register the result.

    DATA are tables (.jsonl, .csv, .xlsx, .parquet) with a column domain and, if known, also, urgency, deadline, group
    and split; without any, the shipped corpus is used, and its held-out part to test on. Where DATA lack an urgency
    level, urgency is learnt from that corpus. The same command given again takes an interrupted run up at its last
    checkpoint.

    Example: kamervraag train my_questions.csv --base robbert-2023 --learning-rate 3e-5
    """
    config = TrainConfig(
        base=base,
        name=name,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        micro_batch=micro_batch,
        max_length_tokens=max_length,
        bf16=bf16,
        int8=int8,
        seed=seed,
    )
    prepare()
    from data.labelled import corpus
    from data.labels import load_scheme
    from training.tables import reports_table, show
    from training.train import train as run

    if not data:
        written, held_out = corpus(load_scheme())
        data, tests = written, tests or held_out
    result = run(config, data, tests, progress=progress)
    show(reports_table(result.reports, "Tagger against baseline"))
    click.echo(f"model     {result.folder}")
    click.echo(f"run       {result.run_id}")
    version = result.registered_version
    promote_it = f"kamervraag promote {version}" + (f" --name {name}" if name != DEFAULTS.name else "")
    click.echo(f"version   {version} of {name}; serve it with: {promote_it}")


@click.command()
@click.argument("artefact", type=PATH)
@click.argument("data", nargs=-1, required=True, type=PATH, metavar="DATA...")
@click.option("--against", type=PATH, multiple=True, help="Another artefact, or a saved baseline; may be repeated.")
@click.option("--peer", type=PATH, multiple=True, help="A text-classification folder with our labels; may be repeated.")
@click.option("-o", "--output", type=PATH, help="Folder for evaluation.json and the pictures.")
@click.option("--mlflow/--no-mlflow", default=False, help="Log numbers and pictures as a run in MLflow.")
@LABELS
def evaluate(
    artefact: Path,
    data: tuple[Path, ...],
    against: tuple[Path, ...],
    peer: tuple[Path, ...],
    output: Path | None,
    mlflow: bool,
) -> None:
    """Measure an artefact on labelled tables, and compare it with others on the same questions.

    Of a table with a column split the rows of train are left out. Intervals hold 95 % of 1,000 samples of documents; p
    is McNemar's exact test of ARTEFACT against the other.

    Example: kamervraag evaluate model data/corpus/heldout.jsonl --against champion -o evaluation
    """
    prepare()
    from data.labelled import read_unseen
    from data.labels import load_scheme
    from models.artefact import FILES
    from models.baseline import BaselineTagger
    from models.engine import OnnxTagger
    from models.peer import PeerTagger
    from training.assess import assess, to_json, to_reports
    from training.tables import certainty_table, reports_table, show, slices_table, urgency_table
    from training.tracking import track

    scheme = load_scheme()
    names = [path.name for path in (artefact, *against, *peer)]
    for what, own in (("artefacts", names), ("tables", [path.stem for path in data])):
        if len(set(own)) < len(own):
            raise InputError(f"expected {what} of different names, found {', '.join(sorted(own))}; rename one")
    taggers = {
        path.name: OnnxTagger.open(path, scheme)
        if (path / FILES.manifest).exists() or path == artefact
        else BaselineTagger.load(path, scheme)
        for path in (artefact, *against)
    } | {path.name: PeerTagger.open(path, scheme) for path in peer}
    sets = {path.stem: read_unseen(path, scheme) for path in data}
    found, drawn = assess(taggers, sets)
    figures = list(drawn) if output or mlflow else []
    if output:
        output.mkdir(parents=True, exist_ok=True)
        (output / "evaluation.json").write_text(to_json(found), encoding="utf-8")
        for name, figure in figures:
            figure.savefig(output / f"{name.replace(' ', '-')}.png", dpi=120)
    if mlflow:
        with track(f"evaluate {artefact.name}") as tracker:
            tracker.text(to_json(found), "evaluation.json")
            for set_name, by in found.items():
                for tagger, each in by.items():
                    tracker.metrics({f"{set_name}/{tagger}/domain_macro_f1": each.report.domain.macro_f1})
            for name, figure in figures:
                tracker.figure(figure, f"{name.replace(' ', '-')}.png")
    show(
        reports_table(to_reports(found), "Evaluation"),
        certainty_table(found),
        slices_table(found),
        urgency_table(found),
    )


@click.command()
@click.argument("data", nargs=-1, type=PATH, metavar="[DATA]...")
@click.option("--test", "tests", multiple=True, type=PATH, help="Table to measure on only; may be repeated.")
@click.option("--seed", default=DEFAULTS.seed, show_default=True, type=int)
@LABELS
def baseline(data: tuple[Path, ...], tests: tuple[Path, ...], seed: int) -> None:
    """Train the TF-IDF baseline alone and print its numbers: what labelled questions are worth, in minutes.

    DATA as for train; nothing is kept.

    Example: kamervraag baseline my_questions.csv --test data/corpus/heldout.jsonl
    """
    prepare()
    from data.labelled import corpus
    from data.labels import load_scheme
    from models.baseline import BaselineTagger
    from training.evaluate import evaluate
    from training.sources import read_data
    from training.tables import reports_table, show

    scheme = load_scheme()
    if not data:
        written, held_out = corpus(scheme)
        data, tests = written, tests or held_out
    found = read_data(data, tests, scheme, seed)
    tagger = BaselineTagger.fit([*found.train, *found.urgency_train], scheme)
    reports = {name: {"baseline": evaluate(tagger, questions)} for name, questions in found.sets.items()}
    show(reports_table(reports, f"TF-IDF baseline, trained on {len(found.train)} questions"))


@click.command()
@click.argument("labelled", type=PATH)
@click.argument("unlabelled", type=PATH)
@click.option("-o", "--output", required=True, type=PATH, help="JSON Lines to write.")
@click.option("--addressees", default="addressed", show_default=True, help="Column of those whom a question is put to.")
@click.option("--minimum", default=0.5, show_default=True, type=click.FloatRange(0, 1), help="Least probability.")
@click.option("--model", type=PATH, help="As for tag; must not have seen the dev rows of LABELLED.")
@click.option("--force", is_flag=True, help="Overwrite OUTPUT.")
@LABELS
def teach(
    labelled: Path, unlabelled: Path, output: Path, addressees: str, minimum: float, model: Path | None, force: bool
) -> None:
    """Label questions by the model and by whom they are put to, for train to learn from.

    LABELLED teaches which addressee has which domains, and its rows of split dev measure how good that is.

    Example: kamervraag teach titles.parquet more_titles.parquet -o taught.jsonl
    """
    prepare()
    import json

    from data.output import refuse_existing, whole_file
    from data.tables import read_rows
    from models.artefact import default_folder
    from models.engine import OnnxTagger
    from training.teacher import teach as run

    refuse_existing(output, force=force)
    tagger = OnnxTagger.open(model or default_folder())
    known, unknown = ([row for _, row in read_rows(path)] for path in (labelled, unlabelled))
    taught = run(tagger, known, unknown, addressees, minimum)
    with whole_file(output) as file:
        file.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in taught.rows)
    click.echo(f"{len(taught.rows)} of {len(unknown)} rows labelled and written to {output}")
    click.echo(
        f"on {taught.dev} dev rows the model alone has {taught.tagger_accuracy:.3f} right, with the addressees "
        f"{taught.accuracy:.3f} (weight {taught.weight:g}); of the {taught.sure:.1%} that it is sure of "
        f"{taught.sure_accuracy:.3f}"
    )


@click.command()
@click.option("--test", "test", required=True, type=PATH, help="Table to measure on.")
@click.option("--base", default=DEFAULTS.base, show_default=True, help="As for train.")
@click.option("--seed", default=DEFAULTS.seed, show_default=True, type=int)
@click.argument("data", type=PATH, metavar="DATA")
@LABELS
def probe(data: Path, test: Path, base: str, seed: int) -> None:
    """Measure an encoder by a linear probe: logistic regression on its frozen embeddings.

    A quick look at what pre-training brought. Trains on 200, 1,000, 5,000 and all questions of DATA. Rows of TEST whose
    column split is train are left out.

    Example: kamervraag probe titles.parquet --test titles.parquet --base encoder
    """
    prepare()
    from data.labelled import read_labelled, read_unseen
    from data.labels import load_scheme
    from training.pretraining.probe import probe as run
    from training.tables import empty_table, show

    scheme = load_scheme()
    train = [each for each in read_labelled(data, scheme) if each.split != "dev"]
    dev = read_unseen(test, scheme)
    table = empty_table(f"Linear probe of {base}", (), ("trained on", "measured on", "accuracy", "macro-F1"))
    for each in run(base, train, dev, scheme, seed=seed):
        table.add_row(f"{each.questions}", f"{len(dev)}", f"{each.accuracy:.3f}", f"{each.macro_f1:.3f}")
    show(table)


@click.command()
@click.argument("data", type=PATH, metavar="DATA")
@click.option("--test", "tests", multiple=True, type=PATH, help="Table to measure on as well; may be repeated.")
@click.option(
    "--base",
    "bases",
    multiple=True,
    default=("tf-idf", "shipped", "random"),
    show_default=True,
    help="As for train, or random (the first one with new weights), or tf-idf; may be repeated.",
)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    type=click.IntRange(50),
    default=(200, 1_000, 5_000),
    show_default=True,
    help="Questions to train on; may be repeated. All of DATA come last.",
)
@click.option("--epochs", type=float, help="As for train.")
@click.option("--bf16/--no-bf16", default=DEFAULTS.bf16, help="As for train.")
@click.option("--seed", default=DEFAULTS.seed, show_default=True, type=int)
@click.option("-o", "--output", required=True, type=PATH, help="Folder for curve.json and curve.png.")
@click.option("--progress/--no-progress", default=True, help="Draw progress bars.")
@LABELS
def curve(
    data: Path,
    tests: tuple[Path, ...],
    bases: tuple[str, ...],
    sizes: tuple[int, ...],
    epochs: float | None,
    bf16: bool,
    seed: int,
    output: Path,
    progress: bool,
) -> None:
    """Draw learning curves: fine-tune encoders on parts of DATA and measure their domains.

    Measures on the dev part of DATA and on the tests. Encoders answer alone here, without the wide part.

    Example: kamervraag curve titles.parquet --base tf-idf --base shipped --base random -o curve
    """
    prepare()
    import json

    from data.labels import load_scheme
    from training.curve import curve_figure, learning_curve
    from training.sources import read_data
    from training.tables import empty_table, show

    scheme = load_scheme()
    found = read_data((data,), tests, scheme, seed)
    config = TrainConfig(epochs=epochs, bf16=bf16, seed=seed)
    output.mkdir(parents=True, exist_ok=True)
    points = []
    for point in learning_curve(bases, found.train, found.sets, scheme, config, sizes, progress=progress):
        points.append(point)
        (output / "curve.json").write_text(json.dumps([each.to_dict() for each in points], indent=1) + "\n")
    curve_figure(points).savefig(output / "curve.png", dpi=120)
    table = empty_table("Learning curve", ("set", "arm"), ("trained on", "n", "accuracy", "macro-F1", "seconds"))
    for point in sorted(points, key=lambda each: (each.measured_on, each.trained_on)):
        numbers = (point.trained_on, point.questions, f"{point.accuracy:.3f}", f"{point.macro_f1:.3f}", point.seconds)
        table.add_row(point.measured_on, point.arm, *map(str, numbers))
    show(table)


@click.command()
@click.argument("version")
@click.option("--name", default=DEFAULTS.name, show_default=True, help="Name of the model in the registry.")
@click.option("--set", "sets", multiple=True, type=PATH, help="Agreed table, in place of the corpus' held-out part.")
@click.option("--force", "reason", default="", metavar="REASON", help="Promote in spite of objections; kept with it.")
@LABELS
def promote(version: str, name: str, sets: tuple[Path, ...], reason: str) -> None:
    """Make a registered version the champion, the model that serving loads.

    Refused if it is worse than the champion on an agreed set beyond chance, fails a behaviour test or is not
    calibrated.

    Example: kamervraag promote 3
    """
    prepare()
    from data.labelled import corpus
    from data.labels import load_scheme
    from training.promote import promote as run

    manifest = run(name, version, sets or corpus(load_scheme())[1], reason=reason)
    click.echo(f"champion is now {manifest.name} {manifest.version}; restart the service to load it")


@click.command()
@click.option("--config", "settings", required=True, type=PATH, help="TOML file: text, size and schedule of the run.")
@click.option("--text", "folder", required=True, type=PATH, help="Folder that holds the files that it names.")
@click.option("-o", "--output", required=True, type=PATH, help="Folder for the encoder.")
@click.option("--work", type=PATH, help="Folder for checkpoints; OUTPUT.work if not given.")
@click.option("--base", help="Encoder to go on from, in place of the file's: as for train.")
@click.option("--steps", type=click.IntRange(1), help="In place of those of the file.")
@click.option("--progress/--no-progress", default=True, help="Draw a progress bar.")
def pretrain(
    settings: Path, folder: Path, output: Path, work: Path | None, base: str | None, steps: int | None, progress: bool
) -> None:
    """Pre-train a compact encoder on Dutch text, or go on with one on text of your own.

    An interrupted run goes on from its last checkpoint. training/configs has the configuration of the shipped encoder.

    Example: kamervraag pretrain --config training/configs/encoder.toml --text text -o encoder
    """
    prepare()
    from training.pretraining.config import PretrainConfig
    from training.pretraining.run import pretrain as run

    if output.exists():
        raise InputError(f"{output}: expected a name that is free; choose another or remove it")
    changes = {name: value for name, value in (("base", base), ("steps", steps)) if value is not None}
    config = PretrainConfig.from_toml(settings, **changes)
    numbers = run(config, folder, output, work or output.with_name(f"{output.name}.work"), progress=progress)
    click.echo(f"encoder   {output}")
    for name, value in numbers.items():
        click.echo(f"{name.replace('_', ' ')}   {value}")


def prepare() -> None:
    """Refuse to start without the extra, and show what the long steps say of themselves."""
    for package in ("torch", "transformers", "datasets", "sklearn", "mlflow"):
        if find_spec(package) is None:
            raise ExtraError(package, "train")
    steps = logging.getLogger("training")
    steps.setLevel(logging.INFO)
    steps.handlers = [logging.StreamHandler()]
