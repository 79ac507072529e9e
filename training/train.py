"""Fine-tune the tagger, compare it with the baseline, and leave an artefact behind."""

import json
import logging
import platform
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed

from data.labels import LabelScheme, load_scheme
from data.question import LabelledQuestion
from models.artefact import FILES, Manifest, home, seal
from models.base import Base, load_base
from models.baseline import BaselineTagger
from models.encode import Encoded, QuestionEncoder
from models.engine import OnnxTagger
from models.prediction import Tagger, softmax
from models.tagger import IGNORE, RobertaTagger
from training.card import render_card
from training.config import TrainConfig
from training.evaluate import Reports, evaluate, review_threshold
from training.export import export_onnx
from training.plots import comparison_figure, confusion_figure
from training.sources import read_data
from training.tracking import ARTEFACT_PATH, Tracker, track

logger = logging.getLogger(__name__)


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
    training, dev = data.train, data.dev
    lacking = any(each.urgency is None for each in training)
    shown = [each for each in training for _ in range(config.urgency_repeat if lacking and each.urgency else 1)]
    config = replace(config, epochs=config.epochs_for(len(shown)))
    _set_determinism(config.seed)
    base = load_base(config.base, scheme)
    length = min(config.max_length_tokens, base.model.config.max_position_embeddings - 2)
    encoder = QuestionEncoder(base.tokenizer, length)
    with track(config.name) as tracker, tempfile.TemporaryDirectory() as temporary:
        version = f"{datetime.now(UTC):%Y%m%d}-{tracker.run_id[:8]}"
        tracker.params(
            {
                **config.to_dict(),
                "version": version,
                "scheme": scheme.name,
                "train_questions": len(training),
                **{f"data_{source.path.stem}": source.sha256 for source in data.sources},
            }
        )
        tracker.text("\n".join(sorted({f"{d.name}=={d.version}" for d in distributions()})), "environment.txt")
        # First, because it takes minutes where the tagger takes hours, and refuses data that are too few for either.
        logger.info("training the baseline on %d questions", len(training))
        baseline = BaselineTagger.fit(training, scheme)
        logger.info("training the tagger on %d questions", len(training))
        dev_logits = _fit(base.model, encoder, shown, dev, scheme, config, tracker, progress=progress)
        building = Path(temporary) / ARTEFACT_PATH
        manifest = _save(
            building,
            base,
            scheme,
            name=config.name,
            version=version,
            base=config.base,
            created=f"{datetime.now(UTC):%Y-%m-%d}",
            max_length_tokens=length,
            review_below=_review_below(dev_logits, dev, scheme, config.promised_error),
        )
        taggers: dict[str, Tagger] = {"tagger": OnnxTagger.open(building, scheme), "baseline": baseline}
        reports: Reports = {
            set_name: {name: evaluate(tagger, questions) for name, tagger in taggers.items()}
            for set_name, questions in data.sets.items()
        }
        _write_reports(building, reports)
        card = render_card(
            manifest=manifest,
            config=config,
            scheme=scheme,
            parameters=base.model.num_parameters() / 1e6,
            data=[source.facts() for source in data.sources],
            reports=reports,
            machine=f"{platform.machine()} CPU, Python {platform.python_version()}, torch {torch.__version__}",
        )
        (building / FILES.card).write_text(card, encoding="utf-8")
        baseline.save(Path(temporary) / "baseline")
        tracker.folder(building, ARTEFACT_PATH)
        tracker.folder(Path(temporary) / "baseline", "baseline")
        _log_reports(tracker, reports, scheme)
        registered = tracker.register(config.name, version)
        folder = home() / "runs" / version
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(building, folder)
    return TrainResult(folder=folder, run_id=tracker.run_id, registered_version=registered, reports=reports)


def _save(folder: Path, trained: Base, scheme: LabelScheme, **facts: Any) -> Manifest:
    """Write weights, tokenizer and ONNX model, then labels and manifest. Weights are kept in half precision."""
    trained.model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    trained.tokenizer.save(str(folder / FILES.tokenizer))
    trained.model.float()  # type: ignore[no-untyped-call]
    export_onnx(trained.model, folder / FILES.onnx, facts["max_length_tokens"])
    return seal(folder, scheme, **facts)


def _set_determinism(seed: int) -> None:
    set_seed(seed)
    torch.use_deterministic_algorithms(True)


