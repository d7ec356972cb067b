"""The charts of a report: which section has one, and what it shows in words."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from utm_pipeline.queries.model import Table
from utm_pipeline.report import charts
from utm_pipeline.report.charts.look import DARK, LIGHT, Look, about
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.sections import Report

COHORTS = "cohort-analysis"
"""The query that the report does not ask, and one of its charts shows."""


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
        """As a PNG, on white.

        Raises:
            ConfigError: the extra for charts is not installed.
        """
        return charts.png(self.query, self.tables, self.look)

    def svg(self, *, dark: bool = False) -> str:
        """As an SVG document, for a light or a dark page.

        Raises:
            ConfigError: the extra for charts is not installed.
        """
        look = Look(self.look.formats, DARK if dark else LIGHT, self.look.about)
        return charts.svg(self.query, self.tables, look)


def illustrations(report: Report, cohorts: Sequence[Table], formats: Formats) -> list[Illustration]:
    """The charts that have something to show; ``cohorts`` is the answer of ``COHORTS``."""
    when = about(formats, report.period, (report.first_date, report.last_date))
    found = []
    for section, query, has_something in _CHARTS:
        tables = cohorts if query == COHORTS else report.answers[query]
        if has_something({table.key: table for table in tables}):
            # Cohorts are as of the data, whatever the period.
            look = Look(formats, LIGHT, "" if query == COHORTS else when)
            found.append(Illustration(section, query, tables, look))
    return found


def width(png: bytes) -> int:
    """The width of a PNG, in pixels of the page (W3C, PNG third edition, 11.2.1)."""
    (pixels,) = struct.unpack_from(">I", png, 16)
    from utm_pipeline.report.charts.drawing import SCALE

    return int(pixels) // SCALE


Parts = Mapping[str | None, Table]
_CHARTS: tuple[tuple[str, str, Callable[[Parts], bool]], ...] = (
    ("top_sources", "sources", lambda parts: bool(parts[None].rows)),
    ("repeat_purchases", COHORTS, lambda parts: bool(parts["cohorts"].rows)),
    ("funnel", "funnel", lambda parts: bool(parts["steps"].dicts()[0]["sessions"])),
)
