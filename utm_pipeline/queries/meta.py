"""What a warehouse says about itself; for the stamp on every answer, not asked by users."""

from __future__ import annotations

from utm_pipeline.queries.model import Part

REFRESH = "select as_of, timezone from rpt_refresh"

# An instant, and not a join, lets an engine look at the latest rows alone.
PERIOD_BOUNDS = """
select coalesce(starts_at, cast('0001-01-01' as timestamp)), ends_at
from rpt_periods
where period = $period"""

PERIOD_DATES = Part(
    """
    select first_date, last_date
    from rpt_periods
    where period = $period
    """,
    many=False,
)
