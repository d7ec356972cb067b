"""Charts of the catalogue's answers: Vega-Lite files filled with data, drawn as PNG and as SVG.

Every number in a chart is one that ``query`` gives too. Bars are entries of ``bars.BARS``; what is
drawn otherwise has a file ``NAME.vl.json`` and a module that fills it. A text of a file that begins
with ``$`` names the value that stands there: data alone, never an expression. vl-convert and the
font are the extra ``charts``; they are imported when a chart is drawn, and no earlier.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utm_pipeline.errors import ConfigError, WrongUseError

if TYPE_CHECKING:
    from utm_pipeline.queries.model import Table
    from utm_pipeline.report.charts.look import Look

NAMES = ("sources", "funnel", "roi", "cohort-analysis", "ltv-comparison")
"""The queries whose answers have a chart."""
_PACKAGES = ("pymupdf_fonts", "vl_convert")


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


def is_empty(name: str, tables: Sequence[Table]) -> bool:
    """Whether the answer has nothing to draw."""
    empty: bool = _module(name).is_empty(name, tables)
    return empty


def definition(name: str, tables: Sequence[Table], look: Look) -> dict[str, Any]:
    """The chart of a query's answer in Vega-Lite, which says why if there is nothing to draw.

    Raises:
        WrongUseError: the query has no chart.
    """
    _check_name(name, "chart")
    from utm_pipeline.report.charts.look import MARGIN, drawable
    from utm_pipeline.report.fonts import FAMILY

    made: Mapping[str, Any] = _module(name).values(name, tables, look)
    # The others are for browsers that have not the first.
    font = f"{FAMILY}, Arial, Helvetica, sans-serif"
    colours = {key: value for key, value in vars(look.theme).items() if isinstance(value, str)}
    values = {**colours, "font": font, "padding": MARGIN, **made}
    values["about"] = [drawable(line) for line in made["about"] if line]
    drawn = _file(made["file"])
    if "panels" not in made:
        return {**_filled(_file("frame"), values), **_filled(drawn, values)}
    labels, panel = drawn["hconcat"]
    panels = [_filled(panel, {**values, **own}) for own in made["panels"]]
    return {**_filled(_file("frame"), values), "hconcat": [_filled(labels, values), *panels]}


def png(name: str, tables: Sequence[Table], look: Look) -> bytes:
    """The chart as a PNG of two device pixels a pixel, with an opaque background.

    Raises:
        WrongUseError, ConfigError: as :func:`check`.
    """
    drawn: bytes = _drawing(name).to_png(definition(name, tables, look))
    return drawn


def svg(name: str, tables: Sequence[Table], look: Look) -> str:
    """The chart as an SVG document that needs nothing from elsewhere; ends with a line break.

    Raises:
        WrongUseError, ConfigError: as :func:`check`.
    """
    described = alt_text(name, tables, look)
    drawn: str = _drawing(name).to_svg(definition(name, tables, look), described)
    return drawn


def alt_text(name: str, tables: Sequence[Table], look: Look) -> str:
    """What the chart shows, in words, for readers who do not see it. Needs no extra.

    Raises:
        WrongUseError: the query has no chart.
    """
    _check_name(name, "alt_text")
    said: str = _module(name).alt_text(name, tables, look)
    return said


def _check_name(name: str, asked_by: str) -> None:
    if name not in NAMES:
        raise WrongUseError(
            f"the answer of {name} has no chart",
            asked_by,
            f"there are charts of {', '.join(NAMES)}",
        )


def _drawing(name: str) -> Any:
    check(name, "chart")
    from utm_pipeline.report.charts import drawing

    return drawing


def _module(name: str) -> Any:
    from utm_pipeline.report.charts import bars, heat_map

    return heat_map if name == "cohort-analysis" else bars


@cache
def _file(name: str) -> Any:
    path = Path(__file__).with_name(f"{name}.vl.json")
    return json.loads(path.read_text(encoding="utf-8"))


def _filled(part: Any, values: Mapping[str, Any]) -> Any:
    """The same with values in place of the texts that name them."""
    if isinstance(part, dict):
        return {key: _filled(child, values) for key, child in part.items()}
    if isinstance(part, list):
        return [_filled(child, values) for child in part]
    return values[part[1:]] if isinstance(part, str) and part.startswith("$") else part
