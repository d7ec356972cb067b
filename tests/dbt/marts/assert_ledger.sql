-- The ledger: paid orders and revenue of the shop, summed from staging by themselves, are those of
-- all sources, of all campaigns and of all creatives in all_time, and general-stats' in every period.
with orders as (

    select * from {{ ref('stg_orders') }}

),

refunds as (

    select
        order_id,
        sum(amount) as amount
    from {{ ref('stg_refunds') }}
    group by order_id

),

shop as (

    select
        count(*) as orders,
        coalesce(
            sum(
                greatest(
                    orders.total_sum
                    - {{ '0' if var('total_sum_is_net') else 'orders.discount_amount' }}
                    - coalesce(refunds.amount, 0),
                    0
                )
            ),
            0
        ) as revenue
    from orders
    left join refunds on orders.order_id = refunds.order_id
    where orders.payment_status = 'paid' and orders.status is distinct from 'cancelled'

),

general as (

    select * from {{ ref('rpt_general_stats') }}

),

parts as (
    {% for model in ['rpt_sources', 'rpt_campaigns', 'rpt_content'] %}
    select
        '{{ model }}' as part,
        period,
        sum(sessions) as sessions,
        sum(orders) as orders,
        sum(revenue) as revenue
    from {{ ref(model) }}
    group by period
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

part_names as (

    select distinct part
    from parts

),

expected as (

    select
        part_names.part,
        general.period,
        general.total_sessions,
        general.total_orders,
        general.total_revenue
    from general
    cross join part_names
    where general.total_sessions > 0 or general.total_orders > 0

)

select
    general.period,
    general.total_orders as expected_orders,
    shop.orders,
    general.total_revenue as expected_revenue,
    shop.revenue,
    'shop' as part
from general
cross join shop
where general.period = 'all_time'
    and (general.total_orders is distinct from shop.orders or general.total_revenue is distinct from shop.revenue)
union all
select
    coalesce(parts.period, expected.period) as period,
    expected.total_orders as expected_orders,
    parts.orders,
    expected.total_revenue as expected_revenue,
    parts.revenue,
    coalesce(parts.part, expected.part) as part
from expected
full outer join parts on expected.part = parts.part and expected.period = parts.period
where expected.total_orders is distinct from parts.orders
    or expected.total_revenue is distinct from parts.revenue
    or expected.total_sessions is distinct from parts.sessions
