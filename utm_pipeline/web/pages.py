"""The addresses of the pages: the dashboard, its parts, a session, and the charts on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import NotFoundError, PipelineError
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.report import charts
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts.look import DARK, LIGHT, THEMES, Look, about
from utm_pipeline.report.layout import safe
from utm_pipeline.settings import LANGUAGES
from utm_pipeline.warehouse import Snapshot, health
from utm_pipeline.web import cohorts, filters
from utm_pipeline.web.answers import Answer, Answers, Momentary, stamp
from utm_pipeline.web.api import given
from utm_pipeline.web.filters import Filters
from utm_pipeline.web.rendering import page
from utm_pipeline.web.view import Shown, View
from utm_pipeline.web.widgets import BY_KEY, WIDGETS, Widget
from utm_pipeline.words import text

Options = list[tuple[str, str]]
_MOST_OPTIONS = 200
_OPTION_CELLS = 48
_ACTIONS = ("timestamp", "action_type", "page_path", "product_name", "cart_value", "points")
_ORDERS = ("order_number", "created", "payment_status", "status", "total_sum", "revenue")
_OTHERS = ("id", "first_seen", "utm_source", "utm_campaign", "conversion_type", "revenue")


def router(answers: Answers) -> APIRouter:
    """``/``, ``/widgets/{key}`` and ``/sessions/{id}``."""
    routes = APIRouter(include_in_schema=False)
    settings = answers.settings

    def read(request: Request) -> Filters:
        return filters.read(dict(request.query_params), settings.lang)

    def seen(snapshot: Snapshot, chosen: Filters) -> View:
        return View(snapshot.warehouse, chosen, Formats(chosen.lang, settings.currency))

    @routes.get("/")
    def dashboard(request: Request) -> Response:
        chosen = read(request)
        found = answers.get(
            ("page", chosen),
            lambda snapshot: _widgets(seen(snapshot, chosen), "widgets.html.j2", WIDGETS),
        )
        return _framed(answers, chosen, found)

    @routes.get("/widgets/{key}")
    def widget(request: Request, key: str) -> Response:
        chosen = read(request)
        if key not in BY_KEY:
            raise NotFoundError(f"there is no widget {key!r}", "", f"take {', '.join(BY_KEY)}")
        found = answers.get(
            ("widget", key, chosen),
            lambda snapshot: _widgets(seen(snapshot, chosen), "widget.html.j2", [BY_KEY[key]]),
        )
        return _html(found.body, found)

    @routes.get("/sessions/{id}")
    def session(request: Request) -> Response:
        chosen, number = read(request), request.path_params["id"]
        found = answers.get(
            ("session", number, chosen), lambda snapshot: _session(seen(snapshot, chosen), number)
        )
        return _framed(answers, chosen, found, is_session=True)

    return routes


def pictures(answers: Answers) -> APIRouter:
    """``/charts/{name}.svg``, with the query's parameters, and ``/heat.css``."""
    routes = APIRouter(include_in_schema=False)
    settings = answers.settings

    @routes.get("/charts/{name}.svg")
    def chart(request: Request, name: str) -> Response:
        asked = given(request)
        del asked["name"]
        theme, lang = asked.pop("theme", LIGHT.name), asked.pop("lang", settings.lang)
        if name not in charts.NAMES or theme not in THEMES or lang not in LANGUAGES:
            raise NotFoundError("there is no such chart", "", f"take {', '.join(charts.NAMES)}")
        values = catalogue.get_query(name).bind(asked)
        period, formats = values.get("period"), Formats(lang, settings.currency)

        def make(snapshot: Snapshot) -> bytes:
            tables = catalogue.fetch(snapshot.warehouse, name, values, lang)
            dates = catalogue.period_dates(snapshot.warehouse, period) if period else ()
            filtered = [values.get("source"), values.get("utm_source")]
            look = Look(formats, THEMES[theme], about(formats, period, dates, filtered))
            return charts.svg(name, tables, look).encode()

        found = answers.get(("chart", name, theme, lang, tuple(values.items())), make)
        return answers.respond(request, found, "image/svg+xml")

    @routes.get("/heat.css")
    def heat() -> Response:
        themes = [(theme, cohorts.style(theme)) for theme in (LIGHT, DARK)]
        body = page("heat.css.j2", settings.lang, themes=themes)
        return Response(body, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    return routes


def _widgets(view: View, template: str, widgets: Sequence[Widget]) -> bytes:
    """The widgets; one that cannot be shown leaves the others alone."""
    chosen = view.filters

    @cache
    def names(query: str, column: str, source: str | None) -> list[str]:
        """What may be chosen, whatever the period: those with the most sessions first."""
        (table,) = view.ask(query, period="all_time", limit=_MOST_OPTIONS, source=source)
        return [row[column] for row in table.dicts()]

    def offered(query: str, column: str, value: str | None, source: str | None = None) -> Options:
        """Each name once, and what is chosen in any case; with what is shown."""
        known = dict.fromkeys([*names(query, column, source), *([value] if value else [])])
        return [(name, safe(name, _OPTION_CELLS)) for name in known]

    shown = [(widget, *_shown(view, widget)) for widget in widgets]
    body = page(
        template,
        chosen.lang,
        filters=chosen,
        periods=[(period, text(f"period.{period}", chosen.lang)) for period in PERIODS],
        offered=offered,
        widgets=shown,
    ).encode()
    return Momentary(body) if any(error for _, _, error in shown) else body


def _shown(view: View, widget: Widget) -> tuple[Shown, PipelineError | None]:
    try:
        return widget.shown(view), None
    except PipelineError as error:
        return {}, error


def _session(view: View, number: str) -> bytes:
    """One session: its path, its orders, and what else the same person did."""
    parts = {table.key: table for table in view.ask("session-detail", id=number)}
    found = parts["session"].dicts()[0]
    # The title has the id, the country its name; the key is of use to programs alone.
    hidden = {"id", "session_key", "country" if found["country_name"] else ""}
    known = [key for key, value in found.items() if value is not None and key not in hidden]
    return page(
        "session.html.j2",
        view.filters.lang,
        filters=view.filters,
        session_id=found["id"],
        facts=view.sheet(parts["session"], known),
        parts=[
            ("path", view.sheet(parts["actions"], _ACTIONS), "no_actions"),
            ("orders", view.sheet(parts["orders"], _ORDERS), "no_orders"),
            ("others", view.sheet(parts["other_sessions"], _OTHERS, to_sessions=True), "no_others"),
        ],
    ).encode()


def _framed(
    answers: Answers, chosen: Filters, answer: Answer, *, is_session: bool = False
) -> Response:
    """A page around a body: the part that the clock moves on."""
    settings, minutes = answers.settings, answers.settings.freshness_minutes
    told = json.loads(answers.get(("state", chosen.lang), partial(_state, chosen.lang)).body)
    formats = Formats(chosen.lang, settings.currency)
    body = page(
        "page.html.j2",
        chosen.lang,
        filters=chosen,
        is_session=is_session,
        content=answer.body.decode(),
        version=answer.version,
        as_of=answer.as_of,
        as_of_words=formats.moment(answer.as_of),
        timezone=settings.timezone,
        # Silent data is stale from the beginning.
        stale_at=answer.as_of + timedelta(minutes=0 if told["silent"] else minutes),
        minutes=formats.number(minutes, 0),
        silent=told["silent"],
        newest=told["newest"],
        now=datetime.now(UTC),
    )
    return _html(body, answer)


def _state(lang: str, snapshot: Snapshot) -> bytes:
    """When the newest session began, and why that is too long ago, if it is."""
    warehouse = snapshot.warehouse
    settings = replace(warehouse.settings, lang=lang)
    until = health.sessions_until(warehouse)
    newest = until and Formats(lang, settings.currency).moment(until)
    silent = health.stale_because(warehouse, settings, now=warehouse.as_of)
    return json.dumps({"newest": newest, "silent": silent}).encode()


def _html(body: str | bytes, answer: Answer) -> Response:
    headers = {"Cache-Control": "private, no-cache", **stamp(answer.as_of)}
    return HTMLResponse(body, headers=headers)
