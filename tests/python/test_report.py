"""The report: the numbers of the queries, as text, Markdown and JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import ParameterError
from utm_pipeline.report import layout, markdown, text
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
    assert "  Nothing stands out in this period\n" in shown
    assert "\nNothing stands out in this period\n" in markdown.render_report(report, "en")
    assert "За цей період ніщо не вирізняється" in markdown.render_report(report, "uk")
    assert "nan" not in shown.lower()


def test_an_unknown_period_is_wrong(warehouse: Warehouse, settings: Settings) -> None:
    with pytest.raises(ParameterError):
        assemble(warehouse, settings, "year")