class _TrackEpochs(TrainerCallback):
    """Sends the trainer's numbers to the tracker as they come."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        numbers = {key: float(value) for key, value in (logs or {}).items() if isinstance(value, int | float)}
        self.tracker.metrics(numbers, step=state.global_step)


class _OrderedTrainer(Trainer):
    """Predicts in the order of the data: grouping by length in training would shuffle the answers as well."""

    def _get_eval_sampler(self, eval_dataset: Any) -> SequentialSampler:
        return SequentialSampler(eval_dataset)


def _fit(
    model: RobertaTagger,
    encoder: QuestionEncoder,
    shown: list[LabelledQuestion],
    dev: list[LabelledQuestion],
    scheme: LabelScheme,
    config: TrainConfig,
    tracker: Tracker,
    *,
    progress: bool,
) -> np.ndarray[Any, Any]:
    """Train in place. Returns the domain logits of the dev questions. *Shape:* (dev, domains)."""
    dev_dataset = _dataset(dev, encoder, scheme)

    def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        ids, mask = encoder.pad([Encoded(row["input_ids"], row["length"]) for row in rows])
        labels = {head: torch.tensor([row[head] for row in rows]) for head in ("domain", "urgency")}
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask), **labels}

    with tempfile.TemporaryDirectory() as scratch:
        trainer = _OrderedTrainer(
            model=model,
            args=TrainingArguments(
                output_dir=scratch,
                num_train_epochs=config.epochs_for(len(shown)),
                per_device_train_batch_size=config.batch_size,
                per_device_eval_batch_size=64,
                learning_rate=config.learning_rate,
                lr_scheduler_type="cosine",
                warmup_steps=0.06,
                weight_decay=0.01,
                eval_strategy="epoch",
                save_strategy="no",
                logging_steps=50,
                train_sampling_strategy="group_by_length",
                remove_unused_columns=False,
                label_names=["domain", "urgency"],
                use_cpu=not torch.cuda.is_available(),
                bf16=torch.cuda.is_available(),
                disable_tqdm=not progress,
                seed=config.seed,
            ),
            train_dataset=_dataset(shown, encoder, scheme),
            eval_dataset=dev_dataset,
            data_collator=collate,
            compute_metrics=_epoch_metrics,
            callbacks=[_TrackEpochs(tracker)],
        )
        trainer.train()
        logits: np.ndarray[Any, Any] = trainer.predict(dev_dataset).predictions[0]
        return logits


def _dataset(questions: list[LabelledQuestion], encoder: QuestionEncoder, scheme: LabelScheme) -> datasets.Dataset:
    encoded = encoder.encode([each.question for each in questions])
    return datasets.Dataset.from_dict(
        {
            "input_ids": [each.ids for each in encoded],
            "length": [len(each.ids) for each in encoded],
            "domain": [scheme.domain_index(each.domain) for each in questions],
            "urgency": [scheme.urgency_index(each.urgency) if each.urgency else IGNORE for each in questions],
        }
    )


def _epoch_metrics(output: Any) -> dict[str, float]:
    from sklearn.metrics import f1_score

    metrics = {}
    for head, logits, labels in zip(("domain", "urgency"), output.predictions, output.label_ids, strict=True):
        judged = labels != IGNORE
        if judged.any():
            found = logits.argmax(-1)[judged]
            metrics[f"{head}_accuracy"] = float((found == labels[judged]).mean())
            metrics[f"{head}_macro_f1"] = float(f1_score(labels[judged], found, average="macro", zero_division=0))
    return metrics


def _review_below(
    logits: np.ndarray[Any, Any], dev: list[LabelledQuestion], scheme: LabelScheme, error: float
) -> float:
    """The review threshold from the dev questions of sources that name other acceptable domains.

    A source that names none counts good answers as wrong: of the parliaments' themes 71 % are the annotators' domain,
    91 % an acceptable one, so that no threshold could keep a promise of 5 % there.
    """
    probabilities = softmax(logits.astype(np.float32))
    found = [scheme.domain_ids[place] for place in probabilities.argmax(-1)]
    right = np.array([label in (each.domain, *each.also) for label, each in zip(found, dev, strict=True)])
    judged = {each.source for each in dev if each.also} or {each.source for each in dev}
    counted = np.array([each.source in judged for each in dev])
    return review_threshold(probabilities.max(-1)[counted], right[counted], error)


def _write_reports(folder: Path, reports: Reports) -> None:
    values = {name: {tagger: report.to_dict() for tagger, report in by.items()} for name, by in reports.items()}
    (folder / FILES.metrics).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


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
