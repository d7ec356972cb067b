"""What PostgreSQL serves: views of the schema of the marts, each over a table of the newest build.

Views stay when a build is published and read other tables from then on. So whatever others hold on
them stays too: rights, views, materialised views, functions. A view is made anew only where a mart
lost a column or a column's type changed, and where an earlier version has left a table in its
place. Then its rights are given again, and plain views on it are stated again. What cannot be
stated again stops the publish; nothing of others is ever dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from utm_pipeline.warehouse.postgres_faults import ASIDE

if TYPE_CHECKING:
    from utm_pipeline.warehouse.postgres import Connection

# Each mart of the build beside what is served under its name: a view over a table of that name in
# an earlier build, or a table of a version that served tables. A view can be replaced in place if
# the table still has all its columns, with their types; new columns go behind those that it has.
_MARTS = """
with served as (
    select c.oid, c.relname, c.relkind
    from pg_class c
    where c.relnamespace = to_regnamespace(%(served)s) and case c.relkind
        when 'v' then exists (
            select
            from pg_rewrite r
            join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
            join pg_class t on d.refclassid = 'pg_class'::regclass and t.oid = d.refobjid
            where r.ev_class = c.oid and t.relname = c.relname
                and t.relnamespace::regnamespace::text ~ %(builds)s
        )
        when 'r' then (
            select relkind = 'r' from pg_class
            where relname = 'rpt_refresh' and relnamespace = c.relnamespace
        )
    end
),
built as (
    select oid, relname
    from pg_class
    where relnamespace = to_regnamespace(%(build)s) and relkind in ('r', 'v')
)
select relname, (
    select 'select ' || string_agg(quote_ident(new.attname), ', ' order by old.attnum, new.attnum)
    from pg_attribute new
    left join pg_attribute old on old.attrelid = served.oid and old.attname = new.attname
    where new.attrelid = built.oid and new.attnum > 0 and not new.attisdropped
), served.oid, served.relkind, served.relkind = 'v' and not exists (
    select attname, atttypid, atttypmod, attcollation from pg_attribute
    where attrelid = served.oid and attnum > 0 and not attisdropped
    except
    select attname, atttypid, atttypmod, attcollation from pg_attribute
    where attrelid = built.oid and not attisdropped
)
from built full join served using (relname)
order by relname
"""

# Rights on views that are made anew: those on what they replace, else those of who may read all.
_RIGHTS = """
with marts as (
    select oid, relname, relowner, relacl from pg_class where oid = any(%(marts)s)
),
held as (
    select m.relname, acl.grantee, acl.privilege_type, acl.is_grantable
    from marts m cross join lateral aclexplode(m.relacl) acl
    where acl.grantee <> m.relowner
),
wanted as (
    select relname, '' as part, grantee, privilege_type, is_grantable
    from held
    where relname = any(%(new)s)
    union all
    select m.relname, format(' (%%I)', a.attname), acl.grantee, acl.privilege_type, acl.is_grantable
    from marts m
    join pg_attribute a on a.attrelid = m.oid
    join pg_attribute again on again.attname = a.attname
        and again.attrelid = to_regclass(format('%%I.%%I', %(build)s::text, m.relname))
    cross join lateral aclexplode(a.attacl) acl
    where m.relname = any(%(new)s)
    union all
    select name, '', grantee, privilege_type, bool_and(is_grantable)
    from held cross join unnest(%(new)s) as name
    where name not in (select relname from marts)
    group by name, grantee, privilege_type
    having count(distinct relname) = (select count(*) from marts)
)
select format('grant %%s%%s on %%I.%%I to %%s%%s', privilege_type, part, %(served)s::text, relname,
    case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
    case when is_grantable then ' with grant option' else '' end)
