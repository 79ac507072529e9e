"""The REST API; `serving.service` runs it in BentoML. Follows the NLGov REST API Design Rules 2.2.0."""

import json
import re
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from data.errors import InputError
from data.isolated import read_isolated
from data.question import QuestionRecord
from models.artefact import FILES, Artefact
from models.engine import usable_cores
from models.prediction import Tagger
from serving import metrics
from serving.batching import BatchingTagger, BusyError, TimedTagger
from serving.edge import VERSION, Edge, Resource
from serving.problems import DETAILS, MEDIA_TYPE, REASONS, Probleem, problem
from serving.schema import (
    ClassificatieAntwoord,
    ClassificatieVerzoek,
    DocumentAntwoord,
    DocumentVerzoek,
    Label,
    LabelsAntwoord,
    Meting,
    ModelAntwoord,
    classify,
    classify_documents,
    model_info,
)
from serving.settings import Settings

BASE = "/v1"
MAX_MISTAKES = 100
"""Mistakes that an answer names; a body of mistakes alone has a hundred thousand."""
_MESSAGES = {
    "missing": "verplicht veld ontbreekt",
    "extra_forbidden": "onbekend veld",
    "json_invalid": "geen geldige JSON",
    "string_type": "tekst verwacht",
    "string_unicode": "tekst in Unicode verwacht",
    "string_too_long": "ten hoogste {max_length} tekens",
    "string_pattern_mismatch": "mag niet leeg zijn: ten minste één letter of cijfer verwacht",
    "bool_type": "true of false verwacht",
    "list_type": "lijst verwacht",
    "too_short": "ten minste {min_length} verwacht",
    "too_long": "ten hoogste {max_length} toegestaan",
    "model_attributes_type": "object verwacht",
    "model_type": "object verwacht",
    "date_from_datetime_inexact": "datum verwacht als 2025-06-30",
    "date_from_datetime_parsing": "datum verwacht als 2025-06-30",
    "date_parsing": "datum verwacht als 2025-06-30",
    "date_type": "datum verwacht als 2025-06-30",
}
"""Dutch for the kinds of validation errors that the schema can give; others keep the library's English."""

_QUESTION = {
    "id": "a1",
    "titel": "Wachttijden in de jeugdzorg",
    "datum": "2025-05-01",
    "tekst": "Kunt u vóór het debat van 2 juni a.s. aangeven hoeveel kinderen op hulp wachten?",
}
_DOCUMENT = """\
Vragen van het lid De Wit (ABC) aan de minister van Infrastructuur en Waterstaat over de brug bij Weert (ingezonden \
2 juni 2021)

Vraag 1
Klopt het dat de brug bij Weert tot september dicht is?

Vraag 2
Hoe komen vrachtwagens intussen over het kanaal?
"""
EXAMPLES: dict[str, dict[str, Any]] = {
    "classificaties": {
        "een": {"summary": "Eén vraag", "value": {"vragen": [_QUESTION]}},
        "uitleg": {
            "summary": "Twee vragen, met uitleg",
            "value": {
                "vragen": [_QUESTION, {"tekst": "Waarom rijden er minder treinen naar Zeeland?"}],
                "uitleg": True,
            },
        },
    },
    "documenten": {"tekst": {"summary": "De tekst van een document", "value": {"tekst": _DOCUMENT}}},
}
"""Requests that the specification shows; the tests send them."""


