"""The API's description of itself (OpenAPI), made of the same catalogue that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from utm_pipeline.queries.model import Param, Part, Query
from utm_pipeline.words import PLACES, Kind

Schema = dict[str, Any]
Responses = dict[int | str, Schema]

BY_THE_CLOCK = ("kpis", "status")
"""Queries whose answers change between publishes: they hold the age of the data."""

_ABOUT = """\
Marketing analytics of an online shop: which source, campaign and creative earns, whether people
come back, what a customer is worth.

Every answer is that of `utm-pipeline query NAME --format json`. `X-Data-As-Of` says which instant
the data describes. `ETag` changes with each publish: send it back as `If-None-Match`, and what has
not changed is answered by 304 without a body.
"""
_TYPES: Mapping[Kind, Schema] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.CODE: {"type": ["string", "null"]},
    Kind.ID: {"type": ["integer", "null"]},
    Kind.COUNT: {"type": ["integer", "null"]},
    Kind.INSTANT: {"type": ["string", "null"], "format": "date-time"},
    Kind.DATE: {"type": ["string", "null"], "format": "date"},
    Kind.FLAG: {"type": ["boolean", "null"]},
    Kind.COUNTS: {"type": "object", "additionalProperties": {"type": "integer"}},
    **{kind: {"type": ["number", "null"]} for kind in PLACES},
}
_UNITS: Mapping[Kind, str] = {
    Kind.MONEY: "Money, in the shop's currency.",
    Kind.RATE: "Per cent.",
    Kind.POINTS: "Percentage points.",
    Kind.RETENTION: "Per cent of the cohort.",
    Kind.DAYS: "Days.",
    Kind.INSTANT: "In business time, with its offset.",
    Kind.DATE: "A business date.",
}
_TEXT: Schema = {"type": "string"}
_AS_OF: Schema = {
    "description": "The instant that the data describes.",
    "schema": {"type": "string", "format": "date-time"},
}
_TAG: Schema = {"description": "Changes with each publish.", "schema": _TEXT}
_PROBLEM = {
    "error": {"type": "string", "description": "What is wrong."},
    "fix": {"type": "string", "description": "What to do about it."},
    "parameter": {"type": "string", "description": "The parameter that is wrong."},
    "allowed": {"type": "string", "description": "What the parameter takes."},
}
_UNAVAILABLE = "There is no warehouse yet, or it cannot be read: what to do."


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


def parameters(query: Query) -> list[Schema]:
    """What a query's endpoint takes."""
    return [_parameter(param) for param in query.params]


def responses(query: Query) -> Responses:
    """What a query's endpoint answers; one without parts gives CSV."""
    schema = _answer_schema(query) if query.parts else _TEXT
    media_type = "application/json" if query.parts else "text/csv"
    has_tag = query.name not in BY_THE_CLOCK
    headers = {"X-Data-As-Of": _AS_OF, **({"ETag": _TAG} if has_tag else {})}
    problem = {"$ref": "#/components/schemas/Problem"}
    found: Responses = {
        200: {**_response("The answer.", schema, media_type), "headers": headers},
        401: _response("The token is missing or wrong.", problem),
        414: _response("The address is too long.", problem),
        422: _response("A parameter is wrong: which one, and what it takes.", problem),
        503: _response(_UNAVAILABLE, problem),
    }
    if has_tag:
        found[304] = {"description": "What If-None-Match names is still right."}
    if any(param.name == "id" for param in query.params):
        found[404] = _response("There is no such session.", problem)
    return found


def _response(about: str, schema: Schema, media_type: str = "application/json") -> Schema:
    return {"description": about, "content": {media_type: {"schema": schema}}}


def _parameter(param: Param) -> Schema:
    schema: Schema = {**param.schema}
    if param.choices:
        schema = {"type": "string", "enum": list(param.choices)}
    if param.default is not None:
        schema["default"] = param.default
    return {
        "name": param.name,
        "in": "path" if param.name == "id" else "query",
        "required": param.required,
        "description": f"{param.about.en[0].upper()}{param.about.en[1:]}: {param.allowed}.",
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
        if part.key is None and part.many:
            return _rows(columns)
        if part.key is None:
            properties |= columns
        else:
            properties[part.key] = _rows(columns) if part.many else _object(columns)
    return _object(properties)


def _cohorts(query: Query) -> Schema:
    parts = {part.key: part for part in query.parts}
    return _object(
        {
            "cohorts": _array({"type": "string", "format": "date"}),
            "periods": _array(_TEXT),
            "matrix": {
                **_array(_array({"type": "number"})),
                "description": "A row a cohort: the metric for each of its complete periods.",
            },
            "totals": _rows(_columns(parts["totals"])),
            **_columns(parts[None]),
        }
    )


def _columns(part: Part) -> Schema:
    return {
        column.key: {
            **_TYPES[column.kind],
            **({"description": _UNITS[column.kind]} if column.kind in _UNITS else {}),
        }
        for column in part.answered
    }


def _rows(columns: Schema) -> Schema:
    return _array(_object(columns))


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_IS_WELL = _object({"status": {"type": "string", "enum": ["ok"]}, "as_of": _AS_OF["schema"]})
_IS_ILL = _object(
    {"status": {"type": "string", "enum": ["unavailable"]}, "error": _TEXT, "fix": _TEXT}
)
HEALTH: Responses = {
    200: {**_response("The warehouse answers.", _IS_WELL), "headers": {"X-Data-As-Of": _AS_OF}},
    503: _response(_UNAVAILABLE, _IS_ILL),
}
"""What ``/healthz`` answers."""
