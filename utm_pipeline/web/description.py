"""The API's description of itself (OpenAPI), made of the same catalogue that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from utm_pipeline.queries.model import Param, Part, Query
from utm_pipeline.web.problems import PROBLEM_SCHEMA
from utm_pipeline.words import PLACES, Kind

Schema = dict[str, Any]

ABOUT = """\
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
_AS_OF = {
    "description": "The instant that the data describes.",
    "schema": {"type": "string", "format": "date-time"},
}
_TAG = {"description": "Changes with each publish.", "schema": {"type": "string"}}


@dataclass(frozen=True)
class Described:
    """An endpoint's parameters and responses, as OpenAPI has them."""

    parameters: list[Schema]
    responses: dict[int | str, dict[str, Any]]


def of_query(query: Query) -> Described:
    """The description of a query's endpoint."""
    content = {"application/json": {"schema": answer_schema(query)}}
    by_the_clock = query.name == "kpis"
    return _described(query, content, has_tag=not by_the_clock)


def of_export(query: Query) -> Described:
    """The description of the CSV endpoint."""
    return _described(query, {"text/csv": {"schema": {"type": "string"}}}, has_tag=True)


def answer_schema(query: Query) -> Schema:
    """What the query's JSON looks like."""
    if query.name == "cohort-analysis":
        return _cohorts(query)
    schema = _answer([part for part in query.parts if not part.without])
    instead = [part for part in query.parts if part.without]
    return {"anyOf": [schema, _answer(instead)]} if instead else schema


def _described(query: Query, content: Schema, *, has_tag: bool) -> Described:
    headers = {"X-Data-As-Of": _AS_OF, **({"ETag": _TAG} if has_tag else {})}
    responses: dict[int | str, dict[str, Any]] = {
        200: {"description": "The answer.", "content": content, "headers": headers},
        401: _problem("The token is missing or wrong."),
        414: _problem("The address is too long."),
        422: _problem("A parameter is wrong: which one, and what it takes."),
        503: _problem("There is no warehouse yet, or it cannot be read: what to do."),
    }
    if has_tag:
        responses[304] = {"description": "What If-None-Match names is still right."}
    if any(param.required and param.name == "id" for param in query.params):
        responses[404] = _problem("There is no such session.")
    return Described([_parameter(param) for param in query.params], responses)


def _problem(about: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _parameter(param: Param) -> Schema:
    in_path = param.name == "id"
    schema: Schema = (
        {"type": "string", "enum": list(param.choices)} if param.choices else dict(param.schema)
    )
    if param.default is not None:
        schema["default"] = param.default
    return {
        "name": param.name,
        "in": "path" if in_path else "query",
        "required": param.required,
        "description": f"{param.about.en[0].upper()}{param.about.en[1:]}: {param.allowed}.",
        "schema": schema,
    }


def _answer(parts: Sequence[Part]) -> Schema:
    properties: Schema = {}
    for part in parts:
        columns = _properties(part)
        if part.key is None and part.many:
            return _rows(columns)
        if part.key is None:
            properties |= columns
        else:
            properties[part.key] = _rows(columns) if part.many else _object(columns)
    return _object(properties)


def _rows(columns: Schema) -> Schema:
    return {"type": "array", "items": _object(columns)}


def _properties(part: Part) -> Schema:
    return {column.key: _typed(column.kind) for column in part.answered}


def _typed(kind: Kind) -> Schema:
    unit = _UNITS.get(kind)
    return {**_TYPES[kind], **({"description": unit} if unit else {})}


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _cohorts(query: Query) -> Schema:
    parts = {part.key: part for part in query.parts}
    rows = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
    about = "A row a cohort: the metric for each of its complete periods."
    return _object(
        {
            "cohorts": {"type": "array", "items": {"type": "string", "format": "date"}},
            "periods": {"type": "array", "items": {"type": "string"}},
            "matrix": {**rows, "description": about},
            "totals": _rows(_properties(parts["totals"])),
            **_properties(parts[None]),
        }
    )


def completed(document: Schema, *, has_token: bool) -> Schema:
    """FastAPI's document with what it does not know: errors, and how to sign in."""
    components = document.setdefault("components", {})
    components["schemas"] = {"Problem": PROBLEM_SCHEMA}
    if has_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


HEALTH: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The warehouse answers.",
        "content": {
            "application/json": {
                "schema": _object(
                    {
                        "status": {"type": "string", "enum": ["ok"]},
                        "as_of": {"type": "string", "format": "date-time"},
                    }
                )
            }
        },
        "headers": {"X-Data-As-Of": _AS_OF},
    },
    503: {
        "description": "There is no warehouse yet, or it cannot be read: what to do.",
        "content": {
            "application/json": {
                "schema": _object(
                    {
                        "status": {"type": "string", "enum": ["unavailable"]},
                        "error": {"type": "string"},
                        "fix": {"type": "string"},
                    }
                )
            }
        },
    },
}
