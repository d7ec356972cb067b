{% set tables = raw_table_list() -%}

-- How a refresh went: what no other mart holds, since they say what the shop has.
with quality as (select * from {{ ref('rpt_data_quality') }}),

read_anew as (
    {%- for table in tables %}
    select
        '{{ table }}' as table_name,
        count(*) as rows_read,
        count(invalid_reason) as quarantined
    from {{ ref('base_' ~ table) }}
    where {{ is_read_anew() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    quality.table_name,
    read_anew.rows_read as read_anew,
    read_anew.quarantined as quarantined_anew,
    case
        when
            quality.table_name in ('utm_sessions', 'orders') and (
                quality.quarantined >= {{ var('quarantine_stop_rows') }}
                and quality.quarantined > {{ var('quarantine_stop_share') }} * quality.read
                or read_anew.quarantined >= {{ var('quarantine_stop_rows') }}
                and read_anew.quarantined > {{ var('quarantine_stop_share') }} * read_anew.rows_read
            )
            then 'stop'
        when
            quality.quarantined > {{ var('quarantine_warn_share') }} * quality.read
            or read_anew.quarantined > {{ var('quarantine_warn_share') }} * read_anew.rows_read
            then 'warn'
    end as loss,
    {{ run_moment() }} as started_at,
    cast(null as double precision) as refreshed_in_seconds
from quality
inner join read_anew on quality.table_name = read_anew.table_name
