"""Reports as Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence

from utm_pipeline.queries.model import Table
from utm_pipeline.report.formats import NOTHING, Formats, is_number
from utm_pipeline.report.insights import sentences
from utm_pipeline.report.labels import column_label, text_label
from utm_pipeline.report.layout import printable
from utm_pipeline.report.sections import SECTIONS, Report, Section
from utm_pipeline.report.text import LTV_COLUMNS, named_steps, only, stamp, title

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~-])")


def render_report(report: Report, lang: str) -> str:
    """The report as Markdown that ends with a line break."""
    formats = Formats(lang, report.currency)
    lines = [f"# {title(report, formats)}", "", stamp(report, formats)]
    for section in SECTIONS:
        lines += ["", f"## {text_label(section.key, lang)}", ""]
        draw = _DRAWINGS.get(section.key)
        lines += draw(report, formats) if draw else _draw_tables(section, report, formats)
    if report.dashboard_url:
        lines += ["", f"{text_label('dashboard', lang)}: <{report.dashboard_url}>"]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text of the outside as Markdown that shows it and does nothing else."""
    return html.escape(_MARKS.sub(r"\\\1", printable(text)), quote=False)


def _draw_tables(section: Section, report: Report, formats: Formats) -> list[str]:
    """A section without a drawing of its own: its queries' answers, one under the other."""
    lines: list[str] = []
    for table in (table for name in section.queries for table in report.answers[name]):
        drawn = _rows(table, formats) if table.rows else [text_label("no_rows", formats.lang)]
        lines += ["", *drawn] if lines else drawn
    return lines


def _draw_general(report: Report, formats: Formats) -> list[str]:
    (stats,) = report.answers["general-stats"]
    change = next(table for table in report.answers["compare"] if table.key == "change")
    moved = {
        column.key: NOTHING if value is None else formats.change(value, column.kind)
        for column, value in zip(change.columns, change.rows[0], strict=True)
    }
    rows = [
        [
            column_label(column.key, formats.lang),
            formats.cell(value, column),
            moved.get(column.key, ""),
        ]
        for column, value in zip(stats.columns, stats.rows[0], strict=True)
    ]
    headings = ["", text_label("value", formats.lang), text_label("change", formats.lang)]
    return _table(headings, [False, True, True], rows)


def _draw_sources(report: Report, formats: Formats) -> list[str]:
    (sources,) = report.answers["sources"]
    if not sources.rows:
        return [text_label("no_sources", formats.lang)]
    return _rows(sources, formats)


def _draw_ltv(report: Report, formats: Formats) -> list[str]:
    (sources,) = report.answers["ltv-comparison"]
    if not sources.rows:
        return [text_label("no_sources", formats.lang)]
    return _rows(only(sources, LTV_COLUMNS), formats)


def _draw_repeat(report: Report, formats: Formats) -> list[str]:
    (rates,) = report.answers["repeat-rate"]
    rows = [
        [column_label(column.key, formats.lang), formats.cell(value, column)]
        for column, value in zip(rates.columns, rates.rows[0], strict=True)
    ]
    return _table(["", text_label("value", formats.lang)], [False, True], rows)


def _draw_funnel(report: Report, formats: Formats) -> list[str]:
    steps = next(table for table in report.answers["funnel"] if table.key == "steps")
    return _rows(named_steps(steps, formats.lang), formats)


def _draw_insights(report: Report, formats: Formats) -> list[str]:
    (found,) = report.answers["insights"]
    if not found.rows:
        return [text_label("no_insights", formats.lang)]
    said = (text.replace("\u00a0", " ") for text in sentences(found, formats))
    return [f"{number}. {escape(text)}" for number, text in enumerate(said, start=1)]


def _rows(table: Table, formats: Formats) -> list[str]:
    headings = [column_label(column.key, formats.lang) for column in table.columns]
    rows = [
        [
            escape(formats.cell(value, column))
            if not is_number(column.kind)
            else formats.cell(value, column)
            for value, column in zip(row, table.columns, strict=True)
        ]
        for row in table.rows
    ]
    return _table(headings, [is_number(column.kind) for column in table.columns], rows)


def _table(
    headings: Sequence[str], right: Sequence[bool], rows: Sequence[Sequence[str]]
) -> list[str]:
    rule = ["---:" if is_right else "---" for is_right in right]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows)]


_DRAWINGS: Mapping[str, Callable[[Report, Formats], list[str]]] = {
    "general_stats": _draw_general,
    "top_sources": _draw_sources,
    "top_ltv": _draw_ltv,
    "repeat_purchases": _draw_repeat,
    "funnel": _draw_funnel,
    "insights": _draw_insights,
}
