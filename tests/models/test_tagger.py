from pathlib import Path

import pytest
import torch

from data.labels import LabelScheme
from models.base import load_base
from models.tagger import IGNORE, RobertaTagger


@pytest.fixture(scope="module")
def model(tiny_encoder: Path, scheme: LabelScheme) -> RobertaTagger:
    torch.manual_seed(0)
    return load_base(str(tiny_encoder), scheme, 256).model.eval()


def test_logits_have_the_shapes_of_the_scheme(model: RobertaTagger) -> None:
    ids = torch.randint(5, 100, (3, 7))
    output = model(ids, torch.ones_like(ids))

    assert output["domain_logits"].shape == (3, 20)
    assert output["urgency_logits"].shape == (3, 3)
    assert "loss" not in output


def test_padding_changes_nothing(model: RobertaTagger) -> None:
    ids = torch.randint(5, 100, (1, 7))
    padded = torch.cat([ids, torch.ones(1, 4, dtype=torch.long)], dim=1)
    mask = torch.cat([torch.ones_like(ids), torch.zeros(1, 4, dtype=torch.long)], dim=1)

    torch.testing.assert_close(model(ids, torch.ones_like(ids))["domain_logits"], model(padded, mask)["domain_logits"])


def test_unjudged_heads_count_not(model: RobertaTagger) -> None:
    ids = torch.randint(5, 100, (2, 7))
    mask = torch.ones_like(ids)
    domain, none = torch.tensor([3, 4]), torch.tensor([IGNORE, IGNORE])

    both = model(ids, mask, domain=domain, urgency=torch.tensor([0, 1]))["loss"]
    domain_only = model(ids, mask, domain=domain, urgency=none)["loss"]
    assert torch.isfinite(domain_only)
    assert 0 < domain_only < both
    assert model(ids, mask, domain=none, urgency=none)["loss"] == 0


def test_saved_and_loaded_it_answers_the_same(model: RobertaTagger, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    again = RobertaTagger.from_pretrained(tmp_path).eval()
    ids = torch.randint(5, 100, (2, 9))
    mask = torch.ones_like(ids)

    assert torch.equal(model(ids, mask)["domain_logits"], again(ids, mask)["domain_logits"])
    assert torch.equal(model(ids, mask)["urgency_logits"], again(ids, mask)["urgency_logits"])


def test_one_batch_can_be_learnt_by_heart(tiny_encoder: Path, scheme: LabelScheme) -> None:
    torch.manual_seed(0)
    model = load_base(str(tiny_encoder), scheme, 256).model.train()
    ids = torch.randint(5, 100, (8, 10))
    domain, urgency = torch.arange(8), torch.arange(8) % 3
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(60):
        optimizer.zero_grad()
        model(ids, torch.ones_like(ids), domain=domain, urgency=urgency)["loss"].backward()
        optimizer.step()
    output = model.eval()(ids, torch.ones_like(ids))

    assert output["domain_logits"].argmax(-1).tolist() == domain.tolist()
    assert output["urgency_logits"].argmax(-1).tolist() == urgency.tolist()
