from pathlib import Path

import onnxruntime as ort
import pytest
import torch

from data.errors import ArtefactError
from data.labels import LabelScheme
from models.base import load_base
from training.export import _check, _Logits, export_onnx


def test_exports_free_batch_and_length(tiny_artefact: Path) -> None:
    session = ort.InferenceSession(tiny_artefact / "model.onnx")
    for questions, tokens in ((1, 1), (5, 128), (64, 3)):
        ids = torch.randint(5, 100, (questions, tokens)).numpy()
        domain, urgency = session.run(None, {"input_ids": ids, "attention_mask": ids * 0 + 1})

        assert domain.shape == (questions, 20)
        assert urgency.shape == (questions, 3)


def test_refuses_an_export_that_answers_otherwise(tiny_encoder: Path, scheme: LabelScheme, tmp_path: Path) -> None:
    model = load_base(str(tiny_encoder), scheme).model.eval()
    export_onnx(model, tmp_path / "model.onnx", 128)
    with torch.no_grad():
        model.domain_head.bias += 1

    with pytest.raises(ArtefactError, match=r"expected logits within 0\.001 of PyTorch's, found 1\.0"):
        _check(_Logits(model), tmp_path / "model.onnx", model, 128)
