"""Answers as their charts and their texts read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from utm_pipeline.queries.model import Table
from utm_pipeline.report.charts.words import BY_COHORT, CELLS
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import column_label
from utm_pipeline.words import Kind


@dataclass(frozen=True)
class Cohorts:
    """Cohorts from the oldest; the matrix has a row a cohort, as long as its complete periods."""

    cohorts: list[date]
    sizes: list[int]
    periods: list[str]
    matrix: list[list[float]]
    kind: Kind
    """What the cells hold."""
    metric: str
    cohort_type: str

    def shares(self) -> list[list[float | None]]:
        """How dark each cell is, from 0 to 1; None for what takes no part in the comparison.

        In retention, period 0 is 100 for everybody: everything else would look the same pale.
        """
        first = 1 if self.metric == "retention" else 0
        most = max((value for row in self.matrix for value in row[first:]), default=0)
        return [
            [
                None if period < first else value / most if most else 0.0
                for period, value in enumerate(row)
            ]
            for row in self.matrix
        ]


def read_cohorts(tables: Sequence[Table]) -> Cohorts:
    """The parts of a ``cohort-analysis``, by name."""
    parts = {table.key: table for table in tables}
    asked = parts[None].dicts()[0]
    return Cohorts(
        cohorts=[row[0] for row in parts["cohorts"].rows],
        sizes=[row["size"] for row in parts["totals"].dicts()],
        periods=[row[0] for row in parts["periods"].rows],
        matrix=[row[0] for row in parts["matrix"].rows],
        kind=parts["matrix"].columns[0].kind,
        metric=asked["metric"],
        cohort_type=asked["cohort_type"],
    )


def cohorts_title(answer: Cohorts, lang: str) -> str:
    """``Retention by week of the first visit``."""
    words = BY_COHORT[answer.cohort_type].in_language(lang)
    return f"{column_label(answer.metric, lang)} {words}"


def cells_in_words(answer: Cohorts, formats: Formats) -> str:
    """``% of the cohort active in a period``."""
    return CELLS[answer.metric].in_language(formats.lang).format(currency=formats.currency)


def with_spend(tables: Sequence[Table]) -> Table:
    """The campaigns of a ``roi`` that money was spent on."""
    rows = next(table for table in tables if table.key == "rows")
    place = [column.key for column in rows.columns].index("ad_spend")
    return Table(rows.key, rows.many, rows.columns, [row for row in rows.rows if row[place] > 0])
