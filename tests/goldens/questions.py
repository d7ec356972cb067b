"""What is asked of each shop. Frozen: a query that goes missing must show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from shops import Shop

PERIODS = ("today", "yesterday", "week", "last_week", "month", "last_month", "all_time")
EXPORTS = ("sessions", "sources", "campaigns", "content")
COMMANDS = (
    *("demo", "refresh", "report", "query", "export", "email", "notify", "extract"),
    *("load-spend", "schedule", "serve", "doctor"),
)
CHARTS = ("sources", "funnel", "roi", "cohort-analysis", "ltv-comparison")
WIDGETS = (
    *("cards", "insights", "funnel", "repeat", "sources", "campaigns", "content", "ab_test"),
    *("roi", "ltv", "cohorts", "visits", "kpis", "technology", "geo", "sessions"),
)
COHORTS, DETAIL, QUALITY = "cohort-analysis", "session-detail", "data-quality"
QUERIES = (
    *("general-stats", "sources", "campaigns", "content", "funnel", "geo", "devices", "browsers"),
    *("operating-systems", "returning-visitors", "sessions", DETAIL, "compare", "roi", COHORTS),
    *("ltv-comparison", "repeat-rate", "ab-test", "kpis", "insights", "daily", QUALITY),
)
NO_LIMIT = "100000"
"""More than there are rows."""

Params: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """A query with its parameters, named as addresses name them."""

    query: str
    params: Params

    @property
    def name(self) -> str:
        """A name for files."""
        return " ".join([self.query, *(f"{key}={value}" for key, value in self.params.items())])

    def arguments(self) -> list[str]:
        """As the command line takes it."""
        found = ["query", self.query]
        for key, value in self.params.items():
            found.append(value if key == "id" else f"--{key.replace('_', '-')}={value}")
        return found


def questions(shop: Shop, sessions: Sequence[str]) -> Iterator[Question]:
    """Every query in every period, and with each of its parameters."""
    for period, (query, params) in product(PERIODS, _variants(shop)):
        yield Question(query, {"period": period, **params})
    kinds, metrics = ("day", "week", "month"), ("retention", "ltv", "orders", "revenue")
    for kind, metric in product(kinds, metrics):
        yield Question(COHORTS, {"cohort_type": kind, "metric": metric})
    yield Question(COHORTS, {})
    yield Question(COHORTS, {"utm_source": shop.source})
    bounds = {"start_date": shop.first_cohort, "end_date": shop.last_cohort}
    yield Question(COHORTS, bounds)
    yield Question(COHORTS, {"cohort_type": "day", "metric": "revenue", **bounds})
    yield Question(QUALITY, {})
    yield Question(QUALITY, {"limit": "2"})
    for session in sessions:
        yield Question(DETAIL, {"id": session})


def _variants(shop: Shop) -> Iterator[tuple[str, Params]]:
    """Of the queries that have a period: none of their other parameters, then some."""
    for query in QUERIES:
        if query not in {COHORTS, DETAIL, QUALITY}:
            yield query, {}
    for query in ("sources", "campaigns", "content", "geo", "devices", "browsers"):
        yield query, {"limit": "3"}
    for query in ("operating-systems", "sessions", "roi", "ltv-comparison", "kpis", "daily"):
        yield query, {"limit": "3"}
    yield "sessions", {"limit": NO_LIMIT}
    yield "insights", {"limit": "1"}
    yield "campaigns", {"source": shop.source}
    yield "campaigns", {"source": "N/A"}
    yield "content", {"campaign": shop.campaign}
    yield "content", {"campaign": "N/A", "limit": "5"}
    yield "funnel", {"source": shop.source}
    yield "funnel", {"source": "nobody"}
    yield "repeat-rate", {"utm_source": shop.source}
    yield "roi", {"ad_spend": "12345.67"}
    yield "roi", {"ad_spend": "0", "limit": "2"}
    yield "ab-test", {"campaign": shop.campaign}
    yield "ab-test", {"source": shop.source, "limit": "1"}


def views(shop: Shop) -> Iterator[Params]:
    """What the page is asked for."""
    for lang, period in product(("uk", "en"), PERIODS):
        yield {"lang": lang, "period": period}
    for lang in ("uk", "en"):
        yield {"lang": lang, "period": "month", "source": shop.source, "campaign": shop.campaign}
        yield {
            "lang": lang,
            "period": "all_time",
            "utm_source": shop.source,
            "cohort_type": "month",
            "metric": "revenue",
            "ad_spend": "12 000,50",
        }
    yield {"lang": "en", "period": "last_month", "cohort_type": "day", "metric": "ltv"}
    yield {"lang": "uk", "period": "week", "source": "<b>nobody</b>"}


WRONG_ADDRESSES = (
    "/api/utm/sources?period=year",
    "/api/utm/sources?limit=0",
    "/api/utm/sources?limit=3&limit=4",
    "/api/utm/sources?colour=red",
    "/api/utm/roi?ad_spend=-1",
    "/api/utm/cohort-analysis?start_date=2026-02-30",
    "/api/utm/campaigns?source=%20",
    "/api/utm/x/session-detail",
    "/api/utm/999999999/session-detail",
    "/api/utm/export-csv",
    "/api/utm/export-csv?type=people",
    "/api/utm/export-csv?type=sources&period=year",
    "/api/utm/nothing",
    "/nothing",
    "/?period=year",
    "/?ad_spend=much",
    "/widgets/nothing",
    "/sessions/999999999",
    "/sessions/x?lang=en",
    "/charts/nothing.svg",
)
OTHER_ADDRESSES = ("/healthz", "/docs", "/heat.css", "/sign-in", "/api/utm/general-stats/")

WRONG_USES: Sequence[tuple[Mapping[str, str], Sequence[str]]] = (
    ({}, ()),
    ({}, ("frobnicate",)),
    ({}, ("reprot",)),
    ({}, ("--lang", "de", "doctor")),
    ({}, ("--target", "oracle", "doctor")),
    ({}, ("--nothing",)),
    ({}, ("report", "--period", "year")),
    ({}, ("report", "--format", "doc")),
    ({}, ("report", "more")),
    ({}, ("report", "--period")),
    ({}, ("report", "--output", "/nowhere/report.txt")),
    ({}, ("export",)),
    ({}, ("export", "people")),
    ({}, ("export", "sources", "--output", "/nowhere/sources.csv")),
    ({}, ("query",)),
    ({}, ("query", "frobnicate")),
    ({}, ("query", "source")),
    ({}, ("query", "sources", "--source", "x")),
    ({}, ("query", "sources", "--limit", "0")),
    ({}, ("query", "sources", "--limit", "ten")),
    ({}, ("query", "sources", "--period", "year")),
    ({}, ("query", "sources", "--format", "xml")),
    ({}, ("query", "campaigns", "--source", " ")),
    ({}, ("query", "geo", "--format", "csv")),
    ({}, ("query", "geo", "--format", "svg")),
    ({}, ("query", "session-detail")),
    ({}, ("query", "session-detail", "x")),
    ({}, ("query", "session-detail", "999999999")),
    ({}, ("query", "roi", "--ad-spend", "-1")),
    ({}, ("query", "cohort-analysis", "--cohort-type", "year")),
    ({}, ("query", "cohort-analysis", "--start-date", "2026-02-30")),
    ({}, ("refresh", "--as-of", "yesterday")),
    ({}, ("refresh", "--vars", "{nope: 1}")),
    ({}, ("refresh", "--vars", "{cohort_periods: many}")),
    ({}, ("refresh", "--vars", "- 1")),
    ({}, ("refresh", "--raw-dir", "/nowhere")),
    ({}, ("notify",)),
    ({}, ("notify", "pigeon")),
    ({}, ("notify", "slack")),
    ({}, ("notify", "telegram")),
    ({}, ("email", "--recipients", "nobody")),
    ({}, ("email",)),
    ({"UTM_REPORT_RECIPIENTS": ""}, ("email", "--dry-run")),
    ({"DEFAULT_FROM_EMAIL": ""}, ("email", "--dry-run")),
    ({}, ("load-spend", "/nowhere.csv", "--platform", "meta")),
    ({}, ("load-spend",)),
    ({}, ("schedule",)),
    ({}, ("schedule", "--install", "--print")),
    ({}, ("schedule", "--every", "weekly", "--at", "25:00", "--print")),
    ({}, ("schedule", "--refresh-every", "7", "--print")),
    ({}, ("serve", "--port", "99999")),
    ({}, ("serve", "--host", "0.0.0.0")),
    ({}, ("extract",)),
    ({"UTM_LANG": "de"}, ("query", "sources")),
    ({"UTM_TARGET": "spark"}, ("refresh",)),
    ({"UTM_TIMEZONE": "Mars/Olympus"}, ("report",)),
    ({"UTM_CURRENCY": "hryvnia"}, ("report",)),
    ({"UTM_THREADS": "0"}, ("report",)),
    ({"UTM_FRESHNESS_MINUTES": "soon"}, ("report",)),
    ({"UTM_OWN_DOMAINS": "https://shop.example/"}, ("report",)),
    ({"UTM_SCHEMA": "drop table"}, ("report",)),
    ({"UTM_RAW_TABLES": "people=users"}, ("report",)),
    ({"EMAIL_PORT": "mail"}, ("report",)),
    ({"UTM_SLACK_WEBHOOK": "hooks"}, ("notify", "slack")),
    ({"PGHOST": "/nowhere"}, ("--target", "postgres", "query", "sources")),
    ({"UTM_WAREHOUSE": "/nowhere/utm.duckdb"}, ("query", "sources")),
    ({"UTM_WAREHOUSE": "/nowhere/utm.duckdb"}, ("report",)),
    ({"UTM_WAREHOUSE": "/nowhere/utm.duckdb"}, ("export", "sources")),
    ({"UTM_WAREHOUSE": "/nowhere/utm.duckdb"}, ("email", "--dry-run")),
    ({"UTM_WAREHOUSE": "/nowhere/utm.duckdb"}, ("notify", "slack", "--dry-run")),
    ({"UTM_WAREHOUSE": "/nowhere/utm.duckdb"}, ("doctor",)),
    # The clock stands seven and a half minutes behind the data.
    ({"UTM_FRESHNESS_MINUTES": "7"}, ("query", "sources", "--limit", "1")),
    ({"UTM_FRESHNESS_MINUTES": "7"}, ("export", "sources", "--period", "today")),
    ({"UTM_FRESHNESS_MINUTES": "7"}, ("report",)),
    ({"UTM_FRESHNESS_MINUTES": "7"}, ("email", "--dry-run")),
    ({"UTM_FRESHNESS_MINUTES": "7"}, ("notify", "telegram", "--dry-run")),
    ({"UTM_FRESHNESS_MINUTES": "7"}, ("doctor",)),
)

SPEND: Sequence[Sequence[str]] = (
    ("generic.csv", "--platform", "generic"),
    ("google_en.csv", "--platform", "google"),
    ("google_ru_utf16.csv", "--platform", "google"),
    ("meta_en.csv", "--platform", "meta"),
    ("meta_uk.csv", "--platform", "meta"),
    ("tiktok_en.csv", "--platform", "tiktok"),
    ("meta_en.csv", "--platform", "meta", "--account", "second", "--source", "ig"),
    ("meta_en.csv", "--platform", "google"),
    ("meta_en.csv", "--platform", "meta", "--currency", "USD"),
)
SCHEDULES: Sequence[Sequence[str]] = (
    ("--refresh-every", "5"),
    ("--every", "weekly", "--at", "08:30", "--attach-csv"),
    ("--every", "monthly", "--at", "00:07", "--refresh-every", "60"),
)
