"""Who may ask, and how much; and what every answer says to browsers.

The guard is one layer around the whole application, so that no page or endpoint can be left out.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import traceback
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from utm_pipeline.errors import PipelineError
from utm_pipeline.web.sign_in import Door

_LARGEST_BODY = 4 * 1024
_LONGEST_ADDRESS = 32 * 1024
"""Two tags of a thousand letters, as addresses have letters: four bytes, three signs a byte."""
_OPEN_PATHS = frozenset({"/healthz", "/sign-in"})
_OPEN_FOLDER = "/static/"
"""Scripts and styles, which hold nothing of the shop."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Swagger UI writes styles into its elements.
_DOCS_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HOST = re.compile(r"(\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(:[0-9]{1,5})?")
"""All of the header: what begins like one of this machine's names may go on as another's."""
_log = logging.getLogger("utm_pipeline.web")


class Guard:
    """Refuses what may not be asked, and sets the headers of what is answered.

    Args:
        app: what is guarded.
        door: knows who may ask. Without one, only this machine may, under its own names: a page
            elsewhere cannot give its host an address of this machine and read along.
    """

    def __init__(self, app: ASGIApp, door: Door | None) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        path: str = scope["path"]
        is_docs, is_static = path.rstrip("/") == "/docs", path.startswith(_OPEN_FOLDER)
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers["Content-Security-Policy"] = _DOCS_POLICY if is_docs else _POLICY
                # Scripts and styles are asked for again, and answered by 304 if they are the same.
                headers.setdefault("Cache-Control", "no-cache" if is_static else "no-store")
            await send(message)

        answer = self._refusal(HTTPConnection(scope)) or self._app
        try:
            await answer(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - logged, not swallowed
            told = unexpected(error)
            # Of an answer that has begun, the reader sees that its end is missing.
            if not has_begun:
                await refused(500, told.what, told.fix)(scope, receive, send_with_headers)

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        path = asked.scope["path"]
        if (refusal := _misshapen(asked)) is not None:
            return refusal
        if self._door is None:
            if is_this_machine(_host(asked.headers)):
                return None
            return refused(
                421,
                "without a token only this machine is answered, under its own names",
                "ask 127.0.0.1 or localhost, or set UTM_API_TOKEN",
            )
        if path in _OPEN_PATHS or path.startswith(_OPEN_FOLDER) or self._door.session(asked):
            return None
        return _refuse_token(asked, self._door)


def _misshapen(asked: HTTPConnection) -> Response | None:
    """The answer to a request that is too large, or ambiguous, or none that is answered here."""
    headers = asked.headers
    length = len(asked.scope.get("raw_path", b"")) + len(asked.scope["query_string"])
    if length > _LONGEST_ADDRESS:
        return refused(414, "the address is too long", "ask for less at once")
    if "transfer-encoding" in headers and "content-length" in headers:
        # Whoever stands in front may have believed the other one (RFC 9112, 6.1).
        fix = "send one of Content-Length and Transfer-Encoding"
        return refused(400, "the body has two lengths", fix, {"Connection": "close"})
    if headers.get("upgrade", "").lower() == "websocket":
        fix = "ask by plain HTTP; /events sends news as server-sent events"
        return refused(400, "there are no web sockets here", fix)
    if _body_length(headers) > _LARGEST_BODY:
        return refused(413, "the body is too large", "send none: parameters are in addresses")
    return None


def _refuse_token(asked: HTTPConnection, door: Door) -> Response | None:
    """Looks at the token that a request brings; None if it is right."""
    scheme, _, given = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return _ask_who(asked)
    if wait := door.brake.wait(asked):
        fix = f"try again in {wait} s, with the token of UTM_API_TOKEN"
        return refused(429, "too many wrong tokens", fix, {"Retry-After": str(wait)})
    if door.is_token(given.strip().encode("latin-1")):
        door.brake.right(asked)
        return None
    door.brake.wrong(asked)
    return _ask_who(asked)


def _ask_who(asked: HTTPConnection) -> Response:
    """A browser is shown where to sign in; a program is told how."""
    path, query = asked.scope["path"], asked.scope["query_string"].decode("latin-1")
    if "text/html" in asked.headers.get("accept", "") and not path.startswith("/api/"):
        next_page = quote(f"{path}?{query}".removesuffix("?"), safe="")
        form = {"Location": f"/sign-in?next={next_page}"}
        return Response(b"", 303, form, media_type="application/json")
    return refused(
        401,
        "the token is missing or wrong",
        "send the header `Authorization: Bearer` with the token of UTM_API_TOKEN",
        {"WWW-Authenticate": 'Bearer realm="utm-pipeline"'},
    )


def refused(
    status: int, error: str, fix: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that says what is wrong and what to do."""
    body = json.dumps({"error": error, "fix": fix})
    return Response(body, status, headers, media_type="application/json")


def unexpected(error: Exception) -> PipelineError:
    """Logs an error by its kind and place, and gives what may be told of it.

    Its own words may quote rows, so they are neither.
    """
    kind, place = type(error).__name__, traceback.extract_tb(error.__traceback__)[-1]
    _log.error("unexpected %s, %s:%d", kind, place.filename, place.lineno)
    return PipelineError("unexpected fault of the program", "", "see the server's log")


def is_this_machine(host: str) -> bool:
    """Whether a name or an address means the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(headers: Headers) -> str:
    """The host that was asked for, without its port; empty if the header is no such thing."""
    found = _HOST.fullmatch(headers.get("host", "").lower())
    return found["six"] or found["name"].rstrip(".") if found else ""


def _body_length(headers: Headers) -> int:
    """What a request says of its body's length. One that does not say is read only in part."""
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 20 else _LARGEST_BODY + 1
