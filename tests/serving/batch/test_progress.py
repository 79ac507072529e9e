import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from serving.batch.progress import Pace, known_rows
from serving.batch.report import Totals


def test_rows_are_known_where_that_is_cheap(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"tekst": "A?"}\n' * 7)
    pq.write_table(pa.table({"tekst": ["A?"] * 5}), tmp_path / "b.parquet")
    (tmp_path / "c.csv").write_text("tekst\nA?\n")
    (tmp_path / "d.parquet").write_bytes(b"PAR1 and no more")
    names = [str(tmp_path / name) for name in ("a.jsonl", "b.parquet", "c.csv", "d.parquet")]

    assert known_rows(names[:2]) == 12
    assert known_rows(names[:3]) is None
    assert known_rows(names[3:]) is None


def test_rows_of_parquet_are_not_known_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.parquet").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert known_rows([str(tmp_path / "a.parquet")]) is None


def test_rows_of_an_interrupted_run_count_as_done_but_not_as_pace() -> None:
    shown = Console(file=io.StringIO(), force_terminal=True, width=200)
    columns = TextColumn("{task.completed:.0f} of {task.total} rows, {task.fields[review]}")
    with Progress(columns, console=shown) as progress:
        pace = Pace(progress, 100)
        pace(Totals(rows=40, review=10), True)
        pace(Totals(rows=18, refused=2, review=19), False)

    assert pace.rows == 20
    assert "60 of 100 rows, 50.0% to be reviewed" in shown.file.getvalue()
