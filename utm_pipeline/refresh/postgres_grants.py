"""What others hold on the served marts, carried over to the marts that take their place.

A publish puts new tables in the place of old ones. Rights are given again, and views of other
schemas are stated again over the new tables, so that a publish takes nothing away from anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import psycopg

# Rights that others than the owner have: on the schema, on tables, and by default on coming tables.
# A role that may read every served mart may read those that are new as well.
_SCHEMA_RIGHTS = """
select format('grant %%s on schema %%I to %%s%%s', acl.privilege_type, %(new)s::text,
    case when acl.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
    case when acl.is_grantable then ' with grant option' else '' end)
from pg_namespace n cross join lateral aclexplode(n.nspacl) acl
where n.nspname = %(old)s and acl.grantee <> n.nspowner
"""

_TABLE_RIGHTS = """
with held as (
    select c.relname, acl.grantee, acl.privilege_type, acl.is_grantable
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    cross join lateral aclexplode(c.relacl) acl
    where n.nspname = %(old)s and c.relkind = 'r' and acl.grantee <> c.relowner
),
everywhere as (
    select grantee, privilege_type, bool_and(is_grantable) as is_grantable
    from held
    group by grantee, privilege_type
    having count(distinct relname) = (
        select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %(old)s and c.relkind = 'r'
    )
),
wanted as (
    select n.relname, coalesce(h.grantee, e.grantee) as grantee,
        coalesce(h.privilege_type, e.privilege_type) as privilege_type,
        coalesce(h.is_grantable, e.is_grantable) as is_grantable
    from (
        select c.relname from pg_class c join pg_namespace s on s.oid = c.relnamespace
        where s.nspname = %(new)s and c.relkind = 'r'
    ) n
    left join held h on h.relname = n.relname
    left join everywhere e on h.relname is null
    where coalesce(h.grantee, e.grantee) is not null
)
select format('grant %%s on table %%I.%%I to %%s%%s', privilege_type, %(new)s::text, relname,
    case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
    case when is_grantable then ' with grant option' else '' end)
from wanted
"""

_COLUMN_RIGHTS = """
select format('grant %%s (%%I) on table %%I.%%I to %%s%%s', acl.privilege_type, a.attname,
    %(new)s::text, c.relname,
    case when acl.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
    case when acl.is_grantable then ' with grant option' else '' end)
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute again on again.attname = a.attname
    and again.attrelid = to_regclass(format('%%I.%%I', %(new)s::text, c.relname))
cross join lateral aclexplode(a.attacl) acl
where n.nspname = %(old)s and c.relkind = 'r'
"""

_DEFAULT_RIGHTS = """
select format('alter default privileges in schema %%I grant %%s on %%s to %%s%%s', %(new)s::text,
    acl.privilege_type, case d.defaclobjtype when 'r' then 'tables' when 'f' then 'functions' end,
    case when acl.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
    case when acl.is_grantable then ' with grant option' else '' end)
from pg_default_acl d
join pg_namespace n on n.oid = d.defaclnamespace
cross join lateral aclexplode(d.defaclacl) acl
where n.nspname = %(old)s and d.defaclobjtype in ('r', 'f') and acl.grantee <> d.defaclrole
    and d.defaclrole = (select oid from pg_roles where rolname = current_user)
"""

# Views elsewhere that read a table of the schema, each before those that read it.
_VIEWS = """
with recursive reading as (
    select distinct r.ev_class as view, 1 as depth
    from pg_depend d
    join pg_rewrite r on r.oid = d.objid
    join pg_class c on c.oid = d.refobjid
    join pg_namespace n on n.oid = c.relnamespace
    where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
        and n.nspname = %(old)s and r.ev_class <> c.oid
    union
    select r.ev_class, reading.depth + 1
    from reading
    join pg_depend d on d.refobjid = reading.view and d.refclassid = 'pg_class'::regclass
    join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
    where r.ev_class <> reading.view and reading.depth < 50
)
select format('%%I.%%I', n.nspname, c.relname), pg_get_viewdef(c.oid),
    coalesce(array_to_string(c.reloptions, ', '), ''), pg_has_role(c.relowner, 'usage')
