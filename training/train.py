"""Fine-tune the tagger, compare it with the baseline, and leave an artefact behind."""

import hashlib
import json
import logging
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import TrainerCallback, set_seed

from data.labels import LabelScheme, load_scheme
from data.question import LabelledQuestion
from models.artefact import FILES, Artefact, Manifest, home, seal
from models.base import SHORT_NAMES, Base, load_base
from models.baseline import BaselineTagger
from models.encode import QuestionEncoder
from models.engine import OnnxTagger
from models.golden import record_golden
from models.prediction import Floats, Tagger, softmax
from models.tagger import IGNORE, WidePart, calibrate
from training.assess import assess, to_json, to_reports
from training.blend import fit_blend, fit_wide, wide_logits
from training.calibration import review_threshold, set_threshold
from training.card import render_card
from training.config import TrainConfig
from training.evaluate import Reports, acceptable
from training.export import export_onnx
from training.fit import fine_tune
from training.plots import comparison_figure, confusion_figure
from training.quantise import Change, quantise
from training.register import register_entry
from training.sources import TrainingData, read_data
from training.tracking import ARTEFACT_PATH, Tracker, track

logger = logging.getLogger(__name__)
URGENCY_SHOWN = 1_000
"""Questions of the corpus that the encoder learns urgency from beside a small set that lacks it."""
OWN_SHOWN = 3
"""Of the set, for each of those, which would drown its domains. On the 40 dev questions of training/notebooks one for
one had an accuracy of 0.900 after 309 s of processor time, three for one 0.875 after 124 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """What a run left behind."""

    folder: Path
    """The artefact."""
    run_id: str
    registered_version: str
    reports: Reports


def train(
    config: TrainConfig, data_paths: Sequence[Path], test_paths: Sequence[Path] = (), *, progress: bool = True
) -> TrainResult:
    """Train tagger and baseline on labelled files, log the run to MLflow and register the artefact.

    Args:
        config: settings.
        data_paths: labelled tables; see `data.labelled.read_labelled`. Each is split into train and dev.
        test_paths: labelled tables that are only measured on.
        progress: whether to draw a progress bar on stderr.

    Raises:
        InputError: a file cannot be used. SchemeError: a label is unknown. ArtefactError: the base cannot be loaded.
    """
    scheme = load_scheme()
    data = read_data(data_paths, test_paths, scheme, config.seed)
    training, dev = [*data.train, *data.urgency_train], [*data.dev, *data.urgency_dev]
    _tell_what_is_missing(data, scheme)
    shown = _shown(data, config)
    config = replace(config, epochs=config.epochs_for(len(shown)))
    _set_determinism(config.seed)
    base = load_base(config.base, scheme, config.ngram_buckets)
    length = base.input_tokens(config.max_length_tokens)
    encoder = QuestionEncoder(base.tokenizer, length)
    started = time.monotonic()
    with track(config.name) as tracker, tempfile.TemporaryDirectory() as temporary:
        version = f"{datetime.now(UTC):%Y%m%d}-{tracker.run_id[:8]}"
        tracker.params(
            {
                **config.to_dict(),
                "version": version,
                "scheme": scheme.name,
                "train_questions": len(data.train),
                **{
                    f"{'urgency' if source.urgency_alone else 'data'}_{source.path.stem}": source.sha256
                    for source in data.sources
                },
            }
        )
        tracker.text("\n".join(sorted({f"{d.name}=={d.version}" for d in distributions()})), "environment.txt")
        # First, because it takes minutes where the tagger takes hours, and refuses data that are too few for either.
        logger.info("training the baseline on %d questions", len(training))
        baseline = BaselineTagger.fit(training, scheme)
        logger.info("training the tagger on %d questions", len(training))
        work = _work_folder(config, scheme, data)
        own_logits = fine_tune(
            base.model,
            encoder,
            shown,
            dev,
            scheme,
            config,
            work=work,
            callbacks=[_TrackSteps(tracker)],
            progress=progress,
        )
        logger.info("fitting the wide part and the blend")
        fit_wide(base.model.wide, training, scheme)
        dev_logits = _blend(base.model.wide, own_logits, dev, encoder, scheme)
        building = Path(temporary) / ARTEFACT_PATH
        manifest, change = _save(
            building,
            base,
            scheme,
            (data.train, data.dev) if config.int8 else None,
            name=config.name,
            version=version,
            base=config.base,
            created=f"{datetime.now(UTC):%Y-%m-%d}",
            max_length_tokens=length,
            ngram_buckets=config.ngram_buckets,
            **_thresholds(dev_logits[: len(data.dev)], data.dev, scheme, config),
        )
        tagger = OnnxTagger.open(building, scheme)
        record_golden(tagger)
        taggers: dict[str, Tagger] = {"tagger": tagger, "baseline": baseline}
        found, figures = assess(taggers, data.sets)
        reports = to_reports(found)
        (building / FILES.metrics).write_text(to_json(found), encoding="utf-8")
        facts = [source.facts() for source in data.sources]
        card = render_card(
            manifest=manifest,
            config=config,
            scheme=scheme,
            parameters=base.model.num_parameters() / 1e6,
            blend=base.model.wide.blend.tolist(),
            calibration=base.model.wide.calibration.tolist(),
            minutes=(time.monotonic() - started) / 60,
            data=facts,
            own_urgency=not data.urgency_train,
            found=found,
            change=change,
            machine=f"{os.cpu_count()} cores of a {platform.machine()} CPU"
            f"{', a GPU' if torch.cuda.is_available() else ''}, torch {torch.__version__}",
        )
        (building / FILES.card).write_text(card, encoding="utf-8")
        entry = register_entry(manifest, scheme, facts, reports, config.promised_error)
        (building / FILES.register).write_text(json.dumps(entry, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        baseline.save(Path(temporary) / "baseline")
        tracker.folder(building, ARTEFACT_PATH)
        tracker.folder(Path(temporary) / "baseline", "baseline")
        _log_reports(tracker, reports, scheme)
        for name, figure in figures:
            if name.endswith(" confusion"):
                continue  # `_log_reports` draws those of every tagger and head
            tracker.figure(figure, f"figures/{name.replace(' ', '-')}.png")
        registered = tracker.register(config.name, version)
        folder = home() / "runs" / version
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(building, folder)
        shutil.rmtree(work)
    return TrainResult(folder=folder, run_id=tracker.run_id, registered_version=registered, reports=reports)


def _tell_what_is_missing(data: TrainingData, scheme: LabelScheme) -> None:
    if missing := sorted(set(scheme.domain_ids) - {each.domain for each in data.train}):
        logger.warning("no question to learn %s from: it will never be answered", ", ".join(missing))
    if data.urgency_train:
        logger.info("too few questions carry urgency: it is learnt from the written corpus of the repository")


def _shown(data: TrainingData, config: TrainConfig) -> list[LabelledQuestion]:
    """The questions of an epoch, some of them repeated so that neither head drowns the other."""
    if data.urgency_train:
        # Spread over the corpus; the wide part, which carries most of urgency, learns from all of it.
        every = max(1, len(data.urgency_train) // max(len(data.train), URGENCY_SHOWN))
        urgent = data.urgency_train[::every]
        return data.train * max(1, OWN_SHOWN * len(urgent) // len(data.train)) + urgent
    lacking = any(each.urgency is None for each in data.train)
    return [each for each in data.train for _ in range(config.urgency_repeat if lacking and each.urgency else 1)]


def _work_folder(config: TrainConfig, scheme: LabelScheme, data: TrainingData) -> Path:
    """Where the checkpoints of a run go: the same for the same settings, base and data, so that it can go on."""
    base = Path(SHORT_NAMES.get(config.base, config.base)) / "model.safetensors"
    facts = [
        config.to_dict(),
        scheme.digest,
        torch.__version__,
        transformers.__version__,
        [base.stat().st_size, base.stat().st_mtime_ns] if base.is_file() else None,
        [source.sha256 for source in data.sources],
    ]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]
    folder = home() / "unfinished" / digest
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _save(
    folder: Path,
    trained: Base,
    scheme: LabelScheme,
    int8: tuple[list[LabelledQuestion], list[LabelledQuestion]] | None,
    **facts: Any,
) -> tuple[Manifest, Change | None]:
    """Write weights, tokenizer and ONNX model, then labels and manifest. Weights are kept in half precision.

    Given training and dev questions, the ONNX model gets eight-bit weights unless answers change.
    """
    trained.model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    trained.tokenizer.save(str(folder / FILES.tokenizer))
    trained.model.float()  # type: ignore[no-untyped-call]
    export_onnx(trained.model, folder / FILES.onnx, facts["max_length_tokens"])
    manifest = seal(folder, scheme, precision="fp32", **facts)
    if int8 is None:
        return manifest, None
    change = quantise(Artefact(folder=folder, manifest=manifest, scheme=scheme), *int8)
    logger.info("eight-bit weights %s", change)
    return (seal(folder, scheme, precision="int8", **facts) if change.allowed else manifest), change


def _set_determinism(seed: int) -> None:
    set_seed(seed)
    torch.use_deterministic_algorithms(True)


class _TrackSteps(TrainerCallback):
    """Sends the trainer's numbers to the tracker as they come."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        numbers = {key: float(value) for key, value in (logs or {}).items() if isinstance(value, int | float)}
        self.tracker.metrics(numbers, step=state.global_step)


