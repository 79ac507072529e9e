"""A run: its input cut into windows, each answered as a part, and how the parts become the output."""

import json
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import IO, Any

from data.errors import InputError
from data.labels import LabelScheme
from data.output import file_place, refuse_existing, whole_file
from data.question import Question
from data.tables import Row, row_to_question
from models.artefact import FILES
from models.prediction import Tagger
from serving.batch.files import digest, exists, find, is_address, publish, remove, whole_name
from serving.batch.formats import format_of
from serving.batch.parts import (
    FINISHED,
    Facts,
    Finished,
    Job,
    begin,
    errors_name,
    facts_name,
    finished_totals,
    has_parts,
    kept,
    parts_name,
    read_facts,
    refused_name,
    rows_name,
)
from serving.batch.report import Totals, count, render
from serving.batch.windows import Entry, Place, Window, windows
from serving.schema import ModelInfo, Resultaat, classify

REASONS = 20
"""Refused rows that the report names."""


Engine = Callable[[Job], Generator[Facts]]
"""Answers all windows of a run that have no part yet, and gives the facts of each when it is kept."""


def plan(inputs: Sequence[str], target: str, model: ModelInfo, folder: Path, report: Path | None = None) -> Job:
    """Find the input of a run.

    Args:
        inputs: files, folders, patterns or addresses.
        target: path or address of the output.
        model: what answers.
        folder: that model's artefact.
        report: of the run, not to be taken for input.

    Raises:
        InputError: an input is not there, or the output or report cannot be written under its name.
    """
    format_of(target)
    whole = target if is_address(target) else str(file_place(Path(target)))
    beside = [errors_name(whole)]
    if report:
        page = str(file_place(report))
        if page in (whole, *beside):
            raise InputError(
                f"{report}: expected a name of its own for the report, found that of the output; choose one"
            )
        beside.append(page)
    files = find(inputs, [whole, parts_name(whole), *beside])
    # The output may be named as input, for answers in place; of the others nothing would be left.
    if not files or any(whole_name(file) in beside for file in files):
        raise InputError(
            f"{', '.join(inputs)}: expected files to read, found those that the run writes; choose other names"
        )
    return Job(files=tuple(files), target=whole, model=model, model_sha256=digest(str(folder / FILES.manifest)))


def open_windows(job: Job) -> Iterator[Window]:
    """The windows that have no part yet. What comes before the first of them is not read again."""
    folder = job.folder
    names = folder.names()
    first, start = 0, Place()
    documents: dict[str, int] = {}
    while facts_name(first) in names:
        facts = read_facts(folder, first)
        start = facts.end
        documents |= facts.documents
        first += 1
    for window in windows(job.files, job.window_rows, first, start, documents):
        if facts_name(window.number) not in names:
            yield window


def answer(tagger: Tagger, job: Job, window: Window) -> Facts:
    """Answer a window and keep it as a part: its rows, those refused and, last, its facts."""
    form = format_of(job.target)
    reasons: dict[int, str] = {}
    asked: dict[int, Question] = {}
    for place, entry in enumerate(window.entries):
        try:
            asked[place] = _question(entry)
        except InputError as error:
            reasons[place] = str(error)
    answered: list[tuple[str, int, Question, Resultaat]] = []
    rows: list[Row] = []
    for (place, question), result in zip(asked.items(), classify(tagger, list(asked.values())), strict=True):
        entry = window.entries[place]
        try:
            rows.append(form.row(entry.row or {}, result, job.model))
        except InputError as error:
            reasons[place] = str(error)
        else:
            answered.append((entry.file, entry.number or 0, question, result))
    facts = Facts(
        end=window.end,
        documents=window.documents,
        columns=list(dict.fromkeys(column for row in rows for column in row)),
        totals=count(answered, len(reasons)),
    )
    folder = job.folder
    if rows:
        folder.write(rows_name(window.number), form.pack(rows))
    if reasons:
        lines = [_refused(window.entries[place], reason) for place, reason in sorted(reasons.items())]
        folder.write(refused_name(window.number), "".join(lines).encode())
    folder.write(facts_name(window.number), facts.model_dump_json().encode())
    return facts


def _question(entry: Entry) -> Question:
    if entry.row is None or entry.reason:
        raise InputError(entry.reason)
    question = row_to_question(entry.row)
    return question if question.id else replace(question, id=str(entry.number))


def _refused(entry: Entry, reason: str) -> str:
    # What JSON has no form for becomes text, numbers that are none become null.
    row = json.loads(json.dumps(entry.row, default=str), parse_constant=lambda _: None)
    values = {"file": entry.file, "row": entry.number, "reason": " ".join(reason.split()), "input": row}
    return json.dumps(values, ensure_ascii=False) + "\n"


