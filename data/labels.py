"""The label scheme: policy domains and urgency levels, read from `labels.toml` or a file of an office's own."""

import hashlib
import json
import os
import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from data.errors import SchemeError

LABELS_TOML = Path(__file__).with_name("labels.toml")
LABELS_VARIABLE = "KAMERVRAAG_LABELS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A policy domain, or a topic of an office's own."""

    id: str
    nl: str
    en: str = ""
    definition: str = ""
    official: tuple[str, ...] = ()
    """Concepts of TaxonomieBeleidsagenda, `level 1` or `level 1 | level 2`."""
    cap: tuple[int, ...] = ()
    """Nearest major topics of the Comparative Agendas Project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """An urgency level."""

    id: str
    nl: str
    en: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScheme:
    """An ordered set of domains and urgency levels (least urgent first) with an id and a version."""

    id: str
    version: str
    domains: tuple[Domain, ...]
    urgencies: tuple[Urgency, ...]

    def __post_init__(self) -> None:
        for kind, ids in (("domain", self.domain_ids), ("urgency", self.urgency_ids)):
            if len(ids) < 2 or len(set(ids)) != len(ids):
                raise SchemeError(f"label scheme {self.id!r}: expected at least two different {kind} ids, found {ids}")
        for text in (self.id, self.version, *self.domain_ids, *self.urgency_ids):
            # They are names in tables, in addresses of the registry and in lists that spaces separate.
            if not isinstance(text, str) or not re.fullmatch(r"[\w.-]+", text):
                raise SchemeError(f"expected ids and a version of letters, digits, '.', '_' and '-', found {text!r}")
        for label in [each.nl for each in self.domains] + [each.nl for each in self.urgencies]:
            if not isinstance(label, str) or not label.strip():
                raise SchemeError(f"expected every label nl to be text, found {label!r}")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build a scheme from the content of a TOML or JSON file.

        Raises:
            SchemeError: a key is missing or unknown.
        """
        try:
            domains = (
                Domain(**{**each, "official": tuple(each.get("official", ())), "cap": tuple(each.get("cap", ()))})
                for each in values["domains"]
            )
            urgencies = (Urgency(**each) for each in values["urgencies"])
            return cls(id=values["id"], version=values["version"], domains=tuple(domains), urgencies=tuple(urgencies))
        except (KeyError, TypeError, AttributeError) as error:
            raise SchemeError(
                f"label scheme: expected the keys of data/labels.toml, found a problem: {error}"
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """The inverse of `from_dict`."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return values

    @property
    def name(self) -> str:
        """Id and version, as an answer names the scheme: `kamervragen@1.0.0`."""
        return f"{self.id}@{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 of the content, to tell two schemes of one name apart."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    @property
    def domain_ids(self) -> tuple[str, ...]:
        """Ids of the domains in the order of the logits."""
        return tuple(domain.id for domain in self.domains)

    @property
    def urgency_ids(self) -> tuple[str, ...]:
        """Ids of the urgency levels in the order of the logits, least urgent first."""
        return tuple(urgency.id for urgency in self.urgencies)

    def domain_index(self, id: str) -> int:
        """Place of a domain among the logits; raises SchemeError for an unknown id."""
        return _index("domain", self.domain_ids, id)

    def urgency_index(self, id: str) -> int:
        """Place of an urgency level among the logits; raises SchemeError for an unknown id."""
        return _index("urgency", self.urgency_ids, id)

    def domain_of_official(self, concept: str) -> str | None:
        """The domain of an official concept, the most specific entry first; None if no domain covers it."""
        by_concept = {official: domain.id for domain in self.domains for official in domain.official}
        level_1 = concept.split("|")[0].strip()
        return by_concept.get(concept.strip(), by_concept.get(level_1))


def _index(kind: str, ids: tuple[str, ...], id: str) -> int:
    if id not in ids:
        raise SchemeError(f"unknown {kind} {id!r}: expected one of {', '.join(sorted(ids))}")
    return ids.index(id)


def use_labels(path: Path) -> None:
    """Make the scheme in a file the one in force, here and in processes that are started from here."""
    os.environ[LABELS_VARIABLE] = str(path.resolve())


def load_scheme(path: Path | None = None) -> LabelScheme:
    """Read a label scheme from a TOML file: `path`, else `$KAMERVRAAG_LABELS`, else `data/labels.toml`.

    A scheme of an office's own needs `id`, `version` and, for each domain, `id` and `nl`; its urgency levels are those
    of `data/labels.toml` where it names none.

    Raises:
        SchemeError: the file is missing, no TOML, or lacks a key.
    """
    return _read(path or Path(os.environ.get(LABELS_VARIABLE) or LABELS_TOML))


def _read(path: Path) -> LabelScheme:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        if "urgencies" not in values and path != LABELS_TOML:
            values["urgencies"] = _read(LABELS_TOML).to_dict()["urgencies"]
        return LabelScheme.from_dict(values)
    except (OSError, ValueError, SchemeError) as error:
        raise SchemeError(f"{path}: expected a label scheme in TOML ({error}); see data/labels.toml") from error
