"""The API's description of itself (OpenAPI), made of the same catalogue that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

from utm_pipeline.queries.model import Param, Part, Query
from utm_pipeline.words import PLACES, Kind

Schema = dict[str, Any]

BY_THE_CLOCK = ("kpis", "status")
"""Queries whose answers change between publishes: they hold the age of the data."""

_ABOUT = """\
Marketing analytics of an online shop: which source, campaign and creative earns, whether people
come back, what a customer is worth.

Every answer is that of `utm-pipeline query NAME --format json`. `X-Data-As-Of` says which instant
the data describes. `ETag` changes with each publish: send it back as `If-None-Match`, and what has
not changed is answered by 304 without a body.
"""
_TYPES: Mapping[Kind, str] = {
    **dict.fromkeys((Kind.TEXT, Kind.CODE, Kind.INSTANT, Kind.DATE), "string"),
    **dict.fromkeys((Kind.ID, Kind.COUNT), "integer"),
    **dict.fromkeys(PLACES, "number"),
    Kind.FLAG: "boolean",
}
_MORE: Mapping[Kind, Schema] = {
    Kind.MONEY: {"description": "Money, in the shop's currency."},
    Kind.RATE: {"description": "Per cent."},
    Kind.POINTS: {"description": "Percentage points."},
    Kind.RETENTION: {"description": "Per cent of the cohort."},
    Kind.DAYS: {"description": "Days."},
    Kind.INSTANT: {"format": "date-time", "description": "In business time, with its offset."},
    Kind.DATE: {"format": "date", "description": "A business date."},
    Kind.COUNTS: {"type": "object", "additionalProperties": {"type": "integer"}},
}
_JSON = "application/json"
_TEXT: Schema = {"type": "string"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_AS_OF = {"description": "The instant that the data describes.", "schema": _INSTANT}
_TAG = {"description": "Changes with each publish.", "schema": _TEXT}
_PROBLEM = {
    "error": {"type": "string", "description": "What is wrong."},
    "fix": {"type": "string", "description": "What to do about it."},
    "parameter": {"type": "string", "description": "The parameter that is wrong."},
    "allowed": {"type": "string", "description": "What the parameter takes."},
}
_UNAVAILABLE = "There is no warehouse yet, or it cannot be read: what to do."
_REFUSALS = {
    401: "The token is missing or wrong.",
    414: "The address is too long.",
    422: "A parameter is wrong: which one, and what it takes.",
    503: _UNAVAILABLE,
}


def document(app: FastAPI, *, has_token: bool) -> Schema:
    """FastAPI's document with what it does not know: errors, and how to sign in."""
    made = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
    problem = {**_object(_PROBLEM), "title": "Problem", "required": ["error", "fix"]}
    components = made.setdefault("components", {})
    components["schemas"] = {"Problem": problem}
    if has_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        made["security"] = [{"token": []}]
    return made


def operation(query: Query) -> Schema:
    """What a query's endpoint says of itself, as FastAPI takes it; without parts it gives CSV."""
    has_id = any(param.name == "id" for param in query.params)
    has_tag = query.name not in BY_THE_CLOCK
    refusals = _REFUSALS | ({404: "There is no such session."} if has_id else {})
    problem = {"$ref": "#/components/schemas/Problem"}
    headers = {"X-Data-As-Of": _AS_OF, **({"ETag": _TAG} if has_tag else {})}
    schema, media_type = (_answer_schema(query), _JSON) if query.parts else (_TEXT, "text/csv")
    responses = {200: _response("The answer.", schema, media_type, headers=headers)}
    if has_tag:
        responses[304] = {"description": "What If-None-Match names is still right."}
    return {
        "summary": query.title.en,
        "description": f"{_capitalized(query.about.en)}.",
        "response_class": Response,
        "responses": responses | {code: _response(why, problem) for code, why in refusals.items()},
        "openapi_extra": {"parameters": [_parameter(param) for param in query.params]},
    }


def _capitalized(text: str) -> str:
    return text[0].upper() + text[1:]


def _response(about: str, schema: Schema, media_type: str = _JSON, **more: Schema) -> Schema:
    return {"description": about, "content": {media_type: {"schema": schema}}, **more}


def _parameter(param: Param) -> Schema:
    schema: Schema = {**param.schema}
    if param.choices:
        schema = {"type": "string", "enum": [*param.choices]}
    if param.default is not None:
        schema["default"] = param.default
    return {
        "name": param.name,
        "in": "path" if param.name == "id" else "query",
        "required": param.required,
        "description": f"{_capitalized(param.about.en)}: {param.allowed}.",
        "schema": schema,
    }


def _answer_schema(query: Query) -> Schema:
    if query.name == "cohort-analysis":
        return _cohorts(query)
    schema = _answer([part for part in query.parts if not part.without])
    instead = [part for part in query.parts if part.without]
    return {"anyOf": [schema, _answer(instead)]} if instead else schema


def _answer(parts: Sequence[Part]) -> Schema:
    properties: Schema = {}
    for part in parts:
        columns = _columns(part)
        schema = _array(_object(columns)) if part.many else _object(columns)
        if part.key is not None:
            properties[part.key] = schema
        elif part.many:
            return schema
        else:
            properties |= columns
    return _object(properties)


def _cohorts(query: Query) -> Schema:
    parts = {part.key: part for part in query.parts}
    about = "A row a cohort: the metric for each of its complete periods."
    return _object(
        {
            "cohorts": _array({"type": "string", "format": "date"}),
            "periods": _array(_TEXT),
            "matrix": {**_array(_array({"type": "number"})), "description": about},
            "totals": _array(_object(_columns(parts["totals"]))),
            **_columns(parts[None]),
        }
    )


def _columns(part: Part) -> Schema:
    return {
        key: {"type": [_TYPES.get(kind), "null"], **_MORE.get(kind, {})}
        for key, kind in part.answered
    }


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_STATES = {
    "ok": {"as_of": _INSTANT},
    "unavailable": {"error": _TEXT, "fix": _TEXT},
}
_WELL, _ILL = (
    _object({"status": {"type": "string", "enum": [state]}, **more})
    for state, more in _STATES.items()
)
HEALTH: dict[int | str, Schema] = {
    200: _response("The warehouse answers.", _WELL, headers={"X-Data-As-Of": _AS_OF}),
    503: _response(_UNAVAILABLE, _ILL),
}
"""What ``/healthz`` answers."""
