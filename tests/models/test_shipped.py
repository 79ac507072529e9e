"""The classifier that ships, as it answers: behaviour, explanations, and the numbers that its card states."""

import json
from dataclasses import replace

import numpy as np
import pytest

from data.labelled import CORPUS_HELD_OUT, read_labelled
from data.labels import LabelScheme
from data.question import LabelledQuestion
from models.artefact import FILES, SHIPPED
from models.engine import OnnxTagger
from models.explain import explain, parts, without
from training.behaviour import check_behaviour
from training.evaluate import compare

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def shipped() -> OnnxTagger:
    return OnnxTagger.open(SHIPPED / "tagger")


@pytest.fixture(scope="module")
def held_out(scheme: LabelScheme) -> list[LabelledQuestion]:
    return read_labelled(CORPUS_HELD_OUT, scheme)


def test_behaves(shipped: OnnxTagger) -> None:
    assert {each.name: each.failed for each in check_behaviour(shipped) if not each.passed} == {}


def test_the_numbers_of_the_card_are_those_of_the_model(shipped: OnnxTagger, held_out: list[LabelledQuestion]) -> None:
    stated = json.loads((SHIPPED / "tagger" / FILES.metrics).read_text())["heldout"]["tagger"]["report"]
    found = compare(shipped.predict([each.question for each in held_out]), held_out, shipped.scheme)
    assert found.domain.macro_f1 == pytest.approx(stated["domain"]["macro_f1"], abs=0.002)
    assert found.domain.calibration_error == pytest.approx(stated["domain"]["calibration_error"], abs=0.005)
    card = (SHIPPED / "tagger" / FILES.card).read_text(encoding="utf-8")
    assert f"| heldout | tagger | {len(held_out)} | {stated['domain']['accuracy']:.3f}" in card


def test_a_missing_title_or_context_costs_little(shipped: OnnxTagger, held_out: list[LabelledQuestion]) -> None:
    def accuracy(questions: list[LabelledQuestion]) -> float:
        return compare(
            shipped.predict([each.question for each in questions]), questions, shipped.scheme
        ).domain.accuracy

    # Where a question leans on its title or on the one before, these decide; the others must do without.
    for part in ("title", "context"):
        whole = [each for each in held_out if getattr(each.question, part)]
        bare = [replace(each, question=replace(each.question, **{part: ""})) for each in whole]
        assert 0 <= accuracy(whole) - accuracy(bare) + 0.02 < 0.27


def test_the_named_words_carry_the_answer(shipped: OnnxTagger, held_out: list[LabelledQuestion]) -> None:
    """Removing them lowers the probability more than removing as many others at random."""
    rng = np.random.default_rng(0)
    named_losses, random_losses = [], []
    for each in held_out[::20]:
        question = each.question
        [prediction] = shipped.predict([question])
        best = prediction.domain_index
        named = {reason.words for reason in explain(shipped, question, prediction, top=3).domain}
        found = parts(question)
        own = [part for part in found if part.words(question) in named]
        if not own or len(own) > len(found) / 2:
            continue
        other = [found[place] for place in rng.choice(len(found), len(own), replace=False)]
        after = shipped.predict([without(question, own), without(question, other)])
        losses = [prediction.domain_probabilities[best] - answer.domain_probabilities[best] for answer in after]
        named_losses.append(losses[0])
        random_losses.append(losses[1])
    assert len(named_losses) >= 15
    assert np.mean(named_losses) > 2 * max(np.mean(random_losses), 0.01)
