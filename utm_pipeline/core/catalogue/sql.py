"""Pieces of SQL that several queries share."""

from __future__ import annotations

# The filter value, cleaned once exactly as staging cleans a tag. What cleans to NULL, such as
# "(not set)", selects the absent; so does the label N/A.


def wanted_source(param: str) -> str:
    """A CTE ``wanted`` with the cleaned source that a parameter asks for."""
    return f"""
wanted as materialized (
    select
        case
            when trim(cast(${param} as varchar)) <> 'N/A'
                then clean_source(cast(${param} as varchar))
        end as tag
)"""


WANTED_SOURCE = wanted_source("source")

WANTED_CAMPAIGN = """
wanted as materialized (
    select
        case
            when trim(cast($campaign as varchar)) <> 'N/A'
                then clean_tag(cast($campaign as varchar))
        end as tag
)"""

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
