with sessions as (select * from {{ ref('base_utm_sessions') }}),

known as (
    select
        host,
        source,
        medium,
        {{ last_labels('host') }} as tail
    from {{ ref('referrer_sources') }}
    union all
    select
        host,
        null as source,
        null as medium,
        {{ last_labels('host') }} as tail
    from {{ ref('payment_hosts') }}
),

hosts as (
    select distinct
        referrer_host,
        {{ last_labels('referrer_host') }} as tail
    from sessions
    where referrer_host is not null
),

-- every known host that is the host itself or ends it at a dot; the longest comes first
suffixes as (
    select
        hosts.referrer_host,
        known.source,
        known.medium,
        known.source is null as is_payment,
        row_number() over (partition by hosts.referrer_host order by length(known.host) desc) as nth
    from hosts
    inner join known
        on hosts.tail = known.tail
            and (hosts.referrer_host = known.host or right(hosts.referrer_host, length(known.host) + 1) = '.' || known.host)
)

select
    hosts.referrer_host,
    case
        when suffixes.referrer_host is not null then suffixes.source
        when not {{ is_own_host('hosts.referrer_host') }} then {{ replace_all('hosts.referrer_host', '^www[.]', '') }}
    end as source,
    case
        when suffixes.referrer_host is not null then suffixes.medium
        when not {{ is_own_host('hosts.referrer_host') }} then 'referral'
    end as medium,
    coalesce(suffixes.is_payment, false) as is_payment
from hosts
left join suffixes on hosts.referrer_host = suffixes.referrer_host and suffixes.nth = 1
