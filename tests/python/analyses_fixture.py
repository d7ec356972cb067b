"""The marts of the analyses, of known content: cohorts, customer value, spend, A/B tests, KPIs."""

from __future__ import annotations

TABLES = """
create table rpt_roi (
    period varchar, utm_source varchar, utm_campaign varchar, revenue decimal(38, 2),
    ad_spend decimal(38, 2), profit decimal(38, 2), roi double, roas double, conversions bigint,
    cost_per_conversion double, orders bigint, avg_order_value double
);
create table rpt_ltv (
    period varchar, utm_source varchar, total_sessions bigint, converted_sessions bigint,
    total_orders bigint, total_revenue decimal(38, 2), ltv_per_session double,
    avg_order_value double, orders_per_session double, ad_spend decimal(38, 2),
    new_customers bigint, new_customer_revenue decimal(38, 2), ltv_per_customer double,
    cpa double, ltv_cpa_ratio double, max_cpc double, max_cpa double, thin boolean
);
create table rpt_repeat_rate (
    period varchar, utm_source varchar, total_customers bigint, repeat_customers bigint,
    one_time_customers bigint, repeat_rate double, avg_orders_per_customer double,
    avg_time_between_orders double, total_orders bigint, rating varchar, order_interval varchar
);
create table rpt_cohorts (
    cohort_type varchar, cohort_start date, utm_source varchar, size bigint, converted bigint,
    orders bigint, revenue decimal(38, 2), complete_periods bigint
);
create table rpt_cohort_cells (
    cohort_type varchar, cohort_start date, utm_source varchar, period_index bigint,
    active bigint, orders bigint, revenue decimal(38, 2)
);
create table rpt_ab_variants (
    period varchar, utm_campaign varchar, utm_source varchar, utm_content varchar,
    sessions bigint, conversions bigint, conversion_rate double, orders bigint,
    revenue decimal(38, 2), avg_order_value double, confidence double,
    first_session_at timestamp, last_session_at timestamp, takes_part boolean, place bigint
);
create table rpt_ab_tests (
    period varchar, utm_campaign varchar, utm_source varchar, variants bigint,
    contenders bigint, total_sessions bigint, total_conversions bigint, leader varchar,
    winner varchar, confidence double, winner_lift double, lift_low double, lift_high double,
    status varchar, recommendation varchar, mixed boolean
);
create table rpt_kpis (
    period varchar, ltv_cpa_ratio double, repeat_rate double, roi double,
    retention_week_1 double, cohort_coverage double
);
create table rpt_insights (
    period varchar, position bigint, kind varchar, utm_source varchar, other_source varchar,
    sources bigint, utm_campaign varchar, utm_content varchar, cohort_start date, size bigint,
    sessions bigint, previous_sessions bigint, other_sessions bigint, conversions bigint,
    conversion_rate double, previous_conversion_rate double, ad_spend decimal(38, 2),
    ad_cost_per_conversion double, retention double, retention_high double, target double,
    confidence double, winner_lift double, recommendation varchar, weight double
);
"""

ROWS = """
insert into rpt_roi values
    ('week', 'google', 'brand', 1000, 250.55, 749.45, 299.1219317501497, 3.991219317501497, 5,
     50.11, 4, 250.0),
    ('week', 'tiktok', null, 0, 90, -90, -100.0, 0.0, 0, null, 0, null),
    ('week', 'direct', null, 10, null, null, null, null, 1, null, 1, 10.0);
insert into rpt_ltv values
    ('week', 'google', 500, 5, 4, 1000, 2.0, 250.0, 0.008, 250.55, 2, 900, 450.0, 125.275,
     3.5920974, 1.4, 315.0, false),
    ('week', 'tiktok', 0, 0, 0, 0, null, null, null, 90, 0, 0, null, null, null, null, null, true),
    ('week', '=cmd()', 9, 1, 1, 10, 1.1111111, 10.0, 0.1111111, null, 0, 0, null, null, null,
     0.7777778, null, true);
insert into rpt_repeat_rate values
    ('week', null, 15, 3, 12, 20.0, 1.2, 12.25, 18, 'good', 'impulse'),
    ('week', 'google', 4, 0, 4, 0.0, 1.0, null, 4, null, null);
insert into rpt_cohorts values
    ('week', '2024-03-18', 'google', 10, 2, 3, 300.5, 2),
    ('week', '2024-03-18', 'direct', 5, 1, 1, 10, 2),
    ('week', '2024-03-25', 'google', 4, 0, 0, 0, 1),
    ('week', '2024-04-01', 'google', 2, 0, 0, 0, 0),
    ('week', '2023-01-02', 'google', 1, 0, 0, 0, 12);
insert into rpt_cohort_cells values
    ('week', '2024-03-18', 'google', 0, 10, 1, 100),
    ('week', '2024-03-18', 'google', 1, 3, 1, 100.5),
    ('week', '2024-03-18', 'direct', 0, 5, 0, 0),
    ('week', '2024-03-18', 'direct', 1, 1, 1, 10),
    ('week', '2024-03-18', 'google', 2, 9, 1, 100),
    ('week', '2024-03-25', 'google', 0, 4, 0, 0);
insert into rpt_ab_variants values
    ('week', 'sale', null, 'a', 200, 20, 10.0, 10, 1000, 100.0, 97.123, '2024-03-27', '2024-04-01',
     true, 1),
    ('week', 'sale', null, 'b', 300, 9, 3.0, 5, 500, 100.0, 97.123, '2024-03-27', '2024-04-01',
     true, 2),
    ('week', 'sale', 'google', 'a', 200, 20, 10.0, 10, 1000, 100.0, 97.123, '2024-03-27',
     '2024-04-01', true, 1),
    ('week', 'sale', 'google', 'b', 300, 9, 3.0, 5, 500, 100.0, 97.123, '2024-03-27',
     '2024-04-01', true, 2);
insert into rpt_ab_tests values
    ('week', 'sale', null, 2, 2, 500, 29, 'a', 'a', 97.123, 233.333, 2.4, 11.6, 'significant',
     'scale', false),
    ('week', 'sale', 'google', 2, 2, 500, 29, 'a', 'a', 97.123, 233.333, 2.4, 11.6,
     'significant', 'scale', false);
insert into rpt_kpis values
    ('week', 2.64, 20.0, 193.64, 26.666666666666668, 93.92),
    ('today', null, null, null, 1.0, 2.0);
insert into rpt_insights by name
    select
        'week' as period, 2 as position, 'creative_won' as kind, 'sale' as utm_campaign,
        'a' as utm_content, 200 as sessions, 20 as conversions, 10.0 as conversion_rate,
        97.123 as confidence, 233.333 as winner_lift, 'scale' as recommendation, 500 as weight;
insert into rpt_insights by name
    select
        'week' as period, 1 as position, 'spend_without_return' as kind, 'tiktok' as utm_source,
        0 as sessions, 0 as conversions, 1290 as ad_spend, 68.11 as ad_cost_per_conversion,
        1290 as weight;
insert into rpt_insights by name
    select
        'week' as period, 3 as position, 'split_source' as kind, '=cmd()' as utm_source,
        'cmd' as other_source, 2 as sources, 1207 as sessions, 200 as other_sessions,
        200 as weight;
"""

