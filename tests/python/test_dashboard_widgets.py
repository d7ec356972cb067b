"""The dashboard's widgets in a browser: what they say, what filters and hostile tags do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard_shop import CITY, IMAGE, LAST, LONG
from dashboard_site import Site, Visit, choose, money, plain, rows, serving, visiting
from utm_pipeline.report.cells import Formats
from utm_pipeline.web.widgets import BY_KEY
from utm_pipeline.words import Kind, value_label

MONTH = "/?lang=en&period=month"
BRIEF = Formats("en", "UAH").brief
CLEANED_IMAGE = "img_src_x_onerror_alert_1"
CLEANED_SCRIPT = "script_alert_1_script"
CLEANED_TEMPLATE = "a_7_7_b"
CLEANED_ADDRESS = "javascript_alert_1"


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


def count(value: float) -> str:
    return f"{value:,}"


def test_cards_say_what_the_queries_say(month: Page, site: Site) -> None:
    stats = site.ask("general-stats", period="month")
    compared = site.ask("compare", period="month")
    days = site.ask("daily", period="month")
    cards = [plain(card.inner_text()) for card in month.locator(".card").all()]
    assert [card.split(" ")[0] for card in cards] == [
        *("Revenue", "Orders", "Sessions", "Visitors", "Conversion", "Average"),
    ]
    change, before = compared["change"]["total_revenue"], compared["previous"]["total_revenue"]
    assert cards[0].startswith(
        f"Revenue {BRIEF.money(stats['total_revenue'])} ▲ {BRIEF.change(change, Kind.RATE)}"
    )
    assert f"{BRIEF.money(before)} before" in cards[0]
    assert f"Sessions {stats['total_sessions']:,} " in cards[2]
    assert cards[3].startswith(f"Visitors {stats['unique_visitors']:,} ")
    assert BRIEF.change(compared["change"]["unique_visitors"], Kind.RATE) in cards[3]
    assert BRIEF.rate(stats["conversion_rate"]) in cards[4]
    # What is compared, and what the lines show.
    said = plain(month.locator("#w-cards").inner_text())
    assert "Change: 2026-06-07 – 2026-07-06 (until 18:00) against 2026-05-08 – 2026-06-06" in said
    assert f"Lines: by day, {days[0]['date']} – {days[-1]['date']}." in said
    lines = month.locator(".spark")
    assert lines.count() == 6
    for place, (column, write) in enumerate(
        {
            "revenue": BRIEF.money,
            "orders": count,
            "sessions": count,
            "unique_visitors": count,
            "conversion_rate": BRIEF.rate,
            "avg_order_value": BRIEF.money,
        }.items()
    ):
        values = [day[column] for day in days if day[column] is not None]
        label = lines.nth(place).get_attribute("aria-label") or ""
        assert label.endswith(f"{write(min(values))} – {write(max(values))}"), column
    points = (lines.first.locator("polyline").get_attribute("points") or "").split()
    assert len(points) == len(days) == 30


def test_every_widget_says_what_its_query_says(month: Page, site: Site) -> None:
    assert [
        each.get_attribute("data-widget") for each in month.locator("[data-widget]").all()
    ] == list(BY_KEY)
    assert month.locator(".body .problem:visible").count() == 0

    steps = site.ask("funnel", period="month")["steps"]
    assert [row[1] for row in rows(month, "funnel")] == [f"{s['sessions']:,}" for s in steps]

    repeat = site.ask("repeat-rate", period="month")
    assert ["Repeat rate", f"{repeat['repeat_rate']:.2f}%"] in rows(month, "repeat")
    assert month.locator("#w-repeat .badge").inner_text() == repeat["rating"]

    first = site.ask("sources", period="month")[0]
    assert rows(month, "sources")[0] == [
        first["utm_source"],
        f"{first['sessions']:,}",
        money(first["revenue"]),
        f"{first['orders']:,}",
        f"{first['conversions']:,}",
        f"{first['conversion_rate']:.2f}%",
        f"{first['unique_visitors']:,}",
    ]
    campaigns = site.ask("campaigns", period="month", limit="50")
    assert len(rows(month, "campaigns")) == 20 < len(campaigns)
    assert rows(month, "campaigns")[0][0] == campaigns[0]["utm_campaign"]
    content = site.ask("content", period="month")[0]
    assert rows(month, "content")[0][9] == money(content["revenue"] / content["orders"])

    roi = site.ask("roi", period="month")
    # What ads brought stands first, the whole shop second, the campaigns third.
    assert ["Profit from ads", money(roi["ad_profit"])] in rows(month, "roi", 0)
    assert ["Profit", money(roi["profit"])] in rows(month, "roi", 1)
    assert rows(month, "roi", 2)[0][3] == money(roi["rows"][0]["ad_spend"])
    ltv = site.ask("ltv-comparison", period="month")[0]
    assert rows(month, "ltv")[0][:3] == [
        ltv["utm_source"],
        f"{ltv['total_sessions']:,}",
        money(ltv["ltv_per_session"]),
    ]
    visits = site.ask("returning-visitors", period="month")
    assert ["Returning visits", f"{visits['returning_visits']:,}"] in rows(month, "visits")
    kpis = site.ask("kpis", period="month")
    assert len(rows(month, "kpis")) == len(kpis) - 1
    devices = site.ask("devices", period="month")
    assert [row[1] for row in rows(month, "technology", 0)] == [
        f"{row['sessions']:,}" for row in devices
    ]
    assert len(rows(month, "technology", 2)) == len(site.ask("operating-systems", period="month"))
    geo = site.ask("geo", period="month")
    assert [row[0] for row in rows(month, "geo", 0)] == [
        value_label(row["country"], "en", "country") for row in geo["countries"]
    ]
    sessions = site.ask("sessions", limit="25")
    assert [row[0] for row in rows(month, "sessions")] == [str(row["id"]) for row in sessions]
    insights = site.ask("insights", period="month")
    assert month.locator(".insights li").count() == len(insights) > 0


@pytest.mark.parametrize("widget", ["sources", "campaigns", "content"])
def test_the_total_equals_the_cards(month: Page, site: Site, widget: str) -> None:
    stats = site.ask("general-stats", period="month")
    total = [plain(cell) for cell in month.locator(f"#w-{widget} tfoot tr > *").all_inner_texts()]
    assert total[0] == "The whole shop"
    note = "At most 20 are shown; the last row is of all."
    is_full = len(site.ask(widget, period="month", limit="20")) == 20
    assert (note in month.locator(f"#w-{widget}").inner_text()) is is_full
    figures = [each for each in total[1:] if each]
    assert figures[:6] == [
        f"{stats['total_sessions']:,}",
        money(stats["total_revenue"]),
        f"{stats['total_orders']:,}",
        f"{stats['total_conversions']:,}",
        f"{stats['conversion_rate']:.2f}%",
        f"{stats['unique_visitors']:,}",
    ]


def test_a_filter_is_obeyed_or_its_absence_said(shared: Visit, site: Site) -> None:
    page = shared.open(f"{MONTH}&source=instagram&campaign=summer_2026")
    for key, widget in BY_KEY.items():
        said = page.locator(f"#w-{key} .unfiltered").all_inner_texts()
        missing = [name for name in ("campaign", "source") if name not in widget.filters]
        assert bool(said) is bool(missing), key
        assert all(name in said[0] for name in missing), key
    # Of one source the total is that source's.
    (source,) = [
        row for row in site.ask("sources", period="month") if row["utm_source"] == "instagram"
    ]
    total = page.locator("#w-campaigns tfoot tr > *").all_inner_texts()
    assert total[0] == "In all"
    assert total[3:5] == [f"{source['sessions']:,}", money(source["revenue"])]
    assert page.locator("#w-content tfoot").count() == 0
    shared.open(MONTH)
    assert page.locator(".unfiltered").count() == 0


def test_bars_of_one_unit_have_one_scale(month: Page, site: Site) -> None:
    """Devices, browsers and systems stand below each other, and so do countries and cities."""
    for widget, names in {"technology": ("devices", "browsers"), "geo": ("geo",)}.items():
        lengths = month.locator(f"#w-{widget} td:has(.share)").evaluate_all(
            "cells => cells.map(cell => [Number(cell.dataset.value), "
            "Number(cell.querySelector('rect').getAttribute('width'))])"
        )
        assert len(lengths) > len(names)
        most = max(value for value, _ in lengths)
        for value, length in lengths:
            assert length == pytest.approx(100 * value / most, abs=0.1)


def test_charts_are_drawn_and_described(month: Page) -> None:
    for widget in ("funnel", "sources", "roi", "ltv"):
        picture = month.locator(f"#w-{widget} img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("image => image.naturalWidth") > 300
    assert "instagram" in (month.locator("#w-sources img").get_attribute("alt") or "")


def test_tables_are_sorted_by_their_headings(month: Page) -> None:
    def column(widget: str, place: int) -> list[str]:
        return [row[place] for row in rows(month, widget)]

    def press(widget: str, heading: str) -> str | None:
        head = month.locator(f"#w-{widget} th", has=month.get_by_role("button", name=heading))
        head.get_by_role("button").click()
        return head.get_attribute("aria-sort")

    def numbers(texts: list[str]) -> list[float]:
        return [float(re.sub(r"[^0-9.-]", "", text)) for text in texts if text != "—"]

    before = column("campaigns", 0)
    assert press("campaigns", "Revenue") == "descending"
    revenue = numbers(column("campaigns", 4))
    assert revenue == sorted(revenue, reverse=True)
    assert column("campaigns", 0) != before
    assert press("campaigns", "Revenue") == "ascending"
    assert numbers(column("campaigns", 4)) == revenue[::-1]

    for order in (True, False):
        press("campaigns", "Average order")
        values = column("campaigns", 9)
        empty = values.count("—")
        assert empty > 1
        assert values[-empty:] == ["—"] * empty
        assert numbers(values) == sorted(numbers(values), reverse=order)

    assert press("sources", "Source") == "ascending"
    names = column("sources", 0)
    # As a reader orders words, not as computers order code points.
    assert names.index("direct") < names.index("facebook") < names.index("yahoo")
    assert press("sources", "Source") == "descending"
    assert column("sources", 0) == names[::-1]

    assert press("sessions", "First seen") == "ascending"
    days = column("sessions", 1)
    assert days == sorted(days)
    # The choice outlasts another view.
    choose(month, "Source", "google")
    assert month.locator("#w-campaigns th[aria-sort]").inner_text().startswith("Average order")


def test_csv_buttons_download_the_export(month: Page, site: Site) -> None:
    buttons = month.locator("a.csv")
    assert buttons.count() == 4
    for button in buttons.all():
        with month.expect_download() as started:
            button.click()
        address = site.address + (button.get_attribute("href") or "")
        with urlopen(address) as answer:
            assert started.value.path().read_bytes() == answer.read()
        kind = parse_qs(urlsplit(address).query)["type"][0]
        assert started.value.suggested_filename == f"utm_{kind}.csv"
        assert "period=month" in address
    assert month.locator("#w-content a.csv").get_attribute("aria-label") == (
        "Download CSV: Creatives"
    )


def test_hostile_words_are_words(browser: Browser, site: Site) -> None:
    with visiting(browser, site, viewport={"width": 360, "height": 800}) as visit:
        # Tags are cleaned of signs; what a link says is not, and neither are places.
        page = visit.open(f"{MONTH}&campaign={IMAGE}&source=javascript:alert(1)")
        said = visit.words("main")
        for hostile in (CLEANED_IMAGE, CLEANED_SCRIPT, CLEANED_TEMPLATE, CLEANED_ADDRESS, CITY):
            assert hostile in said, hostile
        assert LONG not in said
        assert IMAGE in visit.words("#w-ab_test .verdict")
        # On a phone the campaign and the source stand under the creative.
        names = f"{CLEANED_IMAGE} · {CLEANED_ADDRESS}"
        assert {row[0] for row in rows(page, "content")} == {
            f"{CLEANED_SCRIPT} {names}",
            f"{CLEANED_TEMPLATE} {names}",
        }
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.locator("main :is(script, iframe, b, [onerror], [onload])").count() == 0
        assert page.locator("a[href^='javascript']").count() == 0
        page.goto(f"{site.address}/sessions/{LAST}?lang=en")
        assert page.locator("main :is(script, iframe, b, svg, [onload])").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 360
