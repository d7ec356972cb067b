"""Reports and tables as text for a terminal, 80 cells wide."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report import layout
from utm_pipeline.report.cohorts import heat_map
from utm_pipeline.report.formats import NOTHING, Formats, is_number
from utm_pipeline.report.insights import is_insights, numbered
from utm_pipeline.report.labels import column_label, period_label, text_label
from utm_pipeline.report.layout import Heading
from utm_pipeline.report.paint import NO_PAINT, Paint
from utm_pipeline.report.sections import SECTIONS, Report, Section
from utm_pipeline.report.verdict import explain

WIDTH = 80
LTV_COLUMNS = ("utm_source", "ltv_per_session", "new_customers", "ltv_per_customer", "max_cpc")
"""What the report shows of each source's customer value."""

_UNIT = re.compile(r"(?<=\d) (?=[\d%]|pp\b|в\.)|(?<=\bв\.) (?=п\.)")


def render_report(report: Report, lang: str, paint: Paint) -> str:
    """The report as text that ends with a line break."""
    formats = Formats(lang, report.currency)
    lines = [paint.bold(title(report, formats)), paint.dim(stamp(report, formats))]
    for section in SECTIONS:
        lines += ["", paint.bold(text_label(section.key, lang)), paint.dim("─" * WIDTH)]
        draw = _DRAWINGS.get(section.key)
        lines += draw(report, formats, paint) if draw else _draw_tables(section, report, formats)
    if report.dashboard_url:
        lines += ["", f"{text_label('dashboard', lang)}: {report.dashboard_url}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def title(report: Report, formats: Formats) -> str:
    """``Report: last week, 24.03.2025 – 30.03.2025``."""
    name = f"{text_label('report', formats.lang)}: {period_label(report.period, formats.lang)}"
    dates = [formats.day(day) for day in (report.first_date, report.last_date) if day]
    return ", ".join([name, " – ".join(dict.fromkeys(dates))]) if dates else name


def stamp(report: Report, formats: Formats) -> str:
    """What instant the data describes."""
    label = text_label("as_of", formats.lang)
    return f"{label} {formats.moment(report.as_of)} ({report.timezone})"


def render_tables(
    tables: Iterable[Table],
    formats: Formats,
    max_width: int | None,
    paint: Paint = NO_PAINT,
) -> str:
    """The answer of a query as text; a table wider than ``max_width`` is set as records."""
    tables = list(tables)
    if any(table.key == "matrix" for table in tables):
        return "\n".join(heat_map(tables, formats, paint)) + "\n"
    blocks = []
    for table in tables:
        if is_insights(table):
            blocks.append("\n".join(_insights(table, formats, WIDTH)))
            continue
        lines = [] if table.key is None else [text_label(table.key, formats.lang)]
        if table.many:
            lines += _rows(table, formats, max_width)
        else:
            lines += _object(table, formats)
        blocks.append("\n".join(lines))
        if table.key is None and any(part.key == "variants" for part in tables):
            blocks.append(_why(tables, formats))
    return "\n\n".join(blocks) + "\n"


def _why(tables: Sequence[Table], formats: Formats) -> str:
    """What an A/B test's verdict rests on, in sentences."""
    # No line ends between a number and its unit, or within a number.
    said = _UNIT.sub("\u00a0", " ".join(explain(tables, formats)))
    lines = [line.replace("\u00a0", " ") for line in textwrap.wrap(said, WIDTH)]
    return "\n".join([text_label("why", formats.lang), *lines])


def _insights(table: Table, formats: Formats, width: int) -> list[str]:
    if not table.rows:
        return [text_label("no_insights", formats.lang)]
    return numbered(table, formats, width)


def _rows(table: Table, formats: Formats, max_width: int | None) -> list[str]:
    if not table.rows:
        return [text_label("no_rows", formats.lang)]
    headings = [
        Heading(column_label(column.key, formats.lang), is_number(column.kind))
        for column in table.columns
    ]
    rows = [
        [formats.cell(value, column) for value, column in zip(row, table.columns, strict=True)]
        for row in named_steps(table, formats.lang).rows
    ]
    lines = layout.table(headings, rows)
    if max_width is not None and max(layout.width(line) for line in lines) > max_width:
        return layout.records(headings, rows, text_label("row", formats.lang))
    return lines


def named_steps(table: Table, lang: str) -> Table:
    """The funnel's steps with words for their keys; any other table as it is."""
    if table.key != "steps":
        return table
    rows = [(column_label(row[0], lang), *row[1:]) for row in table.rows]
    return Table(table.key, table.many, table.columns, rows)


def only(table: Table, keys: Sequence[str]) -> Table:
    """The table with these columns alone, in this order."""
    places = [[column.key for column in table.columns].index(key) for key in keys]
    rows = [tuple(row[place] for place in places) for row in table.rows]
    return Table(table.key, table.many, tuple(table.columns[place] for place in places), rows)


def _object(table: Table, formats: Formats) -> list[str]:
    pairs = [
        (column_label(column.key, formats.lang), layout.printable(formats.cell(value, column)))
        for column, value in zip(table.columns, table.rows[0], strict=True)
    ]
    name_width = max(layout.width(name) for name, _ in pairs)
    # Numbers of one object stand under each other; texts begin at one place.
    right = all(is_number(column.kind) for column in table.columns)
    value_width = max(layout.width(value) for _, value in pairs) if right else 0
    return [
        f"{layout.pad(name, name_width)}  {layout.pad(value, value_width, right=right)}"
        for name, value in pairs
    ]


def _draw_tables(section: Section, report: Report, formats: Formats) -> list[str]:
    """A section without a drawing of its own: its queries' answers, one under the other."""
    blocks = (render_tables(report.answers[name], formats, WIDTH - 2) for name in section.queries)
    return ["  " + line for line in "\n".join(blocks).splitlines()]


def _draw_general(report: Report, formats: Formats, paint: Paint) -> list[str]:
    (stats,) = report.answers["general-stats"]
    change = next(table for table in report.answers["compare"] if table.key == "change")
    changes = dict(zip(change.columns, change.rows[0], strict=True))
    kinds = {column.key: column for column in change.columns}
    lines = [layout.pad(text_label("change", formats.lang), 68, right=True)]
    for column, value in zip(stats.columns, stats.rows[0], strict=True):
        label = layout.pad(column_label(column.key, formats.lang), 24)
        number = layout.pad(formats.cell(value, column), 22, right=True)
        moved = _change(kinds.get(column.key), changes, formats, paint)
        lines.append(f"  {label}{number}{moved}")
    return lines


def _change(
    column: Column | None, changes: Mapping[Column, float | None], formats: Formats, paint: Paint
) -> str:
    """The change against the previous period, set to the right; blank where none is told."""
    if column is None:
        return ""
    value = changes[column]
    text = NOTHING if value is None else formats.change(value, column.kind)
    return paint.signed(layout.pad(text, 20, right=True), value)


def _draw_sources(report: Report, formats: Formats, paint: Paint) -> list[str]:
    (sources,) = report.answers["sources"]
    if not sources.rows:
        return ["  " + text_label("no_sources", formats.lang)]
    rows = sources.dicts()
    columns = {column.key: column for column in sources.columns}
    headings = [
        Heading(column_label("utm_source", formats.lang)),
        Heading(column_label("sessions", formats.lang), right=True),
        Heading(text_label("conversion_short", formats.lang), right=True),
        Heading(column_label("orders", formats.lang), right=True),
        Heading(column_label("revenue", formats.lang), right=True),
    ]
    shown = ("sessions", "conversion_rate", "orders", "revenue")
    lines = layout.table(
        headings,
        [
            [
                layout.fit(layout.printable(row["utm_source"]), 20),
                *(formats.cell(row[key], columns[key]) for key in shown),
            ]
            for row in rows
        ],
    )
    table_width = max(layout.width(line) for line in lines)
    room = max(0, min(12, WIDTH - 4 - table_width))
    most = max(row["sessions"] for row in rows) or 1
    bars = ["", "", *(paint.bar(layout.bar(row["sessions"] / most, room)) for row in rows)]
    return [
        f"  {layout.pad(line, table_width)}  {drawn}"
        for line, drawn in zip(lines, bars, strict=True)
    ]


def _draw_ltv(report: Report, formats: Formats, paint: Paint) -> list[str]:  # noqa: ARG001 - as all
    (sources,) = report.answers["ltv-comparison"]
    if not sources.rows:
        return ["  " + text_label("no_sources", formats.lang)]
    shown = only(sources, LTV_COLUMNS)
    named = [(layout.fit(layout.printable(row[0]), 14), *row[1:]) for row in shown.rows]
    return ["  " + line for line in _rows(replace(shown, rows=named), formats, None)]


def _draw_repeat(report: Report, formats: Formats, paint: Paint) -> list[str]:  # noqa: ARG001 - as all
    (rates,) = report.answers["repeat-rate"]
    if not rates.dicts()[0]["total_customers"]:
        return ["  " + text_label("no_customers", formats.lang)]
    return ["  " + line for line in _object(rates, formats)]


def _draw_funnel(report: Report, formats: Formats, paint: Paint) -> list[str]:
    steps = next(table for table in report.answers["funnel"] if table.key == "steps")
    columns = {column.key: column for column in steps.columns}
    of_total, of_previous = (
        column_label(key, formats.lang) for key in ("rate_of_total", "rate_of_previous")
    )
    lines = [layout.pad(of_total, 62, right=True) + layout.pad(of_previous, 18, right=True)]
    for row in steps.dicts():
        share = row["rate_of_total"]
        drawn = layout.bar(None if share is None else share / 100, 22)
        cells = (
            layout.pad(column_label(row["name"], formats.lang), 15),
            layout.pad(formats.cell(row["sessions"], columns["sessions"]), 10, right=True),
            "  " + paint.bar(drawn) + " " * (23 - layout.width(drawn)),
            layout.pad(formats.cell(share, columns["rate_of_total"]), 10, right=True),
            layout.pad(
                formats.cell(row["rate_of_previous"], columns["rate_of_previous"]), 18, right=True
            ),
        )
        lines.append("  " + "".join(cells))
    return lines


def _draw_insights(report: Report, formats: Formats, paint: Paint) -> list[str]:  # noqa: ARG001 - as all
    (found,) = report.answers["insights"]
    return ["  " + line for line in _insights(found, formats, WIDTH - 2)]


_DRAWINGS: Mapping[str, Callable[[Report, Formats, Paint], list[str]]] = {
    "general_stats": _draw_general,
    "top_sources": _draw_sources,
    "top_ltv": _draw_ltv,
    "repeat_purchases": _draw_repeat,
    "funnel": _draw_funnel,
    "insights": _draw_insights,
}
