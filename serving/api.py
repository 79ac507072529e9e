"""The REST API as a FastAPI app; `serving.service` mounts it in BentoML."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.schema import ClassificatieAntwoord, ClassificatieVerzoek, classify, model_info

MAX_BODY_BYTES = 5_000_000
"""100 questions of ordinary length take 0.1 MB; the largest that the schema allows would not fit and are refused."""

_PROBLEM = {"description": "Probleem", "content": {"application/problem+json": {}}}
_DETAILS = {
    400: "De inhoud is geen leesbare JSON in UTF-8.",
    404: "Dit adres bestaat niet.",
    405: "Deze methode wordt hier niet ondersteund.",
}
_MESSAGES = {
    "missing": "verplicht veld ontbreekt",
    "extra_forbidden": "onbekend veld",
    "json_invalid": "geen geldige JSON",
    "string_type": "tekst verwacht",
    "string_unicode": "tekst in Unicode verwacht",
    "string_too_long": "ten hoogste {max_length} tekens",
    "string_pattern_mismatch": "mag niet leeg zijn",
    "list_type": "lijst verwacht",
    "too_short": "ten minste {min_length} verwacht",
    "too_long": "ten hoogste {max_length} toegestaan",
    "model_attributes_type": "object verwacht",
    "date_from_datetime_inexact": "datum verwacht als 2025-06-30",
    "date_from_datetime_parsing": "datum verwacht als 2025-06-30",
    "date_parsing": "datum verwacht als 2025-06-30",
    "date_type": "datum verwacht als 2025-06-30",
}
"""Dutch for the kinds of validation errors that the schema can give; others keep the library's English."""


def create_app() -> FastAPI:
    """The API. `app.state.tagger` must hold a tagger before the first request."""
    app = FastAPI(
        title="Kamervraag",
        version="1.0.0",
        description="Beleidsdomein en urgentie van Kamervragen",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http_problem)
    app.exception_handler(Exception)(_unexpected)

    @app.post(
        "/v1/classificaties",
        summary="Classificeer vragen naar beleidsdomein en urgentie",
        responses={400: _PROBLEM, 413: _PROBLEM, 500: _PROBLEM},
    )
    def classificaties(verzoek: ClassificatieVerzoek, request: Request) -> ClassificatieAntwoord:
        tagger = request.app.state.tagger
        questions = [vraag.question() for vraag in verzoek.vragen]
        results = classify(tagger, questions, explained=verzoek.uitleg)
        return ClassificatieAntwoord(model=model_info(tagger), resultaten=results)

    app.openapi = lambda: _specification(app)  # type: ignore[method-assign]
    return app


def _specification(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own, without the 422 that it adds and that `_invalid` never gives."""
    specification = FastAPI.openapi(app)
    for path in specification["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        specification["components"]["schemas"].pop(name, None)
    return specification


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> JSONResponse:
    """An error as RFC 9457 has it."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [
        {
            "in": "body",
            "veld": "" if each["type"] == "json_invalid" else ".".join(map(str, each["loc"][1:])),
            "melding": _MESSAGES.get(each["type"], each["msg"]).format_map(each.get("ctx", {})),
        }
        for each in error.errors()
    ]
    return problem(400, "Het verzoek voldoet niet aan de specificatie.", errors=errors)


async def _http_problem(request: Request, error: HTTPException) -> JSONResponse:
    return problem(error.status_code, _DETAILS.get(error.status_code, str(error.detail)), error.headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return problem(500, "Er ging iets mis; probeer het later opnieuw.")


class BodyLimit:
    """Reads the body before the app does and refuses one over `MAX_BODY_BYTES`, with or without a length header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413, or pass the request on with the body that was read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        too_large = length.isdigit() and int(length) > MAX_BODY_BYTES
        body, more = b"", not too_large
        while more:
            message = await receive()
            body += message.get("body", b"")
            too_large = len(body) > MAX_BODY_BYTES
            more = message.get("more_body", False) and not too_large

        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        if too_large:
            await problem(413, f"De inhoud mag ten hoogste {MAX_BODY_BYTES} bytes zijn.")(scope, receive, send)
        else:
            await self.app(scope, replay, send)
