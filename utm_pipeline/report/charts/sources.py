"""Where visitors come from and what they spend: bars of sessions and revenue."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts import bars, canvas
from utm_pipeline.report.charts.look import Look
from utm_pipeline.report.labels import text_label


def chart(tables: Sequence[Table], look: Look) -> alt.LayerChart:
    """The chart of ``sources``, in the answer's order."""
    (table,) = tables
    title = QUERIES["sources"].title.in_language(look.formats.lang)
    if not table.rows:
        return canvas.blank(look, title, text_label("no_sources", look.formats.lang))
    return bars.chart(
        look,
        title,
        [row["utm_source"] for row in table.dicts()],
        bars.panels(table, ("sessions", "revenue")),
    )
