"""What stands on the pages: title, sections with their tables and charts, the dashboard."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import replace

from fpdf.enums import Align, TableBordersLayout, VAlign, WrapMode
from fpdf.fonts import FontFace

from utm_pipeline.report.charts.look import LIGHT
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.illustrations import Illustration, width
from utm_pipeline.report.labels import text_label
from utm_pipeline.report.pdf.paper import FONT, Paper, paper
from utm_pipeline.report.sections import Report
from utm_pipeline.report.text import stamp, title
from utm_pipeline.report.views import Cell, Grid, View, views

_TITLE, _SECTION, _PART, _TEXT, _ASIDE = 18.0, 13.0, 10.5, 9.5, 9.0
_LINE, _PADDING = 5.0, 1.1
_HEAD = 12.0
"""What the heading above a table takes."""
_MM_PER_PIXEL = 25.4 / 96
_UP, _DOWN = "#1a7f37", "#b42318"
_LEAST_COLUMN, _MOST_LEAST, _MOST_SPARE = 12.0, 36.0, 12.0


def written(report: Report, lang: str, illustrations: Sequence[Illustration]) -> bytes:
    """The file's bytes."""
    formats = Formats(lang, report.currency)
    charts = {each.section: each for each in illustrations}
    with paper(lang, stamp(report, formats)) as sheet:
        sheet.set_title(title(report, formats))
        sheet.set_author("utm-pipeline")
        sheet.set_subject(stamp(report, formats))
        # The clock would make every copy another file.
        sheet.set_creation_date(report.as_of)
        sheet.add_page()
        sheet.write_line(title(report, formats), _TITLE, LIGHT.ink, bold=True)
        sheet.write_line(stamp(report, formats), _ASIDE, LIGHT.muted)
        for view in views(report, formats):
            _section(sheet, view, charts.get(view.key))
        if report.dashboard_url:
            sheet.ln(6)
            label = f"{text_label('dashboard', lang)}: {report.dashboard_url}"
            sheet.write_line(label, _TEXT, LIGHT.bar, link=report.dashboard_url)
        return bytes(sheet.output())


def _section(sheet: Paper, view: View, chart: Illustration | None) -> None:
    sheet.ln(6)
    # A heading stays with its table, and a table in one piece if a page can hold it.
    first = _height(view.grids[0]) if view.grids else _LINE
    if sheet.will_page_break(min(_HEAD + first, sheet.eph - _HEAD)):
        sheet.add_page()
    sheet.start_section(sheet.shown(view.title))
    sheet.write_line(view.title, _SECTION, LIGHT.ink, bold=True)
    sheet.ln(1)
    if view.note:
        sheet.write_line(view.note, _TEXT, LIGHT.muted)
    for grid in view.grids:
        if grid.title:
            sheet.ln(1)
            sheet.write_line(grid.title, _PART, LIGHT.ink, bold=True)
        _table(sheet, grid)
        sheet.ln(2)
    if chart is not None:
        _picture(sheet, chart)


def _height(grid: Grid) -> float:
    """How high a table is at the least."""
    return (1 + len(grid.rows)) * (_LINE + 2 * _PADDING)


def _table(sheet: Paper, grid: Grid) -> None:
    rows = (grid.headings, *grid.rows)
    widths = _widths(sheet, rows)
    if widths is not None:
        _rows(sheet, rows, widths)
        return
    # Too many columns for a page: each row becomes a table of its own, a line for each column.
    for number, cells in enumerate(grid.rows, start=1):
        pairs = [(Cell(f"{number}"), Cell("")), *zip(grid.headings, cells, strict=True)]
        upright = [(replace(name, right=False), replace(cell, right=False)) for name, cell in pairs]
        _rows(sheet, upright, (sheet.epw * 0.4, sheet.epw * 0.6))
        sheet.ln(2)


def _rows(sheet: Paper, rows: Sequence[Sequence[Cell]], widths: Sequence[float]) -> None:
    sheet.set_font(FONT, "", _TEXT)
    sheet.set_text_color(LIGHT.ink)
    sheet.set_draw_color(LIGHT.line)
    with sheet.table(
        # Widths that share the page may add up to more than it, in the last bit.
        width=min(sum(widths), sheet.epw),
        col_widths=tuple(widths),
        align=Align.L,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD", fill_color=LIGHT.ramp[0]),
        line_height=_LINE,
        padding=_PADDING,
        v_align=VAlign.T,
        wrapmode=WrapMode.WORD,
    ) as table:
        for cells in rows:
            row = table.row()
            for cell in cells:
                row.cell(
                    sheet.shown(cell.text),
                    align=Align.R if cell.right else Align.L,
                    style=_style(cell),
                )


def _style(cell: Cell) -> FontFace | None:
    """Colour beside the arrow, never instead of it."""
    if cell.tone not in {"up", "down"}:
        return None
    return FontFace(color=_UP if cell.tone == "up" else _DOWN)


def _widths(sheet: Paper, rows: Sequence[Sequence[Cell]]) -> list[float] | None:
    """The columns' widths in millimetres: as their texts want it, within the page's.

    Returns:
        None where not even the words fit side by side.
    """
    room = 2 * _PADDING + 2 * sheet.c_margin + 2
    # As headings are set, so that nothing is too narrow.
    sheet.set_font(FONT, "B", _TEXT)
    wanted, least = [], []
    for cells in zip(*rows, strict=True):
        texts = [sheet.shown(cell.text) for cell in cells]
        words = [word for text in texts for word in text.split(" ")]
        widest = max(map(sheet.get_string_width, texts)) + room
        wanted.append(max(_LEAST_COLUMN, widest))
        longest = max(map(sheet.get_string_width, words)) + room
        least.append(min(max(_LEAST_COLUMN, longest), _MOST_LEAST, wanted[-1]))
    sheet.set_font(FONT, "", _TEXT)
    if sum(least) > sheet.epw:
        return None
    spare = sheet.epw - sum(wanted)
    if spare >= 0:
        # Numbers stand near to their names, not at the far edge of the page.
        each = min(_MOST_SPARE, spare / len(wanted))
        return [width + each for width in wanted]
    share = (sheet.epw - sum(least)) / (sum(wanted) - sum(least))
    return [low + (high - low) * share for low, high in zip(least, wanted, strict=True)]


def _picture(sheet: Paper, chart: Illustration) -> None:
    png = chart.png()
    across, down = struct.unpack_from(">II", png, 16)
    wide = min(sheet.epw, width(png) * _MM_PER_PIXEL)
    high = wide * down / across
    if high > sheet.eph:
        wide, high = wide * sheet.eph / high, sheet.eph
    if sheet.will_page_break(high):
        sheet.add_page()
    sheet.image(io.BytesIO(png), w=wide, h=high, alt_text=chart.alt())
