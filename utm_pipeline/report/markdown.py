"""Reports as Markdown."""

from __future__ import annotations

import html
import re

from utm_pipeline.report.cells import Cell, Formats, Grid, is_number
from utm_pipeline.report.layout import printable
from utm_pipeline.report.sections import Report, compose, stamp, title
from utm_pipeline.words import text

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~-])")


def render_report(report: Report, lang: str) -> str:
    """The report as Markdown that ends with a line break."""
    formats = Formats(lang, report.currency)
    lines = [f"# {title(report, formats)}", "", stamp(report, formats)]
    for block in compose(report, formats):
        lines += ["", f"## {block.title}"]
        for table in block.tables:
            lines += ["", *(_list if block.section.is_list else _table)(table.wide or table)]
            lines += [line for note in table.notes for line in ("", note)]
        if not block.tables:
            lines += ["", block.note]
    if report.dashboard_url:
        lines += ["", f"{text('dashboard', lang)}: <{report.dashboard_url}>"]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text of the outside as Markdown that shows it and does nothing else."""
    return html.escape(_MARKS.sub(r"\\\1", printable(text)), quote=False)


def _list(grid: Grid) -> list[str]:
    return [f"{number.text}. {_shown(said)}" for number, said in grid.rows]


def _table(grid: Grid) -> list[str]:
    shown = (grid.headings, *grid.rows, *([grid.total] if grid.total else ()))
    head, *rows = [[_shown(cell) for cell in cells] for cells in shown]
    rule = ["---:" if heading.right else "---" for heading in grid.headings]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def _shown(cell: Cell) -> str:
    is_own = cell.kind is None or is_number(cell.kind)
    return cell.plain if is_own and cell.tone != "outside" else escape(cell.plain)