def score(
    job: Job,
    engine: Engine,
    scheme: LabelScheme,
    *,
    report: Path | None = None,
    force: bool = False,
    watch: Callable[[Totals, bool], None] = lambda totals, kept: None,
) -> Totals:
    """Answer every question of the input, or what an interrupted run left of it.

    Args:
        job: what to do.
        engine: does it.
        scheme: the labels of the answers.
        report: HTML file to write as well.
        force: overwrite the output and report of an earlier run.
        watch: called with the counts of each part, and whether an interrupted run had made it.

    Returns:
        The counts of the whole run.

    Raises:
        InputError: another run is under way or was interrupted here, an output is there already, no question is, the
            output cannot hold so much, or something cannot be read or written.
    """
    form = format_of(job.target)
    folder = job.folder
    with _failures(job.target), folder.alone():
        if (finished := finished_totals(job)) is None:
            if not force and exists(job.target):
                raise InputError(f"{job.target}: expected a name that is free; choose another or add --force")
            if report and not has_parts(folder.names()):  # else it may be the interrupted run's own
                refuse_existing(report, force=force)
            begin(job)
            rows = 0
            with closing(engine(job)) as found:
                for facts, earlier in chain(zip(kept(folder), repeat(True)), zip(found, repeat(False))):
                    watch(facts.totals, earlier)
                    rows += facts.totals.rows
                    if rows > form.max_rows:
                        break  # refused below
            finished = _finish(job, scheme, report)
        folder.remove(last=FINISHED)
    return finished


@contextmanager
def _failures(target: str) -> Iterator[None]:
    """Say what can be done about a disk that is full, say, whose errors name no file."""
    try:
        yield
    except OSError as error:
        reason = f"{error.filename or target}: {error.strerror or error}"
        raise InputError(f"{reason}; mend that and give the same command again to go on") from error


def _finish(job: Job, scheme: LabelScheme, report: Path | None) -> Totals:
    """Make the output of all parts. It comes last, so that where it stands the rest does."""
    folder = job.folder
    totals = Totals()
    columns: dict[str, None] = {}
    filled: list[int] = []
    for number, facts in enumerate(kept(folder)):
        totals.add(facts.totals)
        columns |= dict.fromkeys(facts.columns)
        filled += [number] if facts.totals.rows else []
    form = format_of(job.target)
    if totals.rows > form.max_rows or len(columns) > form.max_columns:
        folder.remove(last=FINISHED)
        raise InputError(
            f"{job.target}: expected at most {form.max_rows} rows and {form.max_columns} columns, found more;"
            " write .csv instead"
        )
    with folder.workshop() as bench:
        reasons = _join_errors(job, bench / "errors")
        if not totals.rows:
            folder.remove(last=FINISHED)
            raise InputError(_nothing(job, totals.refused, reasons))
        if report:
            with whole_file(report) as file:
                file.write(render(totals, scheme, job.model, len(job.files), reasons))

        def parts() -> Iterator[IO[bytes]]:
            for number in filled:
                with folder.open(rows_name(number)) as part:
                    yield part

        form.join(parts, list(columns), job.model, bench / "output")
        mark = Finished(sha256=digest(str(bench / "output")), totals=totals)
        folder.write(FINISHED, mark.model_dump_json().encode())
        publish(bench / "output", job.target)
    return totals


def _join_errors(job: Job, target: Path) -> list[str]:
    """Write the file of refused rows, or remove an old one; gives the first reasons."""
    folder = job.folder
    reasons: list[str] = []
    with target.open("wb") as file:
        for name in sorted(name for name in folder.names() if re.fullmatch(r"part-\d{7}\.errors", name)):
            with folder.open(name) as part:
                for line in part:
                    file.write(line)
                    if len(reasons) < REASONS:
                        reasons.append(_reason(json.loads(line)))
    if reasons:
        publish(target, errors_name(job.target))
    else:
        remove(errors_name(job.target))
    return reasons


def _reason(refused: dict[str, Any]) -> str:
    reason: str = refused["reason"]
    if reason.startswith(refused["file"]):
        return reason
    return f"{refused['file']}, row {refused['row']}: {reason}"


def _nothing(job: Job, refused: int, reasons: list[str]) -> str:
    if refused == 1:
        return reasons[0]
    if not refused:
        return f"{', '.join(job.files[:3])}: expected at least one question, found none; check the input"
    return f"{reasons[0]} (and {refused - 1} more, see {errors_name(job.target)}; nothing was written)"
