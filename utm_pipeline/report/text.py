"""Reports and tables as text for a terminal, 80 cells wide."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from utm_pipeline.queries.model import Table
from utm_pipeline.report import layout
from utm_pipeline.report.cells import Cell, Formats, Grid, grid, is_number, only, record
from utm_pipeline.report.cohorts import read_cohorts
from utm_pipeline.report.layout import GAP
from utm_pipeline.report.paint import NO_PAINT, Paint
from utm_pipeline.report.sections import Block, Report, Section, compose, dashboard, stamp, title
from utm_pipeline.report.sentences import insights, is_insights, verdict
from utm_pipeline.words import column_label
from utm_pipeline.words import text as words

WIDTH = 80
_FIRST_TO_GO = ("total_score", "unique_visitors", "avg_order_value", "conversions")
"""Columns that a narrow terminal does without; after them those on the right."""


def render_report(report: Report, lang: str, paint: Paint) -> str:
    """The report as text that ends with a line break."""
    formats = Formats(lang, report.currency)
    lines = [paint(title(report, formats), "bold")]
    lines += [paint(line, "dim") for line in layout.wrap(stamp(report, formats), WIDTH)]
    for block in compose(report, formats):
        lines += ["", paint(block.title, "bold"), paint("─" * WIDTH, "dim")]
        lines += [GAP + line for line in _block(block, formats, paint)]
    if report.dashboard_url:
        lines += ["", dashboard(report, formats)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_tables(
    tables: Iterable[Table],
    formats: Formats,
    max_width: int | None,
    paint: Paint = NO_PAINT,
    whole: Mapping[str, Any] | None = None,
) -> str:
    """The answer of a query as text; a table that is wider than ``max_width`` loses columns.

    ``whole`` is the answer that its rows are parts of.
    """
    tables = list(tables)
    if any(table.key == "matrix" for table in tables):
        return "\n".join(_heat_map(tables, formats, paint)) + "\n"
    blocks = []
    for table in tables:
        lines = [] if table.name is None else [words(table.name, formats.lang)]
        if is_insights(table):
            said = insights(table, formats)
            lines += _numbered(said, WIDTH) or [words("no_insights", formats.lang)]
        elif not table.rows:
            lines.append(words("no_rows", formats.lang))
        else:
            lines += _fitting(table, formats, max_width, whole)
        blocks.append("\n".join(lines))
        if table.key is None and any(part.key == "variants" for part in tables):
            blocks.append(_why(tables, formats))
    return "\n\n".join(blocks) + "\n"


def _block(block: Block, formats: Formats, paint: Paint) -> list[str]:
    section, lines = block.section, [block.note] if block.note else []
    for made in block.grids:
        lines += [""] if lines else []
        lines += [made.title] if made.title else []
        if section.is_list:
            lines += _numbered([row[-1].text for row in made.rows], WIDTH - len(GAP))
        elif section.widths:
            lines += _at_places(section, made, paint)
        else:
            # What is told how to set its names has columns that are known to fit.
            widest = None if section.name_cells else WIDTH - len(GAP)
            lines += _barred(
                section, made, _table(made, formats, widest, section.name_cells), paint
            )
        lines += _notes(made, WIDTH - len(GAP))
    return lines


def _fitting(
    table: Table, formats: Formats, widest: int | None, whole: Mapping[str, Any] | None
) -> list[str]:
    """The rows as a table; where there is no room, columns go, at most half of them, by name."""
    made = grid(table, formats, whole=whole) if table.many else record(table, formats)
    notes, keys = _notes(made, WIDTH), [column.key for column in table.columns]
    kept = list(keys)
    while table.many and widest is not None and 2 * len(kept) > len(keys):
        lines = _table(grid(only(table, kept), formats, whole=whole), formats, None)
        if max(map(layout.width, lines)) <= widest:
            gone = ", ".join(column_label(key, formats.lang) for key in keys if key not in kept)
            told = layout.wrap(words("dropped", formats.lang, names=gone), widest) if gone else []
            return [*lines, *told, *notes]
        kept.remove(next((key for key in _FIRST_TO_GO if key in kept), kept[-1]))
    return [*_table(made, formats, widest), *notes]


def _notes(made: Grid, width: int) -> list[str]:
    """What has to be known besides, under an empty line."""
    lines = [line for note in made.notes for line in layout.wrap(note, width)]
    return ["", *lines] if lines else []


def _why(tables: Sequence[Table], formats: Formats) -> str:
    """What an A/B test's verdict rests on, in sentences."""
    said, unit = " ".join(verdict(tables, formats)), words("points", formats.lang)
    # No line ends between a number and its unit, or within either.
    said = re.sub(rf"(?<=\d) (?=[\d%]|{re.escape(unit)})", "\u00a0", said)
    said = said.replace(unit, unit.replace(" ", "\u00a0"))
    lines = [line.replace("\u00a0", " ") for line in textwrap.wrap(said, WIDTH)]
    return "\n".join([words("why", formats.lang), *lines])


