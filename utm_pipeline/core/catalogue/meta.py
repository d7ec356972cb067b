"""What a warehouse says about itself; for the stamp on every answer, not asked by users."""

from __future__ import annotations

from utm_pipeline.core.catalogue.model import Part

REFRESH = "select as_of, timezone from rpt_refresh"

PERIOD_DATES = Part(
    """
    select first_date, last_date
    from rpt_periods
    where period = $period
    """,
    many=False,
)
