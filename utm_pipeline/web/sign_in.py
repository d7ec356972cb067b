"""Signing in: a browser gives the token once, and keeps a cookie."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from utm_pipeline.settings import Settings
from utm_pipeline.web.guard import COOKIE, cookie_of, is_token
from utm_pipeline.web.rendering import page
from utm_pipeline.web.words import words

_DAYS = 30
_LARGEST_FORM = 4 * 1024


def router(settings: Settings) -> APIRouter:
    """``/sign-in``: a form, and what takes it."""
    routes = APIRouter()

    def form(next_page: str, lang: str, *, failed: bool = False) -> Response:
        body = page("sign_in.html.j2", lang=lang, t=words(lang), next_page=next_page, failed=failed)
        return HTMLResponse(body, status_code=401 if failed else 200)

    def lang_of(request: Request) -> str:
        asked = request.query_params.get("lang")
        return asked if asked in {"uk", "en"} else settings.lang

    @routes.get("/sign-in", include_in_schema=False)
    def show(request: Request) -> Response:
        if settings.api_token is None:
            return RedirectResponse("/", status_code=303)
        return form(_own_page(request.query_params.get("next", "/")), lang_of(request))

    @routes.post("/sign-in", include_in_schema=False)
    async def take(request: Request) -> Response:
        token = settings.api_token
        if token is None:
            return RedirectResponse("/", status_code=303)
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_FORM:
                return JSONResponse(
                    {"error": "the form is too large", "fix": "send the token alone"}, 413
                )
        fields = parse_qs(body.decode("utf-8", "replace"))
        next_page = _own_page(fields.get("next", ["/"])[0])
        if not is_token(fields.get("token", [""])[0].strip().encode(), token):
            return form(next_page, lang_of(request), failed=True)
        response = RedirectResponse(next_page, status_code=303)
        response.set_cookie(
            COOKIE,
            cookie_of(token),
            max_age=_DAYS * 24 * 3600,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    return routes


def _own_page(address: str) -> str:
    """An address of this server; anything else becomes the first page."""
    is_own = address.startswith("/") and not address.startswith(("//", "/\\"))
    printable = all(character.isprintable() and character != "\\" for character in address)
    return address if is_own and printable else "/"
