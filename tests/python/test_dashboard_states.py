"""The dashboard when something is missing, broken, wrong, secret, or without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard_shop import SHOWN, changed
from dashboard_site import Site, rows, serving, until, visiting
from utm_pipeline.web.widgets import BY_KEY
from utm_pipeline.words import text, texts

TOKEN = "a token of the tests"


@pytest.fixture
def file(marts_file: Path, tmp_path: Path) -> Path:
    """A warehouse of known marts, to be changed."""
    return changed(marts_file, tmp_path / "utm.duckdb", *SHOWN)


@pytest.fixture(scope="module")
def site(marts_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A warehouse that no test changes."""
    folder = tmp_path_factory.mktemp("states")
    with serving(changed(marts_file, folder / "utm.duckdb", *SHOWN)) as running:
        yield running


def test_every_widget_has_words_for_an_empty_period(browser: Browser, site: Site) -> None:
    with visiting(browser, site) as visit:
        for lang in ("en", "uk"):
            page = visit.open(f"/?lang={lang}&period=today")
            said = texts(lang)
            for name, empty in {
                **dict.fromkeys(
                    ("cards", "funnel", "sources", "campaigns", "content", "ltv"), "no_data"
                ),
                **dict.fromkeys(("visits", "technology", "geo", "sessions"), "no_data"),
                "repeat": "nobody_bought",
                "insights": "no_insights",
                "ab_test": "no_ab",
                "roi": "no_spend",
            }.items():
                assert page.locator(f"#w-{name} .empty").inner_text() == said[empty], name
            assert page.locator(".body .problem:visible").count() == 0
        # A source of which nobody was ever in a cohort.
        page = visit.open("/?lang=en&utm_source=nobody")
        assert page.locator("#w-cohorts .empty").inner_text() == text("cohort_none", "en")