# What follows from the rows of others.
VIEWS = """
create view rpt_roi_totals as
select
    periods.period, coalesce(sum(revenue), 0) as revenue, sum(ad_spend) as ad_spend,
    sum(revenue) filter (where ad_spend > 0) as ad_revenue, ad_revenue - sum(ad_spend) as ad_profit,
    100 * ad_profit::double / sum(ad_spend)::double as ad_roi,
    ad_revenue::double / sum(ad_spend)::double as ad_roas,
    sum(conversions) filter (where ad_spend > 0) as ad_conversions,
    sum(ad_spend)::double / ad_conversions::double as ad_cost_per_conversion,
    coalesce(sum(conversions), 0) as conversions,
    sum(revenue)::double / nullif(sum(orders)::double, 0) as avg_order_value
from (
    select unnest(['today', 'yesterday', 'week', 'last_week', 'month', 'last_month', 'all_time'])
) as periods (period)
left join rpt_roi on rpt_roi.period = periods.period
group by periods.period;
create view rpt_cohort_matrix as
with scoped as (
    from rpt_cohorts select *, 'source' as scope union all by name
    from rpt_cohorts select
        'shop' as scope, cohort_type, cohort_start, complete_periods, sum(size) as size
    group by all
),
dense as (
    select
        scoped.scope, scoped.cohort_type, scoped.cohort_start, scoped.utm_source, scoped.size,
        numbers.i as period_index, coalesce(sum(cells.active), 0) as active,
        coalesce(sum(cells.orders), 0) as orders, coalesce(sum(cells.revenue), 0) as revenue
    from scoped
    inner join range(12) as numbers (i) on numbers.i < scoped.complete_periods
    left join rpt_cohort_cells as cells
        on scoped.cohort_type = cells.cohort_type and scoped.cohort_start = cells.cohort_start
        and numbers.i = cells.period_index
        and coalesce(scoped.utm_source, cells.utm_source) = cells.utm_source
    group by all
)
select
    scope, cohort_type, cohort_start, utm_source, period_index,
    100 * active::double / size::double as retention,
    sum(orders) over running as orders, sum(revenue) over running as revenue,
    (sum(revenue) over running)::double / size::double as ltv
from dense
window running as (
    partition by scope, cohort_type, cohort_start, utm_source order by period_index
);
create view rpt_kpi_targets as
with listed as (
    from rpt_kpis select period, unnest([
        {position: 1, name: 'ltv_cpa_ratio', value: ltv_cpa_ratio, target: 3, unit: 'ratio'},
        {position: 2, name: 'repeat_rate', value: repeat_rate, target: 20, unit: 'percent'},
        {position: 3, name: 'roi', value: roi, target: 150, unit: 'percent'},
        {position: 4, name: 'retention_week_1', value: retention_week_1, target: 30,
         unit: 'percent'},
        {position: 5, name: 'cohort_coverage', value: cohort_coverage, target: 80, unit: 'percent'},
        {position: 6, name: 'data_freshness_minutes', value: null, target: 5, unit: 'minutes'}
    ], recursive := true)
)
from listed select * replace (
    case name when 'retention_week_1' then round(value, 1) else value end as value,
    target::double as target
), value > target as met;
"""

SCOPES = """
alter table rpt_repeat_rate add scope varchar;
alter table rpt_ab_variants add scope varchar;
alter table rpt_ab_tests add scope varchar;
update rpt_repeat_rate set scope = if(utm_source is null, 'shop', 'source');
update rpt_ab_variants set scope = if(utm_source is null, 'campaign', 'source');
update rpt_ab_tests set scope = if(utm_source is null, 'campaign', 'source');
"""
