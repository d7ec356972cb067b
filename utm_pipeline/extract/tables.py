"""Finding the tables in the shop's database, and judging them before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from utm_pipeline.errors import InputError
from utm_pipeline.extract.contract import CHANGED_BY, GROWING, ContractTable, read_contract
from utm_pipeline.extract.expressions import changed_since, selected
from utm_pipeline.extract.model import Column, Source
from utm_pipeline.extract.shop import Shop
from utm_pipeline.settings import Settings

_SCHEMA = """
select has_schema_privilege(oid, 'usage') from pg_namespace where nspname = %(schema)s
"""

# The name as it stands wins over one that differs in the case of its letters. A table with
# children, partitioned or by inheritance, has no file of its own that could tell of a truncation.
_TABLE = """
select
    c.oid, c.relname, c.relkind in ('r', 'p') as is_table, c.relkind = 'p' as is_partitioned,
    c.relkind = 'r' and exists (select from pg_inherits i where i.inhparent = c.oid) as has_heirs,
    c.relfilenode::text as storage, c.reltuples::bigint as tuples,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as relation
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %(schema)s and lower(c.relname) = lower(%(name)s)
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by c.relname = %(name)s desc, c.relname
"""

_COLUMNS = """
select
    a.attname as name, quote_ident(a.attname) as quoted, under.typname as type,
    has_column_privilege(a.attrelid, a.attnum, 'select') as readable,
    a.attnotnull and exists (
        select from pg_index i
        where i.indrelid = a.attrelid and i.indisunique and i.indisvalid and i.indpred is null
            and i.indexprs is null and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
    ) as is_unique,
    a.attnotnull and exists (
        select from pg_index i
        where i.indrelid = a.attrelid and i.indisunique and i.indisvalid and i.indpred is null
            and a.attnum = any(i.indkey)
    ) and (a.attidentity <> '' or exists (
        select from pg_attrdef d
        join pg_depend p on p.classid = 'pg_attrdef'::regclass and p.objid = d.oid
        join pg_class s on s.oid = p.refobjid and s.relkind = 'S'
        where d.adrelid = a.attrelid and d.adnum = a.attnum
    )) as is_numbered
from pg_attribute a
cross join lateral (
    with recursive up as (
        select t.oid, t.typbasetype, t.typname from pg_type t where t.oid = a.atttypid
        union all
        select t.oid, t.typbasetype, t.typname from up join pg_type t on t.oid = up.typbasetype
    )
    select up.typname from up where up.typbasetype = 0
) as under
where a.attrelid = %(table)s and a.attnum > 0 and not a.attisdropped
    and lower(a.attname) = any(%(names)s)
