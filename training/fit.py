"""Fine-tune a tagger in PyTorch. Pure of files and tracking: a model, questions and settings in, logits out."""

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import torch
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainerCallback, TrainingArguments

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.encode import QuestionEncoder
from models.prediction import Floats
from models.tagger import IGNORE, RobertaTagger
from training.checkpoints import last_checkpoint
from training.config import TrainConfig

HEADS = ("domain", "urgency")
EVALUATIONS, CHECKPOINTS = 4, 20
"""Of a run, whatever its length: a small set has a hundred epochs, a full RobBERT 12 s a step on two cores."""


class _OrderedTrainer(Trainer):
    """Predicts in the order of the data: grouping by length in training would shuffle the answers as well."""

    def _get_eval_sampler(self, eval_dataset: Any) -> SequentialSampler:
        return SequentialSampler(eval_dataset)


def fine_tune(
    model: RobertaTagger,
    encoder: QuestionEncoder,
    training: Sequence[LabelledQuestion],
    dev: Sequence[LabelledQuestion],
    scheme: LabelScheme,
    config: TrainConfig,
    *,
    work: Path | None = None,
    callbacks: Sequence[TrainerCallback] = (),
    progress: bool = True,
) -> tuple[Floats, Floats]:
    """Train a tagger in place.

    Args:
        model: the tagger; its heads may be new.
        encoder: of its tokenizer.
        training: questions; those without urgency teach the domain alone, those without a domain urgency alone.
        dev: questions that numbers are measured on, on the way.
        scheme: of both.
        config: settings.
        work: folder for checkpoints; a run that finds some there goes on from the last. None keeps none.
        callbacks: what else the trainer tells of its steps.
        progress: whether to draw a progress bar with the time left on stderr.

    Returns:
        Logits of the dev questions. *Shape:* (dev, domains) and (dev, urgency levels).
    """
    dev_dataset = _dataset(dev, encoder, scheme, drop=0)

    def collate(rows: list[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        ids, mask = encoder.pad(encoder.encode([_question(row) for row in rows]))
        labels = {head: torch.tensor([row[head] for row in rows]) for head in HEADS}
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask), **labels}

    micro_batch = min(config.micro_batch or config.batch_size, config.batch_size)
    epochs = config.epochs_for(len(training))
    steps = math.ceil(epochs * math.ceil(len(training) / config.batch_size))
    with tempfile.TemporaryDirectory() as scratch:
        trainer = _OrderedTrainer(
            model=model,
            args=TrainingArguments(
                output_dir=str(work or scratch),
                num_train_epochs=epochs,
                per_device_train_batch_size=micro_batch,
                gradient_accumulation_steps=config.batch_size // micro_batch,
                per_device_eval_batch_size=64,
                learning_rate=config.learning_rate,
                lr_scheduler_type="cosine",
                warmup_steps=0.06,
                weight_decay=0.01,
                eval_strategy="steps",
                eval_steps=math.ceil(steps / EVALUATIONS),
                save_strategy="steps" if work else "no",
                save_steps=math.ceil(steps / CHECKPOINTS),
                save_total_limit=1,
                logging_steps=50,
                train_sampling_strategy="group_by_length",
                remove_unused_columns=False,
                label_names=list(HEADS),
                use_cpu=not torch.cuda.is_available(),
                bf16=config.bf16,
                disable_tqdm=not progress,
                seed=config.seed,
            ),
            train_dataset=_dataset(training, encoder, scheme, drop=config.drop_probability),
            eval_dataset=dev_dataset,
            data_collator=collate,
            compute_metrics=_metrics,
            callbacks=list(callbacks),
        )
        trainer.train(resume_from_checkpoint=last_checkpoint(work) if work else None)
        predictions: Any = trainer.predict(dev_dataset).predictions
        # Mixed precision has wrapped the model's forward in place; the export must not take that along.
        trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
        return predictions[0], predictions[1]


def _dataset(
    questions: Sequence[LabelledQuestion], encoder: QuestionEncoder, scheme: LabelScheme, *, drop: float
) -> datasets.Dataset:
    """The texts, encoded only as they are used, and the length that like ones are batched by."""
    encoded = encoder.encode([each.question for each in questions])
    return datasets.Dataset.from_dict(
        {
            "title": [each.question.title for each in questions],
            "context": [each.question.context for each in questions],
            "text": [each.question.text for each in questions],
            "drop": [drop] * len(questions),
            "length": [len(each.ids) for each in encoded],
            "domain": [scheme.domain_index(each.domain) if each.domain else IGNORE for each in questions],
            "urgency": [scheme.urgency_index(each.urgency) if each.urgency else IGNORE for each in questions],
        }
    )


def _question(row: Mapping[str, Any]) -> Question:
    """The question, its title and its context each left out at random, so that the tagger does without them."""
    title, context = ("" if torch.rand(()).item() < row["drop"] else row[part] for part in ("title", "context"))
    return Question(text=row["text"], title=title, context=context)


def _metrics(output: Any) -> dict[str, float]:
    from sklearn.metrics import f1_score

    metrics = {}
    for head, logits, labels in zip(HEADS, output.predictions, output.label_ids, strict=True):
        judged = labels != IGNORE
        if judged.any():
            found = logits.argmax(-1)[judged]
            metrics[f"{head}_accuracy"] = float((found == labels[judged]).mean())
            metrics[f"{head}_macro_f1"] = float(f1_score(labels[judged], found, average="macro", zero_division=0))
    return metrics
