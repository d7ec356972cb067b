"""What charts are made of: numbers of the catalogue, colours that can be read, words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

import chart_answers
from utm_pipeline import queries as catalogue
from utm_pipeline.errors import WrongUseError
from utm_pipeline.queries.model import Table
from utm_pipeline.report import charts
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts import Chart, bars, heat_map
from utm_pipeline.report.charts.look import (
    DARK,
    LIGHT,
    THEMES,
    Look,
    Theme,
    about,
    contrast,
    drawable,
    ink_on,
    shade,
)
from utm_pipeline.report.layout import safe
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.words import Kind, column_label, kind_of

UK = Formats("uk", "UAH")
EN = Formats("en", "UAH")
# WCAG 2.2, 1.4.3: text of normal size.
READABLE = 4.5


def data(name: str, tables: list[Table], look: Look | None = None) -> list[list[dict[str, Any]]]:
    """The rows of every data set in a chart's definition."""
    return sets(Chart(name, tables, look or Look(EN)).definition())


def sets(definition: Any) -> list[list[dict[str, Any]]]:
    """The rows of every data set that is not empty."""
    found = [part["values"] for part in walk(definition) if "values" in part]
    return [rows for rows in found if rows]


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of a definition."""
    if isinstance(part, dict):
        yield part
    for child in part.values() if isinstance(part, dict) else part:
        if isinstance(child, dict | list):
            yield from walk(child)


def panels(name: str, tables: list[Table]) -> list[list[Any]]:
    """The lengths of each panel's bars."""
    return [[row["value"] for row in part] for part in data(name, tables) if "value" in part[0]]


def words(name: str, tables: list[Table], look: Look | None = None) -> list[str]:
    """All that a chart says: its texts, title and what it is about."""
    definition = Chart(name, tables, look or Look(EN)).definition()
    said = [row["text"] for part in sets(definition) for row in part if "text" in row]
    named = [part["text"] for part in walk(definition) if isinstance(part.get("text"), str)]
    return [*said, *named, *definition["title"]["subtitle"]]


def column(rows: list[list[dict[str, Any]]], key: str) -> list[Any]:
    """The values of one key from the data set that has it for the most rows."""
    found = [[row[key] for row in part] for part in rows if part and key in part[0]]
    return max(found, key=len)


# Numbers


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("sources", ("sessions", "revenue")),
        ("ltv-comparison", ("ltv_per_session", "ltv_per_customer")),
    ],
)
def test_bars_are_the_catalogues_numbers(
    warehouse: Warehouse, name: str, keys: tuple[str, ...]
) -> None:
    tables = catalogue.fetch(warehouse, name, {})
    answer = tables[0].dicts()
    assert len(answer) > 2
    assert panels(name, tables) == [[row[key] for row in answer] for key in keys]
    assert {row["utm_source"] for row in answer} <= set(words(name, tables))


def test_the_chart_of_roi_has_the_campaigns_that_cost_something(warehouse: Warehouse) -> None:
    tables = catalogue.fetch(warehouse, "roi", {})
    # "direct" has revenue and no spend.
    spend, _, returned = panels("roi", tables)
    assert spend == [250.55, 90.0]
    assert returned == [299.12, -100.0]
    fills = {
        row["value"]: row["fill"]
        for part in data("roi", tables)
        for row in part[:2]
        if "fill" in row
    }
    assert fills.items() >= {299.12: LIGHT.bar, -100.0: LIGHT.goal}.items()


def test_the_funnel_is_the_catalogues(warehouse: Warehouse) -> None:
    tables = catalogue.fetch(warehouse, "funnel", {})
    steps = next(table for table in tables if table.key == "steps").dicts()
    assert steps[0]["sessions"] > 0
    lengths = [[step[key] for step in steps] for key in ("sessions", "rate_of_previous")]
    assert panels("funnel", tables) == lengths
    said = words("funnel", tables)
    for step in steps:
        assert f"{EN.number(step['sessions'], 0)} · {EN.brief.rate(step['rate_of_total'])}" in said
        assert column_label(step["name"], "en") in said


