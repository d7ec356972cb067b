"""The report: the numbers of the queries, as text, Markdown and JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import ParameterError
from utm_pipeline.report import layout, markdown, text
from utm_pipeline.report.cells import only
from utm_pipeline.report.paint import Paint
from utm_pipeline.report.sections import Report, assemble, to_json
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def report(warehouse: Warehouse, settings: Settings) -> Report:
    """The report of a week."""
    own = replace(settings, dashboard_url="https://shop.example/utm")
    return assemble(warehouse, own, "week")


def test_json_is_the_stamp_and_the_answers_of_the_queries(
    report: Report, warehouse: Warehouse
) -> None:
    document = to_json(report)
    json.dumps(document, allow_nan=False)
    assert {
        key: value for key, value in document.items() if not isinstance(value, dict | list)
    } == {
        "period": "week",
        "first_date": "2024-03-27",
        "last_date": "2024-04-02",
        "as_of": "2024-04-02T12:00:00+03:00",
        "data_until": "2024-04-02T00:00:00+03:00",
        "timezone": "Europe/Kyiv",
        "currency": "UAH",
        "dashboard_url": "https://shop.example/utm",
    }
    assert document["warnings"] == []
    assert document["general_stats"] == catalogue.run(warehouse, "general-stats", {})
    assert document["compare"] == catalogue.run(warehouse, "compare", {})
    assert document["sources"] == catalogue.run(warehouse, "sources", {"limit": 5})
    assert document["funnel"] == catalogue.run(warehouse, "funnel", {})
    assert document["insights"] == catalogue.run(warehouse, "insights", {})


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_text_and_markdown_are_as_recorded(report: Report, lang: str) -> None:
    plain = Paint(enabled=False)
    assert text.render_report(report, lang, plain) == (GOLDEN / f"report.{lang}.txt").read_text()
    assert markdown.render_report(report, lang) == (GOLDEN / f"report.{lang}.md").read_text()


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_no_line_of_the_text_is_wider_than_80_cells(report: Report, lang: str) -> None:
    lines = text.render_report(report, lang, Paint(enabled=False)).splitlines()
    assert max(layout.width(line) for line in lines) <= 80


def test_a_bar_stands_at_the_number_that_it_draws(report: Report) -> None:
    """Not a bar of sessions behind the revenue, longest where nothing was earned."""
    rows = [("nothing", 900, 1.0, 0, 0.0), ("little", 90, 1.0, 1, 30.0), ("most", 9, 1.0, 1, 60.0)]
    (asked,) = report.answers["sources"]
    keys = ("utm_source", "sessions", "conversion_rate", "orders", "revenue")
    own = replace(only(asked, keys), rows=rows)
    wide = [column for column in asked.columns if column.key not in keys]
    own = replace(own, columns=(*own.columns, *wide), rows=[(*r, *[0] * len(wide)) for r in rows])
    shown = replace(report, answers={**report.answers, "sources": [own]})
    lines = text.render_report(shown, "en", Paint(enabled=False)).splitlines()
    found = {line.split()[0]: line for line in lines if line.startswith("  ") and "UAH" in line}
    assert "█" not in found["nothing"]
    assert found["little"].endswith("██████")
    assert found["most"].endswith("████████████")


def test_the_total_is_that_of_the_general_statistics(report: Report) -> None:
    stats, *_ = catalogue_rows(report, "general-stats")
    lines = text.render_report(report, "en", Paint(enabled=False)).splitlines()
    (total,) = [line.split() for line in lines if "The whole shop" in line]
    assert total[3:] == [
        f"{stats['total_sessions']:,}",
        f"{stats['conversion_rate']:.2f}%",
        f"{stats['total_orders']}",
        *f"UAH {stats['total_revenue']:,.2f}".split(),
    ]


def test_a_change_says_what_it_compares(report: Report, warehouse: Warehouse) -> None:
    shown = text.render_report(report, "en", Paint(enabled=False))
    assert "Change: 2024-03-27 – 2024-04-02 (until 12:00) against" in shown
    assert "2024-03-20 – 2024-03-26 (until 11:00)." in " ".join(shown.split())
    previous = next(part for part in report.answers["compare"] if part.key == "previous")
    (values,) = previous.dicts()
    assert re.search(rf"Sessions +1,234 +{values['total_sessions']:,} +\+23.40%", shown)
    assert "→" not in shown
    # Where the comparison counts otherwise, both of its numbers are shown.
    parts = [
        replace(
            part,
            rows=[
                tuple(
                    value - 1 if isinstance(value, int | float) else value for value in part.rows[0]
                )
            ],
        )
        if part.key == "current"
        else part
        for part in report.answers["compare"]
    ]
    other = replace(report, answers={**report.answers, "compare": parts})
    shown = text.render_report(other, "en", Paint(enabled=False))
    assert f"{values['total_sessions']:,} → 1,233" in shown
    assert "An arrow shows the two numbers that were compared" in shown


def test_a_rate_says_what_it_is_of(report: Report) -> None:
    shown = text.render_report(report, "uk", Paint(enabled=False))
    assert "20,00 % від оформлення\n" in shown
    assert "40,00 % від оформлення\n" in shown
    assert "Понад 100 %" not in shown
    steps = next(part for part in report.answers["funnel"] if part.key == "steps")
    rows = [(*row[:-1], 1000.0 if row[0] == "purchases" else row[-1]) for row in steps.rows]
    answers = {**report.answers, "funnel": [replace(steps, rows=rows)]}
    for write in (
        lambda made: text.render_report(made, "uk", Paint(enabled=False)),
        lambda made: markdown.render_report(made, "uk"),
    ):
        shown = write(replace(report, answers=answers))
        assert "1 000,00 % від оформлення" in shown
        assert "Понад 100 %: у частини сеансів" in shown


def catalogue_rows(report: Report, name: str) -> list[dict[str, Any]]:
    return report.answers[name][0].dicts()


def test_colour_changes_nothing_but_the_colour(report: Report) -> None:
    coloured = text.render_report(report, "uk", Paint(enabled=True))
    assert "\x1b[" in coloured
    plain = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9]*m", "", coloured).split("\n"))
    assert plain == text.render_report(report, "uk", Paint(enabled=False))


def test_tags_are_shown_as_text_in_markdown() -> None:
    assert markdown.escape("a|b <img src=x> [x](y) *z*\n# h") == (
        r"a\|b &lt;img src=x&gt; \[x\]\(y\) \*z\* \# h"
    )


def test_a_period_without_visits_is_a_report_too(warehouse: Warehouse, settings: Settings) -> None:
    report = assemble(warehouse, settings, "today")
    shown = text.render_report(report, "en", Paint(enabled=False))
    assert "Nobody came in this period" in shown
    assert "Nobody came in this period" in markdown.render_report(report, "en")
    assert "  Nothing has changed noticeably in this period\n" in shown
    assert "\nNothing has changed noticeably in this period\n" in markdown.render_report(
        report, "en"
    )
    assert "За цей період помітних змін немає" in markdown.render_report(report, "uk")
    assert "nan" not in shown.lower()


def test_an_unknown_period_is_wrong(warehouse: Warehouse, settings: Settings) -> None:
    with pytest.raises(ParameterError):
        assemble(warehouse, settings, "year")
