"""The statements that make up a large shop, each value a hash of its row's number and the seed.

The variables ``seed``, ``base`` (sessions of the base), ``more`` (of the increment), ``step``
(microseconds from one session to the next), ``first_day`` and ``last_day`` are set on the
connection. ``i`` is a session's number, ``spot`` its place on the time line. Every statement is
a pure function of its numbers, so a later extract can show a row again as it had become.
"""

from typing import Final

#: Reference tables of realistic cardinality, and the macros that the other statements use.
PREPARE: Final = """
create macro mix(i, salt) as hash(i, salt, getvariable('seed')) % 1000000007;
create macro starts_at() as timestamp '2025-07-06 00:00:00';
create macro session_time(spot) as
    starts_at() + to_microseconds(((spot * getvariable('step'))::hugeint)::bigint
        - (mix(spot, 'jitter') % 40000000)::bigint);

create table combos as
select
    c as combo,
    ['instagram', 'IG', 'facebook', 'fb', 'google', 'google', 'tiktok', 'telegram', 'newsletter',
     'Instagram', 'bing', 'youtube', 'viber', 'pinterest', 'linkedin', 'partner_net', 'chatgpt.com',
     'l.instagram.com', 'tg', 'price_ua', 'hotline', 'rozetka', 'olx', 'criteo', 'rtb_house',
     'x', 'threads', 'reddit', 'whatsapp', 'signal', 'sms', 'push', 'qr', 'podcast', 'radio',
     'admitad', 'salesdoubler', 'blogger_a', 'blogger_b', 'google '][1 + c % 40] as utm_source,
    ['paid_social', 'paid_social', 'cpc', 'cpc', 'social', 'email', 'affiliate', 'video', null,
     'CPC'][1 + (c * 7) % 10] as utm_medium,
    case when c % 25 = 24 then '{{campaign.name}}' when c % 10 <> 9
        then 'campaign_' || lpad((c % 60)::varchar, 2, '0') end as utm_campaign,
    case when c % 8 <> 7 then 'creative_' || lpad((c % 173)::varchar, 3, '0') end as utm_content,
    case when c % 5 = 0 then 'term ' || (c % 37) when c % 97 = 0 then 'someone@example.com' end
        as utm_term
from range(500) t (c);

create table agents as
select
    a as agent,
    a >= 190 as is_robot,
    case
        when a >= 190 then [
            'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
            'facebookexternalhit/1.1',
            'python-requests/2.32.' || a,
            'TelegramBot (like TwitterBot)',
            'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) v' || a
        ][1 + a % 5]
        when a % 3 = 0 then 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 '
            || '(KHTML, like Gecko) Chrome/' || (80 + a % 57) || '.0.' || a || '.0 Safari/537.36'
        when a % 3 = 1 then 'Mozilla/5.0 (Linux; Android ' || (10 + a % 6) || '; SM-A' || (100 + a)
            || 'B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || (90 + a % 47)
            || '.0.0.0 Mobile Safari/537.36'
        else 'Mozilla/5.0 (iPhone; CPU iPhone OS ' || (14 + a % 5) || '_' || (a % 7)
            || ' like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram '
            || (200 + a) || '.0.0.28.104'
    end as user_agent,
    case when a % 3 = 0 then 'desktop' when a % 31 = 1 then 'tablet' else 'mobile' end
        as device_type,
    ['', 'Samsung', 'Apple'][1 + a % 3] as device_brand,
    ['', 'SM-A' || (100 + a) || 'B', 'iPhone'][1 + a % 3] as device_model,
    ['Windows', 'Android', 'iOS'][1 + a % 3] as os_name,
    ['10', (10 + a % 6)::varchar, (14 + a % 5)::varchar][1 + a % 3] as os_version,
    ['Chrome', 'Chrome Mobile', 'Instagram'][1 + a % 3] as browser_name,
    (80 + a % 57)::varchar || '.0' as browser_version
from range(200) t (a);

create table cities as
select
    p as place,
    case when p < 88 then 'UA' when p < 93 then 'PL' when p < 96 then 'DE' when p < 98 then 'CZ' end
        as country,
    case when p < 88 then 'Ukraine' when p < 93 then 'Poland' when p < 96 then 'Germany'
        when p < 98 then 'Czechia' else 'Unknown' end as country_name,
    case when p < 98 then 'Region ' || (p % 24) end as region,
    case when p < 98 then ['Kyiv', 'Lviv', 'Odesa', 'Kharkiv', 'Dnipro', 'Vinnytsia', 'Poltava',
        'Uzhhorod'][1 + p % 8] || case when p >= 40 then ' ' || p else '' end end as city,
    case when p < 88 then 'Europe/Kyiv' when p < 98 then 'Europe/Warsaw' end as timezone
from range(100) t (p);

create table links as
select
    r as link,
    case
        when r < 12 then 'https://www.google.com/'
        when r < 16 then 'https://www.google.com.ua/search?q=' || r
        when r < 20 then ['https://chatgpt.com/', 'https://www.perplexity.ai/', 'https://www.bing.com/',
            'https://duckduckgo.com/'][1 + r % 4]
        when r < 26 then 'https://l.instagram.com/?u=' || r
        when r < 30 then 'https://blog' || r || '.example/post/' || r
    end as referrer
from range(60) t (r);

set variable combos = (select list(c order by combo) from combos c);
set variable agents = (select list(a order by agent) from agents a);
set variable cities = (select list(p order by place) from cities p);
set variable links = (select list(l order by link) from links l);
"""

