"""insights (metrics.md 8)."""

from __future__ import annotations

import math
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .clock import spans
from .cohorts import active_in, find_cohorts, shifted
from .experiments import ab_test, two_sided_p, z_score
from .facts import Shop
from .filters import NO_NAME, JsonRow, converted, grouped, limited, revenue_of
from .money import of_ads, spent
from .records import ZERO, Session
from .values import rate, ratio, shown

KINDS = (
    "spend_without_return",
    "conversion_fell",
    "creative_won",
    "conversion_rose",
    "cohort_below_target",
    "split_source",
)
KEYS = (
    "utm_source",
    "other_source",
    "sources",
    "utm_campaign",
    "utm_content",
    "cohort",
    "size",
    "sessions",
    "previous_sessions",
    "other_sessions",
    "conversions",
    "conversion_rate",
    "previous_conversion_rate",
    "ad_spend",
    "ad_cost_per_conversion",
    "retention",
    "retention_high",
    "target",
    "confidence",
    "winner_lift",
    "recommendation",
)
# The 0.975 quantile of the normal distribution.
Z_95 = 1.959963984540054
COMMON = {"com", "net", "org", "info", "biz", "shop", "store", "online", "site", "app", "co", "in"}
COMMON |= {"укр"}


@dataclass(frozen=True)
class Insight:
    """One that a rule found; ``facts`` are the keys that have a value."""

    kind: str
    weight: float
    facts: JsonRow = field(default_factory=dict)

    @property
    def order(self) -> tuple[float, list[str]]:
        """Its place among those of its kind."""
        # Reading: spend without a campaign comes before that of a campaign.
        names = [
            str(self.facts.get(f"utm_{tag}") or "") for tag in ("source", "campaign", "content")
        ]
        return -self.weight, ["" if name == NO_NAME else name for name in names]


def insights(shop: Shop, period: str = "week", limit: int | None = None) -> list[JsonRow]:
    """What stands out, the first of each kind before the second of any."""
    found = [*_spend(shop, period), *_conversions(shop, period), *_creatives(shop, period)]
    found += [*_cohort(shop, period), *_names(shop, period)]
    placed = [
        (place, KINDS.index(kind), insight)
        for kind, alike in grouped(found, lambda insight: insight.kind).items()
        for place, insight in enumerate(sorted(alike, key=lambda insight: insight.order))
    ]
    placed.sort(key=lambda each: each[:2])
    rows: list[JsonRow] = [
        {
            "position": position,
            "kind": insight.kind,
            **{key: insight.facts.get(key) for key in KEYS},
        }
        for position, (_, _, insight) in enumerate(placed, start=1)
        if position <= shop.number("insight_rows")
    ]
    return limited(rows, limit)


def _conversions(shop: Shop, period: str) -> Iterator[Insight]:
    current, previous = spans(shop.clock, shop.as_of, period)
    if previous is None:
        return
    sides = []
    for span in (current, previous):
        groups = grouped(shop.sessions_in(span), lambda s: s.tags.source or "")
        in_time = {
            name: sum(
                s.is_converted and (s.converted_at is None or s.converted_at < span.end)
                for s in sessions
            )
            for name, sessions in groups.items()
        }
        sides.append({name: (in_time[name], len(groups[name])) for name in groups})
    now, then = sides
    tested = {
        name: (*now[name], *then[name])
        for name in now.keys() & then.keys()
        if _is_testable(shop, *now[name], *then[name])
    }
    for name, (hits, size, before, size_before) in tested.items():
        z = z_score(hits, size, before, size_before)
        sure = 100 * (1 - min(1.0, two_sided_p(z) * len(tested)))
        if sure <= shop.number("insight_confidence"):
            continue
        moved = ratio(abs(hits * size_before - before * size), size_before)
        assert moved is not None
        yield Insight(
            "conversion_fell" if z < 0 else "conversion_rose",
            moved,
            {
                "utm_source": name,
                "sessions": size,
                "previous_sessions": size_before,
                "conversions": hits,
                "conversion_rate": shown(rate(hits, size)),
                "previous_conversion_rate": shown(rate(before, size_before)),
                "confidence": shown(sure),
            },
        )


def _is_testable(shop: Shop, hits: int, size: int, before: int, size_before: int) -> bool:
    smaller, both = min(size, size_before), size + size_before
    least = shop.number("insight_min_expected") * both
    return (
        smaller >= shop.number("insight_min_sessions")
        and smaller * (hits + before) >= least
        and smaller * (both - hits - before) >= least
    )


