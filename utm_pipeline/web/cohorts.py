"""The cohort analysis as a table whose cells are shaded: numbers first, colours beside them."""

from __future__ import annotations

from collections.abc import Sequence

from utm_pipeline.queries.model import Column
from utm_pipeline.queries.params import PARAMS
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts.look import Theme, ink_on, shade
from utm_pipeline.report.cohorts import Cohorts, read_cohorts
from utm_pipeline.web.view import Shown, View
from utm_pipeline.words import column_label, text

_SHADES = 20
"""Steps of the shading; more could not be told apart."""


def load(view: View) -> Shown:
    """The matrix of the metric, type and source that were chosen."""
    filters, formats = view.filters, view.formats
    lang = formats.lang
    asked = {name: getattr(filters, name) for name in ("cohort_type", "metric", "utm_source")}
    answer = read_cohorts(view.ask("cohort-analysis", **asked))
    return {
        "metrics": [(name, column_label(name, lang)) for name in PARAMS["metric"].choices],
        "types": [(name, text(name, lang)) for name in PARAMS["cohort_type"].choices],
        "title": answer.title(lang),
        "about": answer.about(formats),
        "below": text("chart.not_yet", lang),
        "periods": answer.periods,
        "rows": _rows(answer, formats),
        "labels": (column_label("cohort", lang), column_label("size", lang)),
    }


def _rows(answer: Cohorts, formats: Formats) -> list[Shown]:
    """A row a cohort; a cell has its text, what it says exactly, and its shade if it has one."""
    column = Column(answer.metric, answer.kind)
    unit = " %" if answer.metric == "retention" else ""
    rows: list[Shown] = []
    for cohort, size, values, shares in zip(
        answer.cohorts, answer.sizes, answer.matrix, answer.shares(), strict=True
    ):
        day, people = formats.day(cohort), formats.number(size, 0)
        cells = []
        for value, share, period in zip(values, shares, answer.periods, strict=False):
            written = formats.cell(value, column)
            name = text("cohort_of", formats.lang, day=day, size=people, period=period)
            step = None if share is None else round(share * _SHADES)
            cells.append({"text": written, "about": f"{name}: {written}{unit}", "shade": step})
        rows.append({"name": day, "size": people, "cells": cells})
    return rows


def style(theme: Theme) -> Sequence[tuple[int, str, str]]:
    """Every step of the shading with its colour and the one that can be read on it."""
    fills = [shade(theme, step / _SHADES) for step in range(_SHADES + 1)]
    return [(step, fill, ink_on(fill)) for step, fill in enumerate(fills)]