from wanted
"""

# Plain views of others that read what is made anew, as they read now.
_VIEWS = """
select distinct format('create or replace view %%I.%%I%%s as %%s', n.nspname, c.relname,
    ' with (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid))
from pg_depend d
join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
join pg_class c on c.oid = r.ev_class and c.relkind = 'v'
join pg_namespace n on n.oid = c.relnamespace
where d.refclassid = 'pg_class'::regclass and d.refobjid = any(%(replaced)s)
    and c.oid <> all(%(replaced)s) and n.nspname <> %(reading)s and pg_has_role(c.relowner, 'usage')
"""

# Functions of the build as functions of the served schema, which read its views.
_FUNCTIONS = """
select coalesce(case
        when (s.result, pg_get_function_arguments(s.oid))
            is distinct from (b.result, pg_get_function_arguments(b.oid))
        then 'drop function ' || s.oid::regprocedure || '; '
    end, '') || b.definition
from (
    select oid, proname, proargtypes::text as arguments,
        regexp_replace(pg_get_function_result(oid), %(name)s, %(served)s, 'g') as result,
        regexp_replace(pg_get_functiondef(oid), %(name)s, %(served)s, 'g') as definition
    from pg_proc
    where pronamespace = to_regnamespace(%(build)s)
) b
left join (
    select oid, proname, proargtypes::text as arguments,
        pg_get_function_result(oid) as result
    from pg_proc
    where pronamespace = to_regnamespace(%(served)s)
) s using (proname, arguments)
order by b.oid
"""

COMMENTS = """
select format('comment on view %%s is %%L', v.oid::regclass, obj_description(t.oid, 'pg_class'))
from pg_class t
join pg_class v on v.relname = t.relname and v.relnamespace = to_regnamespace(%(served)s)
where t.relnamespace = to_regnamespace(%(build)s) and t.relkind in ('r', 'v')
    and obj_description(t.oid, 'pg_class') is distinct from obj_description(v.oid, 'pg_class')
union all
select format('comment on column %%s.%%I is %%L', v.oid::regclass, a.attname,
    col_description(t.oid, a.attnum))
from pg_class t
join pg_class v on v.relname = t.relname and v.relnamespace = to_regnamespace(%(served)s)
join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
join pg_attribute b on b.attrelid = v.oid and b.attname = a.attname
where t.relnamespace = to_regnamespace(%(build)s) and t.relkind in ('r', 'v')
    and col_description(t.oid, a.attnum) is distinct from col_description(v.oid, b.attnum)
"""
"""Statements that give views the comments of their tables and columns, once they are there."""

# Relations with what the pipeline itself has made over them, views first.
_DROPS = """
with recursive gone as (
    select oid from pg_class
    where relnamespace = to_regnamespace(%(schema)s) and relname ~ %(behind)s
    union
    select r.ev_class
    from gone
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = gone.oid
    join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    join pg_class c on c.oid = r.ev_class
    where c.relkind = 'v' and c.relnamespace = to_regnamespace(%(reading)s)
)
select format('drop %%s %%s', kind, string_agg(name, ', ' order by name))
from (
    select case relkind when 'v' then 'view' else 'table' end as kind,
        format('%%I.%%I', relnamespace::regnamespace, relname) as name
    from pg_class
    where oid in (select oid from gone) and relkind in ('r', 'v')
) named
group by kind
order by kind desc
"""


class Plan(NamedTuple):
    """Statements that have the views read a build."""

    views: list[str]  # they lock views that others read
    then: list[str]
    left_over: list[str]  # tables in the served schema that are no marts of this version


class _Mart(NamedTuple):
    name: str
    begins: str | None  # the beginning of its view; None where the build has no such mart
    served: int | None
    kind: str | None
    """``v`` or ``r``: what is served is a view, or a table."""
    fits: bool | None  # whether the served view can be replaced in place

    @property
    def is_strange(self) -> bool:
        """Whether it is a table that is no mart of this version, and may be anybody's."""
        return self.begins is None and self.kind == "r"


def plan(connection: Connection, served: str, build: str) -> Plan:
    """What is to be done for the views of the schema ``served``; ``build`` is the build's schema.

    Within a transaction without a search path, so that each name in a definition has its schema.
    """
    names = {"served": served, "build": build, "reading": f"{served}_int"}
    rows = connection.execute(_MARTS, {**names, "builds": f"^{served}_[0-9]+$"}).fetchall()
    marts = [_Mart(*row) for row in rows]
    built = [mart for mart in marts if mart.begins is not None]
    replaced = [mart for mart in marts if mart.served and not mart.fits and not mart.is_strange]
    values = {
        **names,
        "marts": [mart.served for mart in marts if mart.served],
        "replaced": [mart.served for mart in replaced],
        "new": [mart.name for mart in built if not mart.fits],
        # Text that was compiled for the build has the name that its schema had then.
        "name": rf"\m({served}_next|{build})\M",
    }
    renamed = [
        f'alter table "{served}"."{mart.name}" rename to "{mart.name}{ASIDE}"' for mart in replaced
    ]
    made = [
        f'create {"or replace " if mart.fits else ""}view "{served}"."{mart.name}" as '
        f'{mart.begins} from "{build}"."{mart.name}"'
        for mart in built
    ]
    then = [
        statement
        for query in (_RIGHTS, _VIEWS, _FUNCTIONS)
        for statement in look_up(connection, query, **values)
    ]
    return Plan(renamed + made, then, [mart.name for mart in marts if mart.is_strange])


def drops(connection: Connection, schema: str, reading: str, behind: str = "") -> list[str]:
    """Statements that drop a schema's relations whose name ends so.

    Views of the pipeline over them in its schema ``reading`` go with them, and nothing of others.
    """
    return look_up(connection, _DROPS, schema=schema, reading=reading, behind=f"{behind}$")


def look_up(connection: Connection, query: str, **values: object) -> list[str]:
    """The first column of what the catalogue answers."""
    return [row[0] for row in connection.execute(query.encode(), values).fetchall()]
