"""Checkpoints that the trainer left behind."""

import shutil
from pathlib import Path


def last_checkpoint(work: Path) -> str | None:
    """The newest whole checkpoint; one that was cut off while it was written is removed."""
    whole = []
    for folder in work.glob("checkpoint-*"):
        # The trainer writes this file last.
        if (folder / "trainer_state.json").is_file():
            whole.append(folder)
        else:
            shutil.rmtree(folder)
    return str(max(whole, key=lambda folder: int(folder.name.split("-")[1]))) if whole else None
