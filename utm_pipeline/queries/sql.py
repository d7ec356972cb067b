"""Pieces of SQL that several queries share."""

from __future__ import annotations

MEASURES = """
    sessions,
    unique_visitors,
    conversions,
    conversion_rate,
    orders,
    revenue,
    avg_order_value,
    total_score"""

SESSION_COLUMNS = """
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
    sessions.revenue"""

FOUND_SESSION = """
found as (
    select session_id from dim_session_ids where utm_session_id = $id
)"""
