"""A refresh that would lose most of what came is refused, with the rows' reasons and places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utm_pipeline.errors import BuildError
from utm_pipeline.refresh.places import place_of

TEST = "assert_loss_is_bearable"
"""The test of the dbt project that fails then."""

_PLACES = 3
_TABLES = """
select table_name, quality.read, quality.quarantined, run.read_anew, run.quarantined_anew
from {marts}.rpt_data_quality as quality inner join {marts}.rpt_run as run using (table_name)
where run.loss = 'stop'
order by quality.position
limit 1"""


class LossError(BuildError):
    """Most rows of sessions or orders are invalid; nothing was published."""


def explain(ask: Callable[[str], list[tuple[Any, ...]]]) -> LossError:
    """The error of a build whose rows are mostly set aside; ``ask`` reads the build."""
    ((table, read, quarantined, read_anew, quarantined_anew),) = ask(_TABLES)
    what = f"{quarantined} of {read} rows of table {table}"
    if 2 * quarantined <= read:
        what = f"{quarantined_anew} of {read_anew} new rows of table {table}"
    view = f"{{reading}}.quarantine_{table}"
    reasons = ask(
        f"select reason, count(*) from {view} group by reason "  # noqa: S608 - own names
        "order by count(*) desc, reason"
    )
    rows = ask(
        "select file_version, cast(received as varchar) "  # noqa: S608 - own names
        f"from {view} order by row_id desc limit {_PLACES}"
    )
    said = ", ".join(f"{reason}: {count}" for reason, count in reasons)
    return LossError(
        f"{what} cannot be read ({said}), so nothing was published",
        "; ".join(place_of(table, *row) for row in reversed(rows)),
        "see whether the export's format has changed; if these rows are right to go, raise the var "
        "quarantine_stop_share",
    )
