"""The report as HTML: one template for the e-mail and for a page of its own.

Everything that strangers chose is escaped by the template engine, which is told to escape all.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from utm_pipeline.report import extras
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.sections import Report, compose, dashboard, headline, stamp, title

if TYPE_CHECKING:
    from jinja2 import Environment

    from utm_pipeline.report.charts import Chart

_TEMPLATES = Path(__file__).with_name("templates")
# Not within a number: it is copied into spreadsheets.
_JOINS = re.compile(r"((?<!\d)[.@:](?=\S)|(?<=\d)[.@:](?=[^\s\d]))")
_NO_JOIN = "\u200c"


@dataclass(frozen=True)
class Image:
    """A picture in a section. ``source`` is an address such as ``cid:…`` or ``data:…``."""

    source: str
    alt: str
    width: int
    dark: str | None = None
    """Another address for dark pages."""


def render_report(
    report: Report, lang: str, images: Mapping[str, Image], *, for_email: bool = False
) -> str:
    """The report as one HTML document, with images by the key of their section.

    ``for_email`` has its style in the elements, as mail programs want it.

    Raises:
        ConfigError: the extra for e-mail is not installed.
    """
    formats = Formats(lang, report.currency)
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            lang=lang,
            title=title(report, formats),
            headline=headline(report, formats),
            stamp=stamp(report, formats),
            blocks=compose(report, formats),
            images=images,
            dashboard_url=report.dashboard_url,
            dashboard=dashboard(report, formats),
        )
    )
    if not for_email:
        return page
    extras.check("email", "email", ", or give --format text")
    import css_inline

    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(page)


def drawn(charts: Sequence[Chart]) -> dict[str, Image]:
    """The charts within the page, light and dark.

    Raises:
        ConfigError: the extra for charts is not installed.
    """
    images = {}
    for chart in charts:
        light, dark = chart.svg(), chart.svg(dark=True)
        width = re.search(r'\bwidth="(\d+)', light)
        images[chart.section] = Image(
            _data(light), chart.alt(), int(width[1]) if width else 640, _data(dark)
        )
    return images


def unlinked(text: str) -> str:
    """Text of the outside that mail programs make no link of: an unseen mark parts its words.

    A tag such as ``https://example.com`` would else be a link in a letter from the shop.
    """
    return _JOINS.sub(rf"\1{_NO_JOIN}", text)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unlinked"] = unlinked
    return environment


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
