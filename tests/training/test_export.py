from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import torch

from data.errors import ArtefactError
from data.labels import LabelScheme
from models.base import load_base
from training.export import INPUTS, _check, _Logits, export_onnx


def test_exports_free_batch_and_length(tiny_artefact: Path) -> None:
    session = ort.InferenceSession(tiny_artefact / "model.onnx")
    for questions, tokens, found in ((1, 1, 1), (5, 128, 2000), (64, 3, 7)):
        ids = torch.randint(5, 100, (questions, tokens)).numpy()
        ngram_ids = torch.randint(256, (questions, found)).numpy()
        inputs = (ids, ids * 0 + 1, ngram_ids, np.ones_like(ngram_ids, dtype=np.float32))
        domain, urgency = session.run(None, dict(zip(INPUTS, inputs, strict=True)))

        assert domain.shape == (questions, 20)
        assert urgency.shape == (questions, 3)


def test_refuses_an_export_that_answers_otherwise(tiny_encoder: Path, scheme: LabelScheme, tmp_path: Path) -> None:
    model = load_base(str(tiny_encoder), scheme, 256).model.eval()
    export_onnx(model, tmp_path / "model.onnx", 128)
    with torch.no_grad():
        model.domain_head.bias[0] += 1

    with pytest.raises(ArtefactError, match=r"expected logits within 0\.001 of PyTorch's, found 0\.9"):
        _check(_Logits(model), tmp_path / "model.onnx", model, 128)
