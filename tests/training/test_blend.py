import numpy as np
import pytest
import torch

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.prediction import Floats, softmax
from models.tagger import LENGTH, WidePart, calibrate
from training.blend import UNSEEN, Blend, fit_blend, fit_wide, wide_logits

WORDS = {"zorg": "het ziekenhuis wacht", "verkeer": "de trein rijdt", "migratie": "de vreemdeling blijft"}


def _labelled(domain: str, text: str, urgency: str | None = None) -> LabelledQuestion:
    return LabelledQuestion(question=Question(text=text), domain=domain, group=text, source="own", urgency=urgency)


def _answers(blend: Blend, encoder: Floats) -> Floats:
    """Logits where the wide part says nothing."""
    logits, tokens = torch.from_numpy(blend.encoder * encoder), torch.full((len(encoder),), LENGTH)
    return calibrate(logits, tokens, torch.tensor(blend.growth), torch.tensor(blend.damping)).numpy()


def test_the_wide_part_learns_from_what_words_look_like(scheme: LabelScheme) -> None:
    urgencies = {0: "laag", 1: "hoog", 2: None}
    training = [
        _labelled(domain, f"{words} {number} {'vandaag' if number % 3 == 1 else ''}", urgencies[number % 3])
        for domain, words in WORDS.items()
        for number in range(6)
    ]
    wide = WidePart(1 << 12, len(scheme.domains), len(scheme.urgencies))
    fit_wide(wide, training, scheme)

    questions = [Question(text=text) for text in ("Ziekenhuizen?", "Treinen!", "vreemdelingen vandaag")]
    domain, urgency = wide_logits(wide, questions)

    assert [scheme.domain_ids[place] for place in domain.argmax(1)] == list(WORDS)
    assert scheme.urgency_ids[urgency[2].argmax()] == "hoog"
    # No question of the training data has this label.
    assert domain[:, scheme.domain_index("defensie")] == pytest.approx(UNSEEN)


def test_an_input_alone_or_in_a_batch_has_the_same_answer(scheme: LabelScheme) -> None:
    wide = WidePart(1 << 10, len(scheme.domains), len(scheme.urgencies))
    torch.manual_seed(0)
    for parameter in wide.parameters():
        torch.nn.init.normal_(parameter)
    questions = [Question(text="Ja?"), Question(text="Waarom rijdt de trein naar Groningen vandaag niet?")]
    together, _ = wide_logits(wide, questions)
    alone = np.concatenate([wide_logits(wide, [each])[0] for each in questions])
    assert together == pytest.approx(alone, abs=1e-5)


def test_the_blend_trusts_who_is_right_and_scales_who_is_too_sure() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=4000)
    chances = np.full((4000, 4), 0.1)
    chances[np.arange(4000), truth] = 0.7
    # Draws the truth anew by these chances, so that they are exactly right; then shouts them.
    seen = np.array([rng.choice(4, p=row) for row in chances])
    shouted = (3 * np.log(chances)).astype(np.float32)
    noise = rng.normal(size=(4000, 4)).astype(np.float32)

    found = fit_blend(shouted, noise, [LENGTH] * 4000, seen.tolist(), ["a"] * 4000, np.full(4000, True))

    assert found.wide == pytest.approx(0, abs=0.03)
    assert softmax(_answers(found, shouted)) == pytest.approx(chances, abs=0.02)


def test_answers_to_long_questions_are_made_surer_and_sure_ones_damped() -> None:
    """Logits that are too small for long inputs and too large where they are sure."""
    rng = np.random.default_rng(2)
    tokens = rng.choice([16, 64, 256], size=20_000)
    small = 3 * rng.normal(size=(20_000, 4))
    real = calibrate(torch.from_numpy(small), torch.from_numpy(tokens), torch.tensor(0.4), torch.tensor(0.6))
    truth = [int(rng.choice(4, p=row)) for row in softmax(real.numpy())]

    found = fit_blend(small, np.zeros_like(small), tokens.tolist(), truth, ["a"] * 20_000, np.full(20_000, True))

    assert (found.encoder, found.growth, found.damping) == pytest.approx((1, 0.4, 0.6), abs=0.15)


def test_each_source_counts_alike() -> None:
    """The encoder is right on many questions of one source, the wide part on a few of two others."""
    rng = np.random.default_rng(1)
    truth = rng.integers(4, size=1200)
    right = 4 * np.eye(4, dtype=np.float32)[truth]
    wrong = 4 * np.eye(4, dtype=np.float32)[(truth + 1) % 4]
    large = np.arange(1200) < 1000
    sources = ["large"] * 1000 + ["small"] * 100 + ["other"] * 100
    encoder, wide = (np.where(mine[:, None], right, wrong) + rng.normal(size=right.shape) for mine in (large, ~large))

    found = fit_blend(encoder, wide, [LENGTH] * 1200, truth.tolist(), sources, ~large)

    assert found.wide > found.encoder


def test_a_few_right_answers_do_not_make_the_blend_sure_of_all() -> None:
    truth = np.arange(10) % 5
    right = np.where(np.eye(5)[truth] > 0, 1.0, -1.0).astype(np.float32)
    other = np.zeros((10, 5), dtype=np.float32)
    found = fit_blend(right, other, [LENGTH] * 10, truth.tolist(), ["a"] * 10, np.full(10, True))
    chances = softmax(_answers(found, right))
    # As if an eleventh had been seen, with a fifth of a chance for each label.
    assert chances[np.arange(10), truth] == pytest.approx(10.2 / 11, abs=0.01)


def test_a_question_without_a_domain_teaches_urgency_alone(scheme: LabelScheme) -> None:
    own = [_labelled(domain, f"{words} {number}") for domain, words in WORDS.items() for number in range(6)]
    other = [
        _labelled("", f"de gemeente {'grijpt vandaag in' if number % 2 else 'telt'}", ("laag", "hoog")[number % 2])
        for number in range(12)
    ]
    wide = WidePart(1 << 12, len(scheme.domains), len(scheme.urgencies))
    fit_wide(wide, [*own, *other], scheme)

    domain, urgency = wide_logits(wide, [Question(text="De trein grijpt vandaag in")])
    assert scheme.domain_ids[domain[0].argmax()] == "verkeer"
    assert scheme.urgency_ids[urgency[0].argmax()] == "hoog"