def _spend(shop: Shop, period: str) -> Iterator[Insight]:
    span = shop.span(period)
    sessions, orders, spend = shop.sessions_in(span), shop.paid_in(span), shop.spend_in(span)
    ads = of_ads(shop, span)
    if not ads.conversions or ads.spend is None:
        return
    for (source, campaign), rows in grouped(spend, lambda row: (row.source, row.campaign)).items():

        def belongs(
            tag_source: str | None,
            tag_campaign: str | None,
            source: str | None = source,
            campaign: str | None = campaign,
        ) -> bool:
            return tag_source == source and campaign in (None, tag_campaign)

        cost = spent(rows) or ZERO
        own = [s for s in sessions if belongs(s.tags.source, s.tags.campaign)]
        revenue = revenue_of(o for o in orders if belongs(o.tags.source, o.tags.campaign))
        # Times the conversions instead of over them: exact.
        bar = shop.number("insight_spend_multiple") * ads.spend
        if cost > 0 and revenue == 0 and cost * ads.conversions >= bar:
            yield Insight(
                "spend_without_return",
                float(cost),
                {
                    "utm_source": source,
                    "utm_campaign": campaign or NO_NAME,
                    "sessions": len(own),
                    "conversions": converted(own),
                    "ad_spend": shown(cost),
                    "ad_cost_per_conversion": shown(ratio(ads.spend, ads.conversions)),
                },
            )


def _creatives(shop: Shop, period: str) -> Iterator[Insight]:
    listing: Any = ab_test(shop, period)
    verdicts: dict[str, Any] = {
        row["utm_campaign"]: ab_test(shop, period, row["utm_campaign"]) for row in listing
    }
    judged = {
        campaign: verdict
        for campaign, verdict in verdicts.items()
        if verdict["status"] in ("inconclusive", "significant")
    }
    for campaign, verdict in judged.items():
        if verdict["winner"] is None or verdict["mixed"]:
            continue
        (won,) = [v for v in verdict["variants"] if v["utm_content"] == verdict["winner"]]
        # The confidence that is shown is rounded; no test lies that near to the bar.
        if (100 - won["confidence"]) * len(judged) >= 100 - shop.number("ab_confidence"):
            continue
        yield Insight(
            "creative_won",
            verdict["total_sessions"],
            {
                "utm_campaign": campaign,
                "utm_content": verdict["winner"],
                **{key: won[key] for key in ("sessions", "conversions", "conversion_rate")},
                **{key: verdict[key] for key in ("winner_lift", "recommendation")},
                "confidence": won["confidence"],
            },
        )


def _cohort(shop: Shop, period: str) -> Iterator[Insight]:
    span = shop.span(period)
    ended = []
    for cohort in find_cohorts(shop, "week", start_date="1970-01-01"):
        end = shop.clock.midnight(shifted("week", cohort.start, 2))
        if cohort.complete >= 2 and (span.start is None or span.start <= end) and end <= span.end:
            ended.append(cohort)
    if not ended:
        return
    last = ended[-1]
    size, active = len(last.people), active_in(last, "week", 1)
    high = 100 * wilson_high(active, size)
    target = shop.number("insight_retention_target")
    if size >= shop.number("insight_min_cohort") and Decimal(high) < target:
        yield Insight(
            "cohort_below_target",
            size,
            {
                "cohort": last.start.isoformat(),
                "size": size,
                "retention": shown(rate(active, size), 1),
                "retention_high": shown(high, 1),
                "target": shown(target, 1),
            },
        )


def wilson_high(hits: int, size: int) -> float:
    """The upper end of Wilson's 95 % interval of a share."""
    share, part = hits / size, Z_95**2 / size
    spread = Z_95 * math.sqrt(share * (1 - share) / size + part / (4 * size))
    return (share + part / 2 + spread) / (1 + part)


def simplified(name: str) -> str:
    """A source's name without ``www.``, one ending and punctuation."""
    rest = name.removeprefix("www.").split(".")

    def country(part: str) -> bool:
        return len(part) == 2 and set(part) <= set(string.ascii_lowercase)

    if len(rest) > 2 and country(rest[-1]) and rest[-2] in COMMON:
        rest = rest[:-2]
    elif len(rest) > 1 and (country(rest[-1]) or rest[-1] in COMMON):
        rest = rest[:-1]
    return "".join(c for c in "".join(rest) if c not in string.punctuation)


def _names(shop: Shop, period: str) -> Iterator[Insight]:
    def size(name: str) -> int:
        return len(by_name[name])

    sessions: list[Session] = shop.sessions_in(shop.span(period))
    by_name = grouped(sessions, lambda s: s.tags.source or "")
    for plain, names in grouped(by_name, simplified).items():
        if not plain or len(names) < 2:
            continue
        first, second, *_ = sorted(names, key=lambda name: (-size(name), name))
        total = sum(map(size, names))
        yield Insight(
            "split_source",
            total - size(first),
            {
                "utm_source": first,
                "other_source": second,
                "sources": len(names),
                "sessions": total,
                "other_sessions": total - size(first),
            },
        )