#: The wanted sessions: number i, its place on the time line, and how far a repeated visit had gone.
BASE_SESSIONS: Final = """
create table wanted as
select i, i::double as spot, 0 as later from range(getvariable('base')) t (i)
"""

#: Of every 20 sessions of the increment 17 are new, the last of them late by three days, and three
#: are old ones seen again.
MORE_SESSIONS: Final = """
create table wanted as
select
    case when k % 20 < 17 then getvariable('base') + k // 20 * 17 + k % 20
        else getvariable('base') - 1 - mix(k, 'again') % greatest(getvariable('base') // 20, 1)
        end as i,
    case when k % 20 = 16 then i - 3 * getvariable('base') / 365 else i::double end as spot,
    (k % 20 >= 17)::int as later
from range(getvariable('more')) t (k)
"""

SESSIONS: Final = """
select
    i + 1 as id,
    case when mix(i, 'invalid') % 50000 = 0 then null
        when i > 0 and mix(i, 'repeat') % 200 = 0 then md5((i - 1) || 'key' || getvariable('seed'))
        else md5(i || 'key' || getvariable('seed')) end as session_key,
    case when mix(i, 'cookie') % 40 > 0
        then md5(mix(i, 'visitor') % visitors || 'visitor' || getvariable('seed')) end
        as visitor_id,
    case when tagged then c.utm_source end as utm_source,
    case when tagged then c.utm_medium end as utm_medium,
    case when tagged then c.utm_campaign end as utm_campaign,
    case when tagged then c.utm_content end as utm_content,
    case when tagged then c.utm_term end as utm_term,
    case when click < 30 then 'IwAR' || md5(i || 'fb') end as fbclid,
    case when click between 30 and 49 then 'Cj0K' || md5(i || 'g') end as gclid,
    case when click between 50 and 54 then 'E.C.P.' || md5(i || 'tt') end as ttclid,
    case when click = 55 then md5(i || 'ms') end as msclkid,
    case when click < 30 then 'fb.1.' || epoch_ms(seen) || '.' || md5(i || 'fb') end as fbc,
    'fb.1.' || epoch_ms(seen) || '.' || mix(i, 'visitor') as fbp,
    '10.' || mix(i, 'visitor') % 250 || '.' || mix(i, 'ip') % 250 || '.' || mix(i, 'host') % 250
        as ip_address,
    a.user_agent,
    p.country,
    p.country_name,
    p.region,
    p.city,
    p.timezone,
    a.device_type,
    a.device_brand,
    a.device_model,
    a.os_name,
    a.os_version,
    a.browser_name,
    a.browser_version,
    l.referrer,
    'https://shop.example/p/' || mix(i, 'landing') % 400 || '/' as landing_page,
    (1 + mix(i, 'visits') % 3)::integer as visit_count,
    mix(i, 'visits') % 3 = 0 as is_first_visit,
    mix(i, 'visits') % 3 <> 0 as is_returning_visitor,
    a.is_robot and mix(i, 'noticed') % 2 = 0 as is_bot,
    mix(i, 'registered') % 12 = 0 as user_registered,
    case when mix(i, 'registered') % 12 = 0 then seen - interval 5 day end as user_registered_at,
    case when mix(i, 'undated') % 50000 = 0 then null else seen end as first_seen,
    seen + to_seconds((mix(i, 'stay') % 900)::bigint + later * 7200) as last_seen,
    mix(i, 'bought') % 25 = 0 as is_converted,
    case when mix(i, 'bought') % 25 = 0 then seen + interval 12 minute end as converted_at,
    case when mix(i, 'bought') % 25 = 0 then
        case when mix(i, 'bought') % 100 = 0 then 'lead' else 'purchase' end end as conversion_type
from (
    select
        i,
        later,
        date_trunc('second', session_time(spot)) as seen,
        mix(i, 'tagged') % 100 < 75 as tagged,
        mix(i, 'click') % 100 as click,
        getvariable('base') * 9 // 10 + 1 as visitors,
        -- Lists and not joins: the rows stay in their order without being sorted.
        -- Cubed: a few combinations bring most of the sessions.
        getvariable('combos')[1 + (mix(i, 'combo') % 1000 * (mix(i, 'combo') % 1000)
            * (mix(i, 'combo') % 1000) // 2000000)::integer] as c,
        getvariable('agents')[1 + case when mix(i, 'robot') % 100 = 0
            then 190 + mix(i, 'agent') % 10 else mix(i, 'agent') % 190 end::integer] as a,
        getvariable('cities')[1 + (mix(i, 'place') % 100)::integer] as p,
        getvariable('links')[1 + (mix(i, 'link') % 60)::integer] as l
    from wanted
) s
"""

