"""What the hostile files of tests/fixtures/hostile come to, derived by hand from the definitions.

Every row of tests/fixtures/hostile says in its column ``note`` what becomes of it and why: kept,
duplicate, after (as_of) or the reason of the quarantine. The sums here are made from those notes.

Spring's as_of is 03:30 in Kyiv on the day after clocks went forward, autumn's the same on the day
after they went back, so that the previous ``today`` ends at a time that did not exist (read with
the offset before the change: 01:30Z) and at one that came twice (its second: 01:30Z). In UTC:

spring: as_of 03-30 00:30, today from 03-29 21:00, yesterday from 03-28 22:00 (23 hours), week from
03-23 22:00, last_week 03-22 22:00 to 03-29 21:00, month from 02-28 22:00, last_month from 01-31
22:00; autumn: as_of 10-27 01:30, today from 10-26 22:00, yesterday from 10-25 21:00 (25 hours).

Actions (points): session 20 lead 50 + purchase 110; 22 search 2; 23 purchase 0; 24 checkout 20 +
purchase 100; 25 view 1 + product 3 + cart 10 - 5 + checkout 20 + purchase 102; 26 lead 50; 28 click
1; 29 product -7 + click 5; 202 cart 10; 231 product 3; 6 purchase 100, cart 10 (spring only).
"""

from __future__ import annotations

from typing import Any

# The tags of the files, reduced.
SCRIPT = "script_alert_1_script"
HYPERLINK = "hyperlink_http_evil.example_x"
SUM = "sum_1_1_cmd_c_calc_a0"
IMAGE = "img_src_x_onerror_alert_1"
SQL = "drop_table_fct_sessions_--"
MARCH, SPRING_END = "2026-03-", "2026-03-30T03:30:00+03:00"
YESTERDAY = (f"{MARCH}29T00:00:00+02:00", f"{MARCH}30T00:00:00+03:00")
BEFORE_TODAY = (f"{MARCH}29T00:00:00+02:00", f"{MARCH}29T04:30:00+03:00")
HALVES = ("2025-10-25T23:59:59.999999+03:00", "2026-01-11T12:44:59.999999+02:00", SPRING_END)


