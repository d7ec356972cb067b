"""The keys of every answer, for descriptions that are written before anything is asked.

The statements themselves decide what an answer holds; a test compares them with this.
"""

from __future__ import annotations

from collections.abc import Mapping

from utm_pipeline.queries.model import Query

_MEASURES = (
    "sessions unique_visitors conversions conversion_rate orders revenue avg_order_value "
    "total_score"
)
_RETURN = "revenue ad_spend profit roi roas conversions cost_per_conversion avg_order_value"
_COMPARED = (
    "total_sessions total_conversions conversion_rate total_orders total_revenue avg_order_value"
)
_SESSION = (
    "id session_key utm_source utm_medium utm_campaign utm_content utm_term country country_name "
    "city device_type os_name browser_name first_seen last_seen is_converted conversion_type "
    "converted_at revenue"
)
_SHARE = "sessions conversions conversion_rate"

# By query, then by the key of the part; None is the answer itself.
_KEYS: Mapping[str, Mapping[str | None, str]] = {
    "general-stats": {
        None: "total_sessions unique_visitors total_conversions conversion_rate total_orders "
        "total_revenue avg_order_value total_score avg_score_per_session"
    },
    "sources": {None: f"utm_source {_MEASURES}"},
    "campaigns": {None: f"utm_campaign utm_source utm_medium {_MEASURES}"},
    "content": {None: f"utm_content utm_campaign utm_source {_MEASURES}"},
    "funnel": {
        None: "total product_views add_to_cart initiate_checkout leads purchases "
        "product_views_rate add_to_cart_rate checkout_rate lead_rate purchase_rate",
        "steps": "name sessions rate_of_total rate_of_previous",
    },
    "geo": {"countries": f"country code {_SHARE}", "cities": f"city country code {_SHARE}"},
    "devices": {None: f"device_type {_SHARE}"},
    "browsers": {None: f"browser_name {_SHARE}"},
    "operating-systems": {None: f"os_name {_SHARE}"},
    "returning-visitors": {
        None: "total_sessions first_visits returning_visits first_visits_rate returning_visits_rate"
    },
    "sessions": {None: _SESSION},
    "session-detail": {
        "session": _SESSION,
        "actions": "id action_type timestamp points page_path product_id product_name cart_value "
        "order_id order_number",
        "orders": "id order_number created payment_status status total_sum revenue",
        "other_sessions": _SESSION,
    },
    "compare": {"current": _COMPARED, "previous": _COMPARED, "change": _COMPARED},
    "roi": {None: _RETURN, "rows": f"utm_source utm_campaign {_RETURN}"},
    "cohort-analysis": {
        "cohorts": "cohort",
        "periods": "periods",
        "matrix": "",
        "totals": "cohort size converted orders revenue",
        None: "metric cohort_type",
    },
    "ltv-comparison": {
        None: "utm_source total_sessions converted_sessions total_orders total_revenue "
        "ltv_per_session avg_order_value orders_per_session ad_spend new_customers "
        "ltv_per_customer cpa ltv_cpa_ratio max_cpc max_cpa"
    },
    "repeat-rate": {
        None: "total_customers repeat_customers one_time_customers repeat_rate "
        "avg_orders_per_customer avg_time_between_orders total_orders rating interval"
    },
    "ab-test": {
        "variants": "utm_content sessions conversions conversion_rate revenue avg_order_value "
        "confidence first_session last_session",
        None: "leader winner winner_lift lift_low lift_high status recommendation "
        "total_sessions total_conversions mixed",
        "by_source": "utm_source utm_content sessions conversions conversion_rate",
    },
    "kpis": {None: "name value target met"},
    "daily": {
        None: "date sessions unique_visitors conversions conversion_rate orders revenue "
        "avg_order_value"
    },
    "insights": {
        None: "position kind utm_source other_source sources utm_campaign utm_content cohort size "
        "sessions previous_sessions other_sessions conversions conversion_rate "
        "previous_conversion_rate ad_spend cost_per_conversion retention retention_high target "
        "confidence winner_lift recommendation"
    },
    "data-quality": {None: "table read kept duplicates quarantined after_as_of reasons"},
}
_KEYS_WITHOUT: Mapping[str, Mapping[str | None, str]] = {
    "ab-test": {None: "utm_campaign sessions"},
}


def answer_keys(query: Query, *, without: bool = False) -> Mapping[str | None, tuple[str, ...]]:
    """The keys of each part of an answer, by the part's own key, None for the answer itself.

    ``without`` asks for the answer that is given where the query's ``without`` parameter is not.
    The cells of a cohort's matrix have no keys.
    """
    parts = (_KEYS_WITHOUT if without else _KEYS)[query.name]
    return {part: tuple(keys.split()) for part, keys in parts.items()}
