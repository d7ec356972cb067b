"""Signing in: a browser gives the token once, and keeps a cookie."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from utm_pipeline.settings import Settings
from utm_pipeline.web.guard import COOKIE, LARGEST_BODY, SESSION_SECONDS, cookie_of, is_token
from utm_pipeline.web.rendering import language, page


def router(settings: Settings) -> APIRouter:
    """``/sign-in``: a form, and what takes it."""
    routes = APIRouter(include_in_schema=False)

    def form(request: Request, next_page: str, *, failed: bool = False) -> Response:
        lang = language(request, settings)
        body = page("sign_in.html.j2", lang, next_page=next_page, failed=failed)
        return HTMLResponse(body, status_code=401 if failed else 200)

    @routes.get("/sign-in")
    def show(request: Request) -> Response:
        if settings.api_token is None:
            return RedirectResponse("/", status_code=303)
        return form(request, _own_page(request.query_params.get("next", "/")))

    @routes.post("/sign-in")
    async def take(request: Request) -> Response:
        token = settings.api_token
        if token is None:
            return RedirectResponse("/", status_code=303)
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                problem = {"error": "the form is too large", "fix": "send the token alone"}
                return JSONResponse(problem, 413)
        fields = parse_qs(body.decode("utf-8", "replace"))
        next_page = _own_page(fields.get("next", ["/"])[0])
        if not is_token(fields.get("token", [""])[0].strip().encode(), token):
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
    is_own = address.startswith("/") and not address.startswith(("//", "/\\"))
    printable = all(character.isprintable() and character != "\\" for character in address)
    return address if is_own and printable else "/"
