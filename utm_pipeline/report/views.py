"""The sections of a report as tables of words: what a page shows, without how it looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report.formats import NOTHING, Formats, is_number
from utm_pipeline.report.insights import sentences
from utm_pipeline.report.labels import column_label, text_label
from utm_pipeline.report.layout import safe
from utm_pipeline.report.sections import SECTIONS, Report, Section
from utm_pipeline.report.text import LTV_COLUMNS, named_steps, only
from utm_pipeline.words import Kind

SOURCE_COLUMNS = ("utm_source", "sessions", "conversion_rate", "orders", "revenue")
"""What the report shows of each source's traffic."""

_TAG_CELLS, _TEXT_CELLS = 48, 400
"""How long a tag, and how long a text of our own may become."""
_WITHIN = re.compile(r"(?<=\d) (?=\d)")
_RISE, _FALL, _SAME = "▲", "▼", "="


@dataclass(frozen=True)
class Cell:
    """One value in words."""

    text: str
    right: bool = False
    """Numbers are set to the right."""
    tone: str = ""
    """``up`` or ``down`` for a change, ``outside`` for a text that strangers chose."""
    value: object = None
    """What the words stand for, where they stand for a value of ``kind``."""
    kind: Kind | None = None


@dataclass(frozen=True)
class Grid:
    """A table; the first cell of each row names it."""

    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class View:
    """A section: its title, and its tables or why there are none."""

    key: str
    title: str
    grids: tuple[Grid, ...] = ()
    note: str = ""


def views(report: Report, formats: Formats) -> list[View]:
    """Every section of the report. One without a form of its own shows its answers as they are."""
    return [_VIEWS.get(section.key, _plain)(section, report, formats) for section in SECTIONS]


def headline(report: Report, formats: Formats) -> str:
    """Sessions and revenue with their change, for the line that a list of e-mails shows."""
    (general,) = _general(SECTIONS[0], report, formats).grids
    named = {row[0].text: " ".join(cell.text for cell in row[1:]) for row in general.rows}
    shown = (column_label(key, formats.lang) for key in ("total_sessions", "total_revenue"))
    return "; ".join(f"{name} {named[name]}" for name in shown)


def _general(section: Section, report: Report, formats: Formats) -> View:
    (stats,) = report.answers["general-stats"]
    against = next(table for table in report.answers["compare"] if table.key == "change")
    moved = {
        column.key: change(value, column.kind, formats)
        for column, value in zip(against.columns, against.rows[0], strict=True)
    }
    rows = tuple(
        (
            Cell(column_label(column.key, formats.lang)),
            _cell(value, column, formats),
            moved.get(column.key, Cell("", right=True)),
        )
        for column, value in zip(stats.columns, stats.rows[0], strict=True)
    )
    headings = (
        Cell(""),
        *(Cell(text_label(key, formats.lang), right=True) for key in ("value", "change")),
    )
    return _view(section, formats, (Grid(headings, rows),))


def _sources(section: Section, report: Report, formats: Formats) -> View:
    (sources,) = report.answers["sources"]
    if not sources.rows:
        return _view(section, formats, note="no_sources")
    shown = grid(only(sources, SOURCE_COLUMNS), formats)
    # As in the text: the full word would take the room of the names on a phone.
    place = SOURCE_COLUMNS.index("conversion_rate")
    short = Cell(text_label("conversion_short", formats.lang), right=True)
    headings = (*shown.headings[:place], short, *shown.headings[place + 1 :])
    return _view(section, formats, (replace(shown, headings=headings),))


def _ltv(section: Section, report: Report, formats: Formats) -> View:
    (sources,) = report.answers["ltv-comparison"]
    if not sources.rows:
        return _view(section, formats, note="no_sources")
    return _view(section, formats, (grid(only(sources, LTV_COLUMNS), formats),))


