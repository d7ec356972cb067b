"""Using the dashboard in a browser: filters, the calculator, cohorts, A/B tests, sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard_shop import IMAGE, LAST, NUMBER, PAGE, PRODUCT
from dashboard_site import Site, Visit, arrived, choose, money, plain, rows, serving, visiting
from utm_pipeline.web.widgets import BY_KEY

MONTH = "/?lang=en&period=month"
CLEANED_IMAGE = IMAGE.replace(" ", "_")


@pytest.fixture(scope="module")
def site(hostile_file: Path) -> Iterator[Site]:
    with serving(hostile_file) as running:
        yield running


@pytest.fixture(scope="module")
def shared(browser: Browser, site: Site) -> Iterator[Visit]:
    """One page for the tests that do not mind what was before."""
    with visiting(browser, site) as visit:
        yield visit


@pytest.fixture
def month(shared: Visit) -> Page:
    """The page of the last 30 days, as it comes from the server."""
    return shared.open(MONTH)


def query(page: Page) -> dict[str, str]:
    """What the page's address asks for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_each_filter_changes_the_page_and_its_address(shared: Visit, site: Site) -> None:
    page = shared.open("/?lang=en")
    choose(page, "Period", "month")
    assert query(page)["period"] == "month"
    sessions = site.ask("general-stats", period="month")["total_sessions"]
    assert f"Sessions {sessions:,}" in shared.words(".card:nth-child(3)")
    expect(page.locator("#status")).to_have_text("Updated")

    choose(page, "Source", "google")
    assert query(page) == {"lang": "en", "period": "month", "source": "google"}
    funnel = site.ask("funnel", period="month", source="google")["steps"]
    assert rows(page, "funnel")[0][1] == f"{funnel[0]['sessions']:,}"
    assert {row[1] for row in rows(page, "campaigns")} == {"google"}
    repeat = site.ask("repeat-rate", period="month", utm_source="google")
    assert ["Customers", f"{repeat['total_customers']:,}"] in rows(page, "repeat")
    assert f"Sessions {sessions:,}" in shared.words(".card:nth-child(3)")
    chips = page.locator(".bar .chip", has_text="Source: google")
    assert chips.count() == 4

    choose(page, "Campaign", "generic_search")
    assert query(page)["campaign"] == "generic_search"
    assert {row[1] for row in rows(page, "content")} == {"generic_search"}
    assert "generic_search" in shared.words("#w-ab_test .verdict")
    assert page.evaluate("document.activeElement.id") == "campaign"

    kept = {name: shared.words(f"#w-{name}") for name in BY_KEY}
    page.reload()
    assert {name: shared.words(f"#w-{name}") for name in BY_KEY} == kept
    page.go_back()
    expect(page.locator("#campaign")).to_have_value("")
    arrived(page)
    assert "campaign" not in query(page)
    assert len({row[1] for row in rows(page, "content")}) > 1
    page.go_back()
    expect(page.locator("#source")).to_have_value("")
    page.go_forward()
    expect(page.locator("#source")).to_have_value("google")
    page.get_by_role("link", name="Clear the filters").click()
    arrived(page)
    assert query(page) == {"lang": "en", "period": "month"}


def test_the_calculator_answers_while_typing(shared: Visit, site: Site) -> None:
    page = shared.open(MONTH)
    sum_ = page.get_by_label("Ad spend", exact=True)
    profit = page.locator("#roi-totals tr", has_text="Profit").last.locator("td")
    table = profit.inner_text()
    for typed, value in (("1000", "1000"), ("12 000,50", "12000.50"), ("0", "0")):
        sum_.fill(typed)
        expected = site.ask("roi", period="month", ad_spend=value)
        expect(profit).to_have_text(money(expected["profit"]))
        assert query(page)["ad_spend"] == typed
    assert page.locator("#roi-totals tr", has_text="ROAS").last.locator("td").inner_text() == "—"

    sum_.fill("12 000,50")
    expect(profit).to_have_text(
        money(site.ask("roi", period="month", ad_spend="12000.5")["profit"])
    )
    sum_.fill("twelve")
    expect(page.get_by_role("alert")).to_have_text("Type a sum from 0, such as 12000 or 12 000.50.")
    shared.expect_refusal(422)
    assert sum_.get_attribute("aria-invalid") == "true"
    sum_.fill("12000,5")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(sum_).to_have_attribute("aria-invalid", "false")

    # It belongs to the view: other filters keep it, and so does a reload.
    expect(page.get_by_role("link", name="Українською")).to_have_attribute(
        "href", re.compile("ad_spend=12000%2C5")
    )
    choose(page, "Source", "google")
    assert query(page)["ad_spend"] == "12000,5"
    page.reload()
    assert sum_.input_value() in {"12000,5", "12000.5"}
    expected = site.ask("roi", period="month", ad_spend="12000.5")
    assert profit.inner_text() == money(expected["profit"])
    sum_.fill("")
    expect(profit).to_have_text(table)
    assert "ad_spend" not in query(page)


