"""Charts of the catalogue's answers: Vega-Lite files filled with data, drawn as PNG and as SVG.

Every number in a chart is one that ``query`` gives too. Bars are entries of ``bars.BARS``; what is
drawn otherwise has a file ``NAME.vl.json`` and a module that fills it. A text of a file that begins
with ``$`` names the value that stands there: data alone, never an expression. vl-convert and the
font are the extra ``charts``; they are imported when a chart is drawn, and no earlier.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import WrongUseError
from utm_pipeline.report import extras

if TYPE_CHECKING:
    from utm_pipeline.queries.model import Table
    from utm_pipeline.report.cells import Formats
    from utm_pipeline.report.charts.look import Content, Look
    from utm_pipeline.report.sections import Report

NAMES = ("sources", "funnel", "roi", "cohort-analysis", "ltv-comparison")
"""The queries whose answers have a chart."""


def check(query: str, asked_by: str) -> None:
    """Makes sure that the query has a chart and that it can be drawn.

    ``asked_by`` is what asked for the chart, for the message.

    Raises:
        WrongUseError: the query has no chart.
        ConfigError: the extra is not installed.
    """
    _check_name(query, asked_by)
    extras.check("charts", asked_by)


def _check_name(query: str, asked_by: str) -> None:
    if query not in NAMES:
        fix = f"there are charts of {', '.join(NAMES)}"
        raise WrongUseError(f"the answer of {query} has no chart", asked_by, fix)


@dataclass(frozen=True)
class Chart:
    """The chart of a query's answer. Only :meth:`png` and :meth:`svg` need the extra.

    Raises:
        WrongUseError: the query has no chart.
    """

    query: str
    tables: Sequence[Table]
    look: Look
    section: str = ""
    """The key of the report's section that it belongs to, if any."""

    def __post_init__(self) -> None:
        """Refuses a query without a chart."""
        _check_name(self.query, "chart")

    @property
    def name(self) -> str:
        """A name for files and ids."""
        return self.query.partition("-")[0]

    @property
    def is_empty(self) -> bool:
        """Whether the answer has nothing to draw."""
        return bool(self._content.why)

    def alt(self) -> str:
        """What it shows, in words, for readers who do not see it."""
        content = self._content
        return f"{self.look.titled(content.subject)}: {content.why or content.said}."

    def definition(self) -> dict[str, Any]:
        """The chart in Vega-Lite, which says why if there is nothing to draw."""
        from utm_pipeline.report.charts.look import MARGIN, drawable
        from utm_pipeline.report.fonts import FAMILY

        content = self._content
        blank = {"file": "blank", "about": [self.look.about], "why": content.why}
        made: Mapping[str, Any] = blank if content.why else content.values
        # The others are for browsers that have not the first.
        font = f"{FAMILY}, Arial, Helvetica, sans-serif"
        values = {"font": font, "padding": MARGIN, "title": content.title}
        values |= {**vars(self.look.theme), **made}
        values["about"] = [drawable(line) for line in made["about"] if line]
        frame, drawn = _filled(_file("frame"), values), _file(made["file"])
        if "panels" not in made:
            return {**frame, **_filled(drawn, values)}
        labels, panel = drawn["hconcat"]
        panels = [_filled(panel, {**values, **own}) for own in made["panels"]]
        return {**frame, "hconcat": [_filled(labels, values), *panels]}

    def png(self) -> bytes:
        """A PNG of two device pixels a pixel, with an opaque background.

        Raises:
            ConfigError: the extra is not installed.
        """
        extras.check("charts", "chart")
        from utm_pipeline.report.charts.drawing import to_png

        return to_png(self.definition())

    def svg(self, *, dark: bool = False) -> str:
        """An SVG document that needs nothing from elsewhere, for a dark page or as it looks.

        Raises:
            ConfigError: the extra is not installed.
        """
        extras.check("charts", "chart")
        from utm_pipeline.report.charts.drawing import to_svg
        from utm_pipeline.report.charts.look import DARK

        shown = replace(self, look=replace(self.look, theme=DARK)) if dark else self
        return to_svg(shown.definition(), self.alt())

    @cached_property
    def _content(self) -> Content:
        from utm_pipeline.report.charts import bars, heat_map

        if self.query == "cohort-analysis":
            return heat_map.content(self.tables, self.look)
        return bars.content(self.query, self.tables, self.look)


def illustrations(report: Report, cohorts: Sequence[Table], formats: Formats) -> list[Chart]:
    """The charts of a report that have something to show; ``cohorts`` is ``COHORTS``' answer."""
    from utm_pipeline.report.charts.look import Look
    from utm_pipeline.report.sections import COHORTS, SECTIONS, dated

    look = Look(formats, about=dated(report, formats))
    charts = (
        # Cohorts are as of the data, whatever the period.
        Chart(section.chart, cohorts, Look(formats), section.key)
        if section.chart == COHORTS
        else Chart(section.chart, report.answers[section.chart], look, section.key)
        for section in SECTIONS
        if section.chart
    )
    return [chart for chart in charts if not chart.is_empty]


def width(png: bytes) -> int:
    """The width of a PNG, in pixels of the page (W3C, PNG third edition, 11.2.1)."""
    from utm_pipeline.report.charts.look import SCALE

    (pixels,) = struct.unpack_from(">I", png, 16)
    return int(pixels) // SCALE


@cache
def _file(name: str) -> Any:
    path = Path(__file__).with_name(f"{name}.vl.json")
    return json.loads(path.read_text(encoding="utf-8"))


def _filled(part: Any, values: Mapping[str, Any]) -> Any:
    """The same with values in place of the texts that name them."""
    if isinstance(part, dict):
        return {key: _filled(child, values) for key, child in part.items()}
    if isinstance(part, list):
        return [_filled(child, values) for child in part]
    return values[part[1:]] if isinstance(part, str) and part.startswith("$") else part
