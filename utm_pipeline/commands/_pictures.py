"""Answers as pictures: what a chart is about, and where it goes. Imported for pictures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from utm_pipeline import queries as catalogue
from utm_pipeline.commands._shared import open_output, write_binary
from utm_pipeline.queries.model import Table
from utm_pipeline.report import charts
from utm_pipeline.report.charts.look import THEMES, Look, about
from utm_pipeline.report.formats import Formats
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse

_FILTERS = ("source", "utm_source")


def look_of(
    warehouse: Warehouse, settings: Settings, values: Mapping[str, Any], theme: str
) -> Look:
    """How the chart of an answer looks, with its period and filters in words.

    ``values`` are all parameters of the query, ``theme`` is ``light`` or ``dark``.

    Raises:
        WarehouseError: the marts are incomplete.
    """
    formats = Formats(settings.lang, settings.currency)
    period = values.get("period")
    dates = () if period is None else catalogue.period_dates(warehouse, period)
    told = about(formats, period, dates, [values.get(name) for name in _FILTERS])
    return Look(formats, THEMES[theme], told)


def write_picture(
    name: str, tables: Sequence[Table], look: Look, kind: str, output: Path | None
) -> None:
    """Draws the chart of a query's answer, as ``png`` or ``svg``, and writes it.

    Raises:
        WrongUseError: the query has no chart, a PNG would go to a terminal, or the file cannot be
            written.
        ConfigError: the extra for charts is not installed.
    """
    if kind == "png":
        write_binary(charts.png(name, tables, look), output)
        return
    drawn = charts.svg(name, tables, look)
    with open_output(output) as stream:
        stream.write(drawn)
