"""GET requests at a source's pace, repeated after a failure that may pass, and never larger than a limit."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Self

import requests
from pyrate_limiter import Limiter, Rate
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from data.errors import InputError, KamervraagError

PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
MISSING_STATUSES = frozenset({404, 410})
_CHUNK_BYTES = 1 << 16
_SHOWN_CHARACTERS = 200


class SourceError(KamervraagError):
    """An official source does not answer, or refuses the request."""


class MissingError(SourceError):
    """A source answers, but has no such document or gives something else; asking later changes nothing."""


class WrongContentError(MissingError):
    """The body is not what was asked for, such as an error page with status 200. Asked for once more."""


class PassingError(SourceError):
    """A failure that may pass: status 429 or 5xx, a broken connection, a time-out."""

    def __init__(self, message: str, retry_after_s: float = 0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """What the header Retry-After asks to wait; 0 if it is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """At most `requests` requests in any stretch of `seconds` seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for an answer, how often to ask again, and how much to take."""

    timeout_s: float = 180
    """Longest silence; wide searches at KOOP took up to 120 s."""
    attempts: int = 6
    backoff_s: float = 2
    """Wait before the second attempt; doubles with each."""
    longest_wait_s: float = 600
    """A source that asks for a longer wait ends the run, which can go on later."""
    max_bytes: int = 50_000_000


def user_agent(contact: str = "") -> str:
    """Product, version and, if given, the address at which a source can reach who runs it.

    Raises:
        InputError: the contact does not fit in a header.
    """
    if not (contact.isascii() and contact.isprintable()):
        raise InputError(f"expected a contact of plain ASCII, found {contact!r}; give a mail or web address")
    return f"kamervraag/{version('kamervraag')}" + (f" (+{contact})" if contact else "")


class Client:
    """Asks one source. Close it, or use it as a context, to end the connections."""

    def __init__(
        self,
        pace: Pace,
        *,
        contact: str = "",
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Set up; asks nothing yet.

        Args:
            pace: holds for every attempt, repeated ones too.
            contact: mail or web address, for the User-Agent.
            patience: time-outs, attempts and limits; the defaults if not given.
            sleep: waits between two attempts, seconds.

        Raises:
            InputError: the contact does not fit in a header.
        """
        self._patience = patience or Patience()
        self._limiter = Limiter(Rate(pace.requests, round(pace.seconds * 1000)))
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent(contact)
        self._retrying = Retrying(
            retry=retry_if_exception_type((PassingError, WrongContentError)),
            stop=self._stops,
            wait=self._wait_s,
            sleep=sleep,
            reraise=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self._session.close()
        self._limiter.close()

    def get(
        self,
        address: str,
        params: Mapping[str, str] | None = None,
        check: Callable[[bytes], object] = lambda content: None,
    ) -> bytes:
        """The body of an answer with status 200.

        Args:
            address: http or https.
            params: the query, not yet encoded.
            check: raises WrongContentError for a body that is not what was asked for.

        Raises:
            MissingError: there is no such document, it is too large, or the body is twice something else.
            SourceError: no answer after all attempts, or a refusal.
        """
        return self._retrying(self._once, address, params, check)

    def _once(self, address: str, params: Mapping[str, str] | None, check: Callable[[bytes], object]) -> bytes:
        self._limiter.try_acquire("request")
        try:
            with self._session.get(
                address, params=params, timeout=(30, self._patience.timeout_s), stream=True
            ) as response:
                _check_status(response)
                content = self._body(response)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            raise PassingError(f"{_short(address)}: expected an answer, the connection failed ({error})") from error
        except requests.RequestException as error:
            raise SourceError(f"{_short(address)}: expected an address that answers ({error}); check it") from error
        try:
            check(content)
        except WrongContentError as error:
            raise WrongContentError(f"{_short(response.url)}: {error}") from error
        except SourceError as error:
            raise SourceError(f"{_short(response.url)}: {error}") from error
        return content

    def _body(self, response: requests.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) > self._patience.max_bytes:
                raise MissingError(
                    f"{_short(response.url)}: expected at most {self._patience.max_bytes} bytes, found more; "
                    "look at the document by hand"
                )
        return bytes(content)

    def _stops(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, WrongContentError):
            return state.attempt_number >= 2  # a passing error page is gone by then; a missing document is not
        too_long = isinstance(error, PassingError) and error.retry_after_s > self._patience.longest_wait_s
        return too_long or state.attempt_number >= self._patience.attempts

    def _wait_s(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked_s = error.retry_after_s if isinstance(error, PassingError) else 0
        backoff_s = self._patience.backoff_s * 2.0 ** (state.attempt_number - 1)
        return min(max(asked_s, backoff_s), self._patience.longest_wait_s)


def _check_status(response: requests.Response) -> None:
    status, address = response.status_code, _short(response.url)
    if status == 200:
        return
    if status in PASSING_STATUSES:
        wait_s = _retry_after_s(response.headers.get("Retry-After"))
        asks = f" and asks to wait {wait_s:.0f} s" if wait_s else ""
        raise PassingError(f"{address}: expected an answer, found status {status}{asks}; start again later", wait_s)
    if status in MISSING_STATUSES:
        raise MissingError(f"{address}: expected a document, found none (status {status})")
    raise SourceError(f"{address}: expected an answer, found status {status}; check the address and its version")


def _retry_after_s(value: str | None) -> float:
    try:
        return float(Retry().parse_retry_after(value)) if value else 0
    except InvalidHeader:
        return 0


def _short(address: str) -> str:
    return address if len(address) <= _SHOWN_CHARACTERS else f"{address[:_SHOWN_CHARACTERS]}…"
