"""The BentoML service: loads the artefact and answers with the API."""

import logging
import os
import sys

import anyio.to_thread
import bentoml
from starlette.types import ASGIApp, Receive, Scope, Send

from data.errors import InputError, KamervraagError
from models.artefact import default_folder, open_artefact
from models.engine import OnnxTagger, usable_cores
from models.golden import check_golden

PROBES = ("/livez", "/readyz", "/healthz")
"""Addresses at which BentoML answers the platform."""

logger = logging.getLogger("bentoml")

# Read by uvicorn, which else believes what anyone on this machine says in X-Forwarded-For.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "")

try:
    # These read the settings, which may be wrong.
    from serving import metrics
    from serving.api import create_app
    from serving.batching import BatchingTagger
    from serving.settings import settings

    SETTINGS = settings()
    app, api = create_app(SETTINGS)
except KamervraagError as error:
    logger.error("%s", error)
    sys.exit(1)


def _refuse_open_doors() -> None:
    """Raise InputError if nothing says who has access."""
    if not SETTINGS.all_keys() and not SETTINGS.without_keys:
        raise InputError(
            "expected API keys, found none: make one with kamervraag key and set KAMERVRAAG_KEYS or "
            "KAMERVRAAG_KEYS_FILE, or KAMERVRAAG_WITHOUT_KEYS=true where everyone who reaches the service may use it"
        )


def _log_lines() -> None:
    """The access log on stderr, a JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("kamervraag.access")
    access.handlers, access.propagate = [handler], False
    access.setLevel(logging.INFO)


@bentoml.service(
    name="kamervraag",
    workers=SETTINGS.workers,
    # Ours are shorter and answer with a problem.
    traffic={"timeout": 2 * (SETTINGS.request_seconds + SETTINGS.reading_seconds + SETTINGS.body_seconds)},
    # BentoML's label their numbers with any path that is asked for, without bound; ours are at the same address.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
class Kamervraag:
    """Answers with the model that `models.artefact.default_folder` finds."""

    def __init__(self) -> None:
        try:
            _refuse_open_doors()
            artefact = open_artefact(default_folder())
            threads = max(1, usable_cores() // SETTINGS.workers)
            tagger = OnnxTagger(artefact, threads)
            # Also fills the runtime's memory and loads the date library: 0.4 s that no caller should wait.
            check_golden(tagger)
        except KamervraagError as error:
            logger.error("%s", error)
            sys.exit(1)
        _log_lines()
        api.state.artefact = artefact
        api.state.tagger = BatchingTagger(
            tagger,
            SETTINGS.batch_characters,
            SETTINGS.max_queued_characters,
            metrics.QUEUE_SECONDS.observe,
            metrics.INFERENCE_SECONDS.observe,
        )

    @bentoml.on_startup
    async def widen(self) -> None:
        """As many threads as requests: each waits for the model in one."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = SETTINGS.max_in_flight

    @bentoml.on_shutdown
    def drain(self) -> None:
        """Answer what is waiting."""
        api.state.tagger.close()


class Front:
    """Brings every request but the probes to the API.

    Beside an app that is mounted BentoML has pages of its own, such as /schema.json, which ask for no key.
    """

    def __init__(self, bento: ASGIApp) -> None:
        self._bento = bento

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        probe = scope["type"] != "http" or scope["path"] in PROBES
        await (self._bento if probe else app)(scope, receive, send)


Kamervraag.add_asgi_middleware(Front)  # type: ignore[attr-defined]  # the decorator made it a bentoml.Service
