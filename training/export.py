"""Write a trained tagger as ONNX and see that it answers the same."""

import logging
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data.errors import ArtefactError
from models.tagger import RobertaTagger

INPUTS = ("input_ids", "attention_mask", "ngram_ids", "ngram_weights")
OPSET = 23
"""Has an Attention operator, so that the runtime needs no graph fusion of its own."""
TOLERANCE = 1e-3
"""Largest difference between a logit of the two; a right export is within 1e-5."""


class _Logits(nn.Module):
    def __init__(self, model: RobertaTagger) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        output = self.model(*inputs)
        return output["domain_logits"], output["urgency_logits"]


def export_onnx(model: RobertaTagger, path: Path, max_length_tokens: int) -> None:
    """Export a tagger with free batch size and length.

    Raises:
        ArtefactError: the ONNX model answers otherwise than the tagger.
    """
    wrapper = _Logits(model).eval().cpu()
    inputs = _example(model, questions=2, tokens=min(16, max_length_tokens))
    batch, length = torch.export.Dim("batch", min=1, max=4096), torch.export.Dim("tokens", min=1, max=max_length_tokens)
    found = torch.export.Dim("ngrams", min=1)
    onnx_logger = logging.getLogger("torch.onnx")
    level = onnx_logger.level
    onnx_logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations between torch and onnxscript, none of ours
        torch.onnx.export(
            wrapper,
            inputs,
            path,
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=["domain_logits", "urgency_logits"],
            dynamic_shapes={"inputs": ({0: batch, 1: length},) * 2 + ({0: batch, 1: found},) * 2},
            external_data=False,
        )
    onnx_logger.setLevel(level)
    _check(wrapper, path, model, max_length_tokens)


def _check(wrapper: nn.Module, path: Path, model: RobertaTagger, max_length_tokens: int) -> None:
    import onnxruntime as ort

    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    for questions, tokens in ((1, 1), (3, max_length_tokens)):
        inputs = _example(model, questions, tokens)
        with torch.no_grad():
            expected = wrapper(*inputs)
        found = session.run(None, {name: each.numpy() for name, each in zip(INPUTS, inputs, strict=True)})
        apart = max(float(np.abs(a.numpy() - b).max()) for a, b in zip(expected, found, strict=True))
        if not apart <= TOLERANCE:
            raise ArtefactError(f"{path}: expected logits within {TOLERANCE} of PyTorch's, found {apart:.4f} apart")


def _example(model: RobertaTagger, questions: int, tokens: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Inputs in the order of `INPUTS`, with padding in every row but the first."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(5, model.config.vocab_size, (questions, tokens), generator=generator)
    mask = torch.ones_like(ids)
    mask[1:, tokens // 2 :] = 0
    mask[:, 0] = 1
    ngram_ids = torch.randint(model.config.ngram_buckets, (questions, 3 * tokens), generator=generator)
    weights = torch.rand(ngram_ids.shape, generator=generator)
    weights[1:, tokens:] = 0
    return ids.masked_fill(mask == 0, int(model.config.pad_token_id or 0)), mask, ngram_ids, weights