ACTIONS: Final = """
select
    case when later = 0 then i * 4 + k + 1 else 4000000000000 + i * 4 + k end as id,
    case when mix(i * 4 + k, 'dangling') % 500 = 0 then 900000000000 + i else i + 1 end
        as utm_session_id,
    case when mix(i * 4 + k, 'untyped') % 100000 = 0 then null
        when k = 0 then 'page_view'
        when k = 3 and mix(i, 'bought') % 25 = 0 then 'purchase'
        else ['product_view', 'product_view', 'add_to_cart', 'scroll', 'search', 'product_view',
            'initiate_checkout', 'remove_from_cart', 'page_view', 'click']
            [1 + (mix(i * 4 + k, 'type') % 10)::integer] end as action_type,
    date_trunc('milliseconds', session_time(spot)
        + to_milliseconds((k * 45000 + later * 7000000 + mix(i * 4 + k, 'pause') % 40000)::bigint))
        as timestamp,
    '/p/' || mix(i * 4 + k, 'product') % 400 || '/' as page_path,
    case when k > 0 then (mix(i * 4 + k, 'product') % 400)::bigint end as product_id,
    case when k > 0 then 'Товар ' || mix(i * 4 + k, 'product') % 400 end as product_name,
    case when k = 3 then (400 + mix(i, 'cart') % 4100)::decimal(12, 2) end as cart_value,
    null::bigint as order_id,
    null::varchar as order_number,
    case when mix(i * 4 + k, 'points') % 2 = 0 then 3::integer end as points_earned
from (select i, spot, later, unnest(range(4)) as k from wanted)
"""

#: One order to every 20 base sessions, of one of the 20; b is its number.
BASE_ORDERS: Final = """
create table bought as
select b, b * 20 + mix(b, 'which') % 20 as i, i::double as spot, 0 as later
from range(0, getvariable('base') // 20) t (b)
"""

