import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from data.errors import InputError
from training.pretraining.config import PretrainConfig
from training.pretraining.model import PretrainingModel
from training.pretraining.run import pretrain


def test_leaves_an_encoder_that_the_auto_classes_load(
    tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path
) -> None:
    numbers = pretrain(tiny_run, text_folder, tmp_path / "encoder", tmp_path / "work", progress=False)

    model = AutoModel.from_pretrained(tmp_path / "encoder", add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "encoder")
    ids = tokenizer("de trein", return_tensors="pt")
    assert model(**ids).last_hidden_state.shape == (1, ids["input_ids"].shape[1], 16)
    assert ids["input_ids"][0, [0, -1]].tolist() == [0, 2]
    assert numbers["masked_tokens_seen"] == 12 * 8 * 32
    assert all(0 < loss < np.log(340) + 1 for loss in numbers["masked_loss"].values())
    written = json.loads((tmp_path / "encoder" / "pretraining.json").read_text())
    assert written["config"]["hidden_size"] == 16


def test_a_killed_run_goes_on_to_the_same_weights(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    pretrain(tiny_run, text_folder, tmp_path / "whole", tmp_path / "one", progress=False)
    # The configuration as a TOML file, for a process of its own that can be killed.
    values = tiny_run.to_dict()
    tables = {name: values.pop(name) for name in ("sources", "pairs", "labels")}
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None]
    for name, rows in tables.items():
        for row in rows:
            lines += [f"[[{name}]]", *(f"{key} = {json.dumps(value)}" for key, value in row.items())]
    (tmp_path / "run.toml").write_text("\n".join(lines))
    command = [sys.executable, "-c", "from kamervraag import main; main()", "pretrain", "--no-progress"]
    command += ["--config", str(tmp_path / "run.toml"), "--text", str(text_folder)]
    command += ["-o", str(tmp_path / "resumed"), "--work", str(tmp_path / "two")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    limit = time.monotonic() + 120
    while not any((tmp_path / "two").glob("checkpoint-*/trainer_state.json")) and process.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "resumed").exists()
    subprocess.run(command, check=True, capture_output=True, timeout=120)

    whole, resumed = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "resumed"))
    assert whole.keys() == resumed.keys()
    assert all(torch.allclose(whole[name].float(), resumed[name].float(), atol=2e-3) for name in whole)


def test_a_run_goes_on_from_an_encoder(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    pretrain(tiny_run, text_folder, tmp_path / "first", tmp_path / "one", progress=False)
    # Sizes of its own would give other shapes; a rate of nearly nothing leaves the weights as they were.
    config = replace(
        tiny_run, base=str(tmp_path / "first"), vocab_size=400, hidden_size=32, learning_rate=1e-9, steps=2
    )
    pretrain(config, text_folder, tmp_path / "second", tmp_path / "two", progress=False)

    first, second = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "second"))
    assert first.keys() == second.keys()
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in first)
    AutoModel.from_pretrained(tmp_path / "second", add_pooling_layer=False)
    vocabularies = (AutoTokenizer.from_pretrained(tmp_path / name).get_vocab() for name in ("first", "second"))
    assert next(vocabularies) == next(vocabularies)


def test_no_steps_leave_static_vectors_under_random_layers(
    tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path
) -> None:
    pretrain(replace(tiny_run, steps=0), text_folder, tmp_path / "static", tmp_path / "one", progress=False)
    model = AutoModel.from_pretrained(tmp_path / "static", add_pooling_layer=False).float()
    vectors = torch.from_numpy(np.load(next((tmp_path / "one" / "prepared").glob("vectors-*.npy"))))
    assert torch.allclose(model.embeddings.word_embeddings.weight, vectors, atol=1e-3)
    assert float(model.encoder.layer[0].output.dense.weight.std().detach()) == pytest.approx(0.02, rel=0.2)


def test_a_base_with_other_special_tokens_is_refused(
    tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path
) -> None:
    pretrain(tiny_run, text_folder, tmp_path / "first", tmp_path / "one", progress=False)
    path = tmp_path / "first" / "tokenizer.json"
    path.write_text(path.read_text().replace("<mask>", "<gat>"))
    with pytest.raises(
        InputError, match=r"expected the first tokens to be <s> <pad> </s> <unk> <mask>, found .* <gat>"
    ):
        pretrain(replace(tiny_run, base=str(tmp_path / "first")), text_folder, tmp_path / "out", tmp_path / "two")


def test_a_folder_of_another_run_is_refused(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "config.json").write_text("{}")
    with pytest.raises(InputError, match="expected a run of this configuration, found one of another"):
        pretrain(tiny_run, text_folder, tmp_path / "out", tmp_path / "work", progress=False)


def test_an_objective_without_text_is_refused(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    config = replace(tiny_run, sources=(tiny_run.sources[0],), pairs=(), pair_tokens=4)
    with pytest.raises(InputError, match="expected text for the passes named pair, found none"):
        pretrain(config, text_folder, tmp_path / "out", tmp_path / "work", progress=False)


def test_each_objective_is_learnt(tiny_run: PretrainConfig, text_folder: Path, tmp_path: Path) -> None:
    """Texts of one topic come nearer to each other than to those of the other."""
    config = replace(tiny_run, steps=80, learning_rate=5e-3)
    pretrain(config, text_folder, tmp_path / "encoder", tmp_path / "work", progress=False)
    model = AutoModel.from_pretrained(tmp_path / "encoder", add_pooling_layer=False).float().eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "encoder")
    sentences = [
        "trein spoor station weg",
        "brug auto fiets reizen",
        "arts ziekenhuis patient",
        "huisarts ggz zorg operatie",
    ]
    vectors = [model(**tokenizer(each, return_tensors="pt")).last_hidden_state.mean(1)[0] for each in sentences]
    near = torch.stack([torch.nn.functional.normalize(each, dim=0) for each in vectors])
    likeness = near @ near.T
    assert min(likeness[0, 1], likeness[2, 3]) > max(likeness[0, 2], likeness[0, 3], likeness[1, 2], likeness[1, 3])


def test_an_objective_needs_its_inputs(tiny_encoder: Path) -> None:
    from transformers import RobertaConfig

    model = PretrainingModel(RobertaConfig.from_pretrained(tiny_encoder))
    with pytest.raises(TypeError, match="expected input_ids and labels"):
        model(texts=torch.zeros(1, 2, dtype=torch.long))
