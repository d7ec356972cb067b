"""Which kind the columns of all queries are, by key. A key means the same in every query."""

from __future__ import annotations

from collections.abc import Mapping

from utm_pipeline.queries.model import Kind

_KEYS: Mapping[Kind, str] = {
    Kind.TEXT: (
        "utm_source utm_medium utm_campaign utm_content utm_term session_key country country_name "
        "code city device_type os_name browser_name conversion_type name action_type page_path "
        "product_id product_name order_id order_number payment_status status table period "
        "timezone cohort_type metric periods leader winner other_source"
    ),
    Kind.CODE: "recommendation rating interval kind",
    Kind.ID: "id",
    Kind.COUNT: (
        "total_sessions unique_visitors total_conversions total_orders total_score sessions "
        "conversions orders total product_views add_to_cart initiate_checkout leads purchases "
        "first_visits returning_visits read kept duplicates quarantined after_as_of points "
        "converted_sessions new_customers total_customers repeat_customers one_time_customers "
        "size converted orders_row position sources previous_sessions other_sessions"
    ),
    Kind.MONEY: (
        "total_revenue revenue avg_order_value total_sum cart_value ad_spend profit "
        "cost_per_conversion ltv_per_session ltv_per_customer cpa max_cpc max_cpa ltv ltv_row "
        "revenue_row"
    ),
    Kind.RETENTION: "retention retention_row retention_high",
    Kind.DAYS: "avg_time_between_orders",
    Kind.POINTS: "lift_low lift_high",
    Kind.RATE: (
        "conversion_rate product_views_rate add_to_cart_rate checkout_rate lead_rate purchase_rate "
        "first_visits_rate returning_visits_rate rate_of_total rate_of_previous roi repeat_rate "
        "confidence winner_lift previous_conversion_rate"
    ),
    Kind.RATIO: (
        "avg_score_per_session roas orders_per_session ltv_cpa_ratio avg_orders_per_customer "
        "value target"
    ),
    Kind.INSTANT: (
        "first_seen last_seen converted_at timestamp created as_of first_session last_session"
    ),
    Kind.DATE: "first_date last_date cohort date",
    Kind.FLAG: "is_converted mixed met",
    Kind.COUNTS: "reasons reason_rows",
}

KINDS: Mapping[str, Kind] = {key: kind for kind, keys in _KEYS.items() for key in keys.split()}