def create_app(settings: Settings) -> tuple[Edge, FastAPI]:
    """The whole application, and the API in it.

    The API's `state.tagger` (a BatchingTagger) and `state.artefact` must be set before the first request.

    Raises:
        InputError: the keys cannot be used.
    """
    api = FastAPI(
        title="Kamervraag",
        version=VERSION,
        description="Beleidsdomein, urgentie en gevraagde antwoorddatum van Kamervragen. Een antwoord is een voorstel; "
        "een mens beslist.",
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        servers=[{"url": settings.url}],
        openapi_url=f"{BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    api.exception_handler(RequestValidationError)(_invalid)
    api.exception_handler(InputError)(_unreadable)
    api.exception_handler(BusyError)(_busy)
    api.exception_handler(HTTPException)(_http_problem)
    api.exception_handler(Exception)(_unexpected)
    api.state.settings = settings
    keys = settings.all_keys()
    _add_routes(api, settings)
    api.openapi = lambda: _specification(api, settings, with_keys=bool(keys))  # type: ignore[method-assign]
    resources = {
        f"{BASE}/classificaties": Resource(
            role="classify", consumes=("application/json",), max_body_bytes=settings.max_body_bytes
        ),
        f"{BASE}/documenten": Resource(
            role="classify",
            consumes=("application/json", "multipart/form-data"),
            max_body_bytes=settings.max_file_bytes,
        ),
        f"{BASE}/labels": Resource(role="classify"),
        f"{BASE}/model": Resource(role="classify"),
        f"{BASE}/openapi.json": Resource(public=True),
        "/metrics": Resource(role="admin", produces_json=False),
    }
    return Edge(api, resources, settings, keys), api


def _add_routes(api: FastAPI, settings: Settings) -> None:
    def timed(request: Request) -> TimedTagger:
        tagger: BatchingTagger = request.app.state.tagger
        return tagger.within(settings.request_seconds)

    readers = threading.BoundedSemaphore(usable_cores())

    @api.post(
        f"{BASE}/classificaties",
        operation_id="classificeerVragen",
        summary="Classificeer vragen naar beleidsdomein en urgentie",
        responses=_problems(400, 415),
        openapi_extra=_request_examples("classificaties"),
    )
    def classificaties(verzoek: ClassificatieVerzoek, request: Request) -> ClassificatieAntwoord:
        tagger = timed(request)
        results = classify(tagger, [vraag.question() for vraag in verzoek.vragen], explained=verzoek.uitleg)
        metrics.count(results)
        return ClassificatieAntwoord(model=model_info(tagger), resultaten=results)

    @api.post(
        f"{BASE}/documenten",
        operation_id="classificeerDocument",
        summary="Vind de vragen in een document en classificeer ze",
        description="Word, PDF, officiële XML of HTML, een gepubliceerde lijst of gewone tekst; met ten hoogste "
        f"{settings.max_questions} vragen, en {settings.max_characters} tekens in titel, context en tekst samen.",
        responses=_problems(400, 415),
        openapi_extra={"requestBody": _document_body(settings)},
    )
    async def documenten(request: Request) -> DocumentAntwoord:
        content, name = await _document(request)
        tagger = timed(request)

        def answer() -> DocumentAntwoord:
            # More at once would run out of their seconds.
            if not readers.acquire(timeout=settings.request_seconds):
                raise BusyError("no reader is free")
            try:
                found = read_isolated(content, name, settings.reading_seconds, settings.reading_bytes)
            finally:
                readers.release()
            documents = classify_documents(tagger, _usable(found, settings))
            metrics.count([each.resultaat for document in documents for each in document.vragen])
            return DocumentAntwoord(model=model_info(tagger), documenten=documents)

        return await run_in_threadpool(answer)

    @api.get(f"{BASE}/labels", operation_id="toonLabels", summary="De domeinen en urgenties", responses=_problems())
    def labels(request: Request) -> LabelsAntwoord:
        scheme = request.app.state.artefact.scheme
        return LabelsAntwoord(
            labelschema=scheme.name,
            domeinen=[Label(id=each.id, label=each.nl, definitie=each.definition) for each in scheme.domains],
            urgenties=[Label(id=each.id, label=each.nl, definitie=each.definition) for each in scheme.urgencies],
        )

    @api.get(f"{BASE}/model", operation_id="toonModel", summary="De feiten over het model", responses=_problems())
    @cache  # 0.1 MB of figures is parsed for them
    def model() -> ModelAntwoord:
        return model_facts(api.state.artefact, api.state.tagger.tagger)

    @api.get("/metrics", include_in_schema=False)
    def numbers() -> PlainTextResponse:
        return PlainTextResponse(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


def model_facts(artefact: Artefact, tagger: Tagger) -> ModelAntwoord:
    """What the artefact says of itself: the facts, the figures of its measurements, and its card."""
    manifest = artefact.manifest
    reports = json.loads(artefact.path(FILES.metrics).read_text("utf-8"))
    figures = {name: report["tagger"]["report"]["domain"] for name, report in reports.items()}
    card = artefact.path(FILES.card)
    return ModelAntwoord(
        model=model_info(tagger),
        basis=manifest.base,
        gemaakt=manifest.created,  # type: ignore[arg-type]
        lengte=manifest.max_length_tokens,
        beoordelen_onder=round(manifest.review_below, 4),
        metingen=[
            Meting(
                verzameling=name,
                vragen=each["questions"],
                juist=round(each["accuracy"], 4),
                macro_f1=round(each["macro_f1"], 4),
            )
            for name, each in figures.items()
        ],
        modelkaart=card.read_text("utf-8") if card.exists() else "",
    )


async def _document(request: Request) -> tuple[bytes, str]:
    """Content and name of the document in a request."""
    if request.headers["content-type"].lower().startswith("application/json"):
        try:
            return DocumentVerzoek.model_validate_json(await request.body()).tekst.encode(), "tekst.txt"
        except ValidationError as error:
            places = [each | {"loc": ("body", *each["loc"])} for each in error.errors()]
            raise RequestValidationError(places) from error
    try:
        async with request.form(max_files=1, max_fields=0) as form:
            file = form.get("bestand")
            if not isinstance(file, UploadFile):
                raise RequestValidationError([{"type": "missing", "loc": ("body", "bestand"), "msg": "", "ctx": {}}])
            ending = re.search(r"\.[A-Za-z0-9]{1,10}$", file.filename or "")
            return await file.read(), f"bestand{ending[0] if ending else ''}"
    except UnicodeError as error:  # a character set that there is none of, or that does not fit
        raise HTTPException(400) from error


def _usable(found: list[list[QuestionRecord]], settings: Settings) -> list[list[QuestionRecord]]:
    """The documents with questions; raises InputError if there are none, or too many or too long ones."""
    documents = [document for document in found if document]
    questions = sum(map(len, documents))
    if not questions:
        raise InputError("expected written questions, found none; check that the file holds questions", "no_questions")
    if questions > settings.max_questions:
        raise InputError(
            f"expected at most {settings.max_questions} questions, found {questions}; "
            "split the file or score it as a batch",
            "too_many_questions",
        )
    characters = sum(record.question().characters for document in documents for record in document)
    if characters > settings.max_characters:
        raise InputError(
            f"expected questions of at most {settings.max_characters} characters, found {characters}; split the file",
            "too_many_questions",
        )
    return documents


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that an operation can give: its own, and those of every address."""
    every = sorted({*statuses, 401, 403, 406, 408, 413, 429, 500, 503})
    return {status: {"description": DETAILS[status], "model": Probleem} for status in every}


def _request_examples(name: str) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"examples": EXAMPLES[name]}}}}


def _document_body(settings: Settings) -> dict[str, Any]:
    file = {
        "type": "object",
        "required": ["bestand"],
        "properties": {
            "bestand": {
                "type": "string",
                "format": "binary",
                "description": f"Het document; met het verzoek samen ten hoogste {settings.max_file_bytes} bytes",
            }
        },
    }
    return {
        "required": True,
        "content": {
            "application/json": {"schema": DocumentVerzoek.model_json_schema(), "examples": EXAMPLES["documenten"]},
            "multipart/form-data": {"schema": file},
        },
    }


def _specification(api: FastAPI, settings: Settings, *, with_keys: bool) -> dict[str, Any]:
    """FastAPI's own, with paths below the base address, true error types, and the headers of every answer."""
    if api.openapi_schema:
        return api.openapi_schema
    specification = FastAPI.openapi(api)
    schemas, headers = specification["components"]["schemas"], specification["components"].setdefault("headers", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    headers["API-Version"] = {"description": "Versie van de API", "required": True, "schema": {"type": "string"}}
    headers["Retry-After"] = {"description": "Seconden wachten", "required": True, "schema": {"type": "integer"}}
    # Not through FastAPI, which warns of a package that it wants for an e-mail address.
    specification["info"]["contact"] = {
        "name": settings.contact_name,
        "email": settings.contact,
        "url": settings.contact_url,
    }
    specification["paths"] = {path.removeprefix(BASE): item for path, item in specification["paths"].items()}
    for item in specification["paths"].values():
        for operation in item.values():
            # `_invalid` answers 400.
            operation["responses"].pop("422", None)
            if not with_keys:
                for status in ("401", "403"):
                    operation["responses"].pop(status)
            for status, response in operation["responses"].items():
                response["headers"] = {"API-Version": {"$ref": "#/components/headers/API-Version"}}
                if status in ("408", "429", "503"):
                    response["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
                if int(status) >= 400:
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Probleem"}}}
    if with_keys:
        specification["components"]["securitySchemes"] = {"sleutel": {"type": "http", "scheme": "bearer"}}
        specification["security"] = [{"sleutel": []}]
    return specification


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [
        {
            "in": "body",
            "veld": "" if each["type"] == "json_invalid" else ".".join(map(str, each["loc"][1:])),
            "melding": _message(each),
        }
        for each in error.errors()[:MAX_MISTAKES]
    ]
    return problem(400, errors=errors)


def _message(error: Mapping[str, Any]) -> str:
    return str(_MESSAGES.get(error["type"], error["msg"])).format_map(error.get("ctx", {}))


async def _unreadable(request: Request, error: InputError) -> JSONResponse:
    detail = REASONS[error.reason].format(settings=request.app.state.settings)
    return problem(400, detail, errors=[{"in": "body", "veld": "", "melding": detail}])


async def _busy(request: Request, error: BusyError) -> JSONResponse:
    return problem(503)


async def _http_problem(request: Request, error: HTTPException) -> JSONResponse:
    return problem(error.status_code, headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return problem(500)
