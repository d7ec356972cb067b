with places as (

    select * from {{ ref('int_place_sessions') }}

),

final as (

    select
        period,
        city,
        country,
        code,
        {{ total('sessions') }} as sessions,
        {{ total('conversions') }} as conversions,
        {{ rate('sum(conversions)', 'sum(sessions)') }} as conversion_rate
    from places
    group by period, city, country, code

)

select * from final
