"""A server of the dashboard, and a browser that reports whatever a page should not do."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    WebError,
    expect,
    sync_playwright,
)

from chromium import chromium
from utm_pipeline import queries as catalogue
from utm_pipeline.settings import load_settings
from utm_pipeline.warehouse import open_warehouse
from utm_pipeline.web.app import create_app

_WAIT_SECONDS = 15
_NEVER_STALE = "99999999"


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium, for which no other machine exists."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Site:
    """A server of a warehouse's file."""

    address: str
    warehouse: Path
    environment: dict[str, str]

    def ask(self, query: str, **params: str) -> Any:
        """What ``query NAME --format json`` says."""
        settings = load_settings(self.environment, self.warehouse.parent)
        with open_warehouse(settings) as warehouse:
            return catalogue.run(warehouse, query, params, settings.lang)

    def publish(self, new: Path) -> None:
        """Puts a new file into the old one's place, as a refresh does."""
        new.replace(self.warehouse)


@contextmanager
def serving(warehouse: Path, **environment: str) -> Iterator[Site]:
    """The server of a file, in English, never stale, on a free port, in a thread."""
    values = {
        "UTM_WAREHOUSE": str(warehouse),
        "UTM_LANG": "en",
        "UTM_THREADS": "2",
        "UTM_FRESHNESS_MINUTES": _NEVER_STALE,
        "UTM_SILENCE_HOURS": "0",
        **environment,
    }
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(load_settings(values, warehouse.parent)),
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until(lambda: server.started)
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", warehouse, values)
    finally:
        server.should_exit = True
        thread.join(_WAIT_SECONDS)
        listener.close()


def until(holds: Callable[[], object]) -> None:
    """Waits until it holds. In pages no expression may be evaluated later, so Python asks."""
    end = time.monotonic() + _WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


@dataclass
class Visit:
    """A page, and all that it did and should not have done."""

    page: Page
    site: Site
    problems: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Goes to an address of the site."""
        self.page.goto(self.site.address + path)
        return self.page

    def expect_refusal(self, status: int) -> None:
        """Takes note of an answer that was meant to be an error, once the page has it."""
        told = re.compile(f"the server responded with a status of {status}")
        until(lambda: any(map(told.search, self.problems)))
        self.problems[:] = [each for each in self.problems if not told.search(each)]

    def words(self, selector: str) -> str:
        """What can be read there, with one blank between words."""
        return plain(self.page.locator(selector).inner_text())

    def asked(self) -> str:
        """The address's path and query."""
        return self.page.url.removeprefix(self.site.address)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site.address}/", "data:")):
            self.problems.append(f"asked {request.url}")

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(message.text)

    def _failed(self, error: WebError) -> None:
        self.problems.append(str(error.error))

    def _stopped(self, dialog: Dialog) -> None:
        self.problems.append(f"alert {dialog.message}")
        dialog.dismiss()


@contextmanager
def visiting(browser: Browser, site: Site, **options: Any) -> Iterator[Visit]:
    """A visitor with a browser of their own; in the end nothing may have been wrong."""
    options.setdefault("viewport", {"width": 1440, "height": 900})
    context: BrowserContext = browser.new_context(**options)
    context.set_default_timeout(_WAIT_SECONDS * 1000)
    visit = Visit(context.new_page(), site)
    context.on("request", visit._asked)
    context.on("console", visit._told)
    context.on("weberror", visit._failed)
    context.on("dialog", visit._stopped)
    try:
        yield visit
    finally:
        context.close()
    assert visit.problems == []


def plain(text: str) -> str:
    """Words with one blank between them."""
    return " ".join(text.split())


def rows(page: Page, widget: str, table: int = 0) -> list[list[str]]:
    """The cells of a widget's table as they are read."""
    found: list[list[str]] = (
        page.locator(f"#w-{widget} table")
        .nth(table)
        .evaluate(
            "table => [...table.tBodies[0].rows].map(row => [...row.cells].map("
            "cell => cell.innerText.replace(/\\s+/g, ' ').trim()))"
        )
    )
    return found


def money(value: float) -> str:
    """A sum as the page writes it in English."""
    return f"UAH {value:,.2f}"


def choose(page: Page, name: str, value: str) -> None:
    """Chooses of a list by its label, and waits until that is shown."""
    select = page.get_by_role("combobox", name=name, exact=True).first
    select.focus()
    select.select_option(value)
    arrived(page)


def arrived(page: Page) -> None:
    """Waits until what was asked for is shown."""
    expect(page.locator("#widgets:not([aria-busy])")).to_be_attached()
