import copy

import pytest
import torch
from torch import nn

from training.pretraining.optimizer import MuonAndAdamW


class Model(nn.Module):
    """The names of a RoBERTa's parameters, a few of them."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.Embedding(12, 8)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList([nn.Linear(8, 8)])

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.encoder.layer[0](self.embeddings(ids))).sum()


def _step(model: Model, optimizer: MuonAndAdamW) -> None:
    optimizer.zero_grad()
    model(torch.arange(12)).backward()
    optimizer.step()


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    return Model()


def test_matrices_of_layers_take_orthogonal_steps_and_the_rest_those_of_adamw(model: Model) -> None:
    before = copy.deepcopy(model)
    _step(model, MuonAndAdamW(model, lr=0.1, weight_decay=0.0))

    # AdamW's first step is the rate in the direction of each gradient's sign.
    for name in ("embeddings.weight", "encoder.layer.0.bias"):
        moved = (model.get_parameter(name) - before.get_parameter(name)).abs()
        assert torch.allclose(moved[moved > 1e-6], torch.tensor(0.1), atol=1e-3)
    # Muon's has singular values of one size: 0.2 sqrt(8) times the rate, within the tolerance of its five iterations.
    name = "encoder.layer.0.weight"
    sizes = torch.linalg.svdvals((model.get_parameter(name) - before.get_parameter(name)).detach())
    assert sizes[0] == pytest.approx(0.1 * 0.2 * 8**0.5, rel=0.35)


def test_a_rate_that_a_schedule_sets_reaches_both_parts_after_loading_too(model: Model) -> None:
    optimizer = MuonAndAdamW(model, lr=0.1, weight_decay=0.0)
    _step(model, optimizer)
    optimizer.load_state_dict(optimizer.state_dict())
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    before = copy.deepcopy(model)
    _step(model, optimizer)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), before.parameters(), strict=True))


def test_a_loaded_state_goes_on_to_the_same_weights(model: Model) -> None:
    optimizer = MuonAndAdamW(model, lr=0.1, weight_decay=0.01)
    _step(model, optimizer)
    other = copy.deepcopy(model)
    resumed = MuonAndAdamW(other, lr=0.5, weight_decay=0.5)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    _step(model, optimizer)
    _step(other, resumed)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