order by a.attname
"""

_CANDIDATES = """
select c.relname
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = %(schema)s and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and lower(a.attname) = any(%(names)s)
group by c.relname
having count(distinct lower(a.attname)) = %(wanted)s
order by c.relname
limit 3
"""


@dataclass(frozen=True)
class _Found:
    """A column of the shop that the contract lists."""

    name: str
    quoted: str
    type: str
    readable: bool
    is_unique: bool
    is_numbered: bool


def find_sources(shop: Shop, settings: Settings) -> list[Source]:
    """The tables that are to be extracted, in the contract's order.

    Optional tables may be missing, and columns that are not required too.

    Raises:
        InputError: a required table or column is missing, or the role may not read one.
    """
    schema = settings.raw_schema
    usage = shop.rows(_SCHEMA, {"schema": schema})
    if not usage:
        raise InputError(
            f"the schema {schema} is missing",
            shop.place,
            "set UTM_RAW_SCHEMA to the schema of the shop's tables",
        )
    if not usage[0][0]:
        raise InputError(
            f"the role may not use the schema {schema}",
            shop.place,
            f"let its owner run: grant usage on schema {schema} to the role",
        )
    found = (_source(shop, settings, table) for table in read_contract())
    return [source for source in found if source is not None]


def _source(shop: Shop, settings: Settings, table: ContractTable) -> Source | None:
    name = settings.raw_name(table.name)
    place = f"{shop.place}, {settings.raw_schema}.{name}"
    tables = shop.rows(_TABLE, {"schema": settings.raw_schema, "name": name})
    if not tables:
        if table.required:
            raise InputError(
                f"the required table {table.name} is missing",
                f"looked for {place}",
                _advice(shop, settings, table),
            )
        return None
    oid, real, is_table, is_partitioned, has_heirs, storage, tuples, relation = tables[0]
    if real != name and len(tables) > 1:
        raise InputError(
            f"the table {table.name} is there twice, as {real} and {tables[1][1]}",
            place,
            "tell in UTM_RAW_TABLES which of them it is",
        )
    names = [column.name for column in table.columns]
    rows = [_Found(*row) for row in shop.rows(_COLUMNS, {"table": oid, "names": names})]
    columns = _columns(table, rows, place)
    chosen = {column.name: found for column, found in columns}
    key = "id" in chosen and _is_key(chosen["id"], is_partitioned, has_heirs)
    changed, note = _changes(table.name, chosen, key, is_table=is_table)
    return Source(
        table=table.name,
        name=name,
        relation=relation,
        identity=(shop.server, str(oid), storage),
        columns=tuple(column for column, _ in columns),
        rows=tuples,
        key=key,
        changed=changed,
        note=note,
    )


def _columns(
    table: ContractTable, rows: Sequence[_Found], place: str
) -> list[tuple[Column, _Found]]:
    result = []
    for wanted in table.columns:
        named = [row for row in rows if row.name.lower() == wanted.name]
        exact = [row for row in named if row.name == wanted.name]
        if not named:
            if wanted.required:
                raise InputError(
                    f"the required column {wanted.name} of table {table.name} is missing",
                    place,
                    "add the column, or tell another table's name in UTM_RAW_TABLES",
                )
            continue
        if len(named) > 1 and not exact:
            raise InputError(
                f"the column {wanted.name} of table {table.name} is there twice",
                place,
                "rename one of them",
            )
        found = (exact or named)[0]
        if not found.readable:
            raise InputError(
                f"the role may not read the column {wanted.name} of table {table.name}",
                place,
                "let the table's owner grant select on it",
            )
        expression, stored = selected(found.quoted, wanted.kind, found.type)
        result.append((Column(wanted.name, expression, stored), found))
    return result


def _is_key(id_column: _Found, is_partitioned: bool, has_heirs: bool) -> bool:
    """Whether each row has an id of its own, so that a row that comes again is known by it."""
    if id_column.type not in {"int2", "int4", "int8"} or has_heirs:
        return False
    # A partitioned table's key holds what it is partitioned by; a sequence still numbers its rows.
    return id_column.is_unique or (is_partitioned and id_column.is_numbered)


def _changes(
    table: str,
    columns: dict[str, _Found],
    key: bool,
    *,
    is_table: bool,
) -> tuple[str | None, str]:
    """How rows are found that are new or have changed: SQL, and why there is none."""
    if table not in CHANGED_BY and table not in GROWING:
        return None, ""
    if not key:
        what = "table" if is_table else "view"
        return None, f"the {what} has no unique whole number id"
    if table in GROWING:
        return "false", ""
    mark = CHANGED_BY[table]
    if mark not in columns:
        return None, f"it has no column {mark}"
    condition = changed_since(columns[mark].quoted, columns[mark].type)
    return condition, "" if condition else f"its column {mark} holds no time"


def _advice(shop: Shop, settings: Settings, table: ContractTable) -> str:
    names = [column.name for column in table.columns if column.required]
    parameters = {"schema": settings.raw_schema, "names": names, "wanted": len(names)}
    alike = _names(shop.rows(_CANDIDATES, parameters))
    if alike:
        return f"set UTM_RAW_TABLES to {table.name}=NAME; {', '.join(alike)} has such columns"
    return "set UTM_RAW_SCHEMA to its schema, or tell its real name in UTM_RAW_TABLES"


def _names(rows: Iterable[Sequence[Any]]) -> list[str]:
    return [str(row[0]) for row in rows]
