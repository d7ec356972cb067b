"""The answer of ``cohort-analysis``, as its tables, charts and texts read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from utm_pipeline.queries.model import Table
from utm_pipeline.report.cells import Cell, Formats, Grid
from utm_pipeline.words import PLACES, Kind, column_label, text


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

    @property
    def first(self) -> int:
        """The first period that takes part in a comparison.

        In retention, period 0 is 100 for everybody: everything else would look the same pale.
        """
        return 1 if self.metric == "retention" else 0

    def shares(self) -> list[list[float | None]]:
        """How dark each cell is, from 0 to 1; None for what takes no part in the comparison."""
        most = max((value for row in self.matrix for value in row[self.first :]), default=0)
        return [
            [
                None if period < self.first else value / most if most else 0.0
                for period, value in enumerate(row)
            ]
            for row in self.matrix
        ]

    def grid(self, formats: Formats) -> Grid:
        """A row a cohort with its size, a column a period; money without its sign, for width."""
        names = (column_label(key, formats.lang) for key in ("cohort", "size"))
        headings = [Cell(name, n > 0) for n, name in enumerate((*names, *self.periods))]
        places = PLACES.get(self.kind, 0)
        tones = ["apart"] * self.first + [""] * len(self.periods)
        rows = [
            [
                Cell(formats.day(cohort), value=cohort, kind=Kind.DATE),
                Cell(formats.number(size, 0), True, value=size, kind=Kind.COUNT),
                *(
                    Cell(formats.number(value, places), True, tone, value, self.kind)
                    for value, tone in zip(values, tones, strict=False)
                ),
            ]
            for cohort, size, values in zip(self.cohorts, self.sizes, self.matrix, strict=True)
        ]
        return Grid(headings, rows)

    def title(self, lang: str) -> str:
        """``Retention by week of the first visit``."""
        by = text(f"chart.by_cohort.{self.cohort_type}", lang)
        return f"{column_label(self.metric, lang)} {by}"

    def about(self, formats: Formats) -> str:
        """What a cell holds: ``% of the cohort active in a period``."""
        return text(f"chart.cells.{self.metric}", formats.lang, currency=formats.currency)


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
