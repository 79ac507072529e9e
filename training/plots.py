"""Pictures of a run, drawn with matplotlib."""

from typing import TYPE_CHECKING

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
