"""What each chart shows, in words, made from the same answer. Imports nothing that draws."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report.charts.answers import (
    Cohorts,
    cells_in_words,
    cohorts_title,
    read_cohorts,
    with_spend,
)
from utm_pipeline.report.charts.look import Look
from utm_pipeline.report.charts.words import AND_MORE, COHORTS, FROM_TO, NO_SPEND
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import column_label, text_label
from utm_pipeline.report.layout import safe

_MOST_ROWS = 5
_LABEL_CELLS = 40
_ABOUT_CELLS = 120
# A label that is written from right to left keeps to itself, or it would turn the numbers around.
_ISOLATE, _END = "\u2068", "\u2069"


def _cohorts(tables: Sequence[Table], look: Look) -> str:
    formats = look.formats
    answer = read_cohorts(tables)
    title = f"{cohorts_title(answer, formats.lang)}, {cells_in_words(answer, formats)}"
    start = _start(title, look)
    if not answer.cohorts:
        return f"{start}: {text_label('no_cohorts', formats.lang)}."
    told = COHORTS.in_language(formats.lang).format(
        count=formats.number(len(answer.cohorts), 0),
        first=formats.day(answer.cohorts[0]),
        last=formats.day(answer.cohorts[-1]),
    )
    return f"{start}: {'; '.join([told, *_columns(answer, formats)])}."


def _columns(answer: Cohorts, formats: Formats) -> list[str]:
    """The least and the most of each period that cohorts can be compared in."""
    cell = Column("", answer.kind)
    first = 1 if answer.metric == "retention" else 0
    told = []
    for period in range(first, len(answer.periods)):
        values = [row[period] for row in answer.matrix if len(row) > period]
        least, most = formats.cell(min(values), cell), formats.cell(max(values), cell)
        words = FROM_TO.in_language(formats.lang).format(least=least, most=most)
        told.append(f"{answer.periods[period]}: {least if least == most else words}")
    return told


def _funnel(tables: Sequence[Table], look: Look) -> str:
    lang = look.formats.lang
    start = _start(QUERIES["funnel"].title.in_language(lang), look)
    table = next(table for table in tables if table.key == "steps")
    columns = {column.key: column for column in table.columns}
    steps = table.dicts()
    if not steps[0]["sessions"]:
        return f"{start}: {text_label('no_sources', lang)}."
    told = [
        f"{column_label(step['name'], lang)} "
        f"{look.formats.cell(step['sessions'], columns['sessions'])} "
        f"({look.formats.cell(step['rate_of_total'], columns['rate_of_total'])})"
        for step in steps
    ]
    return f"{start}: {', '.join(told)}."


def _sources(tables: Sequence[Table], look: Look) -> str:
    (table,) = tables
    return _listed("sources", table, _by_source(table), ("sessions", "revenue"), look)


def _customer_value(tables: Sequence[Table], look: Look) -> str:
    (table,) = tables
    shown = ("ltv_per_session", "ltv_per_customer")
    return _listed("ltv-comparison", table, _by_source(table), shown, look)


def _roi(tables: Sequence[Table], look: Look) -> str:
    table = with_spend(tables)
    labels = [f"{row['utm_campaign']} · {row['utm_source']}" for row in table.dicts()]
    nothing = NO_SPEND.in_language(look.formats.lang)
    return _listed("roi", table, labels, ("ad_spend", "revenue", "roi"), look, nothing)


def _by_source(table: Table) -> list[str]:
    return [row["utm_source"] for row in table.dicts()]


def _listed(  # noqa: PLR0913, PLR0917 - what a list is made of
    query: str,
    table: Table,
    labels: Sequence[str],
    keys: Sequence[str],
    look: Look,
    nothing: str | None = None,
) -> str:
    """The first rows with these columns, and how many rows more there are."""
    formats = look.formats
    start = _start(QUERIES[query].title.in_language(formats.lang), look)
    if not table.rows:
        return f"{start}: {nothing or text_label('no_sources', formats.lang)}."
    columns = {column.key: column for column in table.columns}
    told = []
    for label, row in zip(labels[:_MOST_ROWS], table.dicts(), strict=False):
        values = (
            f"{column_label(key, formats.lang)} {formats.cell(row[key], columns[key])}"
            for key in keys
        )
        told.append(f"{_kept_apart(safe(label, _LABEL_CELLS))} ({', '.join(values)})")
    if len(labels) > _MOST_ROWS:
        more = formats.number(len(labels) - _MOST_ROWS, 0)
        told.append(AND_MORE.in_language(formats.lang).format(count=more))
    return f"{start}: {'; '.join(told)}."


def _start(title: str, look: Look) -> str:
    return f"{title} ({safe(look.about, _ABOUT_CELLS)})" if look.about else title


def _kept_apart(text: str) -> str:
    right_to_left = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)
    return f"{_ISOLATE}{text}{_END}" if right_to_left else text


TEXTS: Mapping[str, Callable[[Sequence[Table], Look], str]] = {
    "sources": _sources,
    "funnel": _funnel,
    "roi": _roi,
    "cohort-analysis": _cohorts,
    "ltv-comparison": _customer_value,
}
"""The text of each chart, by the query's name."""
