"""Whether there is a right report to send. In doubt there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import EmptyWarehouseError, UnfinishedPeriodError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, refuse_stale

_REFRESH = "run `utm-pipeline refresh`"

_ENDS: Mapping[str, Callable[[date], date]] = {
    "yesterday": lambda today: today - timedelta(days=1),
    "last_week": lambda today: today - timedelta(days=today.weekday() + 1),
    "last_month": lambda today: today.replace(day=1) - timedelta(days=1),
}
"""The last day of each complete period, by today's date (metrics.md 1)."""


def is_complete(period: str) -> bool:
    """Whether the period is over, so that its report is the same whenever it is asked for."""
    return period in _ENDS


def check(
    warehouse: Warehouse, settings: Settings, period: str, now: datetime | None = None
) -> None:
    """Makes sure that a report of the period would be right, and about what its reader expects.

    ``now`` is aware; the clock's by default.

    Raises:
        StaleDataError: the data is older than UTM_FRESHNESS_MINUTES.
        EmptyWarehouseError: there are no sessions at all.
        UnfinishedPeriodError: the data ends before a period that is over by now. Periods are as of
            the data: on Monday with Sunday's data, last_week would be the week before.
        WarehouseError: the marts are incomplete.
    """
    now = datetime.now(UTC) if now is None else now
    refuse_stale(warehouse, settings, now)
    begun, _ = catalogue.period_dates(warehouse, "all_time")
    if begun is None:
        raise EmptyWarehouseError(
            "the warehouse holds no sessions",
            warehouse.place,
            "look at what `utm-pipeline query data-quality` says, and refresh",
        )
    if not is_complete(period):
        return
    _, last = catalogue.period_dates(warehouse, period)
    expected = _ENDS[period](now.astimezone(warehouse.zone).date())
    if last is None or last < expected:
        as_of = warehouse.as_of.astimezone(warehouse.zone).isoformat(sep=" ", timespec="minutes")
        raise UnfinishedPeriodError(
            f"the data is as of {as_of}, but {period} goes to {expected.isoformat()}",
            warehouse.place,
            _REFRESH,
        )
