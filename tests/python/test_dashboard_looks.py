"""The dashboard on all screens, in both languages and themes, by mouse, keyboard and reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard_shop import LAST
from dashboard_site import Site, serving, until, visiting
from utm_pipeline import web
from utm_pipeline.report.cells import Formats
from utm_pipeline.web.widgets import BY_KEY
from utm_pipeline.words import text, texts

WEB = Path(web.__file__).parent
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}
LIGHT_PAPER, DARK_PAPER = "rgb(255, 255, 255)", "rgb(20, 25, 31)"


@pytest.fixture(scope="module")
def site(hostile_file: Path) -> Iterator[Site]:
    with serving(hostile_file) as running:
        yield running


def order(page: Page) -> list[str]:
    """The widgets that are shown, from the first to the last."""
    found: list[str] = page.locator("[data-widget]:visible").evaluate_all(
        "all => all.map(widget => widget.dataset.widget)"
    )
    return found


def paper(page: Page) -> str:
    colour: str = page.locator("#w-cards").evaluate("one => getComputedStyle(one).backgroundColor")
    return colour


def drawn(page: Page, widget: str) -> str:
    """The address of the chart that is shown."""
    address: str = page.locator(f"#w-{widget} img").evaluate("image => image.currentSrc")
    return address


def violations(page: Page) -> list[str]:
    """What axe-core finds against accessibility, each with its place."""
    found: dict[str, Any] = Axe().run(page).response
    assert len(found["passes"]) > 10
    return [
        f"{each['id']}: {node['target']} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("width", [360, 768, 1440, 1920])
def test_no_screen_is_scrolled_sideways(browser: Browser, site: Site, width: int) -> None:
    with visiting(browser, site, viewport={"width": width, "height": 900}) as visit:
        for lang in ("uk", "en") if width < 900 else ("uk",):
            page = visit.open(f"/?lang={lang}&period=month&source=instagram&utm_source={'w' * 255}")
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.locator("#layout summary").click()
            assert page.evaluate("document.documentElement.scrollWidth") == width
        # What is wider scrolls in its frame, and no widget sticks out of the page.
        boxes = page.locator("[data-widget]").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right])"
        )
        assert all(left >= 0 and right <= width for left, right in boxes)
        halves = {left for left, _ in boxes}
        assert len(halves) == (1 if width <= 900 else 2)


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_on_a_phone_the_first_two_numbers_are_seen(browser: Browser, site: Site, lang: str) -> None:
    with visiting(browser, site, viewport=PHONE) as visit:
        page = visit.open(f"/?lang={lang}&period=month")
        for widget in ("sources", "campaigns", "content", "ltv", "roi", "geo", "technology"):
            frames = page.locator(f"#w-{widget} .scroll:has(thead)")
            assert frames.count() > 0
            for frame in frames.all():
                edges = frame.evaluate(
                    "frame => [frame.getBoundingClientRect().right, ...[...frame.querySelectorAll("
                    "'tbody tr')].flatMap(row => [...row.querySelectorAll('td.number')].slice(0, 2)"
                    ".map(cell => cell.getBoundingClientRect().right))]"
                )
                assert len(edges) > 2, widget
                assert max(edges) <= edges[0] + 1, widget
        # What a campaign's row is about is under its name.
        assert "instagram" in page.locator("#w-campaigns .aside").first.inner_text()


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_print_cuts_no_column(browser: Browser, site: Site, lang: str) -> None:
    # A4 less a centimetre on each side, at 96 dots an inch.
    with visiting(browser, site, viewport={"width": 718, "height": 1000}) as visit:
        page = visit.open(f"/?lang={lang}&period=month")
        page.emulate_media(media="print")
        edges = page.locator("table tr > :last-child").evaluate_all(
            "cells => cells.map(cell => cell.getBoundingClientRect().right)"
        )
        assert len(edges) > 100
        assert max(edges) <= 718
        page.emulate_media(media="screen")


def test_both_languages(browser: Browser, site: Site) -> None:
    with visiting(browser, site) as visit:
        page = visit.open("/?lang=uk&period=month&metric=ltv")
        assert page.locator("html").get_attribute("lang") == "uk"
        stats = site.ask("general-stats", period="month")
        said = visit.words("main")
        assert f"Дохід {Formats('uk', 'UAH').brief.money(stats['total_revenue'])}" in said
        for key, widget in BY_KEY.items():
            heading = page.locator(f"#h-{key}").inner_text()
            assert re.search("[а-яіїєґ]|^A/B", heading), key
            assert heading == text(widget.title or key, "uk")
        for badge in page.locator(".badge").all_inner_texts():
            assert re.search("[а-яіїєґ]", badge), badge
        named = page.locator("main [aria-label]").evaluate_all(
            "all => all.map(each => each.getAttribute('aria-label'))"
        )
        assert len(named) > 60
        assert [name for name in named if not re.search("[а-яіїєґ]", name)] == []
        # Nothing English but what is code, a name or a person's tag.
        assert not re.search(
            r"\b(sessions|revenue|source|week|none yet|show|hide|orders)\b", said, re.IGNORECASE
        )
        page.get_by_role("link", name="English").click()
        assert visit.asked() == "/?lang=en&period=month&metric=ltv"
        assert page.locator("html").get_attribute("lang") == "en"
        assert not re.search("[а-яіїєґ]", visit.words(".controls"))
        assert page.locator("#h-cohorts").inner_text() == "Cohort analysis"


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_themes(browser: Browser, site: Site, scheme: Any, other: str) -> None:
    papers = {"light": LIGHT_PAPER, "dark": DARK_PAPER}
    with visiting(browser, site, color_scheme=scheme) as visit:
        page = visit.open("/?lang=en")
        page.locator("#w-funnel img").scroll_into_view_if_needed()
        assert paper(page) == papers[scheme]
        until(lambda: f"theme={scheme}" in drawn(page, "funnel"))
        page.get_by_role("button", name=f"{other.title()} theme").click()
        assert paper(page) == papers[other]
        until(lambda: f"theme={other}" in drawn(page, "funnel"))
        page.reload()
        assert paper(page) == papers[other]
        # Another view's charts are drawn for the theme that was chosen.
        page.locator("#period").select_option("month")
        until(lambda: re.search(f"period=month&theme={other}", drawn(page, "funnel")))
        page.get_by_role("button", name=f"{scheme.title()} theme").click()
        assert paper(page) == papers[scheme]


def test_widgets_are_moved_by_keys_hidden_and_put_back(browser: Browser, site: Site) -> None:
    with visiting(browser, site) as visit:
        page = visit.open("/?lang=en")
        usual = order(page)
        assert usual == list(BY_KEY)
        handle = page.locator("#w-insights .move")
        handle.focus()
        page.keyboard.press("ArrowUp")
        assert order(page)[:2] == ["insights", "cards"]
        expect(handle).to_be_focused()
        expect(page.locator("#status")).to_have_text("“Insights”: place 1 of 17")
        page.keyboard.press("ArrowUp")
        assert order(page)[:2] == ["insights", "cards"]

        page.locator("#w-cards .hide").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#w-cards")).to_be_hidden()
        expect(page.locator("#layout summary")).to_be_focused()
        # A hidden widget is no place to move to.
        handle.focus()
        page.keyboard.press("ArrowDown")
        assert order(page)[:2] == ["funnel", "insights"]
        page.keyboard.press("ArrowUp")

        page.reload()
        assert order(page) == ["insights", *usual[2:]]
        page.locator("#period").select_option("month")
        expect(page.locator("#status")).to_have_text("Updated")
        assert order(page) == ["insights", *usual[2:]]

        page.locator("#layout summary").click()
        box = page.get_by_role("checkbox", name="At a glance")
        expect(box).not_to_be_checked()
        box.check()
        expect(page.locator("#w-cards")).to_be_visible()
        page.get_by_role("checkbox", name="Funnel").uncheck()
        expect(page.locator("#w-funnel")).to_be_hidden()
        page.get_by_role("button", name="Reset the layout").click()
        assert order(page) == usual
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Reset the layout")).to_be_hidden()
        page.reload()
        assert order(page) == usual

        # What an older version or another program left there does not stop the page.
        for left in ('{"order": ["gone", "geo"], "hidden": "cards"}', "[1", '"x"', "null"):
            page.evaluate("left => localStorage.setItem('utm-pipeline.layout', left)", left)
            page.reload()
            assert sorted(order(page)) == sorted(usual)


def test_widgets_are_dragged(browser: Browser, site: Site) -> None:
    with visiting(browser, site, viewport={"width": 1440, "height": 1000}) as visit:
        page = visit.open("/?lang=en")
        usual = order(page)

        def drag(widget: str, target: str) -> None:
            start = page.locator(f"#w-{widget} .move").bounding_box()
            assert start is not None
            page.mouse.move(start["x"] + 9, start["y"] + 9)
            page.mouse.down()
            page.mouse.move(start["x"], start["y"] + 20)
            end = page.locator(f"#w-{target}").bounding_box()
            assert end is not None
            page.mouse.move(end["x"] + 100, end["y"] + end["height"] * 0.8, steps=4)
            page.mouse.up()

        drag("cards", "insights")
        assert order(page)[:2] == ["insights", "cards"]
        assert page.locator(".dragged").count() == 0
        expect(page.locator("#status")).to_have_text("“At a glance”: place 2 of 17")
        page.reload()
        assert order(page)[:2] == ["insights", "cards"]
        # A press that moves nothing keeps nothing.
        page.evaluate("localStorage.clear()")
        page.locator("#w-cards .move").click()
        assert page.evaluate("localStorage.length") == 0
        # Held at the edge of the window, the page moves on by itself.
        handle = page.locator("#w-funnel .move").bounding_box()
        assert handle is not None
        page.mouse.move(handle["x"] + 9, handle["y"] + 9)
        page.mouse.down()
        page.mouse.move(700, 990)
        until(lambda: page.evaluate("scrollY") > 300)
        page.mouse.up()
        page.locator("#layout summary").click()
        page.get_by_role("button", name="Reset the layout").click()
        assert order(page) == usual


@pytest.mark.parametrize(
    ("lang", "scheme", "viewport"),
    [
        ("uk", "light", PHONE),
        ("en", "dark", PHONE),
        ("en", "light", DESKTOP),
        ("uk", "dark", DESKTOP),
    ],
)
def test_nothing_is_out_of_reach(
    browser: Browser, site: Site, lang: str, scheme: Any, viewport: Any
) -> None:
    with visiting(browser, site, color_scheme=scheme, viewport=viewport) as visit:
        page = visit.open(f"/?lang={lang}&period=month&source=instagram&cohort_type=month")
        page.locator("#layout summary").click()
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.get_by_role("link", name=str(LAST)).click()
        expect(page.locator("#dialog-body h2")).to_be_focused()
        assert violations(page) == []
        if lang == "en":
            return
        page.goto(f"{site.address}/sessions/{LAST}?lang={lang}")
        assert violations(page) == []
        page.goto(f"{site.address}/sessions/1x?lang={lang}")
        visit.expect_refusal(422)
        assert violations(page) == []


def test_the_sign_in_page_is_within_reach(browser: Browser, site: Site) -> None:
    with (
        serving(site.warehouse, UTM_API_TOKEN="token") as closed,
        visiting(browser, closed, color_scheme="dark", viewport=PHONE) as visit,
    ):
        page = visit.open("/sign-in?lang=uk")
        assert violations(page) == []
        page.emulate_media(color_scheme="light")
        assert violations(page) == []
        page.get_by_label("Ключ доступу").fill("x")
        page.get_by_label("Ключ доступу").press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        visit.expect_refusal(401)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_every_word_exists_in_both_languages() -> None:
    templates = "\n".join(file.read_text("utf-8") for file in (WEB / "templates").rglob("*.j2"))
    used = set(re.findall(r"\bt\.(\w+)", templates))
    assert len(used) > 50
    for name in used:
        ukrainian, english = texts("uk")[name], texts("en")[name]
        assert ukrainian.strip(), name
        assert english.strip(), name
        assert not re.search("[а-яіїєґ]", english, re.IGNORECASE) or name == "language"


def test_pages_hold_no_style_or_script_of_their_own() -> None:
    for file in (WEB / "templates").rglob("*.html.j2"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), file.name
        assert "://" not in text, file.name