def _repeat(section: Section, report: Report, formats: Formats) -> View:
    (rates,) = report.answers["repeat-rate"]
    if not rates.dicts()[0]["total_customers"]:
        return _view(section, formats, note="no_customers")
    return _view(section, formats, (record(rates, formats),))


def _funnel(section: Section, report: Report, formats: Formats) -> View:
    steps = next(table for table in report.answers["funnel"] if table.key == "steps")
    return _view(section, formats, (grid(named_steps(steps, formats.lang), formats),))


def _insights(section: Section, report: Report, formats: Formats) -> View:
    (found,) = report.answers["insights"]
    if not found.rows:
        return _view(section, formats, note="no_insights")
    headings = tuple(
        Cell(said)
        for said in (column_label("position", formats.lang), text_label("insight", formats.lang))
    )
    rows = tuple(
        # Names from the outside are within the sentence.
        (Cell(f"{number}"), Cell(said, tone="outside"))
        for number, said in enumerate(sentences(found, formats), start=1)
    )
    return _view(section, formats, (Grid(headings, rows),))


def _plain(section: Section, report: Report, formats: Formats) -> View:
    tables = [table for name in section.queries for table in report.answers[name]]
    if not any(table.rows for table in tables):
        return _view(section, formats, note="no_rows")
    grids = tuple(
        (grid if table.many else record)(table, formats) for table in tables if table.rows
    )
    return _view(section, formats, grids)


def _view(
    section: Section, formats: Formats, grids: Sequence[Grid] = (), note: str | None = None
) -> View:
    said = "" if note is None else text_label(note, formats.lang)
    return View(section.key, text_label(section.key, formats.lang), tuple(grids), said)


def grid(table: Table, formats: Formats) -> Grid:
    """The rows of an answer, under the labels of their columns."""
    headings = tuple(
        Cell(column_label(column.key, formats.lang), right=is_number(column.kind))
        for column in table.columns
    )
    rows = tuple(
        tuple(
            _cell(value, column, formats) for value, column in zip(row, table.columns, strict=True)
        )
        for row in table.rows
    )
    return Grid(headings, rows, _title(table, formats))


def record(table: Table, formats: Formats) -> Grid:
    """An answer that is one object: a row a value."""
    rows = tuple(
        (Cell(column_label(column.key, formats.lang)), _cell(value, column, formats, right=True))
        for column, value in zip(table.columns, table.rows[0], strict=True)
    )
    headings = (Cell(""), Cell(text_label("value", formats.lang), right=True))
    return Grid(headings, rows, _title(table, formats))


def _title(table: Table, formats: Formats) -> str:
    named = table.key is not None and table.key != "steps"
    return text_label(table.key, formats.lang) if named and table.key is not None else ""


def _cell(value: object, column: Column, formats: Formats, *, right: bool = False) -> Cell:
    text = formats.cell(value, column)
    if column.kind is not Kind.TEXT:
        # A line may end before a unit, and never within a number.
        whole = _WITHIN.sub("\u00a0", text)
        return Cell(whole, right or is_number(column.kind), "", value, column.kind)
    is_tag = column.key.startswith("utm_")
    shown = safe(text, _TAG_CELLS if is_tag else _TEXT_CELLS)
    return Cell(shown, right, "outside", value, column.kind)


def change(value: float | None, kind: Kind, formats: Formats) -> Cell:
    """The change with an arrow, since nobody should need its colour."""
    if value is None:
        return Cell(NOTHING, right=True)
    arrow = _RISE if value > 0 else _FALL if value < 0 else _SAME
    tone = "up" if value > 0 else "down" if value < 0 else ""
    return Cell(f"{arrow} {formats.change(value, kind)}", True, tone, value, kind)


_VIEWS: Mapping[str, Callable[[Section, Report, Formats], View]] = {
    "general_stats": _general,
    "top_sources": _sources,
    "top_ltv": _ltv,
    "repeat_purchases": _repeat,
    "funnel": _funnel,
    "insights": _insights,
}
