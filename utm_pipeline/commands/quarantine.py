"""``quarantine``: the rows that were set aside, with reason and place."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, Literal

import typer

from utm_pipeline.commands import options
from utm_pipeline.extract.tables import contract
from utm_pipeline.refresh.places import place_of
from utm_pipeline.report.layout import safe
from utm_pipeline.warehouse import open_warehouse

Table = Literal["utm_sessions", "user_actions", "orders", "ad_spend", "refunds"]

_HIDDEN = "***"
_CELLS = 60
_ROWS = """
select reason, file_version, cast(received as varchar)
from "{schema}_int".quarantine_{table}
order by row_id
limit {limit}"""


@options.command("quarantine", "quarantine orders --limit 5")
def command(
    context: typer.Context,
    table: Annotated[Table, options.argument(Table)],
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="How many rows.  [default: 20]")
    ] = 20,
) -> None:
    """The rows of a table that were set aside, with reason and place; personal columns masked."""
    settings = options.settings_of(context)
    personal = personal_columns(table)
    with open_warehouse(settings) as warehouse:
        options.warn_if_stale(warehouse, settings)
        sql = _ROWS.format(schema=settings.schema, table=table, limit=limit)
        rows = warehouse.execute(sql, {})
        while row := rows.fetchone():
            reason, file_version, received = row
            place = place_of(table, file_version, received)
            values = masked(json.loads(received or "{}"), personal)
            shown = ", ".join(f"{name}={value}" for name, value in values.items())
            sys.stdout.write(f"{reason}: {safe(place, 1000)}\n    {shown}\n")


def personal_columns(table: str) -> set[str]:
    """The columns of a raw table that say who somebody is."""
    (found,) = (each for each in contract() if each["name"] == table)
    return {c["name"] for c in found["columns"] if c.get("meta", {}).get("personal")}


def masked(row: dict[str, Any], personal: set[str]) -> dict[str, str]:
    """What a row held, without what says who somebody is, wherever it stands: columns may shift."""
    return {
        name: _HIDDEN if name in personal or "@" in str(value) else safe(str(value), _CELLS)
        for name, value in row.items()
        if value is not None
    }
