"""Pictures of a run, drawn with matplotlib."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from models.prediction import Floats
from training.calibration import Flags, risk_coverage
from training.evaluate import HeadReport, Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_figure(report: HeadReport, labels: tuple[str, ...], title: str) -> "Figure":
    """A confusion matrix, shares of each true label as colours and counts as text."""
    import numpy as np
    from matplotlib.figure import Figure

    counts = np.array(report.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 2.5 + 0.42 * len(labels)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    axes.set(
        xlabel="predicted", ylabel="true", title=f"{title} (macro-F1 {report.macro_f1:.3f}, n = {report.questions})"
    )
    for row, column in zip(*np.nonzero(counts), strict=True):
        color = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=color, fontsize=7)
    return figure


def comparison_figure(reports: dict[str, dict[str, Report]]) -> "Figure":
    """Domain macro-F1 of each tagger on each set, as bars. `reports` maps set to tagger to report."""
    import numpy as np
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.5 + 1.6 * len(reports), 4), layout="constrained")
    axes = figure.subplots()
    taggers = list(next(iter(reports.values())))
    width = 0.8 / len(taggers)
    for place, tagger in enumerate(taggers):
        heights = [by_tagger[tagger].domain.macro_f1 for by_tagger in reports.values()]
        bars = axes.bar(np.arange(len(reports)) + place * width, heights, width, label=tagger)
        axes.bar_label(bars, fmt="%.2f", fontsize=8)
    axes.set_xticks(np.arange(len(reports)) + width * (len(taggers) - 1) / 2, list(reports))
    axes.set(ylabel="domain macro-F1", ylim=(0, 1), title="Tagger against baseline")
    axes.legend()
    return figure


def reliability_figure(reports: Mapping[str, Report], title: str) -> "Figure":
    """Share of right domains by the probability that was given, a line a tagger; the diagonal is honest."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for name, report in reports.items():
        bins = report.domain.reliability
        axes.plot(
            [each.probability for each in bins],
            [each.right for each in bins],
            marker="o",
            label=f"{name} (ECE {report.domain.calibration_error:.3f})",
        )
    axes.set(xlabel="probability of the domain", ylabel="share of right ones", xlim=(0, 1), ylim=(0, 1), title=title)
    axes.legend()
    return figure


def risk_coverage_figure(probabilities: Mapping[str, Floats], accepted: Mapping[str, Flags], title: str) -> "Figure":
    """Share of unacceptable domains by the share of questions answered, the surest first, a line a tagger."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    for name, own in probabilities.items():
        axes.plot(*risk_coverage(own, accepted[name]), label=name)
    axes.axhline(0.05, color="grey", linestyle=":")
    axes.set(xlabel="share of questions without review", ylabel="share of errors among them", xlim=(0, 1), title=title)
    axes.set_ylim(bottom=0)
    axes.legend()
    return figure
