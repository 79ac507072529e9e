"""Make a registered version the one that serving loads."""

import shutil
import tempfile
from pathlib import Path

from data.labels import load_scheme
from models.artefact import Manifest, champion_folder, home
from models.engine import OnnxTagger
from training.tracking import fetch_version, set_champion


def promote(model: str, version: str) -> Manifest:
    """Fetch a registered version, see that it loads, give it the alias and point the champion's link at it.

    The link is replaced in one step: serving finds the old model or the new one, never half of either.

    Raises:
        InputError: there is no such version. ArtefactError: its artefact cannot be served.
    """
    promoted = home() / "promoted"
    promoted.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=promoted) as temporary:
        fetched = fetch_version(model, version, Path(temporary))
        manifest = OnnxTagger.open(fetched, load_scheme()).manifest
        folder = promoted / manifest.version
        if not folder.exists():
            shutil.move(fetched, folder)
        link = Path(temporary) / "link"
        link.symlink_to(folder.resolve(), target_is_directory=True)
        set_champion(model, version)
        link.replace(champion_folder())
    return manifest
