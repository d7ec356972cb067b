"""The addresses of the dashboard: the page, its parts, a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from utm_pipeline.errors import NotFoundError, NoWarehouseError, PipelineError, WrongUseError
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import period_label
from utm_pipeline.report.layout import safe
from utm_pipeline.warehouse.snapshots import Snapshot
from utm_pipeline.web.api import Served
from utm_pipeline.web.dashboard import detail, filters
from utm_pipeline.web.dashboard.filters import Filters
from utm_pipeline.web.dashboard.view import View
from utm_pipeline.web.dashboard.widgets import BY_KEY, WIDGETS, Widget
from utm_pipeline.web.problems import problem
from utm_pipeline.web.rendering import page
from utm_pipeline.web.shelf import Kept, Momentary
from utm_pipeline.web.words import words

_MOST_OPTIONS = 200
_OPTION_CELLS = 48
_PAGE_HEADERS = {"Cache-Control": "private, no-cache"}


def router(served: Served) -> APIRouter:
    """``/``, ``/widgets/{key}`` and ``/sessions/{id}``."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def dashboard(request: Request) -> Response:
        view = _filters(request, served)
        kept = served.shelf.get(("page", view), lambda edition: _widgets(served, edition, view))
        return _shell(served, view, kept)

    @routes.get("/widgets/{key}")
    def widget(request: Request, key: str) -> Response:
        view = _filters(request, served)
        if key not in BY_KEY:
            raise NotFoundError(f"there is no widget {key!r}", "", f"take {', '.join(BY_KEY)}")
        kept = served.shelf.get(
            ("widget", key, view), lambda edition: _widget(served, edition, view, BY_KEY[key])
        )
        return _html(kept)

    @routes.get("/sessions/{id}")
    def session(request: Request) -> Response:
        view = _filters(request, served)
        asked = {"id": request.path_params["id"]}

        def make(edition: Snapshot) -> bytes:
            shown = detail.load(_view(served, edition, view), asked["id"])
            return page("session_detail.html.j2", **_common(view), **shown).encode()

        kept = served.shelf.get(("session", asked["id"], view), make)
        return _shell(served, view, kept, "session.html.j2")

    return routes


def wants_page(request: Request) -> bool:
    """Whether who asks would rather read a page than JSON."""
    is_data = request.url.path.startswith(("/api/", "/healthz", "/charts/"))
    return not is_data and "text/html" in request.headers.get("accept", "")


def error_page(
    served: Served,
    request: Request,
    error: PipelineError,
    status: int,
    headers: Mapping[str, str],
) -> Response:
    """The page that says what to do where there is nothing to show."""
    asked = request.query_params.get("lang", "")
    lang = asked if asked in {"uk", "en"} else served.settings.lang
    body = page(
        "error.html.j2",
        lang=lang,
        t=words(lang),
        problem=problem(error, filters.PAGE),
        waits=isinstance(error, NoWarehouseError),
        is_wrong=isinstance(error, WrongUseError),
    )
    return HTMLResponse(body, status_code=status, headers=dict(headers))


def _filters(request: Request, served: Served) -> Filters:
    return filters.read(dict(request.query_params), served.settings.lang)


def _view(served: Served, edition: Snapshot, view: Filters) -> View:
    return View(edition.warehouse, view, Formats(view.lang, served.settings.currency))


def _common(view: Filters) -> dict[str, Any]:
    return {"lang": view.lang, "t": words(view.lang), "filters": view}


def _widgets(served: Served, edition: Snapshot, view: Filters) -> bytes | Momentary:
    """Everything below the heading: the filters with what they offer, and all widgets."""
    made = _view(served, edition, view)
    sources = _names(made, "sources", "utm_source")
    campaigns = _names(made, "campaigns", "utm_campaign", source=view.source)
    shown = [(widget, *_load(made, widget)) for widget in WIDGETS]
    body = page(
        "widgets.html.j2",
        **_common(view),
        periods=[(period, period_label(period, view.lang)) for period in PERIODS],
        sources=_options(sources, view.source),
        cohort_sources=_options(sources, view.utm_source),
        campaigns=_options(campaigns, view.campaign),
        widgets=shown,
    ).encode()
    failed = any(error is not None for _, _, error in shown)
    return Momentary(body) if failed else body


def _widget(served: Served, edition: Snapshot, view: Filters, widget: Widget) -> bytes | Momentary:
    made = _view(served, edition, view)
    sources = _names(made, "sources", "utm_source")
    shown, error = _load(made, widget)
    body = page(
        "widget.html.j2",
        **_common(view),
        widget=widget,
        shown=shown,
        error=error,
        cohort_sources=_options(sources, view.utm_source),
    ).encode()
    return body if error is None else Momentary(body)


def _load(made: View, widget: Widget) -> tuple[Mapping[str, Any], PipelineError | None]:
    """What a widget shows; one that cannot be shown leaves the others alone."""
    try:
        return widget.load(made), None
    except PipelineError as error:
        return {}, error


def _names(made: View, query: str, column: str, **params: object) -> list[str]:
    """What may be chosen, whatever the period: those with the most sessions first."""
    (table,) = made.ask(query, period="all_time", limit=_MOST_OPTIONS, **params)
    return [row[column] for row in table.dicts()]


def _options(names: Sequence[str], chosen: str | None) -> list[tuple[str, str]]:
    """What a filter offers: each name once, and what is chosen in any case; with what is shown."""
    offered = dict.fromkeys([*names, *([chosen] if chosen else [])])
    return [(name, safe(name, _OPTION_CELLS)) for name in offered]


def _shell(served: Served, view: Filters, kept: Kept, template: str = "page.html.j2") -> Response:
    """A page around a body: the part that the clock moves on."""
    minutes = served.settings.freshness_minutes
    formats = Formats(view.lang, served.settings.currency)
    body = page(
        template,
        **_common(view),
        content=kept.body.decode(),
        version=kept.version,
        as_of=kept.as_of,
        as_of_words=formats.moment(kept.as_of),
        timezone=served.settings.timezone,
        stale_at=kept.as_of + timedelta(minutes=minutes),
        minutes=formats.number(minutes, 0),
        now=served.now(),
    )
    return HTMLResponse(body, headers={**_PAGE_HEADERS, "X-Data-As-Of": kept.as_of.isoformat()})


def _html(kept: Kept) -> Response:
    headers = {**_PAGE_HEADERS, "X-Data-As-Of": kept.as_of.isoformat()}
    return HTMLResponse(kept.body, headers=headers)
