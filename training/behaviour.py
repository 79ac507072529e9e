"""Behaviour tests: what any version must do, whatever its scores (Ribeiro et al. 2020, "Beyond accuracy", ACL)."""

import operator
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from data.question import Question
from models.prediction import Prediction, Tagger

CASES = Path(__file__).with_name("behaviour.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One kind of test."""

    name: str
    tested: int
    failed: tuple[str, ...]
    """Texts, with what was found where that says more."""
    allowed: float
    """Share of failures that still passes, in [0, 1]."""

    @property
    def passed(self) -> bool:
        """Whether few enough failed."""
        return len(self.failed) <= self.allowed * self.tested


def check_behaviour(tagger: Tagger) -> list[Behaviour]:
    """Test a tagger of the scheme that `behaviour.toml` is written for.

    Plain cases must have their domain. Case, misspellings, footnote marks and names may not change what was answered. A
    request to act today must raise the urgency, a request for an overview may not.
    """
    values = tomllib.loads(CASES.read_text(encoding="utf-8"))
    cases = [(domain, text) for domain, texts in values["cases"].items() for text in texts]
    texts = [text for _, text in cases]
    plain = _answers(tagger, texts)
    ids, levels = tagger.scheme.domain_ids, tagger.scheme.urgency_ids
    found = [ids[each.domain_index] for each in plain]
    wrong = tuple(
        f"{text} [{domain}, found {other}]"
        for (domain, text), other in zip(cases, found, strict=True)
        if other != domain
    )
    results = [Behaviour(name="plain cases", tested=len(cases), failed=wrong, allowed=0.15)]

    def unchanged(name: str, change: Callable[[str], str], allowed: float) -> None:
        changed = _answers(tagger, [change(text) for text in texts])
        failed = tuple(
            f"{change(text)} [{before}, found {ids[after.domain_index]}]"
            for text, before, after in zip(texts, found, changed, strict=True)
            if ids[after.domain_index] != before
        )
        results.append(Behaviour(name=name, tested=len(texts), failed=failed, allowed=allowed))

    unchanged("upper case changes no domain", str.upper, 0.15)
    unchanged("lower case changes no domain", str.lower, 0.05)
    unchanged("a misspelt word changes no domain", _misspell, 0.15)
    unchanged("a footnote mark changes no domain", lambda text: f"{text}1", 0.0)
    for prefix in values["invariance"]["prefixes"]:
        unchanged(f"{prefix.strip()!r} changes no domain", partial(operator.add, prefix), 0.15)

    before = np.array([each.urgency_score for each in plain])
    for suffix in values["urgency"]["raising"]:
        after = np.array([each.urgency_score for each in _answers(tagger, [text + suffix for text in texts])])
        failed = tuple(text + suffix for text, rises in zip(texts, after > before, strict=True) if not rises)
        results.append(
            Behaviour(name=f"{suffix.strip()!r} raises urgency", tested=len(texts), failed=failed, allowed=0.05)
        )
    for suffix in values["urgency"]["calm"]:
        calm = _answers(tagger, [text + suffix for text in texts])
        failed = tuple(
            f"{text}{suffix} [{levels[each.urgency_index]}]"
            for text, each in zip(texts, calm, strict=True)
            if each.urgency_index
        )
        results.append(
            Behaviour(name=f"{suffix.strip()!r} stays {levels[0]}", tested=len(texts), failed=failed, allowed=0.05)
        )
    return results


def _answers(tagger: Tagger, texts: Sequence[str]) -> list[Prediction]:
    return tagger.predict([Question(text=text) for text in texts])


def _misspell(text: str) -> str:
    """Two letters in the middle of the longest word change places."""
    word = max(text.split(), key=len)
    middle = len(word) // 2
    return text.replace(word, word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :])
