"""Answers for charts, made by hand: as large, as empty or as hostile as the catalogue allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.words import Kind, kind_of

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "javascript:alert(1)",
    "http://evil.example/x.png",
    "datum['x'] + toString(data('data_0'))",
    '{"signal": "width"}',
    '{"expr": "1+1"}',
    "\"quoted\" & 'apostrophe' &amp; &lt;",
    "مرحبا بالعالم",
    "\u202eevil\u202c\u2067x\u2069",
    "🙂👩‍👩‍👧‍👦 emoji",
    "漢字" * 60,
    "\U0001d400" * 60,
    "x" * 1000,
    "Z\u0301\u0302\u0303\u0304\u0305\u0306" * 40,
    "a\x00\x1b[31mb\u200b\ufffe\uffffc",
    "line\nbreak\ttab",
    "",
    "__proto__",
)


def table(
    keys: str,
    rows: Sequence[tuple[Any, ...]],
    key: str | None = None,
    *,
    many: bool = True,
    kinds: Mapping[str, Kind] | None = None,
    flat: bool = False,
) -> Table:
    """A table of the catalogue with the kinds that its keys have."""
    columns = tuple(Column(name, (kinds or {}).get(name) or kind_of(name)) for name in keys.split())
    return Table(key, many, columns, list(rows), flat)


def sources(labels: Sequence[str]) -> list[Table]:
    """A ``sources`` with these sources."""
    rows = [(label, 1000 - 7 * i, 50.25 * i) for i, label in enumerate(labels)]
    return [table("utm_source sessions revenue", rows)]


def ltv(labels: Sequence[str]) -> list[Table]:
    """An ``ltv-comparison`` with these sources; every other one has no customers."""
    rows = [(label, 10.5 * i, 900.0 if i % 2 else None) for i, label in enumerate(labels)]
    return [table("utm_source ltv_per_session ltv_per_customer", rows)]


def roi(labels: Sequence[str]) -> list[Table]:
    """A ``roi`` whose campaigns and sources are called so; the first earned nothing."""
    rows = [
        (label, label, 120.0 * i, 100.0, (120.0 * i - 100) / 100 * 100)
        for i, label in enumerate(labels)
    ]
    totals = table("revenue ad_spend roi", [(1.0, 1.0, 0.0)], many=False)
    return [totals, table("utm_source utm_campaign revenue ad_spend roi", rows, "rows")]


def funnel(counts: Sequence[int]) -> list[Table]:
    """A ``funnel`` of these sessions, from all of them to purchases."""
    names = ("sessions", "product_views", "add_to_cart", "initiate_checkout", "leads", "purchases")
    total = counts[0]
    rows = [
        (name, count, 100 * count / total if total else None, 50.0 if place else None)
        for place, (name, count) in enumerate(zip(names, counts, strict=True))
    ]
    return [table("name sessions rate_of_total rate_of_previous", rows, "steps")]


def cohorts(
    matrix: Sequence[Sequence[float]],
    metric: str = "retention",
    cohort_type: str = "week",
    unit: str = "Week",
) -> list[Table]:
    """A ``cohort-analysis`` with this matrix; cohort i has 1000 + i people."""
    days = [date(2025, 1, 6) + timedelta(weeks=i) for i in range(len(matrix))]
    longest = max(map(len, matrix), default=0)
    kind = {"orders": Kind.COUNT}
    return [
        table("cohort", [(day,) for day in days], "cohorts", flat=True),
        table("periods", [(f"{unit} {i}",) for i in range(longest)], "periods", flat=True),
        table(metric, [(list(row),) for row in matrix], "matrix", kinds=kind, flat=True),
        table(
            "cohort size converted orders revenue",
            [(day, 1000 + i, 1, 1, 1.0) for i, day in enumerate(days)],
            "totals",
        ),
        table("metric cohort_type", [(metric, cohort_type)], many=False),
    ]


def triangle(rows: int, periods: int) -> list[list[float]]:
    """A matrix of retention whose last rows are ever shorter."""
    return [
        [100.0 if k == 0 else round((40 - row % 7) / k, 1) for k in range(min(periods, rows - row))]
        for row in range(rows)
    ]


EMPTY: Mapping[str, list[Table]] = {
    "sources": sources([]),
    "funnel": funnel([0, 0, 0, 0, 0, 0]),
    "roi": roi([]),
    "cohort-analysis": cohorts([]),
    "ltv-comparison": ltv([]),
}
"""The answer of each query that has a chart, where there is nothing to answer."""
