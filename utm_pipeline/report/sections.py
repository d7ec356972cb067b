"""The report of a period as data; how it looks is up to ``render``.

A section is a name and the queries whose answers it shows, so every number in a report is one that
``query`` gives too. To add a section, add it to ``SECTIONS`` and a drawing to each renderer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Section:
    """What a section of the report asks: queries with their parameters, the period aside."""

    key: str
    queries: Mapping[str, Mapping[str, object]]


SECTIONS = (
    Section("general_stats", {"general-stats": {}, "compare": {}}),
    Section("top_sources", {"sources": {"limit": 5}}),
    Section("top_ltv", {"ltv-comparison": {"limit": 5}}),
    Section("repeat_purchases", {"repeat-rate": {}}),
    Section("funnel", {"funnel": {}}),
    Section("insights", {"insights": {}}),
)


@dataclass(frozen=True)
class Report:
    """A period's answers, with what is needed to say what they are about."""

    period: str
    first_date: date | None
    last_date: date | None
    as_of: datetime
    """Aware, in business time."""
    timezone: str
    currency: str
    dashboard_url: str | None
    answers: Mapping[str, list[Table]]
    """The tables of each query, by its name."""


def assemble(warehouse: Warehouse, settings: Settings, period: str) -> Report:
    """Asks everything that the report of a period shows.

    Raises:
        ParameterError: there is no such period.
        WarehouseError: the marts are incomplete.
    """
    first, last = catalogue.period_dates(warehouse, period)
    return Report(
        period=period,
        first_date=first,
        last_date=last,
        as_of=warehouse.as_of.astimezone(warehouse.zone),
        timezone=warehouse.zone.key,
        currency=settings.currency,
        dashboard_url=settings.dashboard_url,
        answers={
            name: catalogue.fetch(warehouse, name, {"period": period, **params})
            for section in SECTIONS
            for name, params in section.queries.items()
        },
    )


def to_json(report: Report) -> dict[str, Any]:
    """The report as one JSON object: its stamp, then the answers by the queries' names."""
    return {
        "period": report.period,
        "first_date": report.first_date and report.first_date.isoformat(),
        "last_date": report.last_date and report.last_date.isoformat(),
        "as_of": report.as_of.isoformat(),
        "timezone": report.timezone,
        "currency": report.currency,
        "dashboard_url": report.dashboard_url,
        **{
            name.replace("-", "_"): catalogue.to_json(tables)
            for name, tables in report.answers.items()
        },
    }
