"""ab-test (metrics.md 7)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from statistics import NormalDist

from .facts import Shop
from .filters import JsonRow, by_campaign, by_source, converted, grouped, limited, revenue_of
from .records import Session
from .values import rate, ratio, shown


def z_score(hits: int, size: int, other_hits: int, other_size: int) -> float:
    """Two-proportion z with pooled variance; the pooled rate is neither 0 nor 1."""
    pooled = (hits + other_hits) / (size + other_size)
    error = math.sqrt(pooled * (1 - pooled) * (1 / size + 1 / other_size))
    return (hits / size - other_hits / other_size) / error


def two_sided_p(z: float) -> float:
    """The chance of a normal value at least as far from 0 as z, either way."""
    return math.erfc(abs(z) / math.sqrt(2))


@dataclass(frozen=True)
class Variant:
    """The sessions of one utm_content."""

    name: str
    sessions: list[Session]

    @property
    def size(self) -> int:
        """How many sessions."""
        return len(self.sessions)

    @property
    def hits(self) -> int:
        """How many of them converted."""
        return converted(self.sessions)

    @property
    def place(self) -> tuple[float, int, str]:
        """Sort key: rate, then sessions, both falling, then name."""
        return -self.hits / self.size, -self.size, self.name


def confidence(leader: Variant, other: Variant, tests: int, least: int) -> float | None:
    """Per cent confidence that two variants differ, Bonferroni-corrected for ``tests`` tests.

    None where the smaller would expect fewer than ``least`` conversions or others.
    """
    hits, size = leader.hits + other.hits, leader.size + other.size
    # Reading: a pooled rate of 0 or 1 gives 0 although it also expects too few.
    if hits in (0, size):
        return 0.0
    smaller = min(leader.size, other.size)
    if smaller * hits < least * size or smaller * (size - hits) < least * size:
        return None
    p = two_sided_p(z_score(leader.hits, leader.size, other.hits, other.size))
    return 100 * (1 - min(1.0, p * tests))


def _variants(sessions: list[Session]) -> list[Variant]:
    groups = grouped((s for s in sessions if s.tags.content is not None), lambda s: s.tags.content)
    found = [Variant(name or "", group) for name, group in groups.items()]
    return sorted(found, key=lambda v: (-v.size, v.name))


def _listing(shop: Shop, sessions: list[Session], limit: int | None) -> list[JsonRow]:
    # Reading: "their sessions" are all of the campaign's, with or without content; no campaign
    # is no campaign; a source filter holds here too.
    groups = grouped(
        (s for s in sessions if s.tags.campaign is not None), lambda s: s.tags.campaign or ""
    )
    rows: list[JsonRow] = [
        {"utm_campaign": name, "sessions": len(groups[name])}
        for name in sorted(groups, key=lambda n: (-len(groups[n]), n))
        if len(_variants(groups[name])) >= 2
    ]
    return limited(rows, limit)


def _variant_row(shop: Shop, variant: Variant, sure: float | None) -> JsonRow:
    orders = [order for s in variant.sessions for order in s.orders if order.is_paid]
    return {
        "utm_content": variant.name,
        "sessions": variant.size,
        "conversions": variant.hits,
        "conversion_rate": shown(rate(variant.hits, variant.size)),
        "revenue": shown(revenue_of(orders)),
        "avg_order_value": shown(ratio(revenue_of(orders), len(orders))),
        "confidence": shown(sure),
        # Reading: the instants at which the first and the last session began.
        "first_session": shop.clock.iso(min(s.first_seen for s in variant.sessions)),
        "last_session": shop.clock.iso(max(s.first_seen for s in variant.sessions)),
    }


def _by_source(variants: list[Variant]) -> list[JsonRow]:
    groups = grouped(
        (s for variant in variants for s in variant.sessions),
        lambda s: (s.tags.source or "", s.tags.content or ""),
    )
    # Reading: rows by sessions falling, then source and content, thin variants included.
    return [
        {
            "utm_source": name[0],
            "utm_content": name[1],
            "sessions": len(groups[name]),
            "conversions": converted(groups[name]),
            "conversion_rate": shown(rate(converted(groups[name]), len(groups[name]))),
        }
        for name in sorted(groups, key=lambda n: (-len(groups[n]), n))
    ]


def _is_mixed(ranked: list[Variant], least: int) -> bool:
    """Whether another variant than the leader is best in a source where all have enough."""
    names = {variant.name for variant in ranked}
    for sessions in grouped(
        (s for variant in ranked for s in variant.sessions), lambda s: s.tags.source
    ).values():
        here = _variants(sessions)
        full = {v.name for v in here} == names and all(v.size >= least for v in here)
        if full and min(here, key=lambda v: v.place).name != ranked[0].name:
            return True
    return False


def ab_test(
    shop: Shop,
    period: str = "week",
    campaign: str | None = None,
    source: str | None = None,
    limit: int | None = None,
) -> JsonRow | list[JsonRow]:
    """The test of one campaign's variants, or the campaigns that have two or more."""
    passes_source = by_source(shop, source)
    sessions = [s for s in shop.sessions_in(shop.span(period)) if passes_source(s.tags)]
    if campaign is None:
        return _listing(shop, sessions, limit)
    passes = by_campaign(shop, campaign)
    variants = _variants([s for s in sessions if passes(s.tags)])
    least = int(shop.number("ab_min_sessions"))
    ranked = sorted((v for v in variants if v.size >= least), key=lambda v: v.place)

    sure: dict[str, float | None] = {}
    leader_sure: float | None = None
    winner_lift = low = high = None
    if len(ranked) >= 2:
        leader, second = ranked[:2]
        expected = int(shop.number("ab_min_expected"))
        sure = {v.name: confidence(leader, v, len(ranked) - 1, expected) for v in ranked[1:]}
        values = [value for value in sure.values() if value is not None]
        leader_sure = min(values) if len(values) == len(sure) else None
        sure[leader.name] = leader_sure
        winner_lift = rate(
            leader.hits * second.size - second.hits * leader.size, second.hits * leader.size
        )
        # Reading: the interval is about leader and runner-up, like the lift.
        low, high = _interval(leader, second, _bar(shop, len(ranked) - 1))

    status = _status(shop, variants, ranked, leader_sure)
    significant = status == "significant"
    scale = significant and (winner_lift is None or winner_lift > shop.number("ab_scale_lift"))
    # Reading: the limit holds for the listing alone; a test always shows all of its variants.
    return {
        "variants": [_variant_row(shop, v, sure.get(v.name)) for v in variants],
        "leader": ranked[0].name if ranked else None,
        "winner": ranked[0].name if significant else None,
        "winner_lift": shown(winner_lift),
        "lift_low": shown(low),
        "lift_high": shown(high),
        "status": status,
        "recommendation": "scale" if scale else "keep_testing",
        "total_sessions": sum(v.size for v in variants),
        "total_conversions": sum(v.hits for v in variants),
        "by_source": _by_source(variants),
        "mixed": source is None and bool(ranked) and _is_mixed(ranked, least),
    }