def _blend(
    wide: WidePart,
    own: tuple[Floats, Floats],
    dev: list[LabelledQuestion],
    encoder: QuestionEncoder,
    scheme: LabelScheme,
) -> Floats:
    """Set how far both parts are trusted, and return the dev questions' domain logits. *Shape:* (dev, domains)."""
    questions = [each.question for each in dev]
    other = wide_logits(wide, questions)
    tokens = np.array([len(each.ids) for each in encoder.encode(questions)])
    sources = np.array([each.source for each in dev])
    domain = [scheme.domain_index(each.domain) if each.domain else IGNORE for each in dev]
    urgency = [scheme.urgency_index(each.urgency) if each.urgency else IGNORE for each in dev]
    everything = np.full(len(dev), True)
    for head, (labels, trusted) in enumerate(((domain, _trusted(dev)), (urgency, everything))):
        truth = np.array(labels)
        judged = truth != IGNORE
        if trusted[judged].any():
            found = fit_blend(
                own[head][judged], other[head][judged], tokens[judged], truth[judged], sources[judged], trusted[judged]
            )
            wide.blend.data[head] = torch.tensor([found.encoder, found.wide])
            wide.calibration.data[head] = torch.tensor([found.growth, found.damping])
    a, b = wide.blend.data[0].numpy()
    blended = torch.from_numpy(a * own[0] + b * other[0])
    return np.asarray(calibrate(blended, torch.from_numpy(tokens), *wide.calibration.data[0]), dtype=np.float32)


