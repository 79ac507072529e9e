from pathlib import Path

from training.checkpoints import last_checkpoint


def test_a_checkpoint_that_was_cut_off_is_not_gone_on_from(tmp_path: Path) -> None:
    for name in ("checkpoint-500", "checkpoint-1000", "checkpoint-1500"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").touch()
    for name in ("checkpoint-500", "checkpoint-1000"):
        (tmp_path / name / "trainer_state.json").touch()
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-1000")
    assert not (tmp_path / "checkpoint-1500").exists()
    assert last_checkpoint(tmp_path / "none") is None
