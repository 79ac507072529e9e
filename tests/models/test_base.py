"""RobBERT checkpoints have two layouts: v2 has vocab.json and merges.txt, 2023 has tokenizer.json; both carry a
masked-language head."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, RobertaConfig, RobertaForMaskedLM, RobertaTokenizerFast

from data.errors import ArtefactError
from data.labels import LabelScheme
from data.question import Question
from models.base import SHORT_NAMES, load_base
from models.encode import QuestionEncoder


def _masked_lm(tiny_encoder: Path, folder: Path) -> RobertaForMaskedLM:
    torch.manual_seed(1)
    model = RobertaForMaskedLM(RobertaConfig.from_pretrained(tiny_encoder))
    model.save_pretrained(folder)
    return model


@pytest.fixture
def robbert_2023(tiny_encoder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "robbert-2023"
    _masked_lm(tiny_encoder, folder)
    RobertaTokenizerFast.from_pretrained(tiny_encoder, add_prefix_space=False).save_pretrained(folder)
    return folder


@pytest.fixture
def robbert_v2(tiny_encoder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "robbert-v2"
    _masked_lm(tiny_encoder, folder)
    bpe = json.loads((tiny_encoder / "tokenizer.json").read_text())["model"]
    (folder / "vocab.json").write_text(json.dumps(bpe["vocab"]))
    merges = [" ".join(merge) if isinstance(merge, list) else merge for merge in bpe["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return folder


@pytest.mark.parametrize("layout", ["robbert_v2", "robbert_2023"])
def test_a_masked_lm_checkpoint_gives_its_encoder_without_a_warning(
    layout: str,
    request: pytest.FixtureRequest,
    scheme: LabelScheme,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = request.getfixturevalue(layout)
    base = load_base(str(folder), scheme, 256)
    original = RobertaForMaskedLM.from_pretrained(folder)
    capfd.readouterr()
    base = load_base(str(folder), scheme, 256)

    for name, weights in original.roberta.state_dict().items():
        assert torch.equal(base.model.roberta.state_dict()[name], weights)
    assert base.model.config.domains == 20
    assert caplog.text == ""
    assert "warn" not in capfd.readouterr().err.lower()


def test_both_layouts_give_the_same_tokens(robbert_v2: Path, robbert_2023: Path, scheme: LabelScheme) -> None:
    question = Question(text="Kunt u deze vragen vóór het debat beantwoorden?", title="De IND")
    first, second = (
        QuestionEncoder(load_base(str(folder), scheme, 256).tokenizer, 128).encode([question])
        for folder in (robbert_v2, robbert_2023)
    )

    assert first == second


def test_half_precision_checkpoints_load_as_float32(robbert_2023: Path, scheme: LabelScheme) -> None:
    RobertaForMaskedLM.from_pretrained(robbert_2023).half().save_pretrained(robbert_2023)

    assert load_base(str(robbert_2023), scheme, 256).model.domain_head.weight.dtype == torch.float32
    assert (
        load_base(str(robbert_2023), scheme, 256).model.roberta.embeddings.word_embeddings.weight.dtype == torch.float32
    )


def test_short_names_are_the_hub_ids_of_robbert() -> None:
    assert SHORT_NAMES["robbert-v2"] == "pdelobelle/robbert-v2-dutch-base"
    assert SHORT_NAMES["robbert-2023"] == "DTAI-KULeuven/robbert-2023-dutch-base"


def test_the_shipped_encoder_loads(scheme: LabelScheme) -> None:
    base = load_base("shipped", scheme)

    assert base.model.config.vocab_size == base.tokenizer.get_vocab_size()


def test_refuses_another_architecture(tmp_path: Path, scheme: LabelScheme) -> None:
    BertModel(
        BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    ).save_pretrained(tmp_path)

    with pytest.raises(ArtefactError, match=r"expected a RoBERTa checkpoint .*'bert'"):
        load_base(str(tmp_path), scheme)


@pytest.mark.parametrize("content", [None, "{", "[]"], ids=["empty", "broken", "list"])
def test_refuses_a_folder_that_is_no_checkpoint(tmp_path: Path, scheme: LabelScheme, content: str | None) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)

    with pytest.raises(ArtefactError, match="give one of robbert-2023, robbert-v2, shipped, a folder, or a hub id"):
        load_base(str(tmp_path), scheme)


def test_refuses_a_checkpoint_without_encoder_weights(
    robbert_2023: Path, tiny_encoder: Path, scheme: LabelScheme
) -> None:

    weights = load_file(robbert_2023 / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "layer.1" not in name}
    save_file(kept, robbert_2023 / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(ArtefactError, match="is missing"):
        load_base(str(robbert_2023), scheme, 256)
