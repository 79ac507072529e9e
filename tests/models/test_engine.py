import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import torch

from data.errors import ArtefactError
from data.question import Question
from models.artefact import FILES, SHIPPED, Artefact, open_artefact
from models.encode import QuestionEncoder
from models.engine import TOKENS_PER_BATCH, OnnxTagger, _batches, usable_cores
from models.ngrams import ngrams, pad_ngrams
from models.prediction import softmax
from models.tagger import RobertaTagger

QUESTIONS = [
    Question(text="Waarom?", title="De trein naar Groningen"),
    Question(
        text="Kunt u dit vóór 3 juni laten weten?", context="Hoeveel asielzoekers wachten?", date=date(2025, 5, 1)
    ),
    Question(text="Wat doet de Belastingdienst? " * 40),
    Question(text="Is de subsidie voor de bibliotheek geschrapt?", title="Zeeland"),
]


@pytest.fixture(scope="module")
def tagger(tiny_artefact: Path) -> OnnxTagger:
    return OnnxTagger.open(tiny_artefact)


def test_answers_as_the_pytorch_model_does(tagger: OnnxTagger, tiny_artefact: Path) -> None:
    encoder = QuestionEncoder.from_file(tiny_artefact / FILES.tokenizer, 128)
    encoded = encoder.encode(QUESTIONS)
    ids, mask = encoder.pad(encoded)
    model = RobertaTagger.from_pretrained(tiny_artefact).eval()
    counted = [ngrams(question, 256) for question in QUESTIONS]
    with torch.no_grad():
        expected = model(*map(torch.from_numpy, (ids, mask, *pad_ngrams(counted))))
    domain, urgency = tagger.logits(encoded, counted)

    np.testing.assert_allclose(domain, expected["domain_logits"].numpy(), atol=1e-4)
    np.testing.assert_allclose(urgency, expected["urgency_logits"].numpy(), atol=1e-4)


def test_an_answer_does_not_depend_on_its_neighbours(tagger: OnnxTagger) -> None:
    together = tagger.predict(QUESTIONS)
    alone = [tagger.predict([question])[0] for question in QUESTIONS]

    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.domain_probabilities, other.domain_probabilities, atol=1e-5)
        assert (one.deadline, one.tokens) == (other.deadline, other.tokens)


def test_probabilities_sum_to_one_and_the_score_is_a_share(tagger: OnnxTagger) -> None:
    for prediction in tagger.predict(QUESTIONS):
        assert sum(prediction.domain_probabilities) == pytest.approx(1, abs=1e-5)
        assert sum(prediction.urgency_probabilities) == pytest.approx(1, abs=1e-5)
        assert 0 <= prediction.urgency_score <= 1


def test_the_deadline_comes_from_the_text_and_the_document_date(tagger: OnnxTagger) -> None:
    assert [each.deadline for each in tagger.predict(QUESTIONS)] == [None, date(2025, 6, 3), None, None]


def test_a_long_text_has_the_mean_of_its_windows_and_the_urgency_of_the_most_urgent(
    tagger: OnnxTagger, tiny_artefact: Path
) -> None:
    question = Question(text="Wat doet de Belastingdienst aan asielzoekers, treinen en bibliotheken? " * 30)
    encoder = QuestionEncoder.from_file(tiny_artefact / FILES.tokenizer, 128)
    [windows] = encoder.windows([question])
    domain, urgency = tagger.logits(windows, [ngrams(question, 256)] * len(windows))
    [found] = tagger.predict([question])

    assert len(windows) > 3
    np.testing.assert_allclose(found.domain_probabilities, softmax(domain.mean(axis=0)), atol=1e-5)
    scores = softmax(urgency) @ np.array([0, 0.5, 1])
    assert found.urgency_score == pytest.approx(scores.max(), abs=1e-5)


def test_review_follows_the_threshold(tagger: OnnxTagger) -> None:
    # Untrained heads are sure of nothing, and the artefact's threshold is 0.5.
    assert all(each.review for each in tagger.predict(QUESTIONS))


def test_no_questions_no_answers(tagger: OnnxTagger) -> None:
    assert tagger.predict([]) == []


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param([5, 9, 7], id="one batch"),
        pytest.param([256] * 20, id="full batches"),
        pytest.param([10, 5000, 3], id="one over the budget"),
        pytest.param(list(range(1, 200)), id="mixed"),
        pytest.param([], id="none"),
    ],
)
def test_batches_hold_every_place_once_within_the_budget(lengths: list[int]) -> None:
    batches = list(_batches(lengths))

    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= TOKENS_PER_BATCH


def test_takes_no_more_cores_than_the_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_refuses_an_onnx_model_that_is_none(tiny_artefact: Path, tmp_path: Path) -> None:
    artefact = open_artefact(tiny_artefact)
    (tmp_path / FILES.onnx).write_bytes(b"no model")
    (tmp_path / FILES.tokenizer).write_bytes(artefact.path(FILES.tokenizer).read_bytes())

    with pytest.raises(ArtefactError, match="expected an ONNX model"):
        OnnxTagger(Artefact(folder=tmp_path, manifest=artefact.manifest, scheme=artefact.scheme))


@pytest.mark.parametrize(
    ("title", "text", "domain"),
    [
        pytest.param("Wachttijden in ziekenhuizen", "Hoeveel patiënten wachten op een operatie?", "zorg", id="zorg"),
        pytest.param(
            "Lerarentekort op basisscholen",
            "Hoeveel leraren komt het basisonderwijs tekort?",
            "onderwijs",
            id="onderwijs",
        ),
        pytest.param(
            "Vertragingen op het spoor", "Waarom rijden er minder treinen van de NS?", "verkeer", id="verkeer"
        ),
        pytest.param(
            "Asielopvang in Ter Apel",
            "Hoeveel asielzoekers verblijven in de opvang van het COA?",
            "migratie",
            id="migratie",
        ),
    ],
)
def test_the_shipped_model_knows_plain_cases(title: str, text: str, domain: str) -> None:
    tagger = OnnxTagger.open(SHIPPED / "tagger")
    [prediction] = tagger.predict([Question(text=text, title=title)])

    assert tagger.scheme.domain_ids[prediction.domain_index] == domain
