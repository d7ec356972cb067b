"""The HTML of the e-mail in a browser: as wide as the screen, and dark for who wants it dark."""

from __future__ import annotations

import html
import json
import re
import subprocess
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from chromium import chromium
from mail_shop import Shop, mail_shop
from utm_pipeline import cli

# A window has a least width of its own, so the page is shown in a frame.
FRAME = """<!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin: 0">
<iframe id="page" style="width: {width}px; height: 9000px; border: 0" srcdoc="{page}"></iframe>
<script>
onload = () => {{
  const page = document.getElementById("page").contentDocument;
  const style = (name) => getComputedStyle(page.querySelector(name));
  const title = document.createElement("title");
  title.textContent = JSON.stringify({{
    width: page.documentElement.scrollWidth,
    sheet: style(".sheet").backgroundColor,
    ink: style(".cell").color,
    preview: style(".preview").display,
  }});
  document.head.append(title);
}};
</script>"""


@pytest.fixture
def shop(marts_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return mail_shop(marts_file, tmp_path, monkeypatch)


def message_html(tmp_path: Path) -> str:
    """The HTML of a message, without its pictures."""
    assert cli.main(["email", "--dry-run"]) == 0
    (file,) = tmp_path.glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    content: str = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    file.unlink()
    return content


def shown(page: str, folder: Path, width: int, *, dark: bool) -> dict[str, Any]:
    """What a browser makes of the page."""
    file = folder / "frame.html"
    file.write_text(FRAME.format(width=width, page=html.escape(page)), encoding="utf-8")
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    result = subprocess.run(
        [
            chromium(),
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000"),
            *(f"--user-data-dir={folder / 'profile'}", "--dump-dom", *scheme, file.as_uri()),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    title = re.search(r"<title>(.*?)</title>", result.stdout)
    assert title is not None, result.stdout[-500:]
    found: dict[str, Any] = json.loads(html.unescape(title[1]))
    return found


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_it_fits_a_phone_and_a_screen(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lang: str
) -> None:
    monkeypatch.setenv("UTM_LANG", lang)
    shop.with_hostile_tags(["a" * 200, "довга_назва_" * 20])
    shop.execute("update rpt_sources set revenue = 9876543.21, sessions = 123456 + sessions")
    page = message_html(tmp_path)
    for width in (360, 800):
        found = shown(page, tmp_path, width, dark=False)
        assert found["width"] <= width
        assert found["preview"] == "none"


def test_it_is_dark_where_the_reader_wants_it(shop: Shop, tmp_path: Path) -> None:
    page = message_html(tmp_path)
    light, dark = (shown(page, tmp_path, 800, dark=dark) for dark in (False, True))
    assert light["sheet"] == "rgb(255, 255, 255)"
    assert dark["sheet"] == "rgb(20, 25, 31)"
    assert light["ink"] == "rgb(27, 39, 51)"
    assert dark["ink"] == "rgb(232, 236, 241)"
