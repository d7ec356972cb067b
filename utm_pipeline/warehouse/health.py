"""What a reader of the served marts has to be told: how old they are, and what is missing in them.

The age of a refresh and that of the newest row are two things: a refresh goes on although the shop
delivers nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from utm_pipeline.errors import StaleDataError
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.model import Warehouse
from utm_pipeline.words import text

_TABLES = """
select
    table_name, quality.data_until, quality.read, quality.quarantined, run.read_anew,
    run.quarantined_anew, run.loss
from rpt_data_quality as quality inner join rpt_run as run using (table_name)
order by quality.position"""
_SESSIONS = "utm_sessions"
_WATCHED = ("user_actions", "orders")
_SLOWER = 10
"""How many times longer than sessions actions and orders may be silent before it is told."""
_HOUR = timedelta(hours=1)


class Delivery(NamedTuple):
    """What came of one raw table, and when it ends."""

    table: str
    data_until: datetime | None
    """Its newest visible row, aware, in UTC."""
    silence: timedelta | None
    """How long before as_of that is."""
    read: int
    quarantined: int
    read_anew: int
    quarantined_anew: int
    loss: str | None

    @property
    def share(self) -> float:
        """Rows set aside, per cent, of all or of those that were read last: the worse."""
        whole = 100 * self.quarantined / self.read if self.read else 0.0
        anew = 100 * self.quarantined_anew / self.read_anew if self.read_anew else 0.0
        return max(whole, anew)


def deliveries(warehouse: Warehouse) -> list[Delivery]:
    """What came of each raw table.

    Raises:
        WarehouseError: the marts are incomplete.
    """
    found = []
    rows = warehouse.execute(_TABLES, {})
    while row := rows.fetchone():
        table, until, *counts = row
        until = until and until.replace(tzinfo=UTC)
        found.append(Delivery(table, until, until and warehouse.as_of - until, *counts))
    return found


def sessions_until(warehouse: Warehouse) -> datetime | None:
    """When the newest session began, in business time."""
    until = next(d.data_until for d in deliveries(warehouse) if d.table == _SESSIONS)
    return until and until.astimezone(warehouse.zone)


def stale_because(
    warehouse: Warehouse, settings: Settings, now: datetime | None = None
) -> str | None:
    """Why the data is stale, in the language of the settings; None if it is not."""
    age = (now or datetime.now(UTC)) - warehouse.as_of
    if age > timedelta(minutes=settings.freshness_minutes):
        moment = _moment(warehouse, warehouse.as_of)
        return text("stale.age", settings.lang, as_of=moment, minutes=settings.freshness_minutes)
    limit = settings.silence_hours * _HOUR
    for delivery in deliveries(warehouse) if limit else ():
        if delivery.table == _SESSIONS and (delivery.silence or timedelta()) > limit:
            return text("stale.silence", settings.lang, **_silence(warehouse, delivery))
    return None


def is_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> bool:
    """Whether the data is older than UTM_FRESHNESS_MINUTES, or ends UTM_SILENCE_HOURS before."""
    return stale_because(warehouse, settings, now) is not None


def refuse_stale(warehouse: Warehouse, settings: Settings, now: datetime | None = None) -> None:
    """Raises StaleDataError if the data is stale."""
    why = stale_because(warehouse, settings, now)
    if why is not None:
        raise StaleDataError(why, warehouse.place, stale_fix(settings))


def stale_fix(settings: Settings) -> str:
    """What to do about stale data."""
    return text("stale.fix", settings.lang)


def warnings(warehouse: Warehouse, settings: Settings) -> tuple[str, ...]:
    """What the marts do not hold although the shop has it, in the language of the settings."""
    return tuple(_warnings(warehouse, settings))


def _warnings(warehouse: Warehouse, settings: Settings) -> Iterator[str]:
    for delivery in deliveries(warehouse):
        if delivery.loss is not None:
            share = f"{delivery.share:.1f}".replace(".", "," if settings.lang == "uk" else ".")
            yield text("warning.loss", settings.lang, table=delivery.table, share=share)
        limit = _SLOWER * settings.silence_hours * _HOUR
        if delivery.table in _WATCHED and limit and (delivery.silence or timedelta()) > limit:
            yield text("warning.silence", settings.lang, **_silence(warehouse, delivery))


def _silence(warehouse: Warehouse, delivery: Delivery) -> dict[str, Any]:
    until, silence = delivery.data_until, delivery.silence
    if until is None or silence is None:
        raise ValueError("a table without rows is not silent")
    return {
        "table": delivery.table,
        "until": _moment(warehouse, until),
        "hours": silence // _HOUR,
    }


def _moment(warehouse: Warehouse, moment: datetime) -> str:
    return moment.astimezone(warehouse.zone).isoformat(sep=" ", timespec="minutes")
