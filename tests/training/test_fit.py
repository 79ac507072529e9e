from pathlib import Path

import pytest
import torch

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.base import load_base
from models.encode import QuestionEncoder
from training.config import TrainConfig
from training.fit import _question, fine_tune


def test_predictions_come_in_the_order_of_the_questions(tiny_encoder: Path, scheme: LabelScheme) -> None:
    """Grouping by length in training must not shuffle them: the review threshold is chosen on them."""
    config = TrainConfig(epochs=1, batch_size=8, ngram_buckets=256)
    questions = [
        LabelledQuestion(
            question=Question(text="trein " * (place * 7 % 23 + 1)), domain="zorg", group=f"{place}", source="own"
        )
        for place in range(40)
    ]
    base = load_base(str(tiny_encoder), scheme, config.ngram_buckets)
    encoder = QuestionEncoder(base.tokenizer, 64)
    logits, _ = fine_tune(base.model, encoder, questions, questions, scheme, config, progress=False)
    base.model.eval()
    for place in (0, 5, 17, 39):
        ids, mask = map(torch.from_numpy, encoder.pad(encoder.encode([questions[place].question])))
        with torch.inference_mode():
            alone = base.model(ids, mask)["domain_logits"][0].numpy()
        assert logits[place] == pytest.approx(alone, abs=1e-4)


def test_mixed_precision_leaves_a_model_of_full_precision(tiny_encoder: Path, scheme: LabelScheme) -> None:
    """Its wrapper answers in bfloat16 inside, which an export would keep and the runtime cannot run."""
    config = TrainConfig(epochs=1, batch_size=8, ngram_buckets=256, bf16=True)
    questions = [
        LabelledQuestion(question=Question(text=f"trein {place}"), domain="zorg", group=f"{place}", source="own")
        for place in range(16)
    ]
    base = load_base(str(tiny_encoder), scheme, config.ngram_buckets)
    fine_tune(base.model, QuestionEncoder(base.tokenizer, 64), questions, questions, scheme, config, progress=False)
    seen = []
    base.model.domain_head.register_forward_hook(lambda _module, _inputs, output: seen.append(output.dtype))
    base.model(torch.tensor([[0, 5, 2]]), torch.ones(1, 3, dtype=torch.long))
    assert seen == [torch.float32]


def test_title_and_context_are_left_out_apart_and_as_often_as_asked() -> None:
    torch.manual_seed(0)
    row = {"title": "Titel", "context": "Ervoor.", "text": "Waarom?", "drop": 0.25}
    found = [_question(row) for _ in range(2000)]
    shares = [sum(not getattr(each, part) for each in found) / 2000 for part in ("title", "context")]
    assert shares == pytest.approx([0.25, 0.25], abs=0.03)
    assert sum(not each.title and not each.context for each in found) / 2000 == pytest.approx(1 / 16, abs=0.02)
    assert {each.text for each in found} == {"Waarom?"}
    assert _question(row | {"drop": 0}) == Question(title="Titel", context="Ervoor.", text="Waarom?")
