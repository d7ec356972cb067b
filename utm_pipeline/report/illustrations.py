"""The charts of a report."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from utm_pipeline.queries.model import Table
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts import Chart
from utm_pipeline.report.charts.look import LIGHT, SCALE, Look, about
from utm_pipeline.report.sections import COHORTS, SECTIONS, Report


def illustrations(report: Report, cohorts: Sequence[Table], formats: Formats) -> list[Chart]:
    """The charts that have something to show; ``cohorts`` is the answer of ``COHORTS``."""
    dated = Look(formats, LIGHT, about(formats, report.period, report.dates))
    charts = (
        # Cohorts are as of the data, whatever the period.
        Chart(section.chart, cohorts, Look(formats), section.key)
        if section.chart == COHORTS
        else Chart(section.chart, report.answers[section.chart], dated, section.key)
        for section in SECTIONS
        if section.chart
    )
    return [chart for chart in charts if not chart.is_empty]


def width(png: bytes) -> int:
    """The width of a PNG, in pixels of the page (W3C, PNG third edition, 11.2.1)."""
    (pixels,) = struct.unpack_from(">I", png, 16)
    return int(pixels) // SCALE
