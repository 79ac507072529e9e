"""What the API takes and gives, in the Dutch names of government APIs."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from data.labels import LabelScheme
from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, Question, QuestionRecord
from data.text import clean
from models.document import roll_up
from models.explain import MAX_PARTS, Explanation, Reason, explain
from models.prediction import Prediction, Tagger
from serving.settings import settings

LIMITS = settings()
MAX_DOCUMENT_CHARACTERS = 1_000_000
"""Text of a document; the longest answers of ministries have some 200,000."""
ALTERNATIVES = 3
"""Other domains that an answer names, the most probable first."""

Kans = Annotated[float, Field(ge=0, le=1, description="Kans, van 0 tot 1")]


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Datum = Annotated[dt.date | None, WithJsonSchema({"type": ["string", "null"], "format": "date"})]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_name=True)


class _Response(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class Vraag(_Request):
    """Eén vraag, met wat er in het document omheen staat."""

    id: str | None = Field(None, max_length=200, description="Eigen kenmerk; komt terug in het resultaat")
    titel: str = Field("", max_length=MAX_TITLE_CHARACTERS, description="Titel van het document")
    context: str = Field("", max_length=MAX_TEXT_CHARACTERS, description="De vraag ervoor in hetzelfde document")
    tekst: str = Field(
        max_length=MAX_TEXT_CHARACTERS,
        pattern="[A-Za-z0-9]",
        description="De vraag zelf; met ten minste één letter of cijfer",
    )
    datum: Datum = Field(None, description="Datum van het document; vult jaartallen van termijnen aan")

    @field_validator("titel", "context", "tekst")
    @classmethod
    def _clean(cls, value: str) -> str:
        # After the limits, which hold for what was sent, as the specification says.
        return clean(value)

    @field_validator("datum", mode="before")
    @classmethod
    def _no_timestamp(cls, value: object) -> object:
        # Pydantic also takes a moment, and seconds since 1970, as a number or in quotes.
        if isinstance(value, int | float) or (isinstance(value, str) and not _DAY.fullmatch(value)):
            raise PydanticCustomError("date_type", "Input should be a valid date")
        return value

    def question(self) -> Question:
        """The question to classify."""
        return Question(text=self.tekst, title=self.titel, context=self.context, date=self.datum, id=self.id or "")


class ClassificatieVerzoek(_Request):
    """Een of meer vragen."""

    model_config = ConfigDict(
        json_schema_extra={
            # What `_within_limits` checks, in the words of JSON Schema, which has none for a sum of lengths.
            "if": {"properties": {"uitleg": {"const": True}}, "required": ["uitleg"]},
            "then": {"properties": {"vragen": {"maxItems": LIMITS.max_explained}}},
        }
    )

    vragen: list[Vraag] = Field(
        min_length=1,
        max_length=LIMITS.max_questions,
        description=f"Met ten hoogste {LIMITS.max_characters} tekens in titel, context en tekst van alle vragen samen",
    )
    uitleg: bool = Field(
        False,
        strict=True,
        description="Of de woorden die elk antwoord droegen erbij moeten; met ten hoogste "
        f"{LIMITS.max_explained} vragen; in lange vragen worden woorden per groep gewogen",
    )

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        if self.uitleg and len(self.vragen) > LIMITS.max_explained:
            raise PydanticCustomError(
                "too_many_explained", "Met uitleg ten hoogste {most} vragen", {"most": LIMITS.max_explained}
            )
        if sum(len(each.titel) + len(each.context) + len(each.tekst) for each in self.vragen) > LIMITS.max_characters:
            raise PydanticCustomError(
                "too_many_characters",
                "Te veel tekst: ten hoogste {most} tekens in titel, context en tekst van alle vragen samen",
                {"most": LIMITS.max_characters},
            )
        return self


class DocumentVerzoek(_Request):
    """De tekst van een document met Kamervragen."""

    tekst: str = Field(
        max_length=MAX_DOCUMENT_CHARACTERS,
        pattern="[A-Za-z0-9]",
        description="De hele tekst, met genummerde of ongenummerde vragen, of een gepubliceerde lijst",
    )


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
    antwoord_voor: Datum = Field(description="Datum waarvóór de vraag om antwoord vraagt")
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


class GevondenVraag(_Response):
    """Een vraag uit het document, met het antwoord van het model."""

    nummer: int = Field(ge=1, description="Plaats in het document")
    tekst: str
    resultaat: Resultaat


class GevondenDocument(_Response):
    """Een document, met één antwoord voor al zijn vragen samen."""

    titel: str
    datum: Datum
    resultaat: Resultaat = Field(
        description="Het domein van alle vragen samen, de hoogste urgentie en het vroegste verzoek om antwoord"
    )
    vragen: list[GevondenVraag]


class DocumentAntwoord(_Response):
    """De documenten die in het bestand of de tekst staan; een gepubliceerde lijst heeft er meer dan een."""

    model: ModelInfo
    documenten: list[GevondenDocument]


class Label(_Response):
    """Een label."""

    id: str
    label: str
    definitie: str = Field(description="Wat eronder valt, in het Engels")


class LabelsAntwoord(_Response):
    """Het labelschema waarmee de dienst antwoordt."""

    labelschema: str
    domeinen: list[Label]
    urgenties: list[Label] = Field(description="Van laag naar hoog")


class Meting(_Response):
    """Hoe goed het model was op een verzameling vragen die het niet had gezien."""

    verzameling: str
    vragen: int
    juist: Kans = Field(description="Aandeel vragen met het juiste domein")
    macro_f1: Kans = Field(description="Gemiddelde over de domeinen, die even zwaar tellen")


class ModelAntwoord(_Response):
    """De feiten over het model."""

    model: ModelInfo
    basis: str = Field(description="De encoder waarvan het model een voortzetting is")
    gemaakt: dt.date
    lengte: int = Field(description="Langste invoer in tokens; een langere tekst wordt in stukken gelezen")
    beoordelen_onder: Kans = Field(description="Onder deze kans van het domein moet een mens kijken")
    metingen: list[Meting]
    modelkaart: str = Field(description="De hele kaart, in Markdown en in het Engels")


def model_info(tagger: Tagger) -> ModelInfo:
    """Name, version and label scheme of a tagger."""
    return ModelInfo(naam=tagger.name, versie=tagger.version, labelschema=tagger.scheme.name)


def classify(tagger: Tagger, questions: Sequence[Question], *, explained: bool = False) -> list[Resultaat]:
    """Answer questions; one without an id gets its place, counted from 1.

    Args:
        tagger: gives the answers.
        questions: any number.
        explained: add the words that carried each answer; some 60 times the work, within the limit of a request.
    """
    share = LIMITS.max_characters // max(1, len(questions))
    return [
        _result(
            prediction,
            tagger.scheme,
            question.id or str(number),
            _uitleg(_explain(tagger, question, prediction, share)) if explained else None,
        )
        for number, (question, prediction) in enumerate(zip(questions, tagger.predict(questions), strict=True), start=1)
    ]


def _explain(tagger: Tagger, question: Question, prediction: Prediction, characters: int) -> Explanation:
    """Explain an answer with so much work; a long question is taken apart in fewer parts."""
    return explain(tagger, question, prediction, limit=max(3, min(MAX_PARTS, characters // question.characters)))


def classify_document(tagger: Tagger, questions: Sequence[Question], id: str) -> Resultaat:
    """One answer for a document of at least one question; see `models.document.roll_up`."""
    return _result(roll_up(tagger.predict(questions)), tagger.scheme, id, None)


def classify_documents(tagger: Tagger, documents: Sequence[Sequence[QuestionRecord]]) -> list[GevondenDocument]:
    """Answer documents, each of at least one question, with the questions in them."""
    found = [[record.question() for record in document] for document in documents]
    predictions = iter(tagger.predict([question for questions in found for question in questions]))
    answers = []
    for records, questions in zip(documents, found, strict=True):
        own = [next(predictions) for _ in questions]
        head = records[0].document
        answers.append(
            GevondenDocument(
                titel=head.title,
                datum=head.date,
                resultaat=_result(roll_up(own), tagger.scheme, head.id, None),
                vragen=[
                    GevondenVraag(
                        nummer=record.number,
                        tekst=record.text,
                        resultaat=_result(prediction, tagger.scheme, question.id, None),
                    )
                    for record, question, prediction in zip(records, questions, own, strict=True)
                ],
            )
        )
    return answers


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
