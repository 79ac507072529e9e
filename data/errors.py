"""The exceptions that a user can cause, each shown as one line.

KamervraagError
  x InputError      a file, row or text that cannot be used
  x SchemeError     labels that do not belong to the scheme in force
  x ArtefactError   a model folder that is missing, broken or of another scheme
  x ExtraError      an optional dependency that is not installed
  x SourceError     an official source that does not answer (data.connectors.http)

The message says what was expected, what was found and what to do. The command line prints it and
exits with 1; the service maps it to a status, and its reason to Dutch. Nothing in between catches it.
"""

from typing import Literal

Reason = Literal[
    "unreadable",
    "locked",
    "table",
    "no_text",
    "no_questions",
    "too_many_questions",
    "too_long",
    "too_large",
    "too_slow",
]
"""Kinds of texts and documents that cannot be used; `unreadable` is any other."""


class KamervraagError(Exception):
    """Base of every error that a user can cause and mend."""


class InputError(KamervraagError):
    """A file, row or text cannot be used.

    Args:
        message: the line.
        reason: its kind, for who shows a text of its own.
    """

    def __init__(self, message: str, reason: Reason = "unreadable") -> None:
        super().__init__(message)
        self.reason = reason


class SchemeError(KamervraagError):
    """A label or scheme is not the one in force."""


class ArtefactError(KamervraagError):
    """A model folder is missing, incomplete or of another label scheme."""


class ExtraError(KamervraagError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package!r}, which is not installed: pip install 'kamervraag[{extra}]'"
        )
