"""What every request meets before and after the API: access, limits, headers, log and metrics."""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import metrics
from serving.keys import Key, Role, find_key
from serving.problems import problem
from serving.settings import Settings

VERSION = "1.0.0"
"""Of the API (semantic versioning)."""
HEADERS = {
    "API-Version": VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""As the NLGov REST API Design Rules 2.2.0 ask: /core/version-header, /core/transport/security-headers."""
_JSON_RANGES = ("application/json", "application/*", "*/*")
"""Media ranges that JSON is in, the most specific first."""

logger = logging.getLogger("kamervraag.access")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What may be sent to an address."""

    role: Role | None = None
    """Whose key is needed; None: nobody's."""
    consumes: tuple[str, ...] = ()
    """Media types of the body of a POST."""
    max_body_bytes: int = 0
    produces_json: bool = True
    public: bool = False
    """Whether pages of other origins may read it."""


class Edge:
    """The API between its guards.

    Args:
        app: the API.
        resources: the addresses that it has; any other is a 404 that is counted as one.
        settings: limits.
        keys: who has access; everybody if there are none.
    """

    def __init__(
        self, app: ASGIApp, resources: Mapping[str, Resource], settings: Settings, keys: tuple[Key, ...]
    ) -> None:
        self._app, self._resources, self._settings, self._keys = app, resources, settings, keys
        self._in_flight: Counter[str] = Counter()
        self._bytes_in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status, body, size = time.monotonic(), 0, b"", 0
        path = scope["path"] if scope["path"] in self._resources else "other"
        resource = self._resources.get(scope["path"])
        headers = Headers(scope=scope)
        key = self._key(headers)
        client = key.name if key else (scope.get("client") or ("unknown",))[0]

        async def receive_counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            self._bytes_in_flight += len(message.get("body", b""))
            return message

        async def respond(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = MutableHeaders(scope=message)
                added.update(HEADERS)
                if added.get("allow") == "GET":
                    added["allow"] = "GET, HEAD"
                if resource and resource.public:
                    added["Access-Control-Allow-Origin"] = "*"
            await send(message)

        refusal = self._refusal(scope["method"], resource, headers, key, client)
        # Only what makes work takes a place, and only when its caller may.
        working = refusal is None and resource is not None and scope["method"] == "POST" and bool(resource.consumes)
        self._in_flight[client] += working
        try:
            if resource is not None and working:
                body_or_refusal = await self._body(receive_counted, headers, resource.max_body_bytes)
                if isinstance(body_or_refusal, Response):
                    refusal = body_or_refusal
                else:
                    body = body_or_refusal
            # Wherever there is a GET there is a HEAD (RFC 9110, 9.1), whose body the server leaves out.
            asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            await (refusal or self._app)(asked, _replay(body, receive), respond)
        finally:
            self._bytes_in_flight -= size
            self._in_flight[client] -= working
            if not self._in_flight[client]:
                del self._in_flight[client]
            seconds = time.monotonic() - start
            metrics.REQUESTS.labels(path, status).inc()
            metrics.REQUEST_SECONDS.labels(path).observe(seconds)
            entry = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "action": scope["method"],
                "object": scope["path"][:200],
                "result": status or "disconnected",
                "origin": (scope.get("client") or ("unknown",))[0],
                "actor": key.name if key else None,
                "milliseconds": round(1000 * seconds, 1),
            }
            if self._settings.log_bodies:
                entry["body"] = body.decode(errors="replace")
            logger.info(json.dumps(entry, ensure_ascii=False))

    def _key(self, headers: Headers) -> Key | None:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        return find_key(self._keys, secret.strip()) if scheme.lower() == "bearer" else None

    def _refusal(
        self, method: str, resource: Resource | None, headers: Headers, key: Key | None, client: str
    ) -> Response | None:
        """What is wrong before the body is looked at."""
        if resource is None:
            return problem(404)
        if resource.role and self._keys:
            if key is None:
                return problem(401)
            if not key.may(resource.role):
                return problem(403)
        if method == "POST" and resource.consumes:
            media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type not in resource.consumes or headers.get("content-encoding", "identity") != "identity":
                return problem(415, f"Hier wordt gelezen: {', '.join(resource.consumes)}, zonder Content-Encoding.")
        if resource.produces_json and not _accepts_json(headers.get("accept", "*/*")):
            return problem(406)
        if resource.consumes and self._in_flight.total() >= self._settings.max_in_flight:
            return problem(503)
        if resource.consumes and self._in_flight[client] >= self._settings.max_in_flight_per_client:
            return problem(429)
        return None

    async def _body(self, receive: Receive, headers: Headers, limit: int) -> bytes | Response:
        """The whole body, or why it is refused."""
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > limit:
            return _too_large(limit)
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        # Nobody hears it, but the server waits for an answer before it stops.
                        return problem(400)
                    part = message.get("body", b"")
                    parts.append(part)
                    size += len(part)
                    if size > limit:
                        return _too_large(limit)
                    if self._bytes_in_flight > self._settings.max_bytes_in_flight:
                        return problem(503)
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            return problem(408)


def _too_large(limit: int) -> Response:
    return problem(413, f"De inhoud van het verzoek mag ten hoogste {limit} bytes zijn.")


def _accepts_json(accept: str) -> bool:
    """Whether the most specific range for JSON in a list of media ranges is there without q=0 (RFC 9110, 12.5.1)."""
    accepted: dict[str, bool] = {}
    for each in accept.lower().split(",") if accept.strip() else ["*/*"]:
        media_range, *parameters = (part.strip() for part in each.split(";"))
        refused = any(part.rstrip("0") in ("q=", "q=0.") for part in parameters)
        accepted[media_range] = accepted.get(media_range, False) or not refused
    return next((accepted[each] for each in _JSON_RANGES if each in accepted), False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A channel that gives a body that was read, then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