#: Of every 20 orders of the increment 17 are of its new sessions and three are old ones that went
#: on.
MORE_ORDERS: Final = """
create table bought as
select
    case when k % 20 < 17 then getvariable('base') // 20 + k // 20 * 17 + k % 20
        else getvariable('base') // 20 - 1
            - mix(k, 'changed') % greatest(getvariable('base') // 400, 1) end as b,
    b * 20 + mix(b, 'which') % 20 as i,
    case when i >= getvariable('base') and (i - getvariable('base')) % 17 = 16
        then i - 3 * getvariable('base') / 365 else i::double end as spot,
    (k % 20 >= 17)::int as later
from range(getvariable('more') // 20) t (k)
qualify row_number() over (partition by b) = 1
"""

ORDERS: Final = """
select
    b + 1 as id,
    'N-' || (b + 1) as order_number,
    case when person % 3 = 0 then person + 1000 end as user_id,
    case when manual or mix(b, 'keyless') % 10 = 0 then null
        else md5(i || 'key' || getvariable('seed')) end as session_key,
    case when manual then null when mix(b, 'dangling') % 50 = 0 then 900000000000 + b else i + 1 end
        as utm_session_id,
    case when mix(b, 'mailed') % 10 < 7
        then 'p' || (person + (mix(b, 'second') % 50 = 0)::integer) || '@example.com' end as email,
    case when person % 2 = 0 then '+38' else '' end || '05' || lpad(person::varchar, 8, '0')
        as phone,
    'Покупець ' || person as full_name,
    case when mix(b, 'negative') % 20000 = 0 then -1.00
        else 400 + (mix(b, 'total') % 410000) / 100.0 end::decimal(12, 2) as total_sum,
    case when mix(b, 'discounted') % 5 = 0 then (mix(b, 'discount') % 15000 / 100.0)::decimal(12, 2)
        end as discount_amount,
    case when later = 1 then 'paid'
        when mix(b, 'payment') % 10 < 7 then 'paid'
        else ['prepaid', 'unpaid', 'checking'][(mix(b, 'payment') % 10 - 6)::integer]
        end as payment_status,
    case when later = 1 then 'done' when mix(b, 'cancelled') % 15 = 0 then 'cancelled'
        else 'ship' end as status,
    ['card', 'cod'][1 + (mix(b, 'pay') % 2)::integer] as pay_type,
    case when manual then 'manual' else 'web' end as source,
    case when manual then 'Instagram Direct' end as sale_source,
    case when manual and b % 3 = 0 then 'ig' end as utm_source,
    case when manual and b % 3 = 0 then 'social' end as utm_medium,
    null::varchar as utm_campaign,
    null::varchar as utm_content,
    null::varchar as utm_term,
    created,
    created + to_hours((mix(b, 'updated') % 48)::bigint + later * 96) as updated
from (
    select
        b,
        i,
        later,
        date_trunc('second', session_time(spot)) + interval 12 minute as created,
        mix(b, 'manual') % 20 = 0 as manual,
        (
            mix(mix(i, 'visitor') % (getvariable('base') * 9 // 10 + 1), 'person')
            % (getvariable('base') * 7 // 200 + 1)
        )::bigint as person
    from bought
) o
order by b
"""

REFUNDS: Final = """
select
    b + 1 as id,
    b + 1 as order_id,
    (100 + mix(b, 'refund') % 30000 / 100.0)::decimal(12, 2) as amount,
    date_trunc('second', session_time(spot)) + to_days((1 + mix(b, 'after') % 12)::integer)
        as created
from bought
where mix(b, 'refunded') % 50 = 0 and later = 0
order by b
"""

#: Spend of the days [first, last) for every campaign that costs money.
SPEND: Final = """
select
    starts_at()::date + d::integer as date,
    utm_source,
    any_value(utm_medium order by combo) as utm_medium,
    utm_campaign,
    null::varchar as utm_content,
    (50 + mix(d * 1000 + min(combo), 'spend') % 90000 / 100.0)::decimal(12, 2) as spend,
    (mix(d * 1000 + min(combo), 'shown') % 20000)::bigint as impressions,
    (mix(d * 1000 + min(combo), 'clicked') % 300)::bigint as clicks
from combos, range(getvariable('first_day'), getvariable('last_day')) t (d)
where combo < 120 and utm_campaign like 'campaign%' and utm_medium in ('paid_social', 'cpc')
group by d, utm_source, utm_campaign
order by d, utm_source, utm_campaign
"""
