{%- set targets = {
    'ltv_cpa_ratio': (var('kpi_ltv_cpa_ratio'), 'ratio'),
    'repeat_rate': (var('kpi_repeat_rate'), 'percent'),
    'roi': (var('kpi_roi'), 'percent'),
    'retention_week_1': (var('kpi_retention_week_1'), 'percent'),
    'cohort_coverage': (var('kpi_cohort_coverage'), 'percent'),
} -%}

with kpis as (select * from {{ ref('rpt_kpis') }}),

listed as (
    {%- for name, (target, unit) in targets.items() %}
    select
        period,
        {{ loop.index }} as position,
        '{{ name }}' as name,
        {{ name }} as value,
        {{ target }} as target,
        '{{ unit }}' as unit
    from kpis
    union all
    {%- endfor %}
    -- its value is the age of the data, which depends on when it is asked
    select
        period,
        {{ targets | length + 1 }} as position,
        'data_freshness_minutes' as name,
        null as value,
        {{ var('kpi_data_freshness_minutes') }} as target,
        'minutes' as unit
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
    value > target as met,
    unit
from listed
