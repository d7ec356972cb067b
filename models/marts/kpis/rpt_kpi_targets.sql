{%- set targets = {
    'ltv_cpa_ratio': var('kpi_ltv_cpa_ratio'),
    'repeat_rate': var('kpi_repeat_rate'),
    'roi': var('kpi_roi'),
    'retention_week_1': var('kpi_retention_week_1'),
    'cohort_coverage': var('kpi_cohort_coverage'),
} -%}

with kpis as (select * from {{ ref('rpt_kpis') }}),

listed as (
    {%- for name, target in targets.items() %}
    select
        period,
        {{ loop.index }} as position,
        '{{ name }}' as name,
        {{ name }} as value,
        {{ target }} as target
    from kpis
    union all
    {%- endfor %}
    -- its value is the age of the data, which depends on when it is asked
    select
        period,
        {{ targets | length + 1 }} as position,
        'data_freshness_minutes' as name,
        null as value,
        {{ var('kpi_data_freshness_minutes') }} as target
    from kpis
)

select
    period,
    position,
    name,
    -- retention is shown with one decimal
    case
        when name = 'retention_week_1' then {{ as_double('round(cast(cast(value as varchar) as decimal(38, 20)), 1)') }}
        else value
    end as value,
    {{ as_double('target') }} as target,
    value > target as met
from listed
