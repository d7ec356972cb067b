"""Which tables and columns of the shop are read, and how; judged before any row is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from utm_pipeline.errors import InputError
from utm_pipeline.extract.shop import Shop
from utm_pipeline.project import project_dir
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse.postgres import hidden_rows

_CHANGED_BY = {"utm_sessions": "last_seen", "orders": "updated", "user_actions": None}
"""Tables that need not be read whole, and the column that moves when a row of theirs changes; None
where what was recorded stays as it is."""

# The name as it stands wins over one that differs in the case of its letters.
_TABLE = """
select
    c.oid, c.relname, c.relfilenode::text as storage, c.reltuples::bigint as tuples,
    case when c.relkind in ('r', 'p') then 'table' else 'view' end as kind,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as relation
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %(schema)s and lower(c.relname) = lower(%(name)s)
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by c.relname = %(name)s desc, c.relname
"""

# A domain's type is the one under it. A key is a whole number that each row has alone: not so where
# other tables inherit from this one. The unique index of a partitioned table holds what it is
# partitioned by too; a sequence still numbers its rows.
_COLUMNS = """
select distinct on (lower(a.attname))
    lower(a.attname) as name, quote_ident(a.attname) as quoted, under.typname as type,
    has_column_privilege(c.oid, a.attnum, 'select') as is_readable,
    string_agg(quote_ident(a.attname), ' and ') over (partition by lower(a.attname)) as names,
    count(*) over (partition by lower(a.attname)) > 1 as is_ambiguous,
    a.attnotnull and under.typname in ('int2', 'int4', 'int8')
    and not (c.relkind = 'r' and exists (select from pg_inherits i where i.inhparent = c.oid))
    and exists (
        select from pg_index i
        where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and (
            i.indexprs is null and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
            or c.relkind = 'p' and a.attnum = any(i.indkey) and (a.attidentity <> '' or exists (
                select from pg_attrdef d
                join pg_depend p on p.classid = 'pg_attrdef'::regclass and p.objid = d.oid
                join pg_class s on s.oid = p.refobjid and s.relkind = 'S'
                where d.adrelid = c.oid and d.adnum = a.attnum
            ))
        )
    ) as is_key
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
cross join lateral (
    with recursive up as (
        select t.typbasetype, t.typname from pg_type t where t.oid = a.atttypid
        union all
        select t.typbasetype, t.typname from up join pg_type t on t.oid = up.typbasetype
    )
    select up.typname from up where up.typbasetype = 0
) as under
where c.oid = %(table)s and lower(a.attname) = any(%(names)s)
order by lower(a.attname), a.attname = lower(a.attname) desc
"""

_ALIKE = """
select c.relname
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = %(schema)s and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and lower(a.attname) = any(%(names)s)
group by c.relname
having count(distinct lower(a.attname)) = cardinality(%(names)s)
order by c.relname
limit 3
"""

# Readable years are 1970 to 2199 (inputs.md). What lies outside, such as infinity or a year BC,
# arrives as a day outside, so that it is there and unreadable, as its text would be.
_BEFORE, _FIRST, _AFTER = "1969-12-31", "1970-01-01", "2200-01-01"
_READABLE = 10**10
"""Readable amounts are below this; what is not, such as NaN, arrives as ten times as much."""


class Column(NamedTuple):
    """A column: its name in the raw file, SQL of PostgreSQL that gives it, its type in the file."""

    name: str
    expression: str
    stored: str


@dataclass(frozen=True)
class Source:
    """A table of the shop that is to be extracted.

    ``table`` is the contract's name, ``name`` the one in the raw folder, ``relation`` the one in
    the shop's database, qualified and quoted.
    """

    table: str
    name: str
    relation: str
    identity: list[str]
    """What differs if it is not the same table any more: server and database, table, storage."""
    columns: list[Column]
    rows: int
    """About how many rows it has; -1 where the server does not know."""
    key: bool
    """Whether ``id`` is a whole number that each row has alone."""
    changed: str | None
    """SQL of PostgreSQL: rows that may have changed since ``{day}``, or ``{day_before}`` where the
    zone is not known; None where nothing tells."""
    note: str
    """Why all of it is read each time, if it is."""


def contract() -> list[dict[str, Any]]:
    """The raw tables as the project lists them; columns that no model reads are not in it."""
    # Imported here: only what reads the project's YAML needs it.
    import yaml

    file = project_dir() / "models" / "staging" / "_sources.yml"
    (source,) = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
    return list(source["tables"])


def find_sources(shop: Shop, settings: Settings) -> list[Source]:
    """The tables that are to be extracted, in the contract's order; InputError if one cannot be."""
    schema = settings.raw_schema
    rights = shop.rows(
        "select has_schema_privilege(oid, 'usage') as usable from pg_namespace "
        "where nspname = %(schema)s",
        {"schema": schema},
    )
    if not rights:
        fix = "set UTM_RAW_SCHEMA to the schema of the shop's tables"
        raise InputError(f"the schema {schema} is missing", shop.place, fix)
    if not rights[0].usable:
        fix = f"let its owner run: grant usage on schema {schema} to the role"
        raise InputError(f"the role may not use the schema {schema}", shop.place, fix)
    sources = (_source(shop, settings, table) for table in contract())
    return list(filter(None, sources))


