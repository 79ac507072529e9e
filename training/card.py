"""The model card, filled from a run."""

from collections.abc import Mapping
from string import Template
from typing import Any

from data.labels import LabelScheme
from models.artefact import Manifest
from training.config import TrainConfig
from training.evaluate import Report

CARD = Template("""---
language: nl
license: eupl-1.2
pipeline_tag: text-classification
---
# $name $version

Tags a written question of a member of parliament with a policy domain ($domains) and an urgency level ($urgencies),
labels of scheme `$scheme`. It suggests, it never decides: a person answers for what is done with a question.

## Made from
- Encoder: `$base`, $parameters million parameters with the heads. It is not RobBERT unless its name says so.
- Settings: $settings.
- Trained on $trained questions; kept aside $dev for the numbers below.
- A person should look where the domain's probability is under $review_below: above it $promised of the dev answers were
  wrong, counted on the sources that name acceptable domains.

| data | SHA-256 | train | dev |
| --- | --- | --- | --- |
$data

None of these texts is in this folder; the weights carry what was learnt from them. Labels that were set by a language
model or mapped from a parliament's own themes carry their errors into it.

## Measured
On $machine, one run, seed $seed.
F1 is the mean over the labels that occur in the set. "Acceptable" also counts the other domains that the label allows.

| set | tagger | questions | domain accuracy | domain macro-F1 | acceptable | urgency macro-F1 | deadlines exact |
| --- | --- | --- | --- | --- | --- | --- | --- |
$measured

## Limits
- Dutch of The Hague and Brussels; other text types were not measured.
- Real questions are urgent far less often than those of the written corpus: expect more false alarms than the
  table shows.
- Probabilities are not calibrated.
- Inputs over $max_length tokens lose context and the middle of the text.
""")


def render_card(
    *,
    manifest: Manifest,
    config: TrainConfig,
    scheme: LabelScheme,
    parameters: float,
    data: list[Mapping[str, Any]],
    reports: Mapping[str, Mapping[str, Report]],
    machine: str,
) -> str:
    """Fill the card. `data` has file, sha256, train and dev of each file; `reports` maps set to tagger to report."""
    return CARD.substitute(
        name=manifest.name,
        version=manifest.version,
        domains=len(scheme.domains),
        urgencies=len(scheme.urgencies),
        scheme=scheme.name,
        base=config.base,
        parameters=f"{parameters:.1f}",
        settings=", ".join(f"{key} {value}" for key, value in config.to_dict().items() if key not in ("base", "name")),
        trained=sum(each["train"] for each in data),
        dev=sum(each["dev"] for each in data),
        review_below=f"{manifest.review_below:.3f}",
        data="\n".join(
            f"| {each['file']} | {each['sha256'][:12]} | {each['train']} | {each['dev']} |" for each in data
        ),
        machine=machine,
        seed=config.seed,
        measured="\n".join(
            _row(set_name, tagger, report)
            for set_name, by_tagger in reports.items()
            for tagger, report in by_tagger.items()
        ),
        promised=f"{config.promised_error:.0%}",
        max_length=manifest.max_length_tokens,
    )


def _row(set_name: str, tagger: str, report: Report) -> str:
    urgency = f"{report.urgency.macro_f1:.3f}" if report.urgency else "-"
    domain = report.domain
    return (
        f"| {set_name} | {tagger} | {domain.questions} | {domain.accuracy:.3f} | {domain.macro_f1:.3f} "
        f"| {report.acceptable:.3f} | {urgency} | {report.deadlines_exact:.3f} |"
    )
