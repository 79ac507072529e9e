"""What the API takes and gives, in the Dutch names of government APIs."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from data.labels import LabelScheme
from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, Question
from data.text import clean
from models.prediction import Prediction, Tagger

MAX_QUESTIONS = 100
"""Questions of one request."""
ALTERNATIVES = 3
"""Other domains that an answer names, the most probable first."""

Kans = Annotated[float, Field(ge=0, le=1, description="Kans, van 0 tot 1")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_name=True)


class _Response(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class Vraag(_Request):
    """Eén vraag, met wat er in het document omheen staat."""

    id: str | None = Field(None, max_length=200, description="Eigen kenmerk; komt terug in het resultaat")
    titel: str = Field("", max_length=MAX_TITLE_CHARACTERS, description="Titel van het document")
    context: str = Field("", max_length=MAX_TEXT_CHARACTERS, description="De vraag ervoor in hetzelfde document")
    tekst: str = Field(max_length=MAX_TEXT_CHARACTERS, pattern=r"\S", description="De vraag zelf")
    datum: dt.date | None = Field(None, description="Datum van het document; vult jaartallen van termijnen aan")

    @field_validator("titel", "context", "tekst", mode="before")
    @classmethod
    def _clean(cls, value: object) -> object:
        # Before the limits are checked: composing accents may lengthen a text, invisible characters may be all of it.
        return clean(value) if isinstance(value, str) else value

    @field_validator("datum", mode="before")
    @classmethod
    def _no_timestamp(cls, value: object) -> object:
        if isinstance(value, int | float):
            raise PydanticCustomError("date_type", "Input should be a valid date")
        return value

    def question(self) -> Question:
        """The question to classify."""
        return Question(text=self.tekst, title=self.titel, context=self.context, date=self.datum, id=self.id or "")


class ClassificatieVerzoek(_Request):
    """Een of meer vragen."""

    vragen: list[Vraag] = Field(min_length=1, max_length=MAX_QUESTIONS)


class Alternatief(_Response):
    """Een ander mogelijk domein."""

    id: str
    label: str
    kans: Kans


class Domein(Alternatief):
    """Het beleidsdomein."""

    alternatieven: list[Alternatief]


class Urgentie(_Response):
    """De urgentie."""

    niveau: str
    kansen: dict[str, Kans]
    score: float = Field(ge=0, le=1, description="Verwachte plaats op de schaal van laag (0) tot hoog (1)")


class Resultaat(_Response):
    """Het antwoord op één vraag."""

    id: str
    domein: Domein
    urgentie: Urgentie
    antwoord_voor: dt.date | None = Field(description="Datum waarvóór de vraag om antwoord vraagt")
    beoordelen: bool = Field(description="Of een mens het domein moet beoordelen")
    aantal_tokens: int = Field(description="Lengte van de invoer; boven de grens van het model is een deel weggelaten")


class ModelInfo(_Response):
    """Het model dat antwoordde."""

    naam: str
    versie: str
    labelschema: str


class ClassificatieAntwoord(_Response):
    """De antwoorden, in de volgorde van de vragen."""

    model: ModelInfo
    resultaten: list[Resultaat]


def model_info(tagger: Tagger) -> ModelInfo:
    """Name, version and label scheme of a tagger."""
    return ModelInfo(naam=tagger.name, versie=tagger.version, labelschema=tagger.scheme.name)


def classify(tagger: Tagger, questions: Sequence[Question]) -> list[Resultaat]:
    """Answer questions; one without an id gets its place, counted from 1."""
    return [
        _result(prediction, tagger.scheme, question.id or str(number))
        for number, (question, prediction) in enumerate(zip(questions, tagger.predict(questions), strict=True), start=1)
    ]


def _result(prediction: Prediction, scheme: LabelScheme, id: str) -> Resultaat:
    domain_kansen = prediction.domain_probabilities
    best, *others = sorted(range(len(domain_kansen)), key=lambda place: -domain_kansen[place])

    def named(place: int) -> dict[str, str | float]:
        domain = scheme.domains[place]
        return {"id": domain.id, "label": domain.nl, "kans": round(domain_kansen[place], 4)}

    return Resultaat(
        id=id,
        domein=Domein(
            **named(best),  # type: ignore[arg-type]
            alternatieven=[Alternatief(**named(place)) for place in others[:ALTERNATIVES]],  # type: ignore[arg-type]
        ),
        urgentie=Urgentie(
            niveau=scheme.urgency_ids[prediction.urgency_index],
            kansen={
                level: round(kans, 4)
                for level, kans in zip(scheme.urgency_ids, prediction.urgency_probabilities, strict=True)
            },
            score=round(prediction.urgency_score, 4),
        ),
        antwoord_voor=prediction.deadline,
        beoordelen=prediction.review,
        aantal_tokens=prediction.tokens,
    )
