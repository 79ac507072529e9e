"""Make a registered version the one that serving loads."""

import logging
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from data.errors import ArtefactError, InputError
from data.labelled import CORPUS_HELD_OUT, read_unseen
from data.labels import LabelScheme, load_scheme
from models.artefact import SHIPPED, Manifest, champion_folder, home
from models.engine import OnnxTagger
from training.gate import objections
from training.tracking import fetch_version, set_champion

logger = logging.getLogger(__name__)


def promote(model: str, version: str, sets: Sequence[Path] = (CORPUS_HELD_OUT,), *, reason: str = "") -> Manifest:
    """Fetch a registered version, see that it may serve, give it the alias and point the champion's link at it.

    The link is replaced in one step: serving finds the old model or the new one, never half of either.

    Args:
        model: name in the registry.
        version: number in the registry.
        sets: agreed tables that it may not be worse on.
        reason: why to promote it in spite of objections. It is kept with the version.

    Raises:
        InputError: there is no such version, or there are objections and no reason.
        ArtefactError: its artefact cannot be served.
    """
    promoted = home() / "promoted"
    promoted.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=promoted) as temporary:
        fetched = fetch_version(model, version, Path(temporary))
        scheme = load_scheme()
        candidate = OnnxTagger.open(fetched, scheme)
        found = objections(candidate, champion_tagger(scheme), {path.stem: read_unseen(path, scheme) for path in sets})
        if found and not reason:
            raise InputError(
                f"expected a version that may serve, found {len(found)} objections: {'; '.join(found)}."
                " Train a better one, or give --force with a reason"
            )
        for line in found:
            logger.warning("in spite of %s", line)
        manifest = candidate.manifest
        folder = promoted / manifest.version
        if not folder.exists():
            shutil.move(fetched, folder)
        link = Path(temporary) / "link"
        link.symlink_to(folder.resolve(), target_is_directory=True)
        set_champion(model, version, {"forced": reason, "objections": "; ".join(found)} if found else {})
        link.replace(champion_folder())
    return manifest


def champion_tagger(scheme: LabelScheme) -> OnnxTagger | None:
    """The promoted model, else the shipped one; None if it has other labels or cannot be opened any more."""
    folder = champion_folder() if champion_folder().exists() else SHIPPED / "tagger"
    try:
        return OnnxTagger.open(folder, scheme)
    except ArtefactError as error:
        logger.warning("no model of these labels serves now, so there is none to compare with (%s)", error)
        return None
