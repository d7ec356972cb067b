"""Queries that show single sessions."""

from __future__ import annotations

from utm_pipeline.queries import sql
from utm_pipeline.queries.model import Part, Query, Words
from utm_pipeline.queries.params import PERIOD, SESSION_ID, limit

SESSIONS = Query(
    "sessions",
    Words("Сеанси", "Sessions"),
    Words("останні сеанси періоду", "the latest sessions of a period"),
    (
        Part(
            f"""
            select{sql.SESSION_COLUMNS}
            from fct_sessions as sessions
            where
                sessions.first_seen_at < cast($ends_at as timestamp)
                and sessions.first_seen_at >= cast($starts_at as timestamp)
            order by
                sessions.first_seen_at desc,
                sessions.utm_session_id desc,
                sessions.session_id desc
            limit $limit
            """
        ),
    ),
    (PERIOD, limit(50)),
    "--period today --limit 10",
)

SESSION_DETAIL = Query(
    "session-detail",
    Words("Сеанс", "Session"),
    Words(
        "один сеанс із діями, замовленнями та іншими сеансами тієї самої людини",
        "one session with its actions, orders and the person's other sessions",
    ),
    (
        Part(
            f"""
            with {sql.FOUND_SESSION}
            select{sql.SESSION_COLUMNS}
            from fct_sessions as sessions
            inner join found on sessions.session_id = found.session_id
            """,
            many=False,
            key="session",
        ),
        Part(
            f"""
            with {sql.FOUND_SESSION}
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
            limit 50
            """,
            key="actions",
        ),
        Part(
            f"""
            with {sql.FOUND_SESSION}
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
            order by orders.created_at desc, orders.order_id desc
            """,
            key="orders",
        ),
        Part(
            f"""
            with {sql.FOUND_SESSION}
            select{sql.SESSION_COLUMNS}
            from fct_sessions as sessions
            inner join fct_sessions as own
                on sessions.person_key = own.person_key
                and sessions.person_id = own.person_id
            inner join found on own.session_id = found.session_id
            where sessions.session_id <> own.session_id
            order by
                sessions.first_seen_at desc,
                sessions.utm_session_id desc,
                sessions.session_id desc
            """,
            key="other_sessions",
        ),
    ),
    (SESSION_ID,),
    "1204",
)
