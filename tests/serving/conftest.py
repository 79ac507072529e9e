import random
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from models.artefact import open_artefact
from models.prediction import Tagger
from serving.api import create_app
from serving.batch.files import find
from serving.batch.local import local_engine
from serving.batch.parts import Job, errors_name, parts_name
from serving.batch.report import Totals
from serving.batch.run import Engine, score
from serving.batching import BatchingTagger
from serving.schema import model_info
from serving.settings import Settings, settings

Start = Callable[..., TestClient]
Run = Callable[..., AbstractContextManager[tuple[subprocess.Popen[bytes], int]]]


@pytest.fixture(scope="session")
def run_server() -> Run:
    """Run a command with a free port behind it, and the options of Popen, for as long as a block lasts; gives the
    process and the port once the server is ready."""

    @contextmanager
    def run(*command: object, **options: Any) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
        port = _free_port()
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(
                [*map(str, command), str(port)], **{"stdout": subprocess.DEVNULL, "stderr": said} | options
            ) as process,
        ):
            try:
                end = time.monotonic() + 60
                while not _is_ready(port):
                    if process.poll() is not None or time.monotonic() > end:
                        said.seek(0)
                        pytest.fail(f"the server was not ready in 60 s, or ended: {said.read()[-2000:].decode()}")
                    time.sleep(0.2)
                yield process, port
            finally:
                process.terminate()
                process.wait(30)

    return run


def _free_port() -> int:
    """A port below those that the system gives out, so that no connection takes it before the server does."""
    while True:
        port = random.randrange(15_000, 30_000)  # noqa: S311
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").is_success
    except httpx.TransportError:
        return False


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    """The settings of one test are not those of the next."""
    settings.cache_clear()


@pytest.fixture
def start(tagger: Tagger) -> Iterator[Start]:
    """Make a client of the application with other settings than the defaults; answers as a server does: an exception
    of the app is a 500."""
    running: list[BatchingTagger] = []

    def client(with_tagger: Tagger = tagger, artefact: Path | None = None, **settings: object) -> TestClient:
        chosen = Settings(**settings)
        edge, api = create_app(chosen)
        api.state.tagger = BatchingTagger(with_tagger, chosen.batch_characters, chosen.max_queued_characters)
        if artefact:
            api.state.artefact = open_artefact(artefact)
        running.append(api.state.tagger)
        return TestClient(edge, raise_server_exceptions=False)

    yield client
    for each in running:
        each.close()


@pytest.fixture
def client(start: Start) -> TestClient:
    """A client of the application with the fake tagger and the default settings."""
    return start()


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores in small windows, so that few rows make several parts."""

    window_rows: int = 50

    def job(self, tagger: Tagger, sources: list[Path | str], target: Path | str, digest: str = "0") -> Job:
        name = str(target)
        return Job(
            files=tuple(find(map(str, sources), [name, parts_name(name), errors_name(name)])),
            target=name,
            model=model_info(tagger),
            model_sha256=digest,
            window_rows=self.window_rows,
        )

    def __call__(
        self,
        tagger: Tagger,
        source: Path | str | list[Path | str],
        target: Path | str,
        *,
        digest: str = "0",
        engine: Engine | None = None,
        report: Path | None = None,
        force: bool = False,
        watch: Callable[[Totals, bool], None] = lambda totals, kept: None,
    ) -> Totals:
        job = self.job(tagger, source if isinstance(source, list) else [source], target, digest)
        return score(job, engine or local_engine(tagger), tagger.scheme, report=report, force=force, watch=watch)


@pytest.fixture(scope="session")
def score_file() -> Scorer:
    """Scores files with a tagger that a test has in hand."""
    return Scorer()
