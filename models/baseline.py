"""The bar to beat: TF-IDF of words and characters with a linear support-vector machine for each head."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from data.dates import find_deadline
from data.errors import ArtefactError, InputError
from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from data.text import strip_footnotes
from models.prediction import Prediction

MIN_QUESTIONS = 3
"""Of each label: a fold of the calibration must hold one."""
DOMAIN_FILE, URGENCY_FILE = "domain.skops", "urgency.skops"
TRUSTED = ["sklearn.calibration._CalibratedClassifier", "sklearn.calibration._SigmoidCalibration"]
"""Parts of scikit-learn's calibration that skops does not know as safe: arrays and numbers alone."""


class BaselineTagger:
    """Two scikit-learn pipelines with the predict signature of the tagger.

    The decision values become probabilities by Platt's sigmoid, fitted by cross-validation on the training data.
    """

    name = "tfidf-svm"
    version = "1"

    def __init__(self, scheme: LabelScheme, domain: Pipeline, urgency: Pipeline) -> None:
        self.scheme = scheme
        self._domain = domain
        self._urgency = urgency

    @classmethod
    def fit(cls, questions: Sequence[LabelledQuestion], scheme: LabelScheme) -> "BaselineTagger":
        """Train on labelled questions, each head on those that carry its label.

        Raises:
            InputError: a label that occurs has fewer than three questions, or no second label occurs.
        """
        domain = _fit([(each.question, each.domain) for each in questions if each.domain], "domain")
        urgency = _fit([(each.question, each.urgency) for each in questions if each.urgency], "urgency")
        return cls(scheme, domain, urgency)

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        """Answer questions, in their order. `review` is never set, `likely` holds one and `tokens` counts words."""
        if not questions:
            return []
        texts = [baseline_text(question) for question in questions]
        return [
            Prediction(
                domain_probabilities=domain,
                urgency_probabilities=urgency,
                deadline=find_deadline(question.text, question.date),
                likely=(int(np.argmax(domain)),),
                review=False,
                tokens=len(text.split()),
            )
            for question, text, domain, urgency in zip(
                questions,
                texts,
                _probabilities(self._domain, texts, self.scheme.domain_ids),
                _probabilities(self._urgency, texts, self.scheme.urgency_ids),
                strict=True,
            )
        ]

    def save(self, folder: Path) -> None:
        """Write both pipelines in skops' format, which holds no executable code."""
        import skops.io as sio

        folder.mkdir(parents=True, exist_ok=True)
        sio.dump(self._domain, folder / DOMAIN_FILE)
        sio.dump(self._urgency, folder / URGENCY_FILE)

    @classmethod
    def load(cls, folder: Path, scheme: LabelScheme) -> "BaselineTagger":
        """The inverse of `save`.

        Raises:
            ArtefactError: the folder holds no baseline, or types that are not scikit-learn's.
        """
        import skops.io as sio
        from skops.io.exceptions import UntrustedTypesFoundException

        try:
            domain, urgency = (sio.load(folder / name, trusted=TRUSTED) for name in (DOMAIN_FILE, URGENCY_FILE))
        except (OSError, ValueError, KeyError, BadZipFile, UntrustedTypesFoundException) as error:
            raise ArtefactError(f"{folder}: expected a saved baseline ({error}); train it again") from error
        for pipeline, known in ((domain, scheme.domain_ids), (urgency, scheme.urgency_ids)):
            if unknown := sorted(set(pipeline.classes_) - set(known)):
                raise ArtefactError(
                    f"{folder}: expected labels of {scheme.name}, found {', '.join(unknown[:3])}; train it again"
                )
        return cls(scheme, domain, urgency)


def baseline_text(question: Question) -> str:
    """All that the baseline reads of a question."""
    return strip_footnotes(f"{question.title} {question.context} {question.text}")


def baseline_pipeline(classifier: ClassifierMixin) -> Pipeline:
    """TF-IDF of words and word pairs and of 3 to 5 characters within words, under a classifier."""
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True)),
        ]
    )
    return Pipeline([("features", features), ("classifier", classifier)])


def calibrated_machine() -> CalibratedClassifierCV:
    """A linear support-vector machine with probabilities; needs `MIN_QUESTIONS` of each label."""
    return CalibratedClassifierCV(LinearSVC(), cv=MIN_QUESTIONS, ensemble=False)


def _fit(labelled: list[tuple[Question, str]], head: str) -> Pipeline:
    counts = Counter(label for _, label in labelled)
    few = [f"{count} of {label}" for label, count in counts.items() if count < MIN_QUESTIONS]
    if len(counts) < 2 or few:
        found = ", ".join(few) or f"{len(counts)} labels"
        raise InputError(
            f"expected at least two labels of {head} with {MIN_QUESTIONS} questions each to train on, found {found}:"
            " add questions, or leave out those of a rare label"
        )
    pipeline = baseline_pipeline(calibrated_machine())
    return pipeline.fit([baseline_text(question) for question, _ in labelled], [label for _, label in labelled])


def _probabilities(pipeline: Pipeline, texts: list[str], ids: tuple[str, ...]) -> list[tuple[float, ...]]:
    """Probabilities in the scheme's order; a label that training lacked gets 0."""
    values = np.zeros((len(texts), len(ids)))
    values[:, [ids.index(label) for label in pipeline.classes_]] = pipeline.predict_proba(texts)
    return [tuple(map(float, row)) for row in values]
