"""The model card, filled from a run."""

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from data.labels import LabelScheme
from models.artefact import Manifest
from training.assess import Assessment
from training.config import TrainConfig
from training.evaluate import Report
from training.quantise import Change

CARD = Template("""---
language: nl
license: eupl-1.2
pipeline_tag: text-classification
---
# $name $version

Tags a written question of a member of parliament with a policy domain ($domains) and an urgency level ($urgencies),
labels of scheme `$scheme`. It suggests, it never decides: a person answers for what is done with a question.

## Intended use
To propose an inbox and an order of work to people who sort questions. Not for decisions about persons, and not for
anything without a person who can change the answer. `algoritmeregister.json` is an entry for the Dutch algorithm
register, to be completed.

## Made from
- Encoder: `$base`; $parameters million parameters with heads and wide part. It is not RobBERT unless its name says so.
- Method: the encoder is fine-tuned; beside it stands a linear model on hashed character n-grams. Their logits are added
  with the factors $blend.
  Their ratio is the one with the highest accuracy on the dev questions, each source alike. Their size, its growth with
  the length of the input and a damping of sure answers ($calibration)
  give the dev questions with urgency and, for the domain, those of sources that name acceptable domains the highest
  likelihood, which calibrates the probabilities.
- Settings: $settings.
$urgency
- Trained on $trained questions; kept aside $dev for factors, thresholds and the "dev" rows below.
- A person should look where the domain's probability is under $review_below: above it at most $promised of those dev
  answers were wrong. The likely domains are those of a probability from $set_from: $coverage of the sets of those dev
  questions hold the right one.
- Weights of `model.onnx`: $precision.
- The run's last start took $minutes minutes on $machine, baseline and measuring included. Energy was not measured.

| data | SHA-256 | train | dev |
| --- | --- | --- | --- |
$data

None of these texts is in this folder; the weights carry what was learnt from them. Labels that were set by a language
model or mapped from a parliament's own themes carry their errors into it.

## Measured
One run, seed $seed. F1 is the mean over the labels that occur in the set; intervals hold 95 % of 1,000 samples of
documents. "Acceptable" also counts the other domains that the label allows. Of a set whose labels name none, the
parliaments' themes say, good answers count as wrong.

| set | tagger | questions | domain accuracy | domain macro-F1 | acceptable | urgency macro-F1 | deadlines exact |
| --- | --- | --- | --- | --- | --- | --- | --- |
$measured

Of the tagger: calibration error (ECE, 15 bins), share of questions that no person need look at and errors among them,
mean number of likely domains and share that holds the right one, recall of the highest urgency, share of the lowest
that was raised.

| set | ECE | unreviewed | errors | likely | holds | recall of $highest | $lowest raised |
| --- | --- | --- | --- | --- | --- | --- | --- |
$trust

## Limits
- Dutch of The Hague and Brussels; other text types were not measured.
- Real questions are urgent far less often than those of the written corpus: expect more false alarms than the
  table shows.
- A text over $max_length tokens is read in windows; a context that does not fit loses its end for the encoder, not for
  the n-grams.
""")
OWN_URGENCY = "- Urgency was learnt from the questions that carry it."
CORPUS_URGENCY = """- Urgency was learnt and calibrated on the written corpus of Kamervraag, without its domains,
  because too few questions carried it. It was not measured on questions like those that are to be tagged."""


def render_card(
    *,
    manifest: Manifest,
    config: TrainConfig,
    scheme: LabelScheme,
    parameters: float,
    blend: Sequence[Sequence[float]],
    calibration: Sequence[Sequence[float]],
    minutes: float,
    data: Sequence[Mapping[str, Any]],
    own_urgency: bool,
    found: Mapping[str, Mapping[str, Assessment]],
    change: Change | None,
    machine: str,
) -> str:
    """Fill the card.

    Args:
        manifest: of the artefact.
        config: of the run.
        scheme: the labels.
        parameters: in millions.
        blend: factors of encoder and wide part, for domain and urgency.
        calibration: growth and damping, for domain and urgency.
        minutes: that training took.
        data: file, sha256, train and dev of each file.
        own_urgency: whether the files' own labels taught urgency, or the written corpus did.
        found: by set and tagger.
        change: what eight-bit weights do to the answers; None if they were not tried.
        machine: in words.
    """

    def pairs(values: Sequence[Sequence[float]]) -> str:
        named = zip(("domain", "urgency"), values, strict=True)
        return " and ".join(f"{one:.2f} and {other:.2f} ({head})" for head, (one, other) in named)

    return CARD.substitute(
        name=manifest.name,
        version=manifest.version,
        domains=len(scheme.domains),
        urgencies=len(scheme.urgencies),
        scheme=scheme.name,
        base=config.base,
        parameters=f"{parameters:.1f}",
        blend=pairs(blend),
        calibration=pairs(calibration),
        settings=", ".join(f"{key} {value}" for key, value in config.to_dict().items() if key not in ("base", "name")),
        urgency=OWN_URGENCY if own_urgency else CORPUS_URGENCY,
        trained=sum(each["train"] for each in data),
        dev=sum(each["dev"] for each in data),
        review_below=f"{manifest.review_below:.3f}",
        set_from=f"{manifest.set_from:.3f}",
        coverage=f"{config.promised_coverage:.0%}",
        minutes=f"{minutes:.0f}",
        data="\n".join(
            f"| {each['file']} | {each['sha256'][:12]} | {each['train']} | {each['dev']} |" for each in data
        ),
        precision=f"{manifest.precision}; int8 was {change or 'not tried'}",
        machine=machine,
        seed=config.seed,
        measured="\n".join(
            _row(set_name, tagger, each) for set_name, by_tagger in found.items() for tagger, each in by_tagger.items()
        ),
        trust="\n".join(_trust(set_name, by_tagger["tagger"].report) for set_name, by_tagger in found.items()),
        highest=scheme.urgency_ids[-1],
        lowest=scheme.urgency_ids[0],
        promised=f"{config.promised_error:.0%}",
        max_length=manifest.max_length_tokens,
    )


def _row(set_name: str, tagger: str, found: Assessment) -> str:
    report, interval = found.report, found.macro_f1
    urgency = f"{report.urgency.macro_f1:.3f}" if report.urgency else "-"
    domain = report.domain
    return (
        f"| {set_name} | {tagger} | {domain.questions} | {domain.accuracy:.3f} "
        f"| {domain.macro_f1:.3f} ({interval.low:.3f} to {interval.high:.3f}) "
        f"| {report.acceptable:.3f} | {urgency} | {report.deadlines_exact:.3f} |"
    )


def _trust(set_name: str, report: Report) -> str:
    recall = report.alarms[-1].recall if report.alarms else None
    shares = " | ".join("-" if each is None else f"{each:.1%}" for each in (report.coverage, report.unreviewed_error))
    rest = " | ".join(
        "-" if each is None else f"{each:.1%}" for each in (report.likely_coverage, recall, report.raised)
    )
    return f"| {set_name} | {report.domain.calibration_error:.3f} | {shares} | {report.likely_size:.1f} | {rest} |"
