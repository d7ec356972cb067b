"""The charts of a report: which section has one, and what it shows in words."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from utm_pipeline.queries.model import Table
from utm_pipeline.report import charts
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts.look import DARK, LIGHT, SCALE, Look, about
from utm_pipeline.report.sections import COHORTS, SECTIONS, Report


@dataclass(frozen=True)
class Illustration:
    """A chart in a section. Only :meth:`png` and :meth:`svg` need the extra for charts."""

    section: str
    query: str
    tables: Sequence[Table]
    look: Look

    @property
    def name(self) -> str:
        """A name for files and ids."""
        return self.query.partition("-")[0]

    def alt(self) -> str:
        """What it shows, in words."""
        return charts.alt_text(self.query, self.tables, self.look)

    def png(self) -> bytes:
        """As a PNG, on white."""
        return charts.png(self.query, self.tables, self.look)

    def svg(self, *, dark: bool = False) -> str:
        """As an SVG document, for a light or a dark page."""
        look = replace(self.look, theme=DARK if dark else LIGHT)
        return charts.svg(self.query, self.tables, look)


def illustrations(report: Report, cohorts: Sequence[Table], formats: Formats) -> list[Illustration]:
    """The charts that have something to show; ``cohorts`` is the answer of ``COHORTS``."""
    when = about(formats, report.period, (report.first_date, report.last_date))
    found = []
    for section in SECTIONS:
        if not section.chart:
            continue
        # Cohorts are as of the data, whatever the period.
        is_dated = section.chart != COHORTS
        tables = report.answers[section.chart] if is_dated else cohorts
        if not charts.is_empty(section.chart, tables):
            look = Look(formats, LIGHT, when if is_dated else "")
            found.append(Illustration(section.key, section.chart, tables, look))
    return found


def width(png: bytes) -> int:
    """The width of a PNG, in pixels of the page (W3C, PNG third edition, 11.2.1)."""
    (pixels,) = struct.unpack_from(">I", png, 16)
    return int(pixels) // SCALE
