with ad_spend as (

    select * from {{ ref('stg_ad_spend') }}

),

final as (

    select
        row_id,
        spend_date,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        {{ surrogate_key(['utm_source', 'utm_medium', 'utm_campaign']) }} as campaign_id,
        spend,
        impressions,
        clicks
    from ad_spend

)

select * from final
