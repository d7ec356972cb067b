"""Takes the documentation's pictures of the dashboard, of the sample shop, in Chromium.

The demo's warehouse is served as ``utm-pipeline serve`` does it. Fonts differ from machine to
machine, and so do the pictures; no check compares them::

    utm-pipeline demo && python docs/screens.py
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def served(warehouse: Path) -> Iterator[str]:
    """The address of a server of the warehouse."""
    environment = {
        "PATH": os.defpath,
        "UTM_WAREHOUSE": str(warehouse),
        # The sample's last day is past.
        "UTM_FRESHNESS_MINUTES": "99999999",
    }
    command = [sys.executable, "-m", "utm_pipeline", "serve", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - a fixed command
        command, env=environment, stderr=subprocess.PIPE, text=True
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
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
