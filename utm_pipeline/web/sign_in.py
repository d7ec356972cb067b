"""Signing in and out, and the brake on who tries tokens."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from itsdangerous import BadData, TimestampSigner
from starlette.requests import HTTPConnection

from utm_pipeline.causes import DAMAGE, reason
from utm_pipeline.settings import Settings
from utm_pipeline.state import replace_private
from utm_pipeline.web.rendering import language, page

COOKIE = "utm_pipeline"
SESSION_SECONDS = 30 * 24 * 3600
_LARGEST_BODY = 4 * 1024
_FREE = 5
_LONGEST_PAUSE = 60
_FORGOTTEN = 3600
_MOST_STRANGERS = 10_000
_log = logging.getLogger("utm_pipeline.web")


class Brake:
    """Makes wrong tokens dear: five are free, then each is followed by a pause.

    The pauses double up to a minute. They hold for one address, or one network of IPv6, so nobody
    can lock out others; and what comes during a pause is not looked at and does not prolong it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}
        """By network: how many wrong tokens, and when the last pause ends."""

    def wait(self, asked: HTTPConnection) -> int:
        """How many whole seconds whoever asks has to wait; 0 if a token may be tried."""
        count, until = self._wrong.get(_network(asked), (0, 0.0))
        left = until - self._clock() if count >= _FREE else 0.0
        return max(0, int(left + 0.999))

    def wrong(self, asked: HTTPConnection) -> None:
        """A wrong token has come."""
        who, now = _network(asked), self._clock()
        count, until = self._wrong.get(who, (0, 0.0))
        count = 1 if now - until > _FORGOTTEN else count + 1
        pause = min(2 ** max(0, count - _FREE + 1), _LONGEST_PAUSE) if count >= _FREE else 0
        if count == _FREE:
            _log.warning("%d wrong tokens from %s: signing in is slowed down", count, who)
        self._wrong.pop(who, None)
        if len(self._wrong) >= _MOST_STRANGERS:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong[who] = count, now + pause

    def right(self, asked: HTTPConnection) -> None:
        """The right one has come."""
        self._wrong.pop(_network(asked), None)


def _network(asked: HTTPConnection) -> str:
    host = asked.client.host if asked.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:100]
    # Whoever has an address of IPv6 has a whole network of them.
    return host if address.version == 4 else str(ipaddress.ip_network((host, 64), strict=False))


class Door:
    """Who has the token, or a session that signing in with it began."""

    def __init__(self, token: str, ended: Path) -> None:
        self.brake = Brake()
        self._token = token
        self._file = ended
        self._signer = TimestampSigner(
            token, salt="utm-pipeline dashboard", digest_method=hashlib.sha256
        )
        self._ended = self._read_ended()
        """Sessions that were signed out, with when they would have ended by themselves."""

    def is_token(self, given: bytes) -> bool:
        """Compares in a time that says nothing about how much of it is right."""
        # Of equal length, so that the length shows no more than the rest.
        one, other = (hashlib.sha256(each).digest() for each in (given, self._token.encode()))
        return hmac.compare_digest(one, other)

    def cookie(self) -> str:
        """What a browser keeps: a session of its own, which grows old, and no way to the token."""
        return self._signer.sign(secrets.token_hex(16)).decode()

    def session(self, asked: HTTPConnection) -> str | None:
        """The session that a request belongs to; None if there is none, or it has ended."""
        try:
            cookie = asked.cookies.get(COOKIE, "")
            session = self._signer.unsign(cookie, max_age=SESSION_SECONDS).decode()
        except BadData:
            return None
        return None if session in self._ended else session

    def end(self, session: str) -> None:
        """Signs a session out, over a restart of the server too."""
        now = int(time.time())
        alive = {name: until for name, until in self._ended.items() if until > now}
        self._ended = {**alive, session: now + SESSION_SECONDS}
        try:
            replace_private(self._file, json.dumps(self._ended))
        except OSError as error:
            # It has ended here and now; but the next server would not know.
            _log.warning("sessions that ended cannot be noted in %s: %s", self._file, reason(error))

    def _read_ended(self) -> dict[str, int]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(name): int(until) for name, until in found.items()}
        except FileNotFoundError:
            return {}
        except (*DAMAGE, AttributeError, TypeError) as error:
            _log.warning("sessions that ended are not known, %s: %s", self._file, reason(error))
            return {}


def door_of(settings: Settings) -> Door | None:
    """The door of a server that wants a token; None without one."""
    token = settings.api_token
    return None if token is None else Door(token, settings.state_dir / "web" / "signed_out.json")


def sign_in(settings: Settings, door: Door | None) -> APIRouter:
    """``/sign-in``: a form that takes the token once; the browser keeps a cookie. ``/sign-out``."""
    routes = APIRouter(include_in_schema=False)
    if door is None:
        for path in ("/sign-in", "/sign-out"):
            methods = ["GET", "POST"]
            routes.add_api_route(path, lambda: RedirectResponse("/", 303), methods=methods)
        return routes

    def form(request: Request, next_page: str, status: int = 200, wait: int = 0) -> Response:
        lang = language(request, settings)
        values = {"next_page": next_page, "failed": status == 401, "wait": wait}
        headers = {"Retry-After": str(wait)} if wait else None
        return HTMLResponse(page("sign_in.html.j2", lang, **values), status, headers)

    @routes.get("/sign-in")
    def show(request: Request) -> Response:
        return form(request, _own_page(request.query_params.get("next", "/")))

    @routes.post("/sign-in")
    async def take(request: Request) -> Response:
        fields = await _fields(request)
        if fields is None:
            said = json.dumps({"error": "the form is too large", "fix": "send the token alone"})
            return Response(said, 413, media_type="application/json")
        next_page = _own_page(fields.get("next", ["/"])[0])
        if wait := door.brake.wait(request):
            return form(request, next_page, 429, wait)
        if not door.is_token(fields.get("token", [""])[0].strip().encode()):
            door.brake.wrong(request)
            return form(request, next_page, 401)
        door.brake.right(request)
        return _entered(door, next_page, is_secure=request.url.scheme == "https")

    _add_sign_out(routes, door)
    return routes


def _add_sign_out(routes: APIRouter, door: Door) -> None:
    # Not by GET, since pages elsewhere could have a browser do that.
    @routes.post("/sign-out")
    def leave(request: Request) -> Response:
        if session := door.session(request):
            door.end(session)
        response = RedirectResponse("/sign-in", status_code=303)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response


async def _fields(request: Request) -> dict[str, list[str]] | None:
    """The fields of a form; None if it is too large for one of ours."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_BODY:
            return None
    return parse_qs(body.decode("utf-8", "replace"))


def _entered(door: Door, next_page: str, *, is_secure: bool) -> Response:
    response = RedirectResponse(next_page, status_code=303)
    response.set_cookie(
        COOKIE,
        door.cookie(),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure=is_secure,
    )
    return response


def _own_page(address: str) -> str:
    """An address of this server; anything else becomes the first page."""
    is_own = address.startswith("/") and not address.startswith("//")
    return address if is_own and address.isprintable() and "\\" not in address else "/"
