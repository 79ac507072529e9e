"""What the API takes and gives, in the Dutch names of government APIs."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from data.labels import LabelScheme
from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, Question
from data.text import clean
from models.document import roll_up
from models.explain import Explanation, Reason, explain
from models.prediction import Prediction, Tagger

MAX_EXPLAINED = 10
"""Questions of a request that asks for explanations: each is answered 60 times."""
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
    uitleg: bool = Field(
        False, description="Of de woorden die elk antwoord droegen erbij moeten; met ten hoogste 10 vragen"
    )

    @model_validator(mode="after")
    def _few_explained(self) -> Self:
        if self.uitleg and len(self.vragen) > MAX_EXPLAINED:
            raise PydanticCustomError(
                "too_many_explained", "Met uitleg ten hoogste {most} vragen", {"most": MAX_EXPLAINED}
            )
        return self


class Alternatief(_Response):
    """Een ander mogelijk domein."""

    id: str
    label: str
    kans: Kans


class Domein(Alternatief):
    """Het beleidsdomein."""

    alternatieven: list[Alternatief]
    mogelijk: list[str] = Field(
        description="De domeinen waarvan het model er een voor juist houdt, met de zekerheid die het model belooft"
    )


class Urgentie(_Response):
    """De urgentie."""

    niveau: str
    kansen: dict[str, Kans]
    score: float = Field(ge=0, le=1, description="Verwachte plaats op de schaal van laag (0) tot hoog (1)")


class Reden(_Response):
    """Een woord, of een paar, zoals het in de vraag staat."""

    woorden: str
    gewicht: Kans = Field(description="Wat de kans van het antwoord zonder deze woorden verliest")


class Uitleg(_Response):
    """De woorden die het antwoord droegen, de sterkste eerst."""

    domein: list[Reden]
    urgentie: list[Reden]


class Resultaat(_Response):
    """Het antwoord op één vraag."""

    id: str
    domein: Domein
    urgentie: Urgentie
    antwoord_voor: dt.date | None = Field(description="Datum waarvóór de vraag om antwoord vraagt")
    beoordelen: bool = Field(description="Of een mens het domein moet beoordelen")
    aantal_tokens: int = Field(
        description="Lengte van de invoer; een tekst boven de grens van het model is in stukken gelezen"
    )
    uitleg: Uitleg | None = Field(
        None, exclude_if=lambda value: value is None, description="Alleen als erom is gevraagd"
    )


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


def classify(tagger: Tagger, questions: Sequence[Question], *, explained: bool = False) -> list[Resultaat]:
    """Answer questions; one without an id gets its place, counted from 1.

    Args:
        tagger: gives the answers.
        questions: any number.
        explained: add the words that carried each answer; some 60 times the work.
    """
    return [
        _result(
            prediction,
            tagger.scheme,
            question.id or str(number),
            _uitleg(explain(tagger, question, prediction)) if explained else None,
        )
        for number, (question, prediction) in enumerate(zip(questions, tagger.predict(questions), strict=True), start=1)
    ]


def classify_document(tagger: Tagger, questions: Sequence[Question], id: str) -> Resultaat:
    """One answer for a document of at least one question; see `models.document.roll_up`."""
    return _result(roll_up(tagger.predict(questions)), tagger.scheme, id, None)


def _uitleg(explanation: Explanation) -> Uitleg:
    def redenen(reasons: Sequence[Reason]) -> list[Reden]:
        return [Reden(woorden=reason.words, gewicht=round(reason.weight, 4)) for reason in reasons]

    return Uitleg(domein=redenen(explanation.domain), urgentie=redenen(explanation.urgency))


def _result(prediction: Prediction, scheme: LabelScheme, id: str, uitleg: Uitleg | None) -> Resultaat:
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
            mogelijk=[scheme.domain_ids[place] for place in prediction.likely],
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
        uitleg=uitleg,
    )
