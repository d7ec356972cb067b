"""The addresses of the pages: the dashboard, its parts, a session, and the charts on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from utm_pipeline import queries as catalogue
from utm_pipeline.errors import NotFoundError, PipelineError
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.report import charts
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts.look import DARK, LIGHT, THEMES, Look, about, ink_on, shade
from utm_pipeline.report.layout import safe
from utm_pipeline.settings import LANGUAGES
from utm_pipeline.warehouse import Snapshot, Warehouse, health
from utm_pipeline.web.answers import Answer, Answers, Momentary, stamp
from utm_pipeline.web.api import given
from utm_pipeline.web.guard import unexpected
from utm_pipeline.web.rendering import page
from utm_pipeline.web.view import Filters, Shown, View, read_filters
from utm_pipeline.web.widgets import BY_KEY, SHADES, WIDGETS, Widget
from utm_pipeline.words import text, value_label

_MOST_OPTIONS = 200
_OPTION_CELLS = 48
_ACTIONS = ("timestamp", "action_type", "page_path", "product_name", "cart_value", "points")
_ORDERS = ("order_number", "created", "payment_status", "status", "total_sum", "revenue")
_OTHERS = ("id", "first_seen", "utm_source", "utm_campaign", "conversion_type", "revenue")


def router(answers: Answers) -> APIRouter:
    """``/``, ``/widgets/{key}``, ``/sessions/{id}``, ``/charts/{name}.svg`` and ``/heat.css``."""
    routes = APIRouter(include_in_schema=False)
    settings = answers.settings

    def read(request: Request) -> Filters:
        return read_filters(given(request, Filters._fields), settings.lang)

    def get(chosen: Filters, asked: str, make: Callable[[View], bytes]) -> Answer:
        formats = Formats(chosen.lang, settings.currency)
        return answers.get(
            (asked, chosen), lambda snapshot: make(View(snapshot.warehouse, chosen, formats))
        )

    @routes.get("/")
    def dashboard(request: Request) -> Response:
        chosen = read(request)
        found = get(chosen, "page", lambda view: _widgets(view, WIDGETS, "widgets.html.j2"))
        return _framed(answers, chosen, found)

    @routes.get("/widgets/{key}")
    def widget(request: Request, key: str) -> Response:
        chosen = read(request)
        if key not in BY_KEY:
            raise NotFoundError(f"there is no widget {key!r}", "", f"take {', '.join(BY_KEY)}")
        found = get(chosen, f"widget {key}", lambda view: _widgets(view, [BY_KEY[key]]))
        return _html(found.body, found)

    @routes.get("/sessions/{id}")
    def session(request: Request) -> Response:
        chosen, number = read(request), request.path_params["id"]
        found = get(chosen, f"session {number}", lambda view: _session(view, number))
        return _framed(answers, chosen, found, is_session=True)

    @routes.get("/charts/{name}.svg")
    def chart(request: Request, name: str) -> Response:
        asked = given(request)
        del asked["name"]
        theme, lang = asked.pop("theme", LIGHT.name), asked.pop("lang", settings.lang)
        if name not in charts.NAMES or theme not in THEMES or lang not in LANGUAGES:
            raise NotFoundError("there is no such chart", "", f"take {', '.join(charts.NAMES)}")
        values = catalogue.get_query(name).bind(asked)
        look = Look(Formats(lang, settings.currency), THEMES[theme])
        found = answers.get(
            ("chart", name, theme, lang, *values.items()),
            lambda snapshot: _chart(snapshot.warehouse, name, values, look),
        )
        return answers.respond(request, found, "image/svg+xml")

    @routes.get("/heat.css")
    def heat() -> Response:
        colours = {"light": LIGHT, "dark": DARK, "shade": shade, "ink_on": ink_on, "steps": SHADES}
        body = page("heat.css.j2", settings.lang, **colours)
        return Response(body, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    return routes


def _widgets(view: View, widgets: Sequence[Widget], template: str = "") -> bytes:
    """The widgets, within the template if there is one; one that fails leaves the others alone."""
    chosen, lang = view.filters, view.filters.lang

    @cache
    def names(query: str, column: str, source: str | None) -> list[str]:
        """What may be chosen, whatever the period: those with the most sessions first."""
        table = view.ask(query, period="all_time", limit=_MOST_OPTIONS, source=source)[None]
        return [row[column] for row in table.dicts()]

    def offered(
        query: str, column: str, value: str | None, source: str | None = None
    ) -> list[tuple[str, str]]:
        """Each name once, and what is chosen in any case; with what is shown."""
        known = dict.fromkeys([*names(query, column, source), *([value] if value else [])])
        return [(name, safe(value_label(name, lang, column), _OPTION_CELLS)) for name in known]

    def drawn(widget: Widget, shown: Shown, error: PipelineError | None = None) -> str:
        more = {"widget": widget, "shown": shown, "error": error}
        return page("widget.html.j2", lang, filters=chosen, offered=offered, **more)

    parts, has_failed = [], False
    for widget in widgets:
        try:
            parts.append(drawn(widget, widget.shown(view)))
        except Exception as error:  # noqa: BLE001 - told or logged, not swallowed
            has_failed = True
            told = error if isinstance(error, PipelineError) else unexpected(error)
            parts.append(drawn(widget, {}, told))
    body = "\n".join(parts)
    if template:
        periods = [(period, text(f"period.{period}", lang)) for period in PERIODS]
        more = {"periods": periods, "widgets": widgets, "content": body}
        body = page(template, lang, filters=chosen, offered=offered, **more)
    return Momentary(body.encode()) if has_failed else body.encode()


def _session(view: View, number: str) -> bytes:
    """One session: its path, its orders, and what else the same person did."""
    parts = view.ask("session-detail", id=number)
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


def _chart(warehouse: Warehouse, name: str, values: Mapping[str, Any], look: Look) -> bytes:
    tables = catalogue.fetch(warehouse, name, values, look.formats.lang)
    period = values.get("period")
    dates = catalogue.period_dates(warehouse, period) if period else ()
    filtered = [values.get("source"), values.get("utm_source")]
    said = about(look.formats, period, dates, filtered)
    return charts.Chart(name, tables, replace(look, about=said)).svg().encode()


def _framed(
    answers: Answers, chosen: Filters, answer: Answer, *, is_session: bool = False
) -> Response:
    """A page around a body: the part that the clock moves on."""
    settings, minutes = answers.settings, answers.settings.freshness_minutes
    told = json.loads(answers.get(("state", chosen.lang), partial(_state, chosen.lang)).body)
    body = page(
        "page.html.j2",
        chosen.lang,
        filters=chosen,
        formats=Formats(chosen.lang, settings.currency),
        timezone=settings.timezone,
        minutes=minutes,
        has_token=settings.api_token is not None,
        answer=answer,
        is_session=is_session,
        # Silent data is stale from the beginning.
        stale_at=answer.as_of + timedelta(minutes=0 if told["silent"] else minutes),
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
    headers = {"Cache-Control": "private, no-cache", **stamp(answer)}
    return HTMLResponse(body, headers=headers)
