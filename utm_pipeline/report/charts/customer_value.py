"""What a visit and a customer of each source are worth: bars."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts import bars, canvas
from utm_pipeline.report.charts.look import Look
from utm_pipeline.report.labels import text_label


def chart(tables: Sequence[Table], look: Look) -> alt.LayerChart:
    """The chart of ``ltv-comparison``, in the answer's order."""
    (table,) = tables
    title = QUERIES["ltv-comparison"].title.in_language(look.formats.lang)
    if not table.rows:
        return canvas.blank(look, title, text_label("no_sources", look.formats.lang))
    return bars.chart(
        look,
        title,
        [row["utm_source"] for row in table.dicts()],
        bars.panels(table, ("ltv_per_session", "ltv_per_customer")),
    )
