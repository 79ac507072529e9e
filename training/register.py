"""An entry for the Dutch algorithm register, filled from a run as far as a run can fill it."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.labels import LabelScheme
from models.artefact import Manifest
from training.evaluate import Report

TEXTS = Path(__file__).with_name("register.toml")
TO_COMPLETE = ("organization", "contact_email", "begin_date", "lawful_basis", "impacttoetsen", "provider")
"""Fields that only the organisation that uses the classifier can fill."""


def register_entry(
    manifest: Manifest,
    scheme: LabelScheme,
    data: Sequence[Mapping[str, Any]],
    reports: Mapping[str, Mapping[str, Report]],
    promised_error: float,
) -> dict[str, Any]:
    """The fields of the publication standard, version 1.0, in Dutch; null where the organisation must fill them.

    Args:
        manifest: of the artefact.
        scheme: its labels.
        data: file, train and dev of each file that it was trained on.
        reports: by set and tagger.
        promised_error: share of errors that the review threshold allows.
    """
    measured = "; ".join(
        f"{name} {by['tagger'].domain.accuracy:.0%} juist (macro-F1 {by['tagger'].domain.macro_f1:.2f}, "
        f"n = {by['tagger'].domain.questions})"
        for name, by in reports.items()
    )
    facts = {
        "review_below": f"{manifest.review_below:.2f}",
        "promised_error": f"{promised_error:.0%}",
        "questions": sum(each["train"] for each in data),
        "files": ", ".join(each["file"] for each in data),
        "model": manifest.name,
        "version": manifest.version,
        "base": manifest.base,
        "scheme": scheme.name,
        "domains": len(scheme.domains),
        "urgencies": len(scheme.urgencies),
        "measured": measured,
    }
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    filled = {key: text.format(**facts) if isinstance(text, str) else text for key, text in texts.items()}
    return filled | dict.fromkeys(TO_COMPLETE)
