"""The oracle: one object a shop and an as_of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from . import cohorts, experiments, insights, money, places, traffic
from .cleaning import Seeds
from .clock import Clock
from .facts import build_shop
from .records import Order, Session

QUERIES: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "general-stats": traffic.general_stats,
        "sources": traffic.sources,
        "campaigns": traffic.campaigns,
        "content": traffic.content,
        "funnel": traffic.funnel,
        "geo": places.geo,
        "devices": traffic.devices,
        "browsers": traffic.browsers,
        "operating-systems": traffic.operating_systems,
        "returning-visitors": traffic.returning_visitors,
        "sessions": places.sessions,
        "session-detail": places.session_detail,
        "compare": money.compare,
        "roi": money.roi,
        "ltv-comparison": money.ltv_comparison,
        "repeat-rate": money.repeat_rate,
        "cohort-analysis": cohorts.cohort_analysis,
        "ab-test": experiments.ab_test,
        "kpis": money.kpis,
        "daily": traffic.daily,
        "insights": insights.insights,
        "data-quality": places.data_quality,
        "status": places.status,
    }
)


class Oracle:
    """metrics.md, computed literally over raw files as of an instant.

    ``as_of`` is ISO 8601, business time without an offset; ``own_domains`` is comma-separated;
    ``variables`` are those of facts.DEFAULTS. Raises MissingInputError for a missing required table
    or column, ValueError for a wrong as_of, period or variable.
    """

    def __init__(
        self,
        raw_dir: Path,
        seeds_dir: Path,
        as_of: str,
        timezone: str = "Europe/Kyiv",
        own_domains: str = "",
        lang: str = "uk",
        variables: Mapping[str, object] | None = None,
        pii_key: str = "test-key",
    ) -> None:
        clock = Clock(ZoneInfo(timezone))
        self.shop = build_shop(
            raw_dir,
            Seeds.load(
                seeds_dir,
                own_domains,
                bool((variables or {}).get("bare_fbclid_is_social", True)),
            ),
            clock,
            clock.parse_as_of(as_of),
            variables or {},
            lang,
            pii_key,
        )

    @property
    def people(self) -> dict[str, str]:
        """Visitor -> least ``type:value`` of the person's component (types visitor, user_id,
        email, phone), for every visitor with a session of people."""
        return self.shop.people

    @property
    def sessions(self) -> list[Session]:
        """Every kept session that is no bot's."""
        return self.shop.sessions

    @property
    def orders(self) -> list[Order]:
        """Every kept order, whatever its status."""
        return self.shop.orders

    def query(self, name: str, **params: object) -> object:
        """What a query answers, as the JSON document's Python value.

        Raises KeyError for an unknown query, TypeError for a parameter that it does not have.
        """
        return QUERIES[name](self.shop, **params)
