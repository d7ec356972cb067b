"""What ads return, campaign by campaign: bars of spend, revenue and return."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts import bars, canvas
from utm_pipeline.report.charts.answers import with_spend
from utm_pipeline.report.charts.look import Look, fitted
from utm_pipeline.report.charts.words import NO_SPEND, WITH_SPEND

_CAMPAIGN, _BETWEEN, _SOURCE = 128, 18, 82
"""Widths of a campaign's name, a dot and a source's name: neither of the two hides the other."""


def chart(tables: Sequence[Table], look: Look) -> alt.LayerChart:
    """The chart of ``roi``: the campaigns that money was spent on, in the answer's order."""
    lang = look.formats.lang
    table = with_spend(tables)
    title = QUERIES["roi"].title.in_language(lang)
    if not table.rows:
        return canvas.blank(look, title, NO_SPEND.in_language(lang))
    what = " · ".join(part for part in (WITH_SPEND.in_language(lang), look.about) if part)
    return bars.chart(
        Look(look.formats, look.theme, what),
        title,
        [_label(row["utm_campaign"], row["utm_source"]) for row in table.dicts()],
        bars.panels(table, ("ad_spend", "revenue", "roi")),
        label_width=_CAMPAIGN + _BETWEEN + _SOURCE,
    )


def _label(campaign: str, source: str) -> str:
    return f"{fitted(campaign, _CAMPAIGN)} · {fitted(source, _SOURCE)}"
