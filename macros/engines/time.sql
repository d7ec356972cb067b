{#- Business time (metrics.md 1): marts keep instants in UTC without a zone, days are the shop's. -#}

{#- UTC instant -> clock of the business time zone. -#}
{% macro business_time(instant) -%}
    {{ return(adapter.dispatch('business_time', 'utm_pipeline')(instant)) }}
{%- endmacro %}

{% macro default__business_time(instant) -%}
    (({{ instant }}) at time zone 'UTC' at time zone {{ literal(setting('UTM_TIMEZONE', 'Europe/Kyiv')) }})
{%- endmacro %}

{#- Clock of the business time zone -> UTC instant. A time that does not exist is read with the
    offset before the change, one that occurs twice is its second: the engines' own rule. -#}
{% macro clock_to_utc(clock) -%}
    {{ return(adapter.dispatch('clock_to_utc', 'utm_pipeline')(clock)) }}
{%- endmacro %}

{% macro default__clock_to_utc(clock) -%}
    (({{ clock }}) at time zone {{ literal(setting('UTM_TIMEZONE', 'Europe/Kyiv')) }} at time zone 'UTC')
{%- endmacro %}

{#- The same of clocks that bound a day, week, month or period: a midnight that occurs twice is its
    first (metrics.md 1), which has the offset of the day before. -#}
{% macro day_to_utc(clock) -%}
    {%- set second = clock_to_utc(clock) -%}
    {%- set day_before = shift(second, -1, 'day') -%}
    {%- set first = '(' ~ day_before ~ ' + (' ~ clock ~ ' - ' ~ business_time(day_before) ~ '))' -%}
    case
        when {{ clock }} = date_trunc('day', {{ clock }}) and {{ business_time(first) }} = {{ clock }} then {{ first }}
        else {{ second }}
    end
{%- endmacro %}

{#- UTC instant -> business date. -#}
{% macro business_date(instant) -%}
    cast({{ business_time(instant) }} as date)
{%- endmacro %}

{#- A timestamp or date and a whole number of units (day, hour, month, microsecond) -> timestamp. -#}
{% macro shift(value, amount, unit) -%}
    {{ return(adapter.dispatch('shift', 'utm_pipeline')(value, amount, unit)) }}
{%- endmacro %}

{% macro default__shift(value, amount, unit) -%}
    (cast({{ value }} as {{ dbt.type_timestamp() }}) + interval '{{ amount }} {{ unit }}')
{%- endmacro %}

{#- The instant half-way between two, cut to the microsecond. -#}
{% macro midpoint(earlier, later) -%}
    {{ return(adapter.dispatch('midpoint', 'utm_pipeline')(earlier, later)) }}
{%- endmacro %}

{#- Microseconds from one timestamp to another, a whole number. -#}
{% macro microseconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('microseconds_between', 'utm_pipeline')(earlier, later)) }}
{%- endmacro %}

{#- Whole calendar units (day, week from Monday, month) between two dates, each the first of its unit. -#}
{% macro units_between(unit, earlier, later) -%}
    {%- if unit == 'month' -%}
        cast(
            (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
            + extract(month from {{ later }}) - extract(month from {{ earlier }}) as bigint
        )
    {%- elif unit == 'week' -%}
        cast(floor({{ dbt.datediff(earlier, later, 'day') }} / 7.0) as bigint)
    {%- else -%}
        cast({{ dbt.datediff(earlier, later, 'day') }} as bigint)
    {%- endif -%}
{%- endmacro %}
