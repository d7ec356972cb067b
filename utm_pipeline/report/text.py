"""Reports and tables as text for a terminal, 80 cells wide."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from utm_pipeline.queries.model import Table
from utm_pipeline.report import layout
from utm_pipeline.report.cells import Cell, Formats, Grid, grid, is_number, record
from utm_pipeline.report.cohorts import read_cohorts
from utm_pipeline.report.layout import Heading
from utm_pipeline.report.paint import NO_PAINT, Paint
from utm_pipeline.report.sections import Block, Report, compose, dashboard, stamp, title
from utm_pipeline.report.sentences import insights, is_insights, verdict
from utm_pipeline.words import text as words

WIDTH = 80
_GAP = "  "


def render_report(report: Report, lang: str, paint: Paint) -> str:
    """The report as text that ends with a line break."""
    formats = Formats(lang, report.currency)
    lines = [paint.bold(title(report, formats)), paint.dim(stamp(report, formats))]
    for block in compose(report, formats):
        lines += ["", paint.bold(block.title), paint.dim("─" * WIDTH)]
        lines += [_GAP + line for line in _block(block, formats, paint)]
    if report.dashboard_url:
        lines += ["", dashboard(report, formats)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def render_tables(
    tables: Iterable[Table],
    formats: Formats,
    max_width: int | None,
    paint: Paint = NO_PAINT,
) -> str:
    """The answer of a query as text; a table wider than ``max_width`` is set as records."""
    tables = list(tables)
    if any(table.key == "matrix" for table in tables):
        return "\n".join(_heat_map(tables, formats, paint)) + "\n"
    blocks = []
    for table in tables:
        lines = [] if table.key is None else [words(table.key, formats.lang)]
        if is_insights(table):
            said = insights(table, formats)
            lines += _numbered(said, WIDTH) or [words("no_insights", formats.lang)]
        elif not table.rows:
            lines.append(words("no_rows", formats.lang))
        else:
            made = (grid if table.many else record)(table, formats)
            lines += _table(made, formats, max_width)
        blocks.append("\n".join(lines))
        if table.key is None and any(part.key == "variants" for part in tables):
            blocks.append(_why(tables, formats))
    return "\n\n".join(blocks) + "\n"


def _block(block: Block, formats: Formats, paint: Paint) -> list[str]:
    lines = [block.note] if block.note else []
    for made in block.grids:
        if lines:
            lines.append("")
        if made.title:
            lines.append(made.title)
        if made.hints.is_list:
            lines += _numbered([row[-1].text for row in made.rows], WIDTH - len(_GAP))
        elif made.hints.widths:
            lines += _at_places(made, paint)
        else:
            # What is told how to set its names has columns that are known to fit.
            widest = None if made.hints.name else WIDTH - len(_GAP)
            lines += _barred(made, _table(made, formats, widest), paint)
    return lines


def _why(tables: Sequence[Table], formats: Formats) -> str:
    """What an A/B test's verdict rests on, in sentences."""
    said, unit = " ".join(verdict(tables, formats)), words("points", formats.lang)
    # No line ends between a number and its unit, or within either.
    said = re.sub(rf"(?<=\d) (?=[\d%]|{re.escape(unit)})", "\u00a0", said)
    said = said.replace(unit, unit.replace(" ", "\u00a0"))
    lines = [line.replace("\u00a0", " ") for line in textwrap.wrap(said, WIDTH)]
    return "\n".join([words("why", formats.lang), *lines])


def _numbered(sentences: Sequence[str], width: int) -> list[str]:
    """Lines of a numbered list, at most so many cells wide."""
    lines = []
    for number, said in enumerate(sentences, start=1):
        head = f"{number}. "
        first, *rest = layout.wrap(said, width - len(head))
        lines += [head + first, *(" " * len(head) + line for line in rest)]
    return lines


