"""Another model on the same questions: a text-classification checkpoint from a local folder, to compare with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data.dates import find_deadline
from data.errors import ArtefactError
from data.labels import LabelScheme
from data.question import Question
from models.baseline import baseline_text
from models.prediction import Prediction, softmax

BATCH = 32


class PeerTagger:
    """A checkpoint that `AutoModelForSequenceClassification` loads, with the domains' ids as its labels.

    It tells no urgency: every level has the same probability. Its `tokens` are those that it read.
    """

    version = "peer"

    def __init__(self, name: str, scheme: LabelScheme, model: Any, tokenizer: Any, places: Sequence[int]) -> None:
        self.name = name
        self.scheme = scheme
        self._model = model
        self._tokenizer = tokenizer
        self._places = list(places)
        # A RoBERTa numbers its positions from 2; a tokenizer that names no length names 1e30.
        self._longest = min(tokenizer.model_max_length, model.config.max_position_embeddings - 2)

    @classmethod
    def open(cls, folder: Path, scheme: LabelScheme) -> "PeerTagger":
        """Load a folder; its safetensors alone, and no code of its own.

        Raises:
            ArtefactError: it is no such checkpoint, or a label is no domain of the scheme.
        """
        from safetensors import SafetensorError
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        try:
            model = AutoModelForSequenceClassification.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
            ).eval()
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
            reason = (str(error).splitlines() or [""])[0]
            raise ArtefactError(
                f"{folder}: expected a text-classification checkpoint ({reason}); give another folder"
            ) from error
        labels = [model.config.id2label[place] for place in range(model.config.num_labels)]
        if unknown := sorted(set(labels) - set(scheme.domain_ids)):
            raise ArtefactError(
                f"{folder}: expected labels of {scheme.name} in id2label, found {', '.join(unknown[:3])}; "
                "map them in its config.json"
            )
        return cls(folder.name, scheme, model, tokenizer, [scheme.domain_index(label) for label in labels])

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        """Answer questions, in their order. `review` is never set."""
        import torch

        found = []
        for start in range(0, len(questions), BATCH):
            batch = questions[start : start + BATCH]
            given = self._tokenizer(
                [baseline_text(each) for each in batch],
                padding=True,
                truncation=True,
                max_length=self._longest,
                return_tensors="pt",
            )
            with torch.inference_mode():
                chances = softmax(self._model(**given).logits.float().numpy())
            for question, row, tokens in zip(batch, chances, given["attention_mask"].sum(1), strict=True):
                domain = np.zeros(len(self.scheme.domains), dtype=np.float32)
                np.add.at(domain, self._places, row)
                found.append(
                    Prediction(
                        domain_probabilities=tuple(map(float, domain)),
                        urgency_probabilities=(1 / len(self.scheme.urgencies),) * len(self.scheme.urgencies),
                        deadline=find_deadline(question.text, question.date),
                        likely=(int(domain.argmax()),),
                        review=False,
                        tokens=int(tokens),
                    )
                )
        return found
