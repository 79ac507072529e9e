"""Every setting of the service, each an environment variable that starts with KAMERVRAAG_."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from data.errors import InputError
from serving.keys import Key

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Settings(BaseSettings):
    """Limits, access and texts of the service."""

    model_config = SettingsConfigDict(env_prefix="KAMERVRAAG_", frozen=True)

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that answer, each with a model of its own; the cores are divided among them."""
    max_questions: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Questions of a request, and of a document."""
    max_explained: Count = 10
    """Questions of a request with explanations: each is answered some 60 times."""
    max_characters: Count = 400_000
    """Title, context and text of all questions of a request, or of a document. On 2 cores the shipped model takes
    72,000 characters of Dutch a second, 14,600 random ones and 6,300 Chinese: 6, 27 and 64 s for so many."""
    max_body_bytes: Count = 5_000_000
    """100 questions of ordinary length take 0.1 MB; as many characters as above, each in the longest escape, 4.8."""
    max_file_bytes: Count = 10_000_000
    """A request with a document. Answers of ministries have some 0.1 MB, with pictures a few."""
    body_seconds: Seconds = 8
    """In which the body of a request must have come in."""
    reading_seconds: Seconds = 8
    """In which a document must have been read; its reader is ended then."""
    reading_bytes: Annotated[int, Field(ge=200_000_000, le=100_000_000_000)] = 1_500_000_000
    """Memory of the process that reads a document."""
    request_seconds: Seconds = 30
    """In which the answers must be there."""
    max_in_flight: Count = 128
    """Requests that one process works on; one more is asked to come back."""
    max_in_flight_per_client: Count = 64
    """Of one key, or of one address where no keys are asked."""
    max_bytes_in_flight: Count = 100_000_000
    """Bodies that one process holds, ten of the largest; the one with which it would be more is asked to come back."""
    batch_characters: Count = 8_000
    """Text that the model takes at a time, some 2,000 tokens: what a short request may have to wait for."""
    max_queued_characters: Count = 500_000
    """Text that may wait for the model: 7 s of Dutch on 2 cores, 9 s on one; a larger model wants less. A request with
    which it would be more is asked to come back, unless nothing waits."""
    keys: tuple[Key, ...] = ()
    """JSON list of keys, as `kamervraag key` prints them."""
    keys_file: Path | None = None
    """File with such a list."""
    without_keys: bool = False
    """Whether anyone who reaches the service may use it; `kamervraag serve` says so on this machine's own address."""
    log_bodies: bool = False
    """Whether the log shows what was asked."""
    url: str = "/v1"
    """Address of the API as callers see it, with its major version, for the specification."""
    contact: str = "beheer@example.org"
    """E-mail address of who runs the service."""
    contact_name: str = "Beheer van deze installatie"
    contact_url: str = "https://example.org"

    def all_keys(self) -> tuple[Key, ...]:
        """The keys of the environment and of the file.

        Raises:
            InputError: the file is no such list, or two keys have one name.
        """
        keys = self.keys + (read_keys(self.keys_file) if self.keys_file else ())
        names = [key.name for key in keys]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(f"expected one key of each name, found more of {', '.join(repeated)}; rename them")
        return keys


_KEYS = TypeAdapter(tuple[Key, ...])


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a file.

    Raises:
        InputError: the file holds no JSON list of keys.
    """
    try:
        return _KEYS.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.errors(include_input=False)[0]["msg"]
        raise InputError(
            f"{path}: expected a JSON list of keys ({reason}); make it with kamervraag key --file"
        ) from error


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        InputError: a variable cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise InputError(f"expected settings that can be used, found {_first(error)}; mend the environment") from error
    except SettingsError as error:
        raise InputError(f"expected settings that can be used, found {error}: no JSON; mend KAMERVRAAG_KEYS") from error


def _first(error: ValidationError) -> str:
    """The first complaint, with the variable's name and without its value, which may be a secret."""
    first = error.errors(include_input=False)[0]
    place = "_".join(map(str, first["loc"])).upper()
    return f"KAMERVRAAG_{place}: {first['msg']}"
