"""API keys: named, with a role, known to the service by their hash alone."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import InputError

Role = Literal["classify", "correct", "admin"]
ROLES: tuple[Role, ...] = ("classify", "correct", "admin")
"""Each may do what those before it may: ask for answers; hand in corrections; read the metrics."""


class Key(BaseModel):
    """What the service knows of a key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[\w.-]{1,100}$")]
    """Stands in the log."""
    role: Role
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the key. A fast hash is enough: a key has 256 random bits, which no dictionary holds."""

    def may(self, role: Role) -> bool:
        """Whether this key has the rights of a role."""
        return ROLES.index(self.role) >= ROLES.index(role)


def new_key(name: str, role: Role) -> tuple[Key, str]:
    """A key, and the secret that its holder sends.

    Raises:
        InputError: the name has other characters than letters, digits, ".", "_" and "-", or more than 100.
    """
    secret = secrets.token_urlsafe(32)
    try:
        return Key(name=name, role=role, sha256=_digest(secret)), secret
    except ValidationError as error:
        raise InputError(
            f"expected a name of at most 100 letters, digits, '.', '_' and '-', found {name!r}; choose another"
        ) from error


def find_key(keys: Sequence[Key], secret: str) -> Key | None:
    """The key of a secret. Compares with all of them, so that the time tells nothing."""
    digest = _digest(secret)
    found = [key for key in keys if hmac.compare_digest(key.sha256, digest)]
    return found[0] if found else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
