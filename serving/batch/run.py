"""A run: what it is to do, what of it was done, and how its parts become the output."""

import json
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ValidationError

from data.errors import InputError
from data.labels import LabelScheme
from data.output import file_place, refuse_existing, whole_file
from data.question import Question
from data.tables import Row, row_to_question
from models.artefact import FILES
from models.prediction import Tagger
from serving.batch.files import Folder, digest, exists, find, is_address, publish, remove, whole_name
from serving.batch.formats import format_of
from serving.batch.report import Totals, count, render
from serving.batch.windows import WINDOW_ROWS, Entry, Place, Window, windows
from serving.schema import ModelInfo, Resultaat, classify

SETTINGS = "manifest.json"
FINISHED = "finished.json"
"""Written when the output is whole, removed last."""
_OWN = re.compile(r"\.?(manifest|finished|part-\d{7})\..+|errors|output")
"""Files of a run; those with a dot before are unfinished."""
_FACTS = re.compile(r"part-\d{7}\.json")
REASONS = 20
"""Refused rows that the report names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a run is to do. Every machine that takes part gets it."""

    files: tuple[str, ...]
    """Paths or addresses of the input."""
    target: str
    """Path or address of the output; its ending tells the format."""
    model: ModelInfo
    model_sha256: str
    """Digest of what the model consists of."""
    window_rows: int = WINDOW_ROWS

    @property
    def folder(self) -> Folder:
        """Where the parts are kept."""
        return Folder(parts_name(self.target))


def parts_name(target: str) -> str:
    """The folder of a run's parts."""
    return f"{target}.parts"


def errors_name(target: str) -> str:
    """The file of a run's refused rows."""
    return f"{target}.errors.jsonl"


class Facts(BaseModel):
    """What is known of a part; written after it, so that a part with facts is whole."""

    end: Place
    documents: dict[str, int]
    columns: list[str]
    totals: Totals


class Finished(BaseModel):
    """Says that the output is whole."""

    sha256: str
    totals: Totals


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
    while _facts(first) in names:
        facts = _read_facts(folder, first)
        start = facts.end
        documents |= facts.documents
        first += 1
    for window in windows(job.files, job.window_rows, first, start, documents):
        if _facts(window.number) not in names:
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
        folder.write(_rows(window.number), form.pack(rows))
    if reasons:
        lines = [_refused(window.entries[place], reason) for place, reason in sorted(reasons.items())]
        folder.write(_errors(window.number), "".join(lines).encode())
    folder.write(_facts(window.number), facts.model_dump_json().encode())
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
        if (finished := _finished(job)) is None:
            if not force and exists(job.target):
                raise InputError(f"{job.target}: expected a name that is free; choose another or add --force")
            if report and not _has_parts(folder.names()):  # else it may be the interrupted run's own
                refuse_existing(report, force=force)
            _begin(job)
            rows = 0
            with closing(engine(job)) as found:
                for facts, kept in chain(zip(_kept(folder), repeat(True)), zip(found, repeat(False))):
                    watch(facts.totals, kept)
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


def _begin(job: Job) -> None:
    """Note what the run is to do, or check that it is what an interrupted one was to do."""
    inputs = [{"file": file, "sha256": digest(file)} for file in job.files]
    settings = {
        "input": inputs,
        "model": job.model.model_dump() | {"sha256": job.model_sha256},
        "output format": Path(job.target).suffix.lower(),
        "window size": job.window_rows,
    }
    folder = job.folder
    names = folder.names()
    if not _has_parts(names):
        if foreign := sorted(name for name in names if not _OWN.fullmatch(name)):
            raise InputError(
                f"{folder.name}: expected only parts of a run, found {foreign[0]}; move it or choose another output"
            )
        folder.remove(last=SETTINGS)  # of a run that did nothing yet, or was done but for the removal of these
        folder.write(SETTINGS, json.dumps(settings, ensure_ascii=False, indent=1).encode())
        return
    try:
        began = json.loads(folder.read(SETTINGS))
    except ValueError as error:
        raise _broken(folder, SETTINGS) from error
    if changed := [name for name, value in settings.items() if began.get(name) != value]:
        raise InputError(
            f"{job.target}: expected the {' and '.join(changed)} of the run that was interrupted here, found another;"
            f" give that back, or delete the folder {folder.name} to start afresh"
        )


def _has_parts(names: set[str]) -> bool:
    return SETTINGS in names and any(map(_FACTS.fullmatch, names))


def _kept(folder: Folder) -> Iterator[Facts]:
    for number in sorted(int(name[5:12]) for name in folder.names() if _FACTS.fullmatch(name)):
        yield _read_facts(folder, number)


def _finish(job: Job, scheme: LabelScheme, report: Path | None) -> Totals:
    """Make the output of all parts. It comes last, so that where it stands the rest does."""
    folder = job.folder
    totals = Totals()
    columns: dict[str, None] = {}
    filled: list[int] = []
    for number, facts in enumerate(_kept(folder)):
        totals.add(facts.totals)
        columns |= dict.fromkeys(facts.columns)
        filled += [number] if facts.totals.rows else []
    form = format_of(job.target)
    if totals.rows > form.max_rows or len(columns) > form.max_columns:
        folder.remove(last=SETTINGS)
        raise InputError(
            f"{job.target}: expected at most {form.max_rows} rows and {form.max_columns} columns, found more;"
            " write .csv instead"
        )
    with folder.workshop() as bench:
        reasons = _join_errors(job, bench / "errors")
        if not totals.rows:
            folder.remove(last=SETTINGS)
            raise InputError(_nothing(job, totals.refused, reasons))
        if report:
            with whole_file(report) as file:
                file.write(render(totals, scheme, job.model, len(job.files), reasons))

        def parts() -> Iterator[IO[bytes]]:
            for number in filled:
                with folder.open(_rows(number)) as part:
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


def _finished(job: Job) -> Totals | None:
    """The counts of a run that was interrupted when all but its parts was in place."""
    if FINISHED not in job.folder.names() or not exists(job.target):
        return None
    mark = Finished.model_validate_json(job.folder.read(FINISHED))
    return mark.totals if digest(job.target) == mark.sha256 else None


def _read_facts(folder: Folder, number: int) -> Facts:
    try:
        return Facts.model_validate_json(folder.read(_facts(number)))
    except ValidationError as error:
        raise _broken(folder, _facts(number)) from error


def _broken(folder: Folder, name: str) -> InputError:
    return InputError(f"{folder.name}: expected parts of a run of this program, found {name} broken; delete the folder")


def _facts(number: int) -> str:
    return f"part-{number:07}.json"


def _errors(number: int) -> str:
    return f"part-{number:07}.errors"


def _rows(number: int) -> str:
    return f"part-{number:07}.rows"
