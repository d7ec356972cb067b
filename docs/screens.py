"""Takes the documentation's pictures of the dashboard and of the e-mail, in Chromium.

The demo's warehouse is served as ``utm-pipeline serve`` does it, and its report is the message
that ``utm-pipeline email --dry-run`` writes. Fonts differ from machine to
machine, and so do the pictures; no check compares them::

    utm-pipeline demo && python docs/screens.py
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, expect, sync_playwright

DOCS = Path(__file__).parent


class Screen(NamedTuple):
    """A picture: its file, the window, and what is looked at."""

    file: str
    width: int
    height: int
    scheme: str
    path: str
    pixels: float = 1
    session: bool = False


SCREENS = (
    Screen("dashboard-light.png", 1440, 1130, "light", "/?lang=en&period=month"),
    Screen("dashboard-phone-dark.png", 360, 720, "dark", "/?lang=uk&period=month", 1.5),
    Screen("dashboard-session.png", 1100, 760, "light", "/?lang=en&period=month", session=True),
)


class Letter(NamedTuple):
    """A picture of the e-mail: its file, the window's width, the height that is kept."""

    file: str
    width: int
    scheme: str


LETTERS = (Letter("email-light.png", 800, "light"), Letter("email-phone-dark.png", 360, "dark"))
_MOST_HEIGHT = 2900


def settings(warehouse: Path) -> dict[str, str]:
    """The environment of the commands; the sample's last day is past."""
    return {
        "PATH": os.defpath,
        "UTM_WAREHOUSE": str(warehouse),
        "UTM_FRESHNESS_MINUTES": "99999999",
        "UTM_LANG": "uk",
    }


@contextmanager
def served(warehouse: Path) -> Iterator[str]:
    """The address of a server of the warehouse."""
    command = [sys.executable, "-m", "utm_pipeline", "serve", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - a fixed command
        command, env=settings(warehouse), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None  # noqa: S101 - it is piped
        try:
            yield server.stderr.readline().removeprefix("dashboard: ").strip().rstrip("/")
        finally:
            server.terminate()


def take(browser: Browser, address: str, screen: Screen) -> None:
    """Takes one picture."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if screen.scheme == "dark" else "light",
        device_scale_factor=screen.pixels,
    )
    page = context.new_page()
    page.goto(address + screen.path)
    if screen.session:
        page.locator("#w-sessions tbody tr", has_text="purchase").first.get_by_role("link").click()
        expect(page.locator("#dialog-body h2")).to_be_focused()
    else:
        expect(page.locator("#w-funnel img")).to_have_js_property("complete", value=True)
    page.screenshot(path=DOCS / screen.file)
    context.close()


def letter(warehouse: Path) -> str:
    """The HTML of the report's e-mail, its pictures within it."""
    command = [sys.executable, "-m", "utm_pipeline", "email", "--dry-run", "--period", "month"]
    sender = {"DEFAULT_FROM_EMAIL": "reports@shop.example"}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 - a fixed command
            [*command, "--recipients", "team@shop.example"],
            env=settings(warehouse) | sender,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (file,) = Path(folder).glob("*.eml")
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_body(("html",))
    assert body is not None  # noqa: S101 - it is written as HTML
    page = str(body.get_content())
    for part in message.walk():
        if part["Content-ID"]:
            picture = base64.b64encode(part.get_content()).decode("ascii")
            page = page.replace(
                f"cid:{part['Content-ID'].strip('<>')}", f"data:image/png;base64,{picture}"
            )
    return page


def take_letter(browser: Browser, page_html: str, shown: Letter) -> None:
    """Takes one picture of the e-mail, as high as it is."""
    context = browser.new_context(
        viewport={"width": shown.width, "height": 800},
        color_scheme="dark" if shown.scheme == "dark" else "light",
    )
    page = context.new_page()
    page.set_content(page_html)
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), _MOST_HEIGHT)
    page.set_viewport_size({"width": shown.width, "height": height})
    page.screenshot(path=DOCS / shown.file)
    context.close()


def main() -> int:
    """Takes every picture.

    Returns:
        The exit code: 1 where there is no warehouse or no Chromium.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "warehouse", type=Path, nargs="?", default=Path("warehouse/demo/utm_demo.duckdb")
    )
    warehouse = parser.parse_args().warehouse.resolve()
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if not warehouse.is_file() or chromium is None:
        sys.stderr.write(f"needed: {warehouse} (run utm-pipeline demo), and Chromium\n")
        return 1
    with served(warehouse) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for screen in SCREENS:
            take(browser, address, screen)
        for shown in LETTERS:
            take_letter(browser, letter(warehouse), shown)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
