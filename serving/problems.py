"""Errors as RFC 9457 has them, in Dutch."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from data.errors import Reason
from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS

MEDIA_TYPE = "application/problem+json"

DETAILS = {
    400: "Het verzoek voldoet niet aan de specificatie.",
    401: "Een geldige sleutel ontbreekt: stuur Authorization: Bearer <sleutel>.",
    403: "Deze sleutel geeft hier geen toegang.",
    404: "Dit adres bestaat niet.",
    405: "Deze methode wordt hier niet ondersteund.",
    406: "Het antwoord is er alleen als application/json.",
    408: "De inhoud van het verzoek kwam niet op tijd binnen.",
    413: "De inhoud van het verzoek is te groot.",
    415: "Dit soort inhoud wordt hier niet gelezen.",
    429: "Er lopen al te veel verzoeken van deze afzender; probeer het later opnieuw.",
    500: "Er ging iets mis; probeer het later opnieuw.",
    503: "Het is nu te druk; probeer het later opnieuw.",
}
REASONS: dict[Reason, str] = {
    "unreadable": "Het document is beschadigd, of van een soort die hier niet wordt gelezen.",
    "locked": "Het document is versleuteld; haal het wachtwoord eraf.",
    "table": "Een tabel wordt hier niet gelezen; stuur de vragen elk voor zich.",
    "no_text": "In het document staat geen tekst, zoals in een scan; laat die eerst herkennen.",
    "no_questions": "In het document staan geen Kamervragen.",
    "too_many_questions": "In het document staan te veel vragen: ten hoogste {settings.max_questions}, met "
    "{settings.max_characters} tekens in titel, context en tekst samen.",
    "too_long": "Een tekst is te lang, soms pas als zijn accenten zijn samengevoegd: ten hoogste "
    f"{MAX_TEXT_CHARACTERS} tekens, een titel {MAX_TITLE_CHARACTERS}.",
    "too_large": "Het document is te groot om te lezen; splits het.",
    "too_slow": "Het document is niet in {settings.reading_seconds:g} seconden te lezen; splits het.",
}
"""Dutch for what is wrong with a document or text, with the settings in it; the readers' own words are English."""
RETRY_AFTER_SECONDS = 2
_RETRIED = (408, 429, 503)
_TITLES = {413: "Content Too Large"}


class Fout(BaseModel):
    """Wat er aan een onderdeel van het verzoek mankeert."""

    in_: str = Field(alias="in", description="Deel van het verzoek")
    veld: str = Field(description="Plaats van het onderdeel, met punten ertussen; leeg voor het geheel")
    melding: str


class Probleem(BaseModel):
    """Een fout, volgens RFC 9457."""

    type: str = Field(description="Soort fout; about:blank als de status alles zegt")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[Fout] = Field(default=[], description="Alle fouten in de inhoud van het verzoek")


def problem(status: int, detail: str = "", headers: Mapping[str, str] | None = None, **members: Any) -> JSONResponse:
    """The answer for an error; its detail is that of the status if not given."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or DETAILS.get(status, HTTPStatus(status).phrase),
        **members,
    }
    all_headers = dict(headers or {})
    if status in _RETRIED:
        all_headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == 401:
        all_headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers=all_headers, media_type=MEDIA_TYPE)