def _table(made: Grid, formats: Formats, max_width: int | None) -> list[str]:
    """The rows under a rule; one under the other where they are too wide, and for an object."""
    name = made.hints.name
    rows = [[cell.plain for cell in row] for row in made.rows]
    if name:
        rows = [[layout.fit(layout.printable(first), name), *rest] for first, *rest in rows]
    if not made.headings[0].text:
        return _pairs(rows, all(is_number(row[1].kind) for row in made.rows))
    headings = [Heading(heading.text, heading.right) for heading in made.headings]
    lines = layout.table(headings, rows)
    if max_width is not None and max(map(layout.width, lines)) > max_width:
        return layout.records(headings, rows, words("row", formats.lang))
    return lines


def _pairs(pairs: Sequence[Sequence[str]], right: bool) -> list[str]:
    """Numbers of one object stand under each other; texts begin at one place."""
    rows = [[layout.printable(text) for text in pair] for pair in pairs]
    names, values = (max(layout.width(row[place]) for row in rows) for place in (0, 1))
    return [
        f"{layout.pad(name, names)}{_GAP}{layout.pad(value, values if right else 0, right=right)}"
        for name, value in rows
    ]


def _barred(made: Grid, lines: list[str], paint: Paint) -> list[str]:
    """The same lines with a bar behind each row, if there is one to draw and room for it."""
    if not made.hints.bar:
        return lines
    widest = max(map(layout.width, lines))
    room = max(0, min(made.hints.bar_cells, WIDTH - 2 * len(_GAP) - widest))
    bars = ["", "", *(paint.bar(bar) for bar in _bars(made, room))]
    return [f"{layout.pad(line, widest)}{_GAP}{bar}" for line, bar in zip(lines, bars, strict=True)]


def _bars(made: Grid, cells: int) -> list[str]:
    place = made.keys.index(made.hints.bar)
    values: list[float | None] = [row[place].value for row in made.rows]  # type: ignore[misc]  # numbers
    whole = made.hints.bar_whole or max(value or 0 for value in values) or 1
    return [layout.bar(None if value is None else value / whole, cells) for value in values]


def _at_places(made: Grid, paint: Paint) -> list[str]:
    """Columns at fixed places; the first two need no headings."""
    hints = made.hints
    headings = [Cell(""), Cell("", right=True), *made.headings[2:]]
    bars = ["", *(_bars(made, hints.bar_cells) if hints.bar else [""] * len(made.rows))]
    barred = made.keys.index(hints.bar) if hints.bar else -1
    lines = []
    for row, bar in zip((headings, *made.rows), bars, strict=True):
        line = ""
        for place, (cell, width) in enumerate(zip(row, hints.widths, strict=True)):
            taken = 0
            if place == barred:
                taken = hints.bar_cells + 3
                line += _GAP + paint.bar(bar) + " " * (taken - len(_GAP) - layout.width(bar))
            shown = layout.pad(cell.plain, width - taken, right=cell.right)
            line += paint.toned(shown, cell.tone)
        lines.append(line)
    return lines


def _heat_map(tables: Sequence[Table], formats: Formats, paint: Paint) -> list[str]:
    """Cohorts as lines: a row a cohort with its size, a column a period.

    The darker a cell, the nearer its value is to the matrix's largest; without colour the numbers
    stand alone.
    """
    answer = read_cohorts(tables)
    if not answer.cohorts:
        return [words("no_cohorts", formats.lang)]
    most = max((float(value) for row in answer.matrix for value in row), default=0.0)
    made = answer.grid(formats)
    rows = [[cell.text for cell in cells] for cells in (made.headings, *made.rows)]
    widths = [
        max(layout.width(row[place]) for row in rows if place < len(row))
        for place in range(len(rows[0]))
    ]
    padded = [
        [
            layout.pad(text, width, right=place > 0)
            for place, (text, width) in enumerate(zip(row, widths, strict=False))
        ]
        for row in rows
    ]
    head = _GAP.join(padded[0])
    lines = [head, "─" * layout.width(head)]
    for (name, size, *cells), values in zip(padded[1:], answer.matrix, strict=True):
        shaded = (
            paint.heat(cell, float(value) / most if most else 0.0)
            for cell, value in zip(cells, values, strict=True)
        )
        lines.append(_GAP.join([name, size, *shaded]))
    return lines