@pytest.mark.parametrize("name", ["sources", "roi", "ltv-comparison", "funnel"])
def test_bars_of_one_unit_have_one_scale(warehouse: Warehouse, name: str) -> None:
    tables = catalogue.fetch(warehouse, name, {})
    domains: dict[Kind, list[list[float]]] = {}
    longest: dict[Kind, list[float]] = {}
    shown = bars.BARS[name]
    definition = Chart(name, tables, Look(EN)).definition()
    for (key, *_), panel in zip(shown.measures, definition["hconcat"][1:], strict=True):
        domain = panel["layer"][0]["encoding"]["x"]["scale"]["domain"]
        domains.setdefault(kind_of(key), []).append(domain)
        values = [row["value"] or 0 for row in panel["data"]["values"]]
        longest.setdefault(kind_of(key), []).append(max(values))
    for kind, found in domains.items():
        assert found == [found[0]] * len(found)
        assert found[0][1] == max(longest[kind])
        assert found[0][0] <= 0


def test_revenue_and_spend_are_measured_alike() -> None:
    """3,700 of revenue is not as long as 5,055 of spend, nor 93,972 as 20,491."""
    tables = chart_answers.roi(["a", "b", "c"])
    definition = Chart("roi", tables, Look(EN)).definition()
    spend, revenue, returned = (
        panel["layer"][0]["encoding"]["x"]["scale"]["domain"] for panel in definition["hconcat"][1:]
    )
    assert spend == revenue == [0, 240.0]
    assert returned == [-100.0, 140.0]


@pytest.mark.parametrize("metric", ["retention", "ltv", "orders", "revenue"])
def test_cells_are_those_of_complete_periods(warehouse: Warehouse, metric: str) -> None:
    tables = catalogue.fetch(warehouse, "cohort-analysis", {"metric": metric}, "en")
    answer: Any = catalogue.to_json(tables)
    cells = [row for part in data("cohort-analysis", tables) for row in part if "period" in row]
    drawn = {(cell["cohort"], cell["period"]): cell["value"] for cell in cells}
    assert drawn == {
        (cohort, period): value
        for cohort, values in zip(answer["cohorts"], answer["matrix"], strict=True)
        for period, value in enumerate(values)
    }
    # The last cohort has no complete period: it is named and has no cell.
    assert answer["matrix"][-1] == []
    assert len(answer["cohorts"]) == 3
    sizes = column(data("cohort-analysis", tables), "size")
    assert sizes == [row["size"] for row in answer["totals"]]


def test_period_0_of_retention_stands_apart() -> None:
    tables = chart_answers.cohorts([[100, 20.0, 10.0], [100, 5.0]])
    cells = [row for part in data("cohort-analysis", tables) for row in part if "period" in row]
    fills = {(cell["row"], cell["period"]): cell["fill"] for cell in cells}
    assert fills[0, 0] == fills[1, 0] == LIGHT.neutral
    # The largest of the others is the deepest, not a fifth of 100.
    assert fills[0, 1] == LIGHT.ramp[-1]
    assert fills[0, 2] == shade(LIGHT, 0.5)


@pytest.mark.parametrize(
    ("largest", "text", "said"), [(999.99, "999.99", False), (1234.5, "1,235", True)]
)
def test_large_sums_in_cells_have_no_hundredths(largest: float, text: str, said: bool) -> None:
    tables = chart_answers.cohorts([[largest]], "revenue")
    texts = words("cohort-analysis", tables)
    assert text in texts
    assert any("whole units" in told for told in texts) is said


def test_what_is_left_out_is_said() -> None:
    many = chart_answers.sources([f"source_{i}" for i in range(bars.MOST_ROWS + 5)])
    assert {len(panel) for panel in panels("sources", many)} == {bars.MOST_ROWS}
    assert "the first 20 of 25" in words("sources", many)
    weeks = chart_answers.cohorts([[100.0]] * (heat_map.MOST_ROWS + 1))
    drawn = data("cohort-analysis", weeks, Look(UK))
    # The oldest is the one that is left out.
    assert column(drawn, "size")[0] == 1001
    assert "2025-01-06" not in {row.get("cohort") for part in drawn for row in part}
    said = words("cohort-analysis", weeks, Look(UK))
    assert any("останні 104 з 105 когорт" in text for text in said)


