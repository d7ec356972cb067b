"""Who may ask, and how much; and what every answer tells browsers.

One layer around the whole application, so that no page or endpoint can be left out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import logging
import traceback
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "utm_pipeline"
OPEN_PATHS = frozenset({"/healthz", "/sign-in"})
OPEN_FOLDER = "/static/"
"""Scripts and styles, which hold nothing of the shop."""

_log = logging.getLogger("utm_pipeline.web")

_LONGEST_ADDRESS = 32 * 1024
"""Two tags of a thousand letters, as addresses have letters: four bytes, three signs a byte."""

_LARGEST_BODY = 4 * 1024

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


class Guard:
    """Refuses what may not be asked, and sets the headers of what is answered.

    Args:
        app: what is guarded.
        token: who has it may ask. Without one, only this machine may, under its own names: a page
            elsewhere cannot give its host an address of this machine and read along.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        has_begun = False

        async def told(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                _set_headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            try:
                await self._app(scope, receive, told)
            except Exception as error:  # noqa: BLE001 - told, not swallowed
                _log_unexpected(error)
                # Of an answer that has begun, the reader sees that its end is missing.
                refusal = None if has_begun else _unexpected(error)
        if refusal is not None:
            await _refuse(refusal, told)

    def _refusal(self, scope: Scope) -> _Refusal | None:
        headers = Headers(scope=scope)
        length = len(scope.get("raw_path", b"")) + len(scope.get("query_string", b""))
        if length > _LONGEST_ADDRESS:
            return _Refusal(414, "the address is too long", "ask for less at once")
        if _body_length(headers) > _LARGEST_BODY:
            return _Refusal(413, "the body is too large", "send none: parameters are in addresses")
        if self._token is None:
            if not is_this_machine(_host(headers)):
                return _Refusal(
                    421,
                    "without a token only this machine is answered, under its own names",
                    "ask 127.0.0.1 or localhost, or set UTM_API_TOKEN",
                )
            return None
        return None if self._is_let_in(scope, headers) else _ask_who(scope, headers)

    def _is_let_in(self, scope: Scope, headers: Headers) -> bool:
        path = scope["path"]
        if path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
            return True
        return self._token is not None and may_enter(headers, self._token)


class _Refusal:
    """An answer that is given before the application is asked."""

    def __init__(
        self, status: int, error: str, fix: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.body = json.dumps({"error": error, "fix": fix}).encode() if error else b""
        self.headers = headers or {}


def _ask_who(scope: Scope, headers: Headers) -> _Refusal:
    """A browser is shown where to sign in; a program is told how."""
    path = scope["path"]
    if "text/html" in headers.get("accept", "") and not path.startswith("/api/"):
        asked = f"{path}?{scope['query_string'].decode('latin-1')}".removesuffix("?")
        return _Refusal(303, "", "", {"Location": f"/sign-in?next={quote(asked, safe='')}"})
    return _Refusal(
        401,
        "the token is missing or wrong",
        "send the header `Authorization: Bearer` with the token of UTM_API_TOKEN",
        {"WWW-Authenticate": 'Bearer realm="utm-pipeline"'},
    )


def _log_unexpected(error: Exception) -> None:
    # Its own words may quote rows, so only its kind and place are told.
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("unexpected %s, %s:%d", type(error).__name__, place.filename, place.lineno)


def _unexpected(error: Exception) -> _Refusal:
    return _Refusal(500, f"unexpected {type(error).__name__}", "see the server's log")


async def _refuse(refusal: _Refusal, send: Send) -> None:
    headers = {
        "content-type": "application/json",
        "content-length": str(len(refusal.body)),
        **refusal.headers,
    }
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": refusal.body})


def may_enter(headers: Headers, token: str) -> bool:
    """Whether a request has the token, or the cookie that signing in gives."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_token(given.strip().encode("latin-1"), token):
        return True
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return False
    found = cookies.get(COOKIE)
    return found is not None and is_token(found.value.encode("utf-8"), cookie_of(token))


def is_token(given: bytes, token: str) -> bool:
    """Compares in a time that says nothing about how much of it is right."""
    # Of equal length, so that the length shows no more than the rest.
    one, other = (hashlib.sha256(each).digest() for each in (given, token.encode()))
    return hmac.compare_digest(one, other)


def cookie_of(token: str) -> str:
    """What a browser keeps for a token: proof of it, and no way back to it."""
    digest = hmac.digest(token.encode(), b"utm-pipeline dashboard", "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def is_this_machine(host: str) -> bool:
    """Whether a name or an address means the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(headers: Headers) -> str:
    """The host that was asked for, without its port."""
    host = headers.get("host", "")
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _body_length(headers: Headers) -> int:
    """What a request says of its body's length. One that does not say is read only in part."""
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 20 else _LARGEST_BODY + 1


def _set_headers(headers: MutableHeaders, path: str) -> None:
    for name, value in _HEADERS.items():
        headers[name] = value
    policy = _DOCS_POLICY if path.rstrip("/") == "/docs" else _POLICY
    headers["Content-Security-Policy"] = policy
    # Scripts and styles are asked for again, and answered by 304 as long as they are the same.
    headers.setdefault("Cache-Control", "no-cache" if path.startswith(OPEN_FOLDER) else "no-store")
