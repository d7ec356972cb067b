"""Who may ask, and how much; what every answer says to browsers; and signing in.

The guard is one layer around the whole application, so that no page or endpoint can be left out.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import traceback
from collections.abc import Mapping
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from itsdangerous import TimestampSigner
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from utm_pipeline.errors import PipelineError
from utm_pipeline.settings import Settings
from utm_pipeline.web.rendering import language, page

COOKIE = "utm_pipeline"
SESSION_SECONDS = 30 * 24 * 3600
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
_log = logging.getLogger("utm_pipeline.web")


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
        scope, path = asked.scope, asked.scope["path"]
        length = len(scope.get("raw_path", b"")) + len(scope["query_string"])
        if length > _LONGEST_ADDRESS:
            return refused(414, "the address is too long", "ask for less at once")
        if _body_length(asked.headers) > _LARGEST_BODY:
            return refused(413, "the body is too large", "send none: parameters are in addresses")
        if self._token is None:
            if is_this_machine(_host(asked.headers)):
                return None
            return refused(
                421,
                "without a token only this machine is answered, under its own names",
                "ask 127.0.0.1 or localhost, or set UTM_API_TOKEN",
            )
        is_open = path in _OPEN_PATHS or path.startswith(_OPEN_FOLDER)
        return None if is_open or _may_enter(asked, self._token) else _ask_who(asked)


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
    return PipelineError(f"unexpected {kind}", "", "see the server's log")


def sign_in(settings: Settings) -> APIRouter:
    """``/sign-in``: a form that takes the token once; the browser keeps a cookie."""
    routes = APIRouter(include_in_schema=False)
    token = settings.api_token
    if token is None:
        methods = ["GET", "POST"]
        routes.add_api_route("/sign-in", lambda: RedirectResponse("/", 303), methods=methods)
        return routes

    def form(request: Request, next_page: str, *, failed: bool = False) -> Response:
        lang = language(request, settings)
        body = page("sign_in.html.j2", lang, next_page=next_page, failed=failed)
        return HTMLResponse(body, status_code=401 if failed else 200)

    @routes.get("/sign-in")
    def show(request: Request) -> Response:
        return form(request, _own_page(request.query_params.get("next", "/")))

    @routes.post("/sign-in")
    async def take(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_BODY:
                return refused(413, "the form is too large", "send the token alone")
        fields = parse_qs(body.decode("utf-8", "replace"))
        next_page = _own_page(fields.get("next", ["/"])[0])
        if not _is_token(fields.get("token", [""])[0].strip().encode(), token):
            return form(request, next_page, failed=True)
        response = RedirectResponse(next_page, status_code=303)
        response.set_cookie(
            COOKIE,
            cookie_of(token),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    return routes


def _own_page(address: str) -> str:
    """An address of this server; anything else becomes the first page."""
    is_own = address.startswith("/") and not address.startswith("//")
    return address if is_own and address.isprintable() and "\\" not in address else "/"


def _may_enter(asked: HTTPConnection, token: str) -> bool:
    """Whether a request has the token, or the cookie that signing in gives."""
    scheme, _, given = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and _is_token(given.strip().encode("latin-1"), token):
        return True
    return _signer(token).validate(asked.cookies.get(COOKIE, ""), max_age=SESSION_SECONDS)


def _is_token(given: bytes, token: str) -> bool:
    """Compares in a time that says nothing about how much of it is right."""
    # Of equal length, so that the length shows no more than the rest.
    one, other = (hashlib.sha256(each).digest() for each in (given, token.encode()))
    return hmac.compare_digest(one, other)


def cookie_of(token: str) -> str:
    """What a browser keeps for a token: proof of it, which grows old, and no way back to it."""
    return _signer(token).sign("session").decode()


def _signer(token: str) -> TimestampSigner:
    return TimestampSigner(token, salt="utm-pipeline dashboard", digest_method=hashlib.sha256)


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
    host = headers.get("host", "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def _body_length(headers: Headers) -> int:
    """What a request says of its body's length. One that does not say is read only in part."""
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 20 else _LARGEST_BODY + 1