def test_a_name_that_looks_like_a_value_of_the_file_is_a_name() -> None:
    assert {"$title", "$rows"} <= set(words("sources", chart_answers.sources(["$title", "$rows"])))
    assert "$ink" in words(
        "funnel", chart_answers.funnel([1, 0, 0, 0, 0, 0]), Look(EN, about="$ink")
    )


# Colours


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_everything_can_be_read(theme: Theme) -> None:
    shades = [shade(theme, share / 1000) for share in range(1001)]
    assert min(contrast(ink_on(fill), fill) for fill in shades) >= READABLE
    assert contrast(theme.muted, theme.neutral) >= READABLE
    for colour in (theme.ink, theme.muted):
        assert contrast(colour, theme.background) >= READABLE
    # Bars need 3 (WCAG 2.2, 1.4.11).
    assert min(contrast(bar, theme.background) for bar in (theme.bar, theme.goal)) >= 3


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_shades_are_ordered_by_lightness_alone(theme: Theme) -> None:
    """So those who do not tell hues apart, and printers without colours, see the same map."""
    lightness = [contrast("#000000", shade(theme, share / 100)) for share in range(101)]
    assert lightness == sorted(lightness, reverse=theme is LIGHT)
    assert max(lightness) / min(lightness) > 8
    assert (shade(theme, -1), shade(theme, 2)) == (theme.ramp[0], theme.ramp[-1])


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


# A matrix of a year


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_a_year_of_weeks_has_room(lang: str) -> None:
    formats = Formats(lang, "UAH")
    revenue = [[1_000_000.0 + k for k in range(min(12, 52 - row))] for row in range(52)]
    for tables in (
        chart_answers.cohorts(chart_answers.triangle(52, 12)),
        chart_answers.cohorts(revenue, "revenue"),
    ):
        definition = Chart("cohort-analysis", tables, Look(formats)).definition()
        rows, columns = 52, 12
        cells = [row for part in sets(definition) for row in part if "period" in row]
        assert (
            len({(cell["row"], cell["period"]) for cell in cells})
            == rows * columns - columns * (columns - 1) // 2
        )
        drawn = definition["hconcat"][-1]
        # A digit of 12 pixels is 6.7 wide, and nothing in a number is wider.
        assert max(len(cell["text"]) for cell in cells) * 6.7 < drawn["width"]["step"]
        assert drawn["height"]["step"] >= 20
        assert drawn["width"]["step"] * columns <= 1024


# Words


def test_what_a_chart_is_about(warehouse: Warehouse) -> None:
    dates = catalogue.period_dates(warehouse, "week")
    assert about(EN, "week", dates) == "last 7 days, 2024-03-27 – 2024-04-02"
    assert about(UK, "today", catalogue.period_dates(warehouse, "today")) == "сьогодні, 02.04.2024"
    assert about(EN, "all_time", (None, None), ["google", None]) == "all time · google"
    assert about(EN) == ""


