"""The charts of a report, or a warning where they cannot be drawn."""

from __future__ import annotations

from utm_pipeline import queries as catalogue
from utm_pipeline.commands._shared import warn
from utm_pipeline.errors import ConfigError
from utm_pipeline.report import charts
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.illustrations import COHORTS, Illustration, illustrations
from utm_pipeline.report.sections import Report
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse


def illustrated(
    warehouse: Warehouse, settings: Settings, report: Report, asked_by: str
) -> list[Illustration]:
    """The charts that the report shows; none, and a warning, without the extra for charts.

    Raises:
        WarehouseError: the marts are incomplete.
    """
    try:
        charts.check(COHORTS, asked_by)
    except ConfigError as error:
        warn(f"{error}; the report is without charts; {error.fix}")
        return []
    cohorts = catalogue.fetch(warehouse, COHORTS, {}, settings.lang)
    return illustrations(report, cohorts, Formats(settings.lang, settings.currency))
