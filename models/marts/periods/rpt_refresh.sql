{{ config(post_hook="{{ create_filter_functions(ref('utm_source_aliases')) }}") }}

-- depends on: {{ ref('utm_source_aliases') }}, {{ ref('utm_placeholders') }}, {{ ref('mail_hosts') }}
with sessions as (select * from {{ ref('fct_sessions') }})

select
    cast({{ as_of() }} as timestamp) as as_of,
    {{ literal(setting('UTM_TIMEZONE', 'Europe/Kyiv')) }} as timezone,
    {{ business_date(as_of()) }} as as_of_date,
    min(first_seen_at) as first_seen_at
from sessions
