-- Cohort sizes of a type add up to the people seen in a session; in period 0 every one of them is
-- active, and never more than all; a cohort's orders by period never exceed those of its totals; the rows
-- of the shop are the sums of its sources'.
with people as (

    select count(*) as people
    from {{ ref('dim_people') }}
    where first_session_id is not null

),

sizes as (

    select
        cohort_type,
        sum(size) as size
    from {{ ref('rpt_cohorts') }}
    group by cohort_type

),

cells as (

    select
        cohort_type,
        cohort_start,
        utm_source,
        max(active) as most_active,
        max(case when period_index = 0 then active end) as first_active,
        min(period_index) as first_index,
        sum(orders) as orders,
        sum(revenue) as revenue,
        min(orders) as fewest_orders,
        min(revenue) as least_revenue
    from {{ ref('rpt_cohort_cells') }}
    group by cohort_type, cohort_start, utm_source

)

select
    'sizes' as part,
    sizes.cohort_type,
    cast(null as date) as cohort_start
from sizes
cross join people
where sizes.size is distinct from people.people
union all
select
    'cells' as part,
    coalesce(cohorts.cohort_type, cells.cohort_type) as cohort_type,
    coalesce(cohorts.cohort_start, cells.cohort_start) as cohort_start
from {{ ref('rpt_cohorts') }} as cohorts
full outer join cells
    on cohorts.cohort_type = cells.cohort_type
        and cohorts.cohort_start = cells.cohort_start
        and cohorts.utm_source = cells.utm_source
where cells.first_active is distinct from cohorts.size
    or cells.most_active > cohorts.size
    or cells.first_index <> 0
    or cells.orders > cohorts.orders
    or cells.revenue > cohorts.revenue
    -- cumulative rows never fall
    or cells.fewest_orders < 0
    or cells.least_revenue < 0
union all
select
    'matrix' as part,
    cohort_type,
    cohort_start
from {{ ref('rpt_cohort_matrix') }}
group by cohort_type, cohort_start, period_index
having sum(case when scope = 'shop' then size end) is distinct from sum(case when scope = 'source' then size end)
    or sum(case when scope = 'shop' then orders end) is distinct from sum(case when scope = 'source' then orders end)
    or sum(case when scope = 'shop' then revenue end) is distinct from sum(case when scope = 'source' then revenue end)
    or max(retention) > 100
    or (period_index = 0 and min(retention) < 100)
