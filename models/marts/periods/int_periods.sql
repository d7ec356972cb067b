{#- period: the clock that it is anchored to, how far back it begins, the clock that it ends at, and
    how far back the previous period lies -#}
{%- set calendar = {
    'today': ('today', 0, 'day', 'now', 1),
    'yesterday': ('today', 1, 'day', 'today', 1),
    'week': ('today', 6, 'day', 'now', 7),
    'last_week': ('this_week', 7, 'day', 'this_week', 7),
    'month': ('today', 29, 'day', 'now', 30),
    'last_month': ('this_month', 1, 'month', 'this_month', 1),
} -%}

-- The calendar of metrics.md 1, on the business clock; instants are UTC, ends are exclusive.
with instant as (select {{ as_of() }} as as_of, {{ business_time(as_of()) }} as now_clock),

clock as (
    select
        as_of,
        now_clock,
        cast(date_trunc('day', now_clock) as timestamp) as today_clock,
        cast(date_trunc('week', now_clock) as timestamp) as this_week_clock,
        cast(date_trunc('month', now_clock) as timestamp) as this_month_clock
    from instant
),

bounded as (
    {%- for period, (anchor, back, unit, until, earlier) in calendar.items() %}
    select
        '{{ period }}' as period,
        {{ loop.index }} as position,
        {{ day_to_utc(shift(anchor ~ '_clock', -back, unit)) }} as starts_at,
        {# the clock of as_of may stand for two instants, as_of is one -#}
        {{ 'as_of' if until == 'now' else day_to_utc(until ~ '_clock') }} as ends_at,
        {{ day_to_utc(shift(anchor ~ '_clock', -back - earlier, unit)) }} as previous_starts_at,
        {{ day_to_utc(shift(until ~ '_clock', -earlier, unit)) }} as previous_ends_at
    from clock
    union all
    {%- endfor %}
    select
        'all_time' as period,
        {{ calendar | length + 1 }} as position,
        cast('0001-01-01' as timestamp) as starts_at,
        as_of as ends_at,
        null as previous_starts_at,
        null as previous_ends_at
    from clock
)

select
    period,
    position,
    starts_at,
    ends_at,
    previous_starts_at,
    previous_ends_at,
    case when period <> 'all_time' then {{ business_date('starts_at') }} else cast('0001-01-01' as date) end as first_date,
    -- the day of the period's last instant
    {{ business_date(shift('ends_at', -1, 'microsecond')) }} as last_date
from bounded
