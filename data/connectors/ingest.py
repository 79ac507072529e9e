"""Harvest a source to Parquet files by month: can be killed at any moment and gone on with."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.connectors.card import write_card
from data.connectors.groups import Head, group_names, make_head, without_answers
from data.connectors.http import SourceError
from data.connectors.rows import Harvested, Problem, schema
from data.connectors.sources import Item, Report, Source, say_nothing
from data.connectors.work import Work, refuse_other, write_json
from data.errors import InputError

MANIFEST = "manifest.json"
MAX_FAILURES = 5
"""Documents in a row that a source does not give before the run ends."""


def harvest(
    folder: Path,
    asked: Mapping[str, str | None],
    make_source: Callable[[Work], Source],
    *,
    today: date,
    report: Report = say_nothing,
) -> dict[str, Any]:
    """Harvest to `FOLDER/questions-YYYY-MM.parquet`, `manifest.json` and `README.md`, or go on with such a run.

    Args:
        folder: new or empty, or with an earlier run that was asked for the same.
        asked: the arguments, kept in the manifest; another run may not have others.
        make_source: makes the source with the folder in which it keeps its pages.
        today: kept as the day of a new run.
        report: told of the progress.

    Returns:
        The manifest.

    Raises:
        InputError: the folder holds something else.
        SourceError: the source does not answer; the run can be gone on with.
    """
    asked = dict(asked)
    work = Work(folder)
    if (manifest := _finished(folder, asked)) is None:
        started = work.begin(asked, today.isoformat())
        source = make_source(work)
        manifest = {"asked": asked, "version": version("kamervraag"), "started": started} | _collect(
            source, work, report
        )
        _publish(work, manifest)
    shutil.rmtree(work.folder, ignore_errors=True)
    return manifest


def _finished(folder: Path, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        before = manifest["asked"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: expected the manifest of a harvest ({error}); choose another folder") from error
    refuse_other(folder, before, asked)
    return manifest


def _collect(source: Source, work: Work, report: Report) -> dict[str, Any]:
    """Read all documents and write the months to the work folder; returns the rest of the manifest."""
    listing = source.listing(report)
    problems = [*listing.problems, *_read(listing.items, work, report)]
    heads = [head for item in listing.items if (head := _head(item.key, _kept(work, item.key)))]
    notices = without_answers(heads)
    left_out = [*listing.left_out]
    left_out += [Problem(key, f"has no answers; {answer} has") for key, answer in notices.items()]
    kept = [head for head in heads if head.key not in notices]
    files, counts, unmapped = _write_months(work, kept)
    return {
        "counts": {"documents": len(kept), **counts},
        "files": files,
        "labels_without_domain": unmapped,
        "problems": [{"document": each.document, "reason": each.reason} for each in problems],
        "left_out": [{"document": each.document, "reason": each.reason} for each in left_out],
    }


def _read(items: list[Item], work: Work, report: Report) -> list[Problem]:
    """Read what has not been read yet; returns the problems of all documents."""
    problems: list[Problem] = []
    failures = 0
    for done, item in enumerate(items):
        report("documents", done, len(items))
        if work.kept(item.key) is None:
            try:
                work.keep(item.key, item.read().to_dict())
            except SourceError as error:
                # Not kept: a run that is gone on with asks again.
                failures += 1
                if failures == MAX_FAILURES:
                    raise SourceError(
                        f"{error}; {failures} documents in a row failed, start again later to go on"
                    ) from error
                problems.append(Problem(item.key, f"{error}; left out"))
                continue
            failures = 0
        problems += _kept(work, item.key).problems
    report("documents", len(items), len(items))
    return problems


def _kept(work: Work, key: str) -> Harvested:
    values = work.kept(key)
    return Harvested.from_dict(values) if values else Harvested()


def _head(key: str, harvested: Harvested) -> Head | None:
    if not (rows := harvested.rows):
        return None
    first, texts = rows[0], [row["question"] for row in rows]
    answered = any(row["answer"] for row in rows)
    return make_head(key, first["vraagnummer"], first["title"] or "", texts, answered=answered)


def _write_months(work: Work, heads: list[Head]) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Write a file a month; returns rows by file, the counts, and how often each label without a domain occurs."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    shutil.rmtree(work.out, ignore_errors=True)  # of a run that was killed here
    work.out.mkdir()
    groups = group_names(heads)
    months: dict[str, list[str]] = {}
    for head in heads:
        months.setdefault(f"{_kept(work, head.key).rows[0]['published']:%Y-%m}", []).append(head.key)
    files: dict[str, int] = {}
    counts = Counter(dict.fromkeys(("questions", "with_domain", "without_label"), 0))
    unmapped: Counter[str] = Counter()
    for month, keys in sorted(months.items()):
        rows = [row | {"group": groups[key]} for key in keys for row in _kept(work, key).rows]
        name = f"questions-{month}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=schema()), work.out / name, compression="zstd")
        files[name] = len(rows)
        counts["questions"] += len(rows)
        counts["with_domain"] += sum(1 for row in rows if row["domain"])
        counts["without_label"] += sum(1 for row in rows if not row["official"])
        unmapped.update(label for row in rows if not row["domain"] for label in row["official"])
    return files, dict(counts), dict(sorted(unmapped.items()))


def _publish(work: Work, manifest: dict[str, Any]) -> None:
    """Move the files into the folder, the manifest last: with it the run has finished."""
    folder = work.folder.parent
    write_card(work.out / "README.md", manifest)
    write_json(work.out / MANIFEST, manifest)
    for name in (*manifest["files"], "README.md", MANIFEST):
        (work.out / name).replace(folder / name)
