"""Read a document of a stranger in a process of its own, which is ended when it takes too long or too much memory.

A thread cannot be stopped, and a hostile file can keep a PDF or Word reader busy for minutes. The process can write no
file, and knows nothing of the environment of ours, which has the keys of the service.
"""

import json
import logging
import math
import os
import resource
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.question import Document, QuestionRecord
from data.reading import parse_documents

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
"""Variables that the process is given: what Python needs to start."""
MAX_ANSWER_CHARACTERS = 10_000_000
"""Of the JSON that the process gives; ten times what it makes of the longest answers of ministries."""


def read_isolated(content: bytes, name: str, seconds: float, memory_bytes: int) -> list[list[QuestionRecord]]:
    """As `parse_documents`, within limits.

    Args:
        content: the whole file.
        name: its name; its ending is a hint where the content leaves a doubt.
        seconds: for the whole reading, the start of the process included.
        memory_bytes: address space of the process.

    Raises:
        InputError: the file cannot be read, or not within the limits.
        RuntimeError: the process failed for another reason.
    """
    limits = str(memory_bytes), str(math.ceil(seconds))
    command = [sys.executable, "-W", "ignore", "-m", "data.isolated", name, *limits]
    env = {variable: os.environ[variable] for variable in ENVIRONMENT if variable in os.environ}
    try:
        run = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=seconds, check=False, cwd=ROOT, env=env
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"expected a document that is read in {seconds:g} s, found more work; split it", "too_slow"
        ) from error
    if run.returncode < 0:  # ended from outside, or by a library that had no memory left
        raise _too_large()
    if run.returncode:
        raise RuntimeError(f"the reader of documents failed: {run.stderr.decode(errors='replace')[-2000:]}")
    answer = json.loads(run.stdout)
    if isinstance(answer, dict):
        raise InputError(**answer)
    return [[_record(values) for values in document] for document in answer]


def _too_large() -> InputError:
    return InputError(
        "expected a document that is read in the memory allowed, found a larger one; split it", "too_large"
    )


def _record(values: dict[str, Any]) -> QuestionRecord:
    head = values.pop("document")
    head |= {name: tuple(head[name]) for name in ("askers", "addressees")}
    head["date"] = date.fromisoformat(head["date"]) if head["date"] else None
    return QuestionRecord(document=Document(**head), **values)


def _main(name: str, memory_bytes: int, cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # The clock is who started us's, who may be gone.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # What libraries say of a stranger's file could fill the memory of who listens.
    logging.disable()
    try:
        documents = parse_documents(sys.stdin.buffer.read(), name)
        answer = [[record.to_dict() for record in document] for document in documents]
        text = json.dumps(answer)
    except InputError as error:
        text = _failure(error)
    except MemoryError:
        text = _failure(_too_large())
    sys.stdout.write(text if len(text) <= MAX_ANSWER_CHARACTERS else _failure(_too_large()))


def _failure(error: InputError) -> str:
    return json.dumps({"message": str(error), "reason": error.reason})


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
