{{ config(post_hook="{{ create_filter_functions(ref('utm_source_aliases')) }}") }}

-- depends on: {{ ref('utm_source_aliases') }}
with sessions as (

    select min(first_seen_at) as first_seen_at
    from {{ ref('fct_sessions') }}

),

final as (

    select
        cast({{ as_of() }} as timestamp) as as_of,
        cast({{ literal(setting('UTM_TIMEZONE', 'Europe/Kyiv')) }} as {{ dbt.type_string() }}) as timezone,
        {{ business_date(as_of()) }} as as_of_date,
        first_seen_at
    from sessions

)

select * from final
