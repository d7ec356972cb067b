/*
order:   120
title:   Сеанс | Session
about:   один сеанс із діями, замовленнями та іншими сеансами тієї самої людини | one session with its actions, orders and the person's other sessions
params:  id
example: 1204
*/
with found as (
    select session_id from dim_session_ids where utm_session_id = $id
)
-- part: session one
select
    sessions.utm_session_id as id,
    sessions.session_key,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.utm_content,
    sessions.utm_term,
    sessions.country,
    sessions.country_name,
    sessions.city,
    sessions.device_type,
    sessions.os_name,
    sessions.browser_name,
    sessions.first_seen_at as first_seen,
    sessions.last_seen_at as last_seen,
    sessions.is_converted,
    sessions.conversion_type,
    sessions.converted_at,
    sessions.revenue
from fct_sessions as sessions
inner join found on sessions.session_id = found.session_id;
-- part: actions many
select
    actions.action_id as id,
    actions.action_type,
    actions.acted_at as timestamp,
    actions.points,
    actions.page_path,
    actions.product_id,
    actions.product_name,
    actions.cart_value,
    actions.order_id,
    actions.order_number
from fct_actions as actions
inner join found on actions.session_id = found.session_id
order by actions.acted_at desc, actions.action_id desc
limit 50;
-- part: orders many
select
    orders.order_id as id,
    orders.order_number,
    orders.created_at as created,
    orders.payment_status,
    orders.status,
    orders.total_sum,
    orders.revenue
from fct_orders as orders
inner join found on orders.session_id = found.session_id
order by orders.created_at desc, orders.order_id desc;
-- part: other_sessions many
select
    sessions.utm_session_id as id,
    sessions.session_key,
    sessions.utm_source,
    sessions.utm_medium,
    sessions.utm_campaign,
    sessions.utm_content,
    sessions.utm_term,
    sessions.country,
    sessions.country_name,
    sessions.city,
    sessions.device_type,
    sessions.os_name,
    sessions.browser_name,
    sessions.first_seen_at as first_seen,
    sessions.last_seen_at as last_seen,
    sessions.is_converted,
    sessions.conversion_type,
    sessions.converted_at,
    sessions.revenue
from fct_sessions as sessions
inner join fct_sessions as own
    on sessions.person_key = own.person_key and sessions.person_id = own.person_id
inner join found on own.session_id = found.session_id
where sessions.session_id <> own.session_id
order by sessions.first_seen_at desc, sessions.utm_session_id desc, sessions.session_id desc;
