"""The charts of the page, drawn as those of the e-mail are, and the colours they share with it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import NotFoundError
from utm_pipeline.report import charts
from utm_pipeline.report.charts.look import DARK, LIGHT, THEMES, Look, about
from utm_pipeline.report.formats import Formats
from utm_pipeline.settings import LANGUAGES
from utm_pipeline.warehouse.snapshots import Snapshot
from utm_pipeline.web.api import Served, given
from utm_pipeline.web.dashboard import cohorts
from utm_pipeline.web.rendering import page


def router(served: Served) -> APIRouter:
    """``/charts/{name}.svg``, with the query's parameters, and ``/heat.css``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/charts/{name}.svg")
    def chart(request: Request, name: str) -> Response:
        asked: dict[str, Any] = dict(given(request))
        del asked["name"]
        theme, lang = asked.pop("theme", LIGHT.name), asked.pop("lang", served.settings.lang)
        if name not in charts.NAMES or theme not in THEMES or lang not in LANGUAGES:
            raise NotFoundError("there is no such chart", "", f"take {', '.join(charts.NAMES)}")
        values = catalogue.get_query(name).bind(asked)

        def make(edition: Snapshot) -> bytes:
            tables = catalogue.fetch(edition.warehouse, name, values, lang)
            formats = Formats(lang, served.settings.currency)
            dates = (
                catalogue.period_dates(edition.warehouse, values["period"])
                if "period" in values
                else ()
            )
            filtered = [values.get("source"), values.get("utm_source")]
            told = about(formats, values.get("period"), dates, filtered)
            return charts.svg(name, tables, Look(formats, THEMES[theme], told)).encode()

        kept = served.shelf.get(("chart", name, theme, lang, tuple(values.items())), make)
        return served.respond(request, kept, "image/svg+xml")

    @routes.get("/heat.css")
    def heat() -> Response:
        body = page(
            "heat.css.j2",
            light=cohorts.style(LIGHT),
            dark=cohorts.style(DARK),
            themes=(LIGHT, DARK),
        )
        return Response(body, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    return routes
