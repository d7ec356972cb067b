"""The dashboard follows what is published, and says when the data is old or the server gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from dashboard_shop import SHOWN, changed
from dashboard_site import Site, serving, visiting
from marts_fixture import set_as_of


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


def test_an_open_page_takes_up_a_publish(browser: Browser, file: Path, tmp_path: Path) -> None:
    with serving(file) as site, visiting(browser, site) as visit:
        page = visit.open("/?lang=en")
        page.locator("#w-insights .hide").click()
        page.locator("#w-sources .move").press("ArrowUp")
        order = page.locator("[data-widget]").evaluate_all("all => all.map(each => each.id)")
        page.get_by_role("button", name="Orders").first.click()
        sums = page.get_by_label("Ad spend", exact=True)
        link = page.locator("#w-sessions tbody a").first
        link.focus()
        page.evaluate("window.isSamePage = true")
        assert page.evaluate("scrollY") > 500
        # What is above may have other lines now; what is looked at stays where it is.
        seen_at = link.evaluate("each => each.getBoundingClientRect().top")

        new = changed(
            file,
            tmp_path / "new.duckdb",
            "update rpt_general_stats set total_sessions = 7777 where period = 'week'",
            "update rpt_sources set sessions = sessions + 1",
            "update fct_sessions set city = 'Poltava'",
        )
        set_as_of(new, "2024-04-02 10:30:00")
        site.publish(new)
        expect(page.locator(".card").nth(2)).to_contain_text("7,777")
        expect(page.locator("#status")).to_have_text("The data was updated")
        assert "2024-04-02 13:30" in visit.words("#stamp")
        assert "Poltava" in visit.words("#w-sessions")
        assert page.evaluate("window.isSamePage")
        assert abs(link.evaluate("each => each.getBoundingClientRect().top") - seen_at) < 2
        expect(link).to_be_focused()
        assert order == page.locator("[data-widget]").evaluate_all("all => all.map(one => one.id)")
        expect(page.locator("#w-insights")).to_be_hidden()
        assert page.locator("#w-sources th[aria-sort]").inner_text().startswith("Orders")

        # What is being typed is not taken away, and a dialog finds its link again.
        sums.press_sequentially("500")
        expect(page.locator("#roi-totals")).to_contain_text("UAH 500.00")
        page.route("**/widgets/roi*", lambda route: route.abort())
        sums.press_sequentially("0")
        expect(page.locator("#status")).to_contain_text("The server does not answer")
        page.unroute("**/widgets/roi*")
        site.publish(
            changed(site.warehouse, tmp_path / "2.duckdb", "update rpt_roi set revenue = 1")
        )
        expect(page.locator("#w-roi tbody")).to_have_count(3)
        expect(page.locator("#w-roi tbody").nth(2)).to_contain_text("UAH 1.00")
        expect(sums).to_have_value("5000")
        expect(sums).to_be_focused()
        expect(page.locator("#roi-totals")).to_contain_text("UAH 5,000.00")

        # A server that was busy at that moment is asked again.
        page.route("**/?lang=en*", lambda route: route.abort(), times=1)
        link.click()
        expect(page.get_by_role("dialog").get_by_role("heading").first).to_be_focused()
        new = changed(
            site.warehouse, tmp_path / "3.duckdb", "update fct_sessions set city = 'Lutsk'"
        )
        site.publish(new)
        expect(page.locator("#w-sessions")).to_contain_text("Lutsk")
        page.keyboard.press("Escape")
        expect(link).to_be_focused()
        refused = [each for each in visit.problems if "net::ERR_FAILED" in each]
        assert len(refused) == 2
        visit.problems[:] = [each for each in visit.problems if each not in refused]


def test_a_server_that_went_away_is_told(browser: Browser, file: Path) -> None:
    with serving(file) as site, visiting(browser, site) as visit:
        page = visit.open("/?lang=en")
        page.route("**/*", lambda route: route.abort())
        page.locator("#period").select_option("month")
        expect(page.locator("#status")).to_contain_text("The server does not answer")
        assert "1,234" in visit.words("#w-cards")
        page.unroute("**/*")
        page.locator("#period").select_option("week")
        expect(page.locator("#status")).to_have_text("Updated")
        visit.problems[:] = [each for each in visit.problems if "net::ERR_FAILED" not in each]


def test_the_page_comes_alive_with_the_first_warehouse(
    browser: Browser, file: Path, tmp_path: Path
) -> None:
    with serving(tmp_path / "none" / "utm.duckdb") as site, visiting(browser, site) as visit:
        page = visit.open("/?lang=uk")
        visit.expect_refusal(503)
        assert "utm-pipeline refresh" in visit.words("[role=alert]")
        assert page.locator("html").get_attribute("lang") == "uk"
        site.warehouse.parent.mkdir()
        site.publish(file)
        expect(page.locator("#w-cards")).to_be_visible()


def test_old_data_is_warned_about(browser: Browser, site: Site) -> None:
    stale = "The data is older than 10 minutes"
    with (
        serving(site.warehouse, UTM_FRESHNESS_MINUTES="10") as old,
        visiting(browser, old, java_script_enabled=False) as visit,
    ):
        visit.open("/?lang=en")
        assert stale in visit.words("#stamp")
    with visiting(browser, site) as visit:
        visit.page.clock.install()
        page = visit.open("/?lang=en")
        expect(page.locator("#stamp .warning")).to_be_hidden()
        page.locator("#stamp").evaluate(
            "stamp => stamp.dataset.staleAt = new Date(Date.now() + 3600e3).toISOString()"
        )
        page.clock.fast_forward("59:00")
        expect(page.locator("#stamp .warning")).to_be_hidden()
        page.clock.fast_forward("02:00")
        expect(page.locator("#stamp .warning")).to_be_visible()