def _trusted(dev: list[LabelledQuestion]) -> np.ndarray[Any, Any]:
    """Which questions calibrate: those of sources that name other acceptable domains, if there are any.

    A source that names none counts good answers as wrong: of the parliaments' themes 71 % are the annotators' domain,
    91 % an acceptable one, so that no threshold could keep a promise of 5 % there.
    """
    judged = {each.source for each in dev if each.also} or {each.source for each in dev}
    return np.array([each.source in judged for each in dev])


def _thresholds(
    logits: Floats, dev: list[LabelledQuestion], scheme: LabelScheme, config: TrainConfig
) -> dict[str, float]:
    """The manifest's thresholds, from the trusted dev questions."""
    places = np.flatnonzero(_trusted(dev))
    probabilities, counted = softmax(logits[places]), [dev[place] for place in places]
    found = [scheme.domain_ids[place] for place in probabilities.argmax(-1)]
    right = acceptable(found, counted)
    truth = np.array([scheme.domain_index(each.domain) for each in counted])
    return {
        "review_below": review_threshold(probabilities.max(-1), right, config.promised_error),
        "set_from": set_threshold(probabilities, truth, config.promised_coverage),
    }


def _log_reports(tracker: Tracker, reports: Reports, scheme: LabelScheme) -> None:
    for set_name, by_tagger in reports.items():
        for tagger, report in by_tagger.items():
            prefix = f"{set_name}/{tagger}".replace(" ", "_")
            tracker.metrics(
                {f"{prefix}/acceptable": report.acceptable, f"{prefix}/deadlines_exact": report.deadlines_exact}
            )
            heads = {"domain": (report.domain, scheme.domain_ids), "urgency": (report.urgency, scheme.urgency_ids)}
            for head, (scores, labels) in heads.items():
                if scores is None:
                    continue
                tracker.metrics(
                    {f"{prefix}/{head}_accuracy": scores.accuracy, f"{prefix}/{head}_macro_f1": scores.macro_f1}
                )
                tracker.metrics({f"{prefix}/{head}_f1/{score.label}": score.f1 for score in scores.classes})
                title = f"{head}, {tagger} on {set_name}"
                tracker.figure(confusion_figure(scores, labels, title), f"confusion/{prefix}_{head}.png")
    tracker.figure(comparison_figure(reports), "comparison.png")