def _numbered(sentences: Sequence[str], width: int) -> list[str]:
    lines = []
    for number, said in enumerate(sentences, start=1):
        head = f"{number}. "
        first, *rest = layout.wrap(said, width - len(head))
        lines += [head + first, *(" " * len(head) + line for line in rest)]
    return lines


def _table(made: Grid, formats: Formats, widest: int | None, name_cells: int = 0) -> list[str]:
    """The rows under a rule; one under the other where they are too wide, and for an object."""
    shown = [*made.rows, *([made.total] if made.total else ())]
    rows = [[cell.plain for cell in row] for row in shown]
    if name_cells:
        rows = [[layout.fit(layout.printable(name), name_cells), *rest] for name, *rest in rows]
    if not made.headings[0].text:
        # Numbers of one object stand under each other; texts begin at one place.
        right = all(is_number(row[1].kind) for row in made.rows)
        rows = [[layout.printable(text) for text in row] for row in rows]
        padded = layout.columns(rows, (False, right))
        return [
            GAP.join((name, shown if right else value))
            for (name, shown), (_, value) in zip(padded, rows, strict=True)
        ]
    rows = [[heading.text for heading in made.headings], *rows]
    lines = layout.table(rows, [heading.right for heading in made.headings])
    if widest is not None and max(map(layout.width, lines)) > widest:
        return layout.records(rows, words("row", formats.lang))
    return lines


def _barred(section: Section, made: Grid, lines: list[str], paint: Paint) -> list[str]:
    """The same lines with a bar behind each row, if there is one to draw and room for it."""
    if not section.bar:
        return lines
    widest = max(map(layout.width, lines))
    room = max(0, min(section.bar_cells, WIDTH - 2 * len(GAP) - widest))
    bars = ["", "", *(paint(bar, "bar") for bar in _bars(section, made, room))]
    bars += [""] * (len(lines) - len(bars))
    return [f"{layout.pad(line, widest)}{GAP}{bar}" for line, bar in zip(lines, bars, strict=True)]


def _bars(section: Section, made: Grid, cells: int) -> list[str]:
    values: list[float | None] = [row[section.bar].value for row in made.rows]  # type: ignore[misc]  # numbers
    whole = section.bar_whole or max(value or 0 for value in values) or 1
    return [layout.bar(None if value is None else value / whole, cells) for value in values]


def _at_places(section: Section, made: Grid, paint: Paint) -> list[str]:
    """Columns at fixed places, a bar before its number; the first two need no headings."""
    headings = [Cell(""), Cell("", right=True), *made.headings[2:]]
    bars = ["", *_bars(section, made, section.bar_cells)] if section.bar else repeat("")
    lines = []
    for row, bar in zip((headings, *made.rows), bars, strict=False):
        texts = [
            paint(layout.pad(cell.plain, width, right=cell.right), cell.tone)
            for cell, width in zip(row, section.widths, strict=True)
        ]
        if section.bar:
            room = " " * (section.bar_cells + 1 - layout.width(bar))
            texts.insert(section.bar, GAP + paint(bar, "bar") + room)
        lines.append("".join(texts))
    return lines


def _heat_map(tables: Sequence[Table], formats: Formats, paint: Paint) -> list[str]:
    """A row a cohort with its size, a column a period; the darker, the nearer to the largest."""
    answer = read_cohorts(tables)
    if not answer.cohorts:
        return [words("no_cohorts", formats.lang)]
    most = max(chain(*answer.matrix), default=0)
    made = answer.grid(formats)
    rows = [[cell.text for cell in cells] for cells in (made.headings, *made.rows)]
    head, *padded = layout.columns(rows, [heading.right for heading in made.headings])
    lines = [GAP.join(head), "─" * layout.width(GAP.join(head))]
    for (name, size, *cells), values in zip(padded, answer.matrix, strict=True):
        shaded = (
            paint.heat(cell, value / most if most else 0)
            for cell, value in zip(cells, values, strict=True)
        )
        lines.append(GAP.join([name, size, *shaded]))
    return lines
