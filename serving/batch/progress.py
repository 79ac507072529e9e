"""How far a run is: rows, rows a second, share to be reviewed, time left where the number of rows is known."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from data.formats import SUFFIXES
from serving.batch.files import open_files
from serving.batch.report import Totals

_BLOCK_BYTES = 1 << 20
_PERIOD_S = 300
"""Over which the time left is estimated; a part takes seconds."""


class Pace:
    """Counts the parts of a run as they come, and shows them.

    Args:
        progress: where they are shown.
        total: rows of the whole input, if known.
    """

    def __init__(self, progress: Progress, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task("score", total=total, speed="", review="")
        self._answered = self._review = self._kept = 0
        self._started = time.monotonic()
        self.rows = 0
        """Rows answered or refused by this process."""

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._started

    @property
    def speed(self) -> float:
        """Rows a second of this process."""
        return self.rows / self.seconds

    def __call__(self, totals: Totals, kept: bool) -> None:
        """Count a part; `kept` if an interrupted run made it."""
        done = totals.rows + totals.refused
        self._answered += totals.rows
        self._review += totals.review
        if kept:
            self._kept += done
            self._progress.reset(self._task, completed=self._kept)  # else it would count as the pace of this run
            return
        self.rows += done
        self._progress.update(
            self._task,
            advance=done,
            speed=f"{self.speed:,.0f} rows/s",
            review=f"{self._review / max(self._answered, 1):.1%} to be reviewed",
        )


@contextmanager
def shown(files: Sequence[str]) -> Iterator[Pace]:
    """Show the progress of a run over files on standard error, if somebody looks."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[review]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, disable=hidden, speed_estimate_period=_PERIOD_S) as progress:
        yield Pace(progress, None if hidden else known_rows(files))


def known_rows(names: Sequence[str]) -> int | None:
    """Rows of all files, blank lines included; None if there are others than JSON Lines and readable Parquet."""
    total = 0
    for name in names:
        files, path = open_files(name)
        found = SUFFIXES.get(PurePath(path).suffix.lower())
        with files.open(path, "rb") as file:
            if found == "jsonl":
                total += sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK_BYTES), b""))
            elif found == "parquet":
                try:
                    import pyarrow as pa
                    import pyarrow.parquet as pq
                except ImportError:  # the run says what to install
                    return None
                try:
                    total += pq.read_metadata(file).num_rows
                except pa.ArrowException:
                    return None
            else:
                return None
    return total