def test_cohorts_by_metric_type_and_source(month: Page, site: Site) -> None:
    for label, value in (("Metric", "ltv"), ("Cohorts by", "month")):
        choose(month, label, value)
    month.locator("#utm-source").select_option("instagram")
    arrived(month)
    asked = query(month)
    assert (asked["metric"], asked["cohort_type"], asked["utm_source"]) == (
        *("ltv", "month", "instagram"),
    )
    answer = site.ask("cohort-analysis", metric="ltv", cohort_type="month", utm_source="instagram")
    table = month.locator("table.heat")
    assert table.locator("tbody tr").count() == len(answer["cohorts"])
    cell = table.locator("tbody tr").first.locator("td").nth(1)
    assert plain(cell.inner_text()) == money(answer["matrix"][0][0])
    about = plain(cell.get_attribute("title") or "")
    assert about.startswith(str(answer["cohorts"][0]))
    assert about.endswith(money(answer["matrix"][0][0]))
    last = table.locator("tbody tr").last.locator("td.not-yet")
    assert last.count() > 0
    assert last.first.inner_text() == "not yet"
    shades = table.locator("td[class*=' h']").evaluate_all(
        "cells => new Set(cells.map(cell => getComputedStyle(cell).backgroundColor)).size"
    )
    assert shades > 1


def test_the_ab_test_in_words_for_each_campaign(month: Page, shared: Visit, site: Site) -> None:
    chips = month.locator("#w-ab_test .chips a")
    assert shared.words("#w-ab_test .verdict") == "Test of the campaign summer_2026 significant"
    assert "is beyond chance" in shared.words("#w-ab_test .body")
    names = [row["utm_campaign"] for row in site.ask("ab-test", period="month")]
    assert [plain(chip.inner_text()) for chip in chips.all()][:3] == names[:3]
    remarketing = chips.get_by_text("remarketing", exact=True)
    remarketing.click()
    expect(month.locator("#w-ab_test .verdict")).to_contain_text("remarketing")
    assert query(month)["campaign"] == "remarketing"
    answer = site.ask("ab-test", period="month", campaign="remarketing")
    assert [row[0] for row in rows(month, "ab_test")] == [
        variant["utm_content"] for variant in answer["variants"]
    ]
    assert month.locator("#w-ab_test .badge").inner_text() == answer["status"].replace("_", " ")
    assert month.locator("#w-ab_test .chips a[aria-current]").inner_text() == "remarketing"
    # The focus is still on what was pressed, though its part is new.
    assert month.evaluate("document.activeElement.textContent") == "remarketing"


def test_a_session_in_a_dialog(month: Page, shared: Visit) -> None:
    dialog = month.get_by_role("dialog")
    link = month.get_by_role("link", name=str(LAST), exact=True)
    link.focus()
    month.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name=f"Session {LAST}")).to_be_focused()
    said = shared.words("#dialog-body")
    for part in ("Path", "Orders", "The person's other sessions", PAGE, PRODUCT, NUMBER):
        assert plain(part) in said
    assert "UAH 1,234.50" in said
    others = dialog.locator("tbody a")
    assert others.count() == 2
    other = others.first.inner_text()
    others.first.focus()
    month.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name=f"Session {other}")).to_be_focused()
    month.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    assert "/sessions/" not in month.url

    link.click()
    expect(dialog.get_by_role("heading", name=f"Session {LAST}")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    link.click()
    month.mouse.click(5, 5)
    expect(dialog).to_be_hidden()