def _source(shop: Shop, settings: Settings, table: dict[str, Any]) -> Source | None:
    name = settings.raw_name(table["name"])
    place = f"{shop.place}, {settings.raw_schema}.{name}"
    found = shop.rows(_TABLE, {"schema": settings.raw_schema, "name": name})
    if not found:
        if table.get("config", {}).get("meta", {}).get("optional"):
            return None
        raise InputError(
            f"the required table {table['name']} is missing",
            f"looked for {place}",
            _advice(shop, settings.raw_schema, table),
        )
    there, *others = found
    if there.relname != name and others:
        raise InputError(
            f"the table {table['name']} is there twice, as {there.relname} and {others[0].relname}",
            place,
            "tell in UTM_RAW_TABLES which of them it is",
        )
    names = [column["name"] for column in table["columns"]]
    columns = {row.name: row for row in shop.rows(_COLUMNS, {"table": there.oid, "names": names})}
    _check_columns(table, columns, place)
    if shop.hides_rows(there.relation):
        raise hidden_rows(name, place)
    key = "id" in columns and columns["id"].is_key
    changed, note = _changes(table["name"], there.kind, key, columns)
    wanted = [
        Column(row.name, *selected(row.quoted, column["data_type"], row.type))
        for column in table["columns"]
        if (row := columns.get(column["name"])) is not None
    ]
    return Source(
        table=table["name"],
        name=name,
        relation=there.relation,
        identity=[shop.server, str(there.oid), there.storage],
        columns=wanted,
        rows=there.tuples,
        key=key,
        changed=changed,
        note=note,
    )


def _check_columns(table: dict[str, Any], columns: dict[str, Any], place: str) -> None:
    for name in (column["name"] for column in table["columns"]):
        title = f"column {name} of table {table['name']}"
        row = columns.get(name)
        if row is None and name in _required(table):
            fix = "add the column, or tell another table's name in UTM_RAW_TABLES"
            raise InputError(f"the required {title} is missing", place, fix)
        if row and row.is_ambiguous:
            twice = f"the {title} is there twice, as {row.names}"
            raise InputError(twice, place, "rename one of them")
        if row and not row.is_readable:
            fix = "let the table's owner grant select on it"
            raise InputError(f"the role may not read the {title}", place, fix)


def _required(table: dict[str, Any]) -> list[str]:
    return [c["name"] for c in table["columns"] if c.get("meta", {}).get("required")]


def _advice(shop: Shop, schema: str, table: dict[str, Any]) -> str:
    alike = shop.rows(_ALIKE, {"schema": schema, "names": _required(table)})
    if alike:
        names = ", ".join(row.relname for row in alike)
        return f"set UTM_RAW_TABLES to {table['name']}=NAME; {names} has such columns"
    return "set UTM_RAW_SCHEMA to its schema, or tell its real name in UTM_RAW_TABLES"


def _changes(table: str, kind: str, key: bool, columns: dict[str, Any]) -> tuple[str | None, str]:
    """:attr:`Source.changed`, and why there is none where there could be."""
    if table not in _CHANGED_BY:
        return None, ""
    if not key:
        return None, f"the {kind} has no unique whole number id"
    mark = _CHANGED_BY[table]
    if mark is None:
        return "false", ""
    if mark not in columns:
        return None, f"it has no column {mark}"
    column, typname = columns[mark].quoted, columns[mark].type
    # A value without a zone may be a shop's local time, so it is given a day more.
    if typname == "timestamptz":
        since = f"{column} >= '{{day}} 00:00+00'"
    elif typname in {"timestamp", "date"}:
        since = f"{column} >= '{{day_before}}'"
    elif typname in {"text", "varchar", "bpchar", "citext", "name"}:
        # Every readable text begins with the day. What does not sorts above and is read, or below
        # and has no value that could change.
        begin = f"left(btrim({column}::text, E' \\t\\n\\r\\f\\x0b'), 10)"
        since = f"{begin} collate \"C\" >= '{{day_before}}'"
    else:
        return None, f"its column {mark} holds no time"
    return f"({since} or {column} is null)", ""


def selected(column: str, kind: str, typname: str) -> tuple[str, str]:
    """SQL so that a column arrives as the value that its text would become, and its type then.

    ``column`` is quoted, ``kind`` is how the pipeline reads it, ``typname`` its type in the shop.
    """
    if typname in {"int2", "int4", "int8"}:
        return column, "BIGINT"
    if typname == "bool" and kind == "boolean":
        return column, "BOOLEAN"
    if typname == "numeric" and kind == "decimal":
        # Three places decide a rounding to two, half away from zero, which comes after the bound.
        return (
            f"case when {column} > -{_READABLE} and {column} < {_READABLE} then trunc({column}, 3) "
            f"when {column} is not null then {10 * _READABLE} end",
            "DECIMAL(18,3)",
        )
    if typname in {"json", "jsonb"}:
        return f"{column} #>> '{{}}'", "VARCHAR"
    if typname in {"timestamptz", "timestamp", "date"} and kind in {"timestamp", "date"}:
        value, midnight = column, ""
        if typname == "timestamptz":
            value, midnight = f"({column} at time zone 'UTC')", " 00:00+00"
        return (
            f"case when {column} < {typname} '{_FIRST}{midnight}' then date '{_BEFORE}' "
            f"when {column} >= {typname} '{_AFTER}{midnight}' then date '{_AFTER}' "
            f"else {value} end",
            "DATE" if typname == "date" else "TIMESTAMP",
        )
    return (column if typname in {"text", "varchar"} else f"{column}::text"), "VARCHAR"
