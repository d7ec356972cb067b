"""The report as a PDF: A4, with bookmarks, charts and the same tables as everywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from utm_pipeline.report import fonts
from utm_pipeline.report.cells import Formats, Grid
from utm_pipeline.report.charts import Chart
from utm_pipeline.report.charts.look import LIGHT
from utm_pipeline.report.layout import printable
from utm_pipeline.report.sections import Report, compose, dashboard, stamp, title

_TEMPLATE = Path(__file__).with_name("templates") / "report.typ"
_NO_BREAK, _LACKING = "\u00a0", "▯"


def render_report(report: Report, lang: str, charts: Sequence[Chart]) -> bytes:
    """The report as a PDF file with these charts; the same report always gives the same bytes.

    Raises:
        ImportError: the extra for PDF is not installed.
    """
    import typst

    formats = Formats(lang, report.currency)
    pictures = {chart.section: {"svg": _known(chart.svg()), "alt": chart.alt()} for chart in charts}
    data = {
        "lang": lang,
        "font": fonts.FAMILY,
        "colours": asdict(LIGHT),
        "title": title(report, formats),
        "stamp": stamp(report, formats),
        "url": report.dashboard_url,
        "dashboard": dashboard(report, formats),
        "sections": [
            {
                "title": _shown(block.title),
                "note": _shown(block.note),
                "tables": [_table(grid) for grid in block.grids],
                "picture": pictures.get(block.section.key),
            }
            for block in compose(report, formats)
        ],
    }
    known = typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.folder())])
    # The clock would make every copy another file. The library takes no zones but offsets.
    offset = report.as_of.utcoffset() or timedelta()
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        font_paths=known,
        # Data and no markup: what strangers chose stays text.
        sys_inputs={"report": json.dumps(data)},
        timestamp=report.as_of.astimezone(timezone(offset)),
    )
    return bytes(made)


def _table(grid: Grid) -> dict[str, Any]:
    head, *rows = [
        [{"text": _shown(cell.text), "right": cell.right, "tone": cell.tone} for cell in cells]
        for cells in (grid.headings, *grid.rows, *([grid.total] if grid.total else ()))
    ]
    notes = [_shown(note) for note in grid.notes]
    return {"title": _shown(grid.title), "headings": head, "rows": rows, "notes": notes}


def _shown(text: str) -> str:
    """The text without what hides; blanks that do not break stay, within numbers."""
    return _known(_NO_BREAK.join(printable(part) for part in text.split(_NO_BREAK)))


def _known(text: str) -> str:
    """The text with a box for each letter that the font lacks."""
    signs = fonts.signs()
    return "".join(sign if ord(sign) in signs or sign.isspace() else _LACKING for sign in text)
