"""The cohort analysis for a terminal: a heat map with its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report import layout
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import column_label, text_label
from utm_pipeline.report.paint import Paint
from utm_pipeline.words import Kind

_GAP = "  "


def heat_map(tables: Sequence[Table], formats: Formats, paint: Paint) -> list[str]:
    """Lines of the matrix: a row a cohort with its size, a column a period.

    The darker a cell, the nearer its value is to the matrix's largest; without colour the numbers
    stand alone.
    """
    parts = {table.key: table for table in tables}
    cohorts = [row[0] for row in parts["cohorts"].rows]
    if not cohorts:
        return [text_label("no_cohorts", formats.lang)]
    matrix = [row[0] for row in parts["matrix"].rows]
    cell = Column("", parts["matrix"].columns[0].kind)
    sizes = [row["size"] for row in parts["totals"].dicts()]
    labels = [str(row[0]) for row in parts["periods"].rows]
    texts = [[_cell(value, cell, formats) for value in row] for row in matrix]
    size_texts = [formats.number(size, 0) for size in sizes]
    names = [formats.day(day) for day in cohorts]
    name_width = max(layout.width(column_label("cohort", formats.lang)), *map(layout.width, names))
    size_width = max(
        layout.width(column_label("size", formats.lang)), *map(layout.width, size_texts)
    )
    widths = [
        max([layout.width(label), *(layout.width(row[i]) for row in texts if i < len(row))])
        for i, label in enumerate(labels)
    ]
    head = [
        layout.pad(column_label("cohort", formats.lang), name_width),
        layout.pad(column_label("size", formats.lang), size_width, right=True),
        *(
            layout.pad(label, cells, right=True)
            for label, cells in zip(labels, widths, strict=True)
        ),
    ]
    lines = [_GAP.join(head), "─" * layout.width(_GAP.join(head))]
    most = max((float(value) for row in matrix for value in row), default=0.0)
    for name, size, row, values in zip(names, size_texts, texts, matrix, strict=True):
        shaded = [
            paint.heat(
                layout.pad(text, widths[i], right=True), float(values[i]) / most if most else 0.0
            )
            for i, text in enumerate(row)
        ]
        start = [layout.pad(name, name_width), layout.pad(size, size_width, right=True)]
        lines.append(_GAP.join([*start, *shaded]))
    return lines


def _cell(value: float, column: Column, formats: Formats) -> str:
    """A cell's number; money without its sign, which would widen every column."""
    return formats.number(value, 2) if column.kind is Kind.MONEY else formats.cell(value, column)