def test_one_broken_widget_leaves_the_others(browser: Browser, file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("drop table analytics.rpt_ltv")
    with serving(file) as site, visiting(browser, site) as visit:
        page = visit.open("/?lang=en")
        (problem,) = page.locator(".body .problem:visible").all()
        said = " ".join(problem.inner_text().split())
        assert said.startswith("This could not be shown:")
        assert "utm-pipeline refresh" in said
        assert page.locator("#w-ltv .problem").count() == 1
        assert "1,234" in visit.words("#w-cards")
        assert page.locator("[data-widget]").count() == len(BY_KEY)


def test_it_works_without_javascript(browser: Browser, site: Site) -> None:
    with visiting(browser, site, java_script_enabled=False) as visit:
        page = visit.open("/?lang=en")
        assert "1,234" in visit.words("#w-cards")
        assert page.locator(".needs-script:visible").count() == 0
        page.locator("#source").select_option("google")
        page.locator("#filters").get_by_role("button", name="Show").click()
        assert {row[1] for row in rows(page, "campaigns")} == {"google"}
        page.locator("#metric").select_option("orders")
        page.locator("#w-cohorts").get_by_role("button", name="Show").click()
        assert "source=google" in page.url
        assert "metric=orders" in page.url
        page.get_by_label("Ad spend", exact=True).fill("12,5")
        page.locator("#calculator").get_by_role("button", name="Show").click()
        assert "UAH 12.50" in visit.words("#roi-totals")
        assert "metric=orders" in page.url
        link = page.locator("#w-sessions tbody a").first
        number = link.inner_text()
        link.click()
        expect(page.get_by_role("heading", name=f"Session {number}")).to_be_visible()
        page.get_by_role("link", name="Back to the dashboard").click()
        assert "source=google" in page.url


def test_a_session_is_a_page_too(browser: Browser, site: Site) -> None:
    with visiting(browser, site) as visit:
        page = visit.open("/sessions/102?lang=en&source=google")
        expect(page.get_by_role("heading", name="Session 102")).to_be_visible()
        page.locator(".skip").press("Enter")
        expect(page.locator("#content")).to_be_focused()
        # On its own page another session is a page as well.
        page.locator("#session-detail tbody a").first.click()
        expect(page.get_by_role("heading", name="Session 101")).to_be_visible()
        assert visit.asked() == "/sessions/101?lang=en&source=google"
        page.get_by_role("link", name="Back to the dashboard").click()
        expect(page.locator("#source")).to_have_value("google")


def test_what_is_not_there_is_told_on_a_page(browser: Browser, site: Site) -> None:
    with visiting(browser, site) as visit:
        for path, status, told in (
            ("/sessions/999?lang=en", 404, "no session"),
            ("/?lang=en&period=decade", 422, "period"),
            ("/?lang=xx", 422, "uk, en"),
            ("/?lang=uk&ad_spend=x", 422, "ad_spend"),
            ("/nowhere?lang=en", 404, "nothing at this address"),
        ):
            page = visit.open(path)
            visit.expect_refusal(status)
            assert told in visit.words("[role=alert]"), path
            assert "--" not in visit.words("[role=alert]")
            page.get_by_role("link").click()
            expect(page.locator("#w-cards")).to_be_visible()


def test_a_wrong_address_within_the_page_keeps_what_is_shown(browser: Browser, site: Site) -> None:
    with visiting(browser, site) as visit:
        page = visit.open("/?lang=en")
        page.locator("#period").evaluate(
            "select => { select.options[1].value = 'decade'; select.selectedIndex = 1; "
            "select.dispatchEvent(new Event('change', {bubbles: true})); }"
        )
        expect(page.locator("#status")).to_contain_text("period is 'decade'")
        visit.expect_refusal(422)
        assert "1,234" in visit.words("#w-cards")
        assert visit.asked() == "/?lang=en"


def test_a_browser_keeps_scripts_and_asks_whether_they_changed(site: Site) -> None:
    for file in ("static/dashboard.js", "static/dashboard.css"):
        with urlopen(f"{site.address}/{file}") as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
            tag = answer.headers["ETag"]
        known = Request(f"{site.address}/{file}", headers={"If-None-Match": tag})
        with pytest.raises(HTTPError) as refusal:
            urlopen(known)
        assert refusal.value.code == 304
        refusal.value.close()


def test_signing_in(browser: Browser, file: Path, tmp_path: Path) -> None:
    with serving(file, UTM_API_TOKEN=TOKEN) as site, visiting(browser, site) as visit:
        page = visit.open("/?period=week&lang=en")
        assert visit.asked().startswith("/sign-in?next=")
        expect(page.get_by_label("Token")).to_be_focused()
        page.get_by_label("Token").fill("another token")
        page.get_by_label("Token").press("Enter")
        expect(page.get_by_role("alert")).to_have_text("That is not the token.")
        visit.expect_refusal(401)
        assert page.context.cookies() == []
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#w-cards")).to_be_visible()
        assert visit.asked() == "/?period=week&lang=en"
        (cookie,) = page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
        assert TOKEN not in cookie["value"]

        _works(page)
        site.publish(
            changed(file, tmp_path / "new.duckdb", "update fct_sessions set city = 'Poltava'")
        )
        expect(page.locator("#w-sessions")).to_contain_text("Poltava")

        # The cookie is gone: whatever is asked next leads to the form, and back again.
        page.context.clear_cookies()
        page.locator("#period").select_option("month")
        expect(page.get_by_label("Token")).to_be_visible()
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_label("Token").press("Enter")
        expect(page.locator("#period")).to_have_value("month")


def _works(page: Page) -> None:
    """The CSV button, the calculator, a chart and the dialog."""
    with page.expect_download() as started:
        page.locator("#w-sources a.csv").click()
    assert started.value.path().read_bytes().startswith(b"\xef\xbb\xbf")
    page.get_by_label("Ad spend", exact=True).fill("12")
    expect(page.locator("#roi-totals")).to_contain_text("UAH 12.00")
    picture = page.locator("#w-funnel img")
    picture.scroll_into_view_if_needed()
    until(lambda: picture.evaluate("image => image.naturalWidth") > 0)
    page.locator("#w-sessions tbody a").first.click()
    expect(page.get_by_role("dialog").get_by_role("heading").first).to_be_focused()
    page.keyboard.press("Escape")
