{{ config(on_schema_change=on_changed_columns()) }}

-- depends on: {{ source('raw', 'orders') }}, {{ ref('utm_placeholders') }}, {{ ref('mail_hosts') }}
with raw_rows as (
    {{ new_raw_rows('orders') }}
)

select
    {{ next_row_id() }} as row_id,
    file_version,
    invalid_reason,
    received,
    {{ run_moment() }} as read_at,
    id as order_id,
    order_number,
    utm_session_id,
    session_key,
    cast(user_id as varchar) as user_id,
    {{ normalised_email('email') }} as email,
    {{ normalised_phone('phone') }} as phone,
    total_sum,
    case when discount_amount > 0 then discount_amount else 0 end as discount_amount,
    {{ lower_simple('payment_status') }} as payment_status,
    {{ lower_simple('status') }} as status,
    pay_type,
    {{ lower_simple('source') }} as order_source,
    sale_source,
    utm_source_raw,
    utm_medium_raw,
    utm_campaign_raw,
    utm_content_raw,
    utm_term_raw,
    {{ clean_tag('utm_source') }} as utm_source,
    {{ clean_tag('utm_medium') }} as utm_medium,
    {{ clean_tag('utm_campaign') }} as utm_campaign,
    {{ clean_tag('utm_content') }} as utm_content,
    {{ clean_tag('utm_term') }} as utm_term,
    created as created_at,
    updated as updated_at
from raw_rows
