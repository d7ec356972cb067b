with raw_rows as (select * from {{ ref('base_ad_spend') }} where invalid_reason is not null),

invalid_rows as (
    {{ received_values('ad_spend', 'raw_rows') }}
)

select
    row_id,
    reason,
    date,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    spend,
    impressions,
    clicks,
    received,
    file_version
from invalid_rows