ALT = {
    ("sources", "uk"): (
        "Джерела (останні 7 днів): google (Сеанси 1 000, Дохід 0 ₴); "
        "яблуко (Сеанси 993, Дохід 50,25 ₴)."
    ),
    ("sources", "en"): (
        "Sources (останні 7 днів): google (Sessions 1,000, Revenue UAH 0); "
        "яблуко (Sessions 993, Revenue UAH 50.25)."
    ),
    ("funnel", "uk"): (
        "Воронка (останні 7 днів): Сеанси 1 234 (100 %), Перегляд товару 617 (50 %), "
        "Додано в кошик 0 (0 %), Оформлення 0 (0 %), Ліди 0 (0 %), Покупки 0 (0 %)."
    ),
    ("funnel", "en"): (
        "Funnel (останні 7 днів): Sessions 1,234 (100%), Product views 617 (50%), "
        "Add to cart 0 (0%), Checkout 0 (0%), Leads 0 (0%), Purchases 0 (0%)."
    ),
    ("roi", "uk"): (
        "Окупність реклами (останні 7 днів): google · google (Витрати 100 ₴, Дохід 0 ₴, "
        "ROI -100 %); яблуко · яблуко (Витрати 100 ₴, Дохід 120 ₴, ROI 20 %)."
    ),
    ("roi", "en"): (
        "Return on ad spend (останні 7 днів): google · google (Ad spend UAH 100, Revenue "
        "UAH 0, ROI -100%); яблуко · яблуко (Ad spend UAH 100, Revenue UAH 120, "
        "ROI 20%)."
    ),
    ("ltv-comparison", "uk"): (
        "Цінність клієнтів за джерелами (останні 7 днів): google (Дохід на сеанс 0 ₴, "
        "LTV клієнта —); яблуко (Дохід на сеанс 10,50 ₴, LTV клієнта 900 ₴)."
    ),
    ("ltv-comparison", "en"): (
        "Customer value by source (останні 7 днів): google (Revenue per session UAH 0, "
        "LTV per customer —); яблуко (Revenue per session UAH 10.50, LTV per customer UAH 900)."
    ),
    ("cohort-analysis", "uk"): (
        "Утримання за тижнями першого сеансу, % людей когорти, активних у періоді "
        "(останні 7 днів): 3\u00a0когорти, 06.01.2025 – 20.01.2025; Week 1: від 5,0 до 20,0; "
        "Week 2: 10,0."
    ),
    ("cohort-analysis", "en"): (
        "Retention by week of the first visit, % of the cohort active in a period "
        "(останні 7 днів): 3\u00a0cohorts, 2025-01-06 – 2025-01-20; Week 1: from 5.0 to 20.0; "
        "Week 2: 10.0."
    ),
}
ALT_ANSWERS = {
    "sources": chart_answers.sources(["google", "яблуко"]),
    "funnel": chart_answers.funnel([1234, 617, 0, 0, 0, 0]),
    "roi": chart_answers.roi(["google", "яблуко"]),
    "ltv-comparison": chart_answers.ltv(["google", "яблуко"]),
    "cohort-analysis": chart_answers.cohorts([[100, 20.0, 10.0], [100, 5.0], [100]]),
}


@pytest.mark.parametrize(("name", "lang"), ALT)
def test_the_text_of_a_chart_says_what_it_shows(name: str, lang: str) -> None:
    look = Look(Formats(lang, "UAH"), about="останні 7 днів")
    assert Chart(name, ALT_ANSWERS[name], look).alt() == ALT[name, lang]


def test_every_chart_has_a_text() -> None:
    assert set(charts.NAMES) == {name for name, _ in ALT} == set(chart_answers.EMPTY)


def test_a_long_list_is_cut_in_the_text() -> None:
    text = Chart("sources", chart_answers.sources(list("abcdefgh")), Look(EN)).alt()
    assert text.endswith("e (Sessions 972, Revenue UAH 201); and 3 more.")


def test_what_is_written_from_right_to_left_keeps_to_itself() -> None:
    text = Chart("sources", chart_answers.sources(["שלום"]), Look(EN)).alt()
    assert "\u2068שלום\u2069 (Sessions" in text


@pytest.mark.parametrize(("name", "lang"), list(itertools.product(charts.NAMES, ("uk", "en"))))
def test_nothing_is_an_answer_too(name: str, lang: str) -> None:
    nothing = {
        "uk": ("ніхто не приходив", "немає когорт", "немає витрат"),
        "en": ("Nobody came", "no cohorts", "has ad spend in this period"),
    }[lang]
    for theme in (LIGHT, DARK):
        look = Look(Formats(lang, "UAH"), theme)
        said = words(name, chart_answers.EMPTY[name], look)
        assert any(each in text for text in said for each in nothing)
    assert any(each in Chart(name, chart_answers.EMPTY[name], look).alt() for each in nothing)


def test_a_query_without_a_chart_names_those_that_have_one() -> None:
    with pytest.raises(WrongUseError) as caught:
        Chart("devices", [], Look(EN))
    assert "devices has no chart" in str(caught.value)
    assert all(name in caught.value.fix for name in charts.NAMES)


def test_text_from_outside() -> None:
    assert safe("a\x00\x1b[31mb\u200b\ufffe\uffff\u202ec", 40) == "a[31mbc"
    assert safe("e" + "\u0301" * 50 + "x", 40) == "e\u0301\u0301x"
    assert safe("x" * 100, 10) == "x" * 9 + "…"
    assert drawable("a\x00\x1b[31mb\u200b\ufffe\uffff\u202ec") == "a[31mbc"
    # Vega would tear such a letter in two.
    assert drawable("a\U0001d400b") == "a\ufffdb"
    assert len(drawable("x" * 10_000)) == 120