def _bar(shop: Shop, tests: int) -> float:
    """The z of the bar, so that the interval says what the verdict says."""
    tail = (1 - shop.number("ab_confidence") / 100) / 2 / tests
    return NormalDist().inv_cdf(float(1 - tail))


def _interval(leader: Variant, second: Variant, z: float) -> tuple[float, float]:
    """The interval of the difference in percentage points, with unpooled variance."""
    rates = [variant.hits / variant.size for variant in (leader, second)]
    error = math.sqrt(
        sum(p * (1 - p) / variant.size for p, variant in zip(rates, (leader, second), strict=True))
    )
    difference = rates[0] - rates[1]
    return 100 * (difference - z * error), 100 * (difference + z * error)


def _status(
    shop: Shop, variants: list[Variant], ranked: list[Variant], leader_sure: float | None
) -> str:
    if not variants:
        return "no_data"
    if len(variants) == 1:
        return "single_variant"
    if len(ranked) < 2 or leader_sure is None:
        return "insufficient_sample"
    moments = [s.first_seen for variant in ranked for s in variant.sessions]
    # Reading: days of 24 hours, from one session's beginning to another's.
    if max(moments) - min(moments) < timedelta(days=int(shop.number("ab_min_days"))):
        return "too_short"
    return "significant" if leader_sure > shop.number("ab_confidence") else "inconclusive"
