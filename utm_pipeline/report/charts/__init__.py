"""Charts of the catalogue's answers: defined once in Vega-Lite, drawn as PNG and as SVG.

A chart is a function from the tables of one query to an Altair chart, so every number in it is one
that ``query`` gives too. To add one, write its module and put it into ``_CHARTS``; its text for
readers who see no pictures goes into ``alternative``. Altair and vl-convert are the extra
``charts``; they are imported when a chart is drawn, and no earlier.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from utm_pipeline.errors import ConfigError, WrongUseError

if TYPE_CHECKING:
    import altair

    from utm_pipeline.queries.model import Table
    from utm_pipeline.report.charts.look import Look

_CHARTS: Mapping[str, str] = {
    "sources": "sources",
    "funnel": "funnel",
    "roi": "roi",
    "cohort-analysis": "heat_map",
    "ltv-comparison": "customer_value",
}
_PACKAGES = ("altair", "vl_convert")

NAMES = tuple(_CHARTS)
"""The queries whose answers have a chart."""


def check(name: str, asked_by: str) -> None:
    """Makes sure that the query has a chart and that it can be drawn.

    ``asked_by`` is what asked for the chart, for the message.

    Raises:
        WrongUseError: the query has no chart.
        ConfigError: the extra is not installed.
    """
    _check_name(name, asked_by)
    missing = [package for package in _PACKAGES if importlib.util.find_spec(package) is None]
    if missing:
        raise ConfigError(
            f"charts need {' and '.join(missing)}",
            asked_by,
            "run `pip install 'utm-pipeline[charts]'`",
        )


def chart(name: str, tables: Sequence[Table], look: Look) -> altair.LayerChart:
    """The definition of the chart of a query's answer.

    Raises:
        WrongUseError, ConfigError: as :func:`check`.
    """
    check(name, "chart")
    module = importlib.import_module(f"utm_pipeline.report.charts.{_CHARTS[name]}")
    defined: altair.LayerChart = module.chart(tables, look)
    return defined


def png(name: str, tables: Sequence[Table], look: Look) -> bytes:
    """The chart as a PNG of two device pixels a pixel, with an opaque background.

    Raises:
        WrongUseError, ConfigError: as :func:`check`.
    """
    defined = chart(name, tables, look)
    from utm_pipeline.report.charts.drawing import to_png

    return to_png(defined)


def svg(name: str, tables: Sequence[Table], look: Look) -> str:
    """The chart as an SVG document that needs nothing from elsewhere; ends with a line break.

    Raises:
        WrongUseError, ConfigError: as :func:`check`.
    """
    defined = chart(name, tables, look)
    from utm_pipeline.report.charts.drawing import to_svg

    return to_svg(defined, alt_text(name, tables, look))


def alt_text(name: str, tables: Sequence[Table], look: Look) -> str:
    """What the chart shows, in words, for readers who do not see it. Needs no extra.

    Raises:
        WrongUseError: the query has no chart.
    """
    _check_name(name, "alt_text")
    from utm_pipeline.report.charts.alternative import TEXTS

    return TEXTS[name](tables, look)


def _check_name(name: str, asked_by: str) -> None:
    if name not in _CHARTS:
        raise WrongUseError(
            f"the answer of {name} has no chart",
            asked_by,
            f"there are charts of {', '.join(NAMES)}",
        )
