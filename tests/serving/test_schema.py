from datetime import date

import pytest
from pydantic import ValidationError

from data.labels import LabelScheme
from data.question import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, Question
from models.prediction import Prediction, Tagger
from serving.schema import LIMITS, ClassificatieVerzoek, Uitleg, Vraag, classify, model_info


class FixedTagger:
    """Gives every question the same prediction."""

    name, version = "fixed", "2"

    def __init__(self, scheme: LabelScheme, prediction: Prediction) -> None:
        self.scheme = scheme
        self.prediction = prediction

    def predict(self, questions):
        return [self.prediction for _ in questions]


@pytest.fixture
def prediction(scheme: LabelScheme) -> Prediction:
    """The fourth, second, third and first domain lead, in that order."""
    rest = 0.1 / (len(scheme.domains) - 4)
    return Prediction(
        domain_probabilities=(0.1, 0.25, 0.15, 0.400049, *(rest for _ in scheme.domains[4:])),
        urgency_probabilities=(0.2, 0.3, 0.5),
        deadline=date(2025, 6, 3),
        likely=(3, 1),
        review=True,
        tokens=12,
    )


def test_a_result_names_the_best_domain_and_the_next_three(scheme: LabelScheme, prediction: Prediction) -> None:
    [result] = classify(FixedTagger(scheme, prediction), [Question(text="Waarom?")])
    first, second, third, fourth = scheme.domains[:4]

    assert (result.domein.id, result.domein.label, result.domein.kans) == (fourth.id, fourth.nl, 0.4)
    assert [(each.id, each.label, each.kans) for each in result.domein.alternatieven] == [
        (second.id, second.nl, 0.25),
        (third.id, third.nl, 0.15),
        (first.id, first.nl, 0.1),
    ]
    assert result.domein.mogelijk == [fourth.id, second.id]


def test_a_result_names_the_level_its_chances_and_the_place_on_the_scale(
    scheme: LabelScheme, prediction: Prediction
) -> None:
    [result] = classify(FixedTagger(scheme, prediction), [Question(text="Waarom?")])

    assert result.urgentie.niveau == "hoog"
    assert result.urgentie.kansen == {"laag": 0.2, "middel": 0.3, "hoog": 0.5}
    assert result.urgentie.score == 0.65  # 0.3 halfway and 0.5 at the end of the scale


def test_a_result_in_json_has_camel_case_names_and_an_iso_date(scheme: LabelScheme, prediction: Prediction) -> None:
    [result] = classify(FixedTagger(scheme, prediction), [Question(text="Waarom?")])
    values = result.model_dump(mode="json")

    assert list(values) == ["id", "domein", "urgentie", "antwoordVoor", "beoordelen", "aantalTokens"]
    assert (values["antwoordVoor"], values["beoordelen"], values["aantalTokens"]) == ("2025-06-03", True, 12)


def test_an_explanation_comes_when_it_is_asked_for(tagger: Tagger) -> None:
    questions = [Question(text="Is er met spoed iets te doen aan Defensie?"), Question(text="Waarom?")]
    first, second = classify(tagger, questions, explained=True)

    assert first.uitleg is not None
    assert first.model_dump(mode="json")["uitleg"] == {
        "domein": [{"woorden": "Defensie", "gewicht": 0.7895}],
        "urgentie": [{"woorden": "spoed", "gewicht": 0.68}],
    }
    assert second.uitleg == Uitleg(domein=[], urgentie=[])


@pytest.mark.parametrize("number", [1, 4, 10])
def test_explanations_together_are_no_more_work_than_a_request(
    scheme: LabelScheme, prediction: Prediction, number: int
) -> None:
    class CountingTagger(FixedTagger):
        characters = 0

        def predict(self, questions):
            self.characters += sum(question.characters for question in questions)
            return super().predict(questions)

    tagger = CountingTagger(scheme, prediction)
    questions = [Question(text="woord " * 3_000, title="Een titel")] * number
    classify(tagger, questions, explained=True)

    assert tagger.characters <= sum(question.characters for question in questions) + LIMITS.max_characters


def test_a_question_without_an_id_gets_its_number(tagger: Tagger) -> None:
    questions = [Question(text="Waarom?"), Question(text="Hoe?", id="eigen"), Question(text="Wanneer?")]

    assert [result.id for result in classify(tagger, questions)] == ["1", "eigen", "3"]


def test_no_questions_give_no_results(tagger: Tagger) -> None:
    assert classify(tagger, []) == []


def test_model_info_names_model_and_scheme(tagger: Tagger) -> None:
    assert model_info(tagger).model_dump() == {
        "naam": "fake",
        "versie": "1",
        "labelschema": f"{tagger.scheme.id}@{tagger.scheme.version}",
    }


def test_a_vraag_becomes_a_clean_question() -> None:
    vraag = Vraag.model_validate(
        {
            "id": " a ",
            "titel": " De\u00a0trein\n",
            "context": "Het\tloket",
            "tekst": "Cafe\u0301\x00 dicht?\u200b",
            "datum": "2025-05-01",
        }
    )

    assert vraag.question() == Question(
        id=" a ", title="De trein", context="Het loket", text="Café dicht?", date=date(2025, 5, 1)
    )


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        pytest.param("tekst", MAX_TEXT_CHARACTERS, id="text"),
        pytest.param("context", MAX_TEXT_CHARACTERS, id="context"),
        pytest.param("titel", MAX_TITLE_CHARACTERS, id="title"),
        pytest.param("id", 200, id="id"),
    ],
)
def test_a_field_takes_its_longest_value_and_no_more(field: str, longest: int) -> None:
    assert getattr(Vraag.model_validate({"tekst": "a", field: "a" * longest}), field) == "a" * longest
    with pytest.raises(ValidationError, match=f"at most {longest} characters"):
        Vraag.model_validate({"tekst": "a", field: "a" * (longest + 1)})


@pytest.mark.parametrize("questions", [pytest.param(1, id="one"), pytest.param(100, id="a hundred")])
def test_a_request_takes_one_to_a_hundred_questions(questions: int) -> None:
    request = ClassificatieVerzoek.model_validate({"vragen": [{"tekst": "Waarom?"}] * questions})

    assert len(request.vragen) == questions


def test_explanations_come_for_a_few_questions_alone() -> None:
    values = {"vragen": [{"tekst": "Waarom?"}] * 11, "uitleg": True}
    with pytest.raises(ValidationError, match="Met uitleg ten hoogste 10 vragen"):
        ClassificatieVerzoek.model_validate(values)
    assert ClassificatieVerzoek.model_validate(values | {"vragen": values["vragen"][:10]}).uitleg
