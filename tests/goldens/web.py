"""The HTTP face: the program serves in a process of its own, on loopback, and is asked."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlencode

import normalise
import questions as asked
from shops import Shop
from store import Store

TOKEN = "a token of the goldens, long enough"
_PATIENCE_SECONDS = 60


class Reply(NamedTuple):
    """What one request gave."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


@dataclass(frozen=True)
class Site:
    """A running server, asked without a proxy and without following redirects."""

    port: int
    store: Store
    places: normalise.Places

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """One request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers=named, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
        try:
            with opener.open(request, timeout=_PATIENCE_SECONDS) as response:
                return Reply(response.status, response.headers.items(), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers.items(), error.read())

    def keep(
        self, category: str, name: str, path: str, method: str = "GET", **headers: str
    ) -> None:
        """Asks, and keeps the answer: status and headers, an empty line, the body."""
        reply = self.get(path, method, **headers)
        lines = [f"status: {reply.status}", *normalise.headers(reply.headers)]
        body = self.places.out_of(reply.body.decode("utf-8"))
        if "text/html" in dict(reply.headers).get("content-type", ""):
            body = normalise.page(body)
        self.store.put(category, name, "\n".join([*lines, "", body]))


@contextmanager
def serving(
    environment: Mapping[str, str],
    folder: Path,
    clock: datetime,
    store: Store,
    places: normalise.Places,
) -> Iterator[Site]:
    """The server for the block.

    Raises:
        RuntimeError: it does not answer.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launcher = Path(__file__).with_name("clock.py")
    command = [sys.executable, str(launcher), clock.isoformat(), "serve", "--port", str(port)]
    log = folder / "serve.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=told, stderr=told
        )
    site = Site(port, store, places)
    try:
        _wait(site, process, log)
        yield site
    finally:
        process.terminate()
        process.wait(20)


def _wait(site: Site, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            site.get("/healthz")
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                words = log.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"the server does not answer: {words}") from None
            time.sleep(0.1)
        else:
            return


def capture_api(site: Site, shop: Shop, sessions: Sequence[str], lang: str) -> None:
    """Every endpoint, and what it refuses."""
    for question in asked.questions(shop, sessions):
        params = dict(question.params)
        name = params.pop("id", None)
        path = f"/api/utm/{name}/{question.query}" if name else f"/api/utm/{question.query}"
        address = f"{path}?{urlencode(params)}" if params else path
        site.keep("api", f"{question.name}.{lang}.txt", address)
    for kind in asked.EXPORTS:
        for period in asked.PERIODS:
            address = f"/api/utm/export-csv?{urlencode({'type': kind, 'period': period})}"
            site.keep("api", f"export-csv {kind} {period}.{lang}.txt", address)
    for address in (*asked.WRONG_ADDRESSES, *asked.OTHER_ADDRESSES):
        site.keep("api-errors", f"{address}.{lang}.txt", address)
        site.keep("api-errors", f"{address}.{lang}.html", address, Accept="text/html")
    site.keep("api-errors", f"post.{lang}.txt", "/api/utm/sources", method="POST")
    site.keep("api-errors", f"other host.{lang}.txt", "/api/utm/sources", Host="shop.example")
    known = site.get("/api/utm/sources")
    tag = {name.lower(): value for name, value in known.headers}["etag"]
    site.keep("api-errors", f"known already.{lang}.txt", "/api/utm/sources", If_None_Match=tag)
    document = json.loads(site.get("/openapi.json").body)
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    site.store.put("openapi", f"openapi.{lang}.json", text)


def capture_pages(site: Site, shop: Shop, sessions: Sequence[str]) -> None:
    """The page in many views, its widgets one by one, sessions, charts."""
    for params in asked.views(shop):
        address = f"/?{urlencode(params)}"
        site.keep("page", f"page {' '.join(params.values())}.html", address, Accept="text/html")
    for key in asked.WIDGETS:
        for lang in ("uk", "en"):
            params = {"lang": lang, "period": "last_month", "source": shop.source}
            site.keep("page", f"widget {key}.{lang}.html", f"/widgets/{key}?{urlencode(params)}")
    for number in sessions:
        address = f"/sessions/{number}?lang=en&period=month"
        site.keep("page", f"session {number}.html", address, Accept="text/html")
    for name in asked.CHARTS:
        for theme in ("light", "dark"):
            period = "" if name == asked.COHORTS else "period=last_month&"
            reply = site.get(f"/charts/{name}.svg?{period}lang=en&theme={theme}")
            site.store.put("charts", f"served {name}.{theme}.svg", reply.body)


def capture_closed(site: Site) -> None:
    """What a server with a token says to who has it, and to who has not."""
    for address in ("/", "/api/utm/sources", "/sign-in", "/sign-in?lang=en&next=/docs", "/healthz"):
        for accept in ("text/html", "application/json"):
            site.keep("closed", f"{address} {accept}.txt", address, Accept=accept)
    for token in (TOKEN, "another"):
        name = f"token {token == TOKEN}.txt"
        site.keep("closed", name, "/api/utm/general-stats", Authorization=f"Bearer {token}")
    document = json.loads(site.get("/openapi.json", Authorization=f"Bearer {TOKEN}").body)
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    site.store.put("openapi", "openapi closed.json", text)
