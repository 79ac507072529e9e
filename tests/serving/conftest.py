from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from models.artefact import open_artefact
from models.prediction import Tagger
from serving.api import create_app
from serving.batching import BatchingTagger
from serving.settings import Settings

Start = Callable[..., TestClient]


@pytest.fixture
def start(tagger: Tagger) -> Iterator[Start]:
    """Make a client of the application with other settings than the defaults; answers as a server does: an exception
    of the app is a 500."""
    running: list[BatchingTagger] = []

    def client(with_tagger: Tagger = tagger, artefact: Path | None = None, **settings: object) -> TestClient:
        chosen = Settings(**settings)
        edge, api = create_app(chosen)
        api.state.tagger = BatchingTagger(with_tagger, chosen.batch_characters)
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