def rows(keys: str, *values: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Answers of several rows, written as a table."""
    return [dict(zip(keys.split(), row, strict=True)) for row in values]


def row(keys: str, *values: Any) -> dict[str, Any]:
    """An answer of one row."""
    return rows(keys, values)[0]


STATS = (
    "total_sessions unique_visitors total_conversions conversion_rate total_orders total_revenue "
    "avg_order_value total_score avg_score_per_session"
)
MEASURES = (
    " sessions unique_visitors conversions conversion_rate orders revenue avg_order_value "
    "total_score"
)
SOURCE = "utm_source" + MEASURES
CAMPAIGN = "utm_campaign utm_source utm_medium" + MEASURES
CONTENT = "utm_content utm_campaign utm_source" + MEASURES
COMPARED = (
    "total_sessions unique_visitors total_conversions conversion_rate total_orders total_revenue "
    "avg_order_value total_score"
)
FUNNEL = (
    "total product_views add_to_cart initiate_checkout leads purchases product_views_rate "
    "add_to_cart_rate checkout_rate lead_rate purchase_rate"
)
STEPS = "name sessions rate_of_total rate_of_previous"
VISITS = "total_sessions first_visits returning_visits first_visits_rate returning_visits_rate"
QUALITY = "table read kept duplicates quarantined after_as_of"


def compared(current: tuple[Any, ...], previous: tuple[Any, ...], *change: Any) -> dict[str, Any]:
    """The answer of compare; the values of a period follow its bounds."""
    return {
        "current": row(f"from until {COMPARED}", *current),
        "previous": row(f"from until {COMPARED}", *previous),
        "change": row(COMPARED, *change),
    }


# The first part of each line is a query, the second its answer in spring.
SPRING: list[tuple[str, Any]] = [
    # Sessions 25, 26, 29. Orders 1001 (100 - 10 - 2 x 2.75), 1006 (50.005 rounded), 1012 (300).
    ("general-stats --period today", row(STATS, 3, 3, 2, 66.67, 3, 434.51, 144.84, 179, 59.67)),
    # Sessions 20, 22, 23, 24, 28; 20 and 28 are one visitor's. Orders 1002, 1008, 1110, 1111.
    ("general-stats --period yesterday", row(STATS, 5, 4, 3, 60, 4, 330, 82.5, 283, 56.6)),
    # Those eight, 16 and 21; orders of both days, and 1051, 1053, 1071, 1090.
    ("general-stats --period week", row(STATS, 10, 9, 5, 50, 11, 839.51, 76.32, 462, 46.2)),
    # Sessions 14, 15, 16, 20, 21, 22, 23, 24, 28: 405 / 8 = 50.625, half away from zero.
    ("general-stats --period last_week", row(STATS, 9, 8, 3, 33.33, 8, 405, 50.63, 283, 31.44)),
    # 52 sessions; converted: 20, 24, 25, 26, 28, 202, 231 of ka2, 251, 253, 255, 256.
    ("general-stats --period month", row(STATS, 52, 51, 11, 21.15, 31, 1174.86, 37.9, 475, 9.13)),
    # Sessions 10, 13, 18; orders 1010 and 1013 are unpaid.
    ("general-stats --period last_month", row(STATS, 3, 3, 0, 0, 0, 0, None, 0, 0)),
    # Besides: 1 to 8 (3, 6, 7 and 2 converted; 901 less both refunds 50, 902, 903), 10, 11, 13, 18,
    # and order 1020 of 1970.
    (
        "general-stats --period all_time",
        row(STATS, 64, 62, 15, 23.44, 35, 1325.86, 37.88, 585, 9.14),
    ),
    (
        "sources --period week",
        rows(
            SOURCE,
            ("google", 4, 3, 2, 50, 4, 138, 34.5, 161),
            ("newsletter", 1, 1, 1, 100, 1, 200, 200, 120),
            (HYPERLINK, 1, 1, 1, 100, 1, 84.5, 84.5, 131),
            ("direct", 1, 1, 0, 0, 2, 37, 18.5, -2),
            ("chatgpt", 1, 1, 0, 0, 0, 0, None, 2),
            ("facebook", 1, 1, 0, 0, 0, 0, None, 0),
            ("telegram", 1, 1, 1, 100, 0, 0, None, 50),
            ("bing", 0, 0, 0, None, 1, 300, 300, 0),
            ("manual", 0, 0, 0, None, 1, 50.01, 50.01, 0),
            ("tiktok", 0, 0, 0, None, 1, 30, 30, 0),
        ),
    ),
    (
        "sources --period month --limit 100",
        rows(
            SOURCE,
            # 12, 14-17, 20, 21, 28, 104, 105, 107, 112, 122, 132, 133, 231 of ka1, 251-257.
            ("google", 23, 22, 6, 26.09, 5, 163, 32.6, 161),
            # Orders 1011 1030 1031 (less two refunds of 1) 1033-1038 1040 1043 1045 1047 1053 1071
            # 1122 1124: 11+10+18+8+9+0+0+7+0+12.35+13+14+16+18+19+24+27.
            ("direct", 4, 4, 0, 0, 17, 206.35, 12.14, -2),
            ("newsletter", 2, 2, 1, 50, 1, 200, 200, 120),
            (HYPERLINK, 2, 2, 1, 50, 1, 84.5, 84.5, 131),
            ("chatgpt", 2, 2, 0, 0, 0, 0, None, 2),
            ("evil.example", 2, 2, 0, 0, 0, 0, None, 0),
            ("facebook", 2, 2, 0, 0, 0, 0, None, 0),
            ("bing", 1, 1, 1, 100, 2, 322, 161, 3),
            ("tiktok", 1, 1, 1, 100, 3, 79, 26.33, 10),
            ("instagram", 1, 1, 0, 0, 1, 70, 70, 0),
            ("-1", 1, 1, 0, 0, 0, 0, None, 0),
            ("1", 1, 1, 0, 0, 0, 0, None, 0),
            ("gmail", 1, 1, 0, 0, 0, 0, None, 0),
            ("notgoogle.com", 1, 1, 0, 0, 0, 0, None, 0),
            ("notshop.example", 1, 1, 0, 0, 0, 0, None, 0),
            ("partner.example", 1, 1, 0, 0, 0, 0, None, 0),
            ("promo_redacted_x", 1, 1, 0, 0, 0, 0, None, 0),
            (SCRIPT, 1, 1, 0, 0, 0, 0, None, 0),
            ("sum", 1, 1, 0, 0, 0, 0, None, 0),
            ("telegram", 1, 1, 1, 100, 0, 0, None, 50),
            ("viber", 1, 1, 0, 0, 0, 0, None, 0),
            ("οδοσ", 1, 1, 0, 0, 0, 0, None, 0),
            ("manual", 0, 0, 0, None, 1, 50.01, 50.01, 0),
        ),
    ),
    (
        "campaigns --period week",
        rows(
            CAMPAIGN,
            ("N/A", "google", "organic", 3, 2, 2, 66.67, 2, 100, 50, 161),
            ("spring_sale", "newsletter", "email", 1, 1, 1, 100, 1, 200, 200, 120),
            (SUM, HYPERLINK, "-1", 1, 1, 1, 100, 1, 84.5, 84.5, 131),
            ("N/A", "google", "cpc", 1, 1, 0, 0, 2, 38, 19, 0),
            ("N/A", "direct", "none", 1, 1, 0, 0, 2, 37, 18.5, -2),
            ("N/A", "chatgpt", "ai", 1, 1, 0, 0, 0, 0, None, 2),
            ("N/A", "facebook", "social", 1, 1, 0, 0, 0, 0, None, 0),
            ("script_alert_x_script", "telegram", "social", 1, 1, 1, 100, 0, 0, None, 50),
            ("лютий", "bing", "cpc", 0, 0, 0, None, 1, 300, 300, 0),
            ("N/A", "manual", "none", 0, 0, 0, None, 1, 50.01, 50.01, 0),
            ("N/A", "tiktok", "cpc", 0, 0, 0, None, 1, 30, 30, 0),
        ),
    ),
    # A present source without a medium, and one whose order alone is in the period.
    (
        "campaigns --period month --source=INST",
        rows(
            CAMPAIGN,
            ("весна_2026", "instagram", "paid_social", 1, 1, 0, 0, 0, 0, None, 0),
            ("N/A", "instagram", "(not set)", 0, 0, 0, None, 1, 70, 70, 0),
        ),
    ),
    ("campaigns --period month --source=';_drop_table_fct_sessions;_--", []),
    (
        "content --period month --campaign=@SUM(1+1)*cmd|'_/C_calc'!A0",
        rows(CONTENT, ("1", SUM, HYPERLINK, 1, 1, 1, 100, 1, 84.5, 84.5, 131)),
    ),
    (
        "content --period month --campaign=';_DROP_TABLE_fct_sessions;_--",
        rows(CONTENT, ("a_b", SQL, SCRIPT, 1, 1, 0, 0, 0, 0, None, 0)),
    ),
    # Product 25, 29; cart 25; checkout 24, 25; lead 20 and, by action and order, 26; purchase 20,
    # 23, 24, 25 and, by order alone, 28.
    (
        "funnel --period week",
        row(FUNNEL, 10, 2, 1, 2, 2, 5, 20, 10, 20, 20, 50)
        | {
            "steps": rows(
                STEPS,
                ("sessions", 10, 100, None),
                ("product_views", 2, 20, 20),
                ("add_to_cart", 1, 10, 50),
                ("initiate_checkout", 2, 20, 200),
                ("leads", 2, 20, 100),
                ("purchases", 5, 50, 250),
            )
        },
    ),
    (
        "funnel --period week --source=tg",
        row(FUNNEL, 1, 0, 0, 0, 1, 0, 0, 0, 0, 100, 0)
        | {
            "steps": rows(
                STEPS,
                ("sessions", 1, 100, None),
                ("product_views", 0, 0, 0),
                ("add_to_cart", 0, 0, None),
                ("initiate_checkout", 0, 0, None),
                ("leads", 1, 100, None),
                ("purchases", 0, 0, None),
            )
        },
    ),
    # UA: 16, 20, 21, 22, 28, two times each name. Unknown: 24, 29.
    (
        "geo --period week",
        {
            "countries": rows(
                "country code sessions conversions conversion_rate",
                ("Ukraine", "UA", 5, 2, 40),
                ("Unknown", None, 2, 1, 50),
                ("Poland", "PL", 1, 1, 100),
                ("XX", "XX", 1, 1, 100),
                ("Атлантида", None, 1, 0, 0),
            ),
            "cities": rows(
                "city country code sessions conversions conversion_rate",
                ("Kyiv", "Ukraine", "UA", 3, 2, 66.67),
                ("Unknown", "Unknown", None, 2, 1, 50),
                ("-1", "XX", "XX", 1, 1, 100),
                ("=1+1", "Атлантида", None, 1, 0, 0),
                ("Kyiv", "Poland", "PL", 1, 1, 100),
                ("Unknown", "Ukraine", "UA", 1, 0, 0),
                ("Київ", "Ukraine", "UA", 1, 0, 0),
            ),
        },
    ),
    (
        "devices --period week",
        rows(
            "device_type sessions conversions conversion_rate",
            ("Unknown", 3, 1, 33.33),
            ("mobile", 3, 2, 66.67),
            ("desktop", 2, 0, 0),
            ("<script>", 1, 1, 100),
            ("tablet", 1, 1, 100),
        ),
    ),
    # Returning: 16 and 24 by their count, 26 by its mark, 28 by an earlier session.
    ("returning-visitors --period week", row(VISITS, 10, 6, 4, 60, 40)),
    # Previous: 20, 22, 28; 28 was converted exactly at the end, so not in time. 20 and 28 are one
    # visitor's; their points are 160 + 2 + 1. The time of its end was skipped.
    (
        "compare --period today",
        compared(
            (f"{MARCH}30T00:00:00+03:00", SPRING_END, 3, 3, 2, 66.67, 3, 434.51, 144.84, 179),
            (*BEFORE_TODAY, 3, 2, 1, 33.33, 1, 55, 55, 163),
            *(0, 50, 100, 33.33, 200, 690.02, 163.34, 9.82),
        ),
    ),
    (
        "compare --period yesterday",
        compared(
            (*YESTERDAY, 5, 4, 3, 60, 4, 330, 82.5, 283),
            (f"{MARCH}28T00:00:00+02:00", f"{MARCH}29T00:00:00+02:00", 1, 1, 0, 0, 0, 0, None, 0),
            *(400, 300, None, 60, None, None, None, None),
        ),
    ),
    # Previous: 14 and 17, since 15 came after 03:30 of its last day.
    (
        "compare --period week",
        compared(
            (f"{MARCH}24T00:00:00+02:00", SPRING_END, 10, 9, 5, 50, 11, 839.51, 76.32, 462),
            (f"{MARCH}17T00:00:00+02:00", f"{MARCH}23T03:30:00+02:00", 2, 2, 0, 0, 0, 0, None, 0),
            *(400, 350, None, 50, None, None, None, None),
        ),
    ),
    (
        "compare --period last_month",
        compared(
            ("2026-02-01T00:00:00+02:00", "2026-03-01T00:00:00+02:00", 3, 3, 0, 0, 0, 0, None, 0),
            ("2026-01-01T00:00:00+02:00", "2026-02-01T00:00:00+02:00", 1, 1, 0, 0, 0, 0, None, 0),
            *(200, 200, None, 0, None, None, None, None),
        ),
    ),
    # From 2025-10-25 halved at 2026-01-11; order 1020 of 1970 lies before the first session. The
    # points of the first half are session 6's.
    (
        "compare --period all_time",
        compared(
            (*HALVES[1:], 56, 55, 11, 19.64, 31, 1174.86, 37.9, 475),
            (*HALVES[:2], 8, 7, 4, 50, 3, 150, 50, 110),
            *(600, 685.71, 175, -30.36, 933.33, 683.24, -24.2, 331.82),
        ),
    ),
    (
        "data-quality",
        [
            row(QUALITY, "ad_spend", 16, 6, 0, 8, 2)
            | {
                "reasons": {
                    "date unreadable": 3,
                    "date missing": 1,
                    "utm_source missing": 1,
                    "spend missing": 1,
                    "spend negative": 1,
                    "spend unreadable": 1,
                }
            },
            row(QUALITY, "orders", 119, 72, 4, 39, 4)
            | {
                "reasons": {
                    "id unreadable": 8,
                    "id missing": 1,
                    "total_sum missing": 1,
                    "total_sum negative": 4,
                    "total_sum unreadable": 8,
                    "created missing": 1,
                    "created unreadable": 16,
                }
            },
            row(QUALITY, "refunds", 17, 9, 1, 6, 1)
            | {
                "reasons": {
                    "amount negative": 2,
                    "amount unreadable": 1,
                    "order_id missing": 1,
                    "order_id unreadable": 1,
                    "created unreadable": 1,
                }
            },
            row(QUALITY, "user_actions", 36, 26, 2, 7, 1)
            | {
                "reasons": {
                    "id missing": 1,
                    "id unreadable": 2,
                    "action_type missing": 1,
                    "timestamp missing": 1,
                    "timestamp unreadable": 2,
                }
            },
            row(QUALITY, "utm_sessions", 96, 68, 4, 21, 3)
            | {
                "reasons": {
                    "id unreadable": 5,
                    "id missing": 1,
                    "session_key missing": 2,
                    "first_seen missing": 1,
                    "first_seen unreadable": 12,
                }
            },
        ],
    ),
]

AUTUMN: list[tuple[str, Any]] = [
    # Sessions 6, 7; order 902; action 31. Session 7's order 903 is not there yet.
    ("general-stats --period today", row(STATS, 2, 2, 1, 50, 1, 40, 40, 100, 50)),
    # Sessions 2 to 5; order 901 less the refund of 30. Session 3's flag is not there yet.
    ("general-stats --period yesterday", row(STATS, 4, 4, 1, 25, 1, 70, 70, 0, 0)),
    ("returning-visitors --period yesterday", row(VISITS, 4, 3, 1, 75, 25)),
    # Previous until the second 03:30: 2 and 3, not 4.
    (
        "compare --period today",
        compared(
            ("2025-10-27T00:00:00+02:00", "2025-10-27T03:30:00+02:00", 2, 2, 1, 50, 1, 40, 40, 100),
            ("2025-10-26T00:00:00+03:00", "2025-10-26T03:30:00+02:00", 2, 2, 1, 50, 1, 70, 70, 0),
            *(0, 0, 0, 0, 0, -42.86, -42.86, None),
        ),
    ),
    ("general-stats --period all_time", row(STATS, 7, 6, 2, 28.57, 3, 111, 37, 100, 14.29)),
]