from (select view, max(depth) as depth from reading group by view) r
join pg_class c on c.oid = r.view
join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in (%(old)s, %(but_not)s) and c.relkind = 'v'
order by r.depth
"""

# What else depends on tables of the schema and cannot be stated again: materialised views,
# functions and foreign keys elsewhere; and what belongs to a table and would not be on the new one.
_IN_THE_WAY = """
with recursive marts as (
    select c.oid, t.oid as row_type
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.typrelid = c.oid
    where n.nspname = %(old)s
),
reading as (
    select r.ev_class as oid, 1 as depth
    from pg_depend d
    join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
    where d.refclassid = 'pg_class'::regclass and d.refobjid in (select oid from marts)
    union
    select r.ev_class, reading.depth + 1
    from reading
    join pg_depend d on d.refobjid = reading.oid and d.refclassid = 'pg_class'::regclass
    join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
    where r.ev_class <> reading.oid and reading.depth < 50
)
select distinct pg_describe_object(found.class, found.oid, 0)
from (
    select cast('pg_class'::regclass as oid) as class, c.oid
    from reading
    join pg_class c on c.oid = reading.oid
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind <> 'v' and n.nspname not in (%(old)s, %(but_not)s)
    union all
    select d.classid, d.objid
    from pg_depend d
    left join pg_constraint k on k.oid = d.objid and d.classid = 'pg_constraint'::regclass
    where (
            (d.refclassid = 'pg_class'::regclass and d.refobjid in (select oid from marts))
            or (d.refclassid = 'pg_type'::regclass and d.refobjid in (select row_type from marts))
        )
        and (
            d.classid in (
                'pg_proc'::regclass, 'pg_policy'::regclass, 'pg_publication_rel'::regclass
            )
            or (k.contype = 'f' and k.conrelid not in (select oid from marts))
        )
) found
order by 1
"""


class View(NamedTuple):
    """A view elsewhere that reads the marts."""

    name: str
    """Schema and name, quoted."""
    definition: str
    options: str
    """What stands in ``with (…)``; may be empty."""
    is_ours: bool
    """Whether this role may state it again."""


def carry_over(connection: psycopg.Connection[tuple[Any, ...]], old: str, new: str) -> None:
    """Gives everybody on schema ``new`` what they hold on schema ``old``."""
    for query in (_SCHEMA_RIGHTS, _TABLE_RIGHTS, _COLUMN_RIGHTS):
        _state(connection, query, old, new)
    carry_over_defaults(connection, old, new)


def carry_over_defaults(
    connection: psycopg.Connection[tuple[Any, ...]], old: str, new: str
) -> None:
    """Gives tables that will be made in ``new`` the rights that those made in ``old`` would get."""
    _state(connection, _DEFAULT_RIGHTS, old, new)


def _state(connection: psycopg.Connection[tuple[Any, ...]], query: str, old: str, new: str) -> None:
    for (statement,) in connection.execute(query, {"old": old, "new": new}).fetchall():
        connection.execute(statement)


def views_on(
    connection: psycopg.Connection[tuple[Any, ...]], schema: str, but_not: str
) -> list[View]:
    """Views in other schemas that read this one, with their definitions as they read now.

    Within a transaction: its search path is empty from then on.
    """
    # Without a search path every name in a definition comes with its schema.
    connection.execute("set local search_path = ''")
    rows = connection.execute(_VIEWS, {"old": schema, "but_not": but_not}).fetchall()
    return [View(*row) for row in rows]


def in_the_way(
    connection: psycopg.Connection[tuple[Any, ...]], schema: str, but_not: str
) -> list[str]:
    """What would be lost with the schema's tables and cannot be stated again, in words.

    Within a transaction: its search path is empty from then on.
    """
    connection.execute("set local search_path = ''")
    rows = connection.execute(_IN_THE_WAY, {"old": schema, "but_not": but_not}).fetchall()
    return [str(thing) for (thing,) in rows]


def restate_views(connection: psycopg.Connection[tuple[Any, ...]], views: list[View]) -> None:
    """States the views again, over the tables that have the names now. Their rights stay."""
    for view in views:
        # Options that are not stated would be taken away.
        options = f" with ({view.options})" if view.options else ""
        statement = f"create or replace view {view.name}{options} as {view.definition}"
        connection.execute(statement.encode())
