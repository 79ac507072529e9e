"""The artefact: one folder with everything that serves a model. It links training and serving."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from data.errors import ArtefactError, SchemeError
from data.labels import LabelScheme, load_scheme

Precision = Literal["fp32", "int8"]
SHIPPED = Path(__file__).with_name("shipped")


@dataclass(frozen=True, slots=True)
class ArtefactFiles:
    """Names of the files in an artefact."""

    manifest: str = "artefact.json"
    encoder_config: str = "config.json"
    weights: str = "model.safetensors"
    tokenizer: str = "tokenizer.json"
    onnx: str = "model.onnx"
    labels: str = "labels.json"
    golden: str = "golden.json"
    metrics: str = "metrics.json"
    card: str = "README.md"
    register: str = "algoritmeregister.json"


FILES = ArtefactFiles()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an artefact says of itself."""

    name: str
    version: str
    base: str
    """The encoder it was trained from."""
    created: str
    """ISO date."""
    max_length_tokens: int
    ngram_buckets: int
    """Of the wide part."""
    precision: Precision
    """Of the ONNX model's weights."""
    review_below: float
    """Domain probability under which a person should look, in [0, 1]."""
    set_from: float
    """Domain probability from which a domain is a likely one, in [0, 1]."""
    scheme: str
    """Name of the label scheme, `id@version`."""
    scheme_digest: str
    sha256: Mapping[str, str]
    """Digest of each file that serving reads."""

    def __post_init__(self) -> None:
        for name, kind in (
            ("max_length_tokens", int),
            ("ngram_buckets", int),
            ("review_below", float),
            ("set_from", float),
        ):
            if not isinstance(getattr(self, name), kind):
                raise TypeError(f"{name} must be of type {kind.__name__}")
        if self.precision not in get_args(Precision):
            raise ValueError(f"precision must be one of {', '.join(get_args(Precision))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """An artefact that was checked."""

    folder: Path
    manifest: Manifest
    scheme: LabelScheme

    def path(self, name: str) -> Path:
        """Path of one of `FILES`."""
        return self.folder / name


def home() -> Path:
    """Where runs and the promoted model live: `$KAMERVRAAG_HOME`, else `~/.kamervraag`."""
    return Path(os.environ.get("KAMERVRAAG_HOME") or Path.home() / ".kamervraag")


def champion_folder() -> Path:
    """Where `promote` puts the model that serving loads."""
    return home() / "champion"


def default_folder() -> Path:
    """The model to use: `$KAMERVRAAG_MODEL`, else the promoted one, else the one that the package ships."""
    if chosen := os.environ.get("KAMERVRAAG_MODEL"):
        return Path(chosen)
    return champion_folder() if champion_folder().exists() else SHIPPED / "tagger"


def seal(folder: Path, scheme: LabelScheme, **facts: Any) -> Manifest:
    """Write labels and manifest of an artefact whose other files are in place.

    Args:
        folder: the artefact.
        scheme: the label scheme that it was trained with.
        facts: the fields of `Manifest` that are not derived from the files or the scheme.
    """
    (folder / FILES.labels).write_text(
        json.dumps(scheme.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    (folder / FILES.weights).chmod(0o644)  # written as 0600, which a container's other user cannot read
    manifest = Manifest(
        scheme=scheme.name,
        scheme_digest=scheme.digest,
        sha256={name: file_sha256(folder / name) for name in (FILES.onnx, FILES.tokenizer, FILES.labels)},
        **facts,
    )
    (folder / FILES.manifest).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    return manifest


def open_artefact(folder: Path, scheme: LabelScheme | None = None) -> Artefact:
    """Check a folder and read what it says of itself.

    Args:
        folder: the artefact.
        scheme: the label scheme that it must have; the one in force if not given.

    Raises:
        ArtefactError: the folder is missing or incomplete, a file was changed, or it has another label scheme.
    """
    expected = scheme or load_scheme()
    path = folder / FILES.manifest
    again = "give the folder of a trained model, or train and promote one"
    if not path.is_file():
        raise ArtefactError(f"{folder}: expected a model folder with {FILES.manifest}, found none; {again}")
    try:
        manifest = Manifest(**json.loads(path.read_text(encoding="utf-8")))
        own = LabelScheme.from_dict(json.loads((folder / FILES.labels).read_text(encoding="utf-8")))
        changed = [name for name, digest in manifest.sha256.items() if file_sha256(folder / name) != digest]
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, SchemeError) as error:
        known = ", ".join(field.name for field in fields(Manifest))
        raise ArtefactError(
            f"{folder}: expected a model folder whose manifest has {known} ({error}); {again}"
        ) from error
    if changed:
        raise ArtefactError(
            f"{folder}: expected the files that were trained, found others in {', '.join(changed)}; {again}"
        )
    if own.digest != expected.digest:
        raise ArtefactError(
            f"{folder}: expected label scheme {expected.name} ({expected.digest[:8]}),"
            f" found {own.name} ({own.digest[:8]}); train a model on this scheme, or name the model's with --labels"
        )
    return Artefact(folder=folder, manifest=manifest, scheme=own)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
