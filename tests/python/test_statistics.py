"""The statistics in SQL against scipy, statsmodels and published cases (metrics.md 7).

The models run over tables whose counts are known, as dbt compiled them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from random import Random
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from built_project import built_project, compiled_with

# In the order in which each reads those before it.
MODELS = (
    ("analytics_int", "int_ab_variants"),
    ("analytics_int", "int_ab_comparisons"),
    ("analytics_int", "int_ab_dissent"),
    ("analytics", "rpt_ab_variants"),
    ("analytics", "rpt_ab_tests"),
)
MIN_SESSIONS, MIN_EXPECTED, MIN_DAYS, MIN_CONFIDENCE, SCALE_LIFT = 100, 5, 3, 90, 10


@dataclass(frozen=True)
class Variant:
    """A creative with its counts; its sessions are spread evenly over so many days."""

    campaign: str
    content: str
    sessions: int
    conversions: int
    days: float = 10


# The normal distribution


def test_the_cdf_is_exact_over_the_whole_line() -> None:
    edges = [0.0, 7.07106781186547, 37.0, 40.0, 1e-300, 1e-12, 1e300]
    near = [math.nextafter(edge, way) for edge in edges for way in (-math.inf, math.inf)]
    z = np.concatenate([np.linspace(-40, 40, 160_001), edges, near])
    z = np.concatenate([z, -z])
    sql = compiled_with("--inline", "select {{ normal_cdf('z') }} as phi from grid order by place")
    with duckdb.connect() as connection:
        connection.execute(
            "create table grid as select unnest($1::double[]) as z, unnest($2::int[]) as place",
            [z.tolist(), list(range(len(z)))],
        )
        found = connection.execute(sql["inline_query"]).fetchnumpy()["phi"]
    assert len(found) == len(z)
    # The definitions ask for 1e-7, the macro promises this.
    assert float(np.max(np.abs(found - norm.cdf(z)))) < 1e-14
    assert float(np.min(found)) == 0
    assert float(np.max(found)) == 1
    assert found[z == 0].tolist() == [0.5] * int(np.sum(z == 0))


def test_the_tail_keeps_its_digits() -> None:
    """A p value far below 1e-16 is no 0, up to where doubles end."""
    z = np.linspace(0, 37, 37_001)
    sql = compiled_with("--inline", "select {{ normal_tail('z') }} as tail from grid order by z")
    with duckdb.connect() as connection:
        connection.execute("create table grid as select unnest($1::double[]) as z", [z.tolist()])
        found = connection.execute(sql["inline_query"]).fetchnumpy()["tail"]
    assert float(np.max(np.abs(found / norm.sf(z) - 1))) < 1e-8


def test_the_quantile_is_exact_to_the_last_digits() -> None:
    tails = np.concatenate([10.0 ** -np.linspace(0.31, 300, 20_001), np.linspace(1e-4, 0.5, 5_001)])
    sql = compiled_with(
        "--inline", "select {{ normal_quantile('tail') }} as z from grid order by n"
    )
    with duckdb.connect() as connection:
        connection.execute(
            "create table grid as select unnest($1::double[]) as tail, unnest($2::int[]) as n",
            [tails.tolist(), list(range(len(tails)))],
        )
        found = connection.execute(sql["inline_query"]).fetchnumpy()["z"]
    assert float(np.max(np.abs(found - norm.isf(tails)))) < 1e-13


# The models over tables of known counts


def marts_of(variants: Iterable[Variant], compiled: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """A database in which the models have run over sessions with these counts."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as utm")
    connection.execute("create schema utm.analytics; create schema utm.analytics_int; use utm")
    connection.execute(
        "create table analytics_int.int_periods as select 'all_time' as period, "
        "timestamp '0001-01-01' as starts_at, timestamp '2024-06-01' as ends_at"
    )
    connection.execute(
        "create table counts (campaign text, content text, sessions int, conversions int, "
        "days double)"
    )
    connection.executemany(
        "insert into counts values ($1, $2, $3, $4, $5)", [[*vars(v).values()] for v in variants]
    )
    connection.execute(
        """
        create table analytics.fct_sessions as
        select
            campaign as utm_campaign, 'instagram' as utm_source, content as utm_content,
            place <= conversions as is_converted,
            case when place <= conversions then 1 else 0 end as orders,
            cast(case when place <= conversions then 100 else 0 end as decimal(18, 2)) as revenue,
            timestamp '2024-05-01'
            + to_microseconds(cast(86400000000 * days * (place - 1) / (sessions - 1) as bigint))
            as first_seen_at
        from (select *, unnest(range(1, sessions + 1)) as place from counts)
        """
    )
    for schema, name in MODELS:
        connection.execute(f"create table {schema}.{name} as {compiled[name]}")
    return connection


def rows_of(connection: duckdb.DuckDBPyConnection, statement: str) -> list[dict[str, Any]]:
    cursor = connection.execute(statement)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def z_values(
    connection: duckdb.DuckDBPyConnection, compiled: dict[str, str]
) -> dict[tuple[str, str], float]:
    """The z value of each variant against its leader; no mart holds it, so it is taken from the
    last step but one of the model."""
    steps, _, last = compiled["int_ab_comparisons"].rpartition("\n)\n\nselect")
    assert last.rstrip().endswith("from scored")
    statement = steps + "\n)\n\nselect * from scored where scope = 'campaign'"
    return {
        (row["utm_campaign"], row["utm_content"]): row["z"]
        for row in rows_of(connection, statement)
    }


def random_campaign(random: Random, number: int) -> list[Variant]:
    """Two to four creatives, by and by of every kind: thin, equal, all or nothing, far apart."""
    rate = random.choice((0.004, 0.02, 0.05, 0.1, 0.3, 0.5, 0.9, 0.99))
    most = random.choice((120, 300, 1500))
    days = random.choice((2.9, 3, 10, 20))
    variants = []
    for content in random.sample(("a", "b", "Б", "я"), random.choice((2, 2, 3, 4))):
        sessions = random.choice((99, 100, random.randint(60, most), random.randint(60, most)))
        own = min(1.0, rate * random.choice((1, 1, 1.1, 1.5, 2)))
        conversions = sum(random.random() < own for _ in range(sessions))
        conversions = random.choice((*[conversions] * 18, 0, sessions))
        variants.append(Variant(f"c{number}", content, sessions, conversions, days))
    if random.random() < 0.1:
        first = variants[0]
        variants[1] = Variant(
            first.campaign, variants[1].content, first.sessions, first.conversions, days
        )
    if random.random() < 0.05:
        variants = [Variant(v.campaign, v.content, v.sessions, 0, days) for v in variants]
    return variants


@dataclass(frozen=True)
class Verdict:
    """What section 7 says of a campaign, by statsmodels."""

    z: dict[str, float]
    confidence: dict[str, float | None]
    test: dict[str, Any]


def verdict_of(variants: list[Variant]) -> Verdict:
    """The definitions, read literally."""
    contenders = sorted(
        (v for v in variants if v.sessions >= MIN_SESSIONS),
        key=lambda v: (-Fraction(v.conversions, v.sessions), -v.sessions, v.content),
    )
    z: dict[str, float] = {}
    confidence: dict[str, float | None] = {}
    for other in contenders[1:]:
        z[other.content], confidence[other.content] = compare(
            contenders[0], other, len(contenders) - 1
        )
    known = [value for value in confidence.values() if value is not None]
    certain = min(known) if known and len(known) == len(confidence) else None
    test: dict[str, Any] = {"leader": contenders[0].content if contenders else None}
    if len(contenders) > 1:
        confidence[contenders[0].content] = certain
        test |= lift(contenders[0], contenders[1], len(contenders) - 1)
    if len(contenders) < 2 or certain is None:
        status = "insufficient_sample"
    elif contenders[0].days < MIN_DAYS:
        status = "too_short"
    else:
        status = "inconclusive" if certain <= MIN_CONFIDENCE else "significant"
    won = status == "significant"
    scale = won and (test["winner_lift"] is None or test["winner_lift"] > SCALE_LIFT)
    test |= {
        "contenders": len(contenders),
        "confidence": certain,
        "status": status,
        "winner": test["leader"] if won else None,
        "recommendation": "scale" if scale else "keep_testing",
    }
    return Verdict(z, confidence, test)


def compare(leader: Variant, other: Variant, comparisons: int) -> tuple[float, float | None]:
    """z and confidence of one against the other; z is NaN where nothing varies."""
    conversions = leader.conversions + other.conversions
    sessions = leader.sessions + other.sessions
    if conversions in {0, sessions}:
        return math.nan, 0
    z, p = proportions_ztest(
        [leader.conversions, other.conversions], [leader.sessions, other.sessions]
    )
    smaller = min(leader.sessions, other.sessions)
    expected = Fraction(smaller * min(conversions, sessions - conversions), sessions)
    return float(z), None if expected < MIN_EXPECTED else 100 * (1 - min(1, p * comparisons))


def lift(leader: Variant, second: Variant, comparisons: int) -> dict[str, float | None]:
    """How far the leader lies above the second: relative, and the interval in points."""
    low, high = confint_proportions_2indep(
        *(leader.conversions, leader.sessions, second.conversions, second.sessions),
        method="wald",
        compare="diff",
        # As certain as the bar, of as many comparisons.
        alpha=(1 - MIN_CONFIDENCE / 100) / comparisons,
    )
    rate = Fraction(leader.conversions, leader.sessions)
    base = Fraction(second.conversions, second.sessions)
    return {
        "winner_lift": float(100 * (rate / base - 1)) if base else None,
        "lift_low": float(100 * low),
        "lift_high": float(100 * high),
    }


def close(value: Any) -> Any:
    """Equal, for a number: but for the last digits of a double."""
    return pytest.approx(value, rel=1e-11, abs=1e-11) if isinstance(value, float) else value


def test_random_campaigns_against_statsmodels() -> None:
    random = Random(20240501)
    campaigns = {f"c{number}": random_campaign(random, number) for number in range(300)}
    verdicts = {name: verdict_of(variants) for name, variants in campaigns.items()}
    compiled = built_project().compiled
    with marts_of((v for variants in campaigns.values() for v in variants), compiled) as marts:
        # A campaign of one source has the same answer for that source and over all.
        for where in ("utm_source is null", "utm_source = 'instagram'"):
            tests = rows_of(marts, f"select * from analytics.rpt_ab_tests where {where}")
            assert {row["utm_campaign"] for row in tests} == set(campaigns)
            for row in tests:
                expected = verdicts[row["utm_campaign"]].test
                assert {key: row[key] for key in expected} == {
                    key: close(value) for key, value in expected.items()
                }, row
            variants = rows_of(marts, f"select * from analytics.rpt_ab_variants where {where}")
            assert len(variants) == sum(map(len, campaigns.values()))
            for row in variants:
                confidence = verdicts[row["utm_campaign"]].confidence.get(row["utm_content"])
                assert row["confidence"] == close(confidence), row
        found = z_values(marts, compiled)
        expected_z = {(c, v): z for c, verdict in verdicts.items() for v, z in verdict.z.items()}
        assert {key: math.nan if z is None else z for key, z in found.items()} == {
            key: pytest.approx(z, rel=1e-11, abs=1e-11, nan_ok=True)
            for key, z in expected_z.items()
        }
    # Of every kind there were enough for the comparison to mean something.
    kinds = Counter(verdict.test["status"] for verdict in verdicts.values())
    kinds += Counter(str(verdict.test["contenders"]) for verdict in verdicts.values())
    kinds += Counter(verdict.test["recommendation"] for verdict in verdicts.values())
    assert {"insufficient_sample", "too_short", "inconclusive", "significant"} <= set(kinds)
    assert {"0", "1", "2", "3", "4", "scale", "keep_testing"} <= set(kinds)
    assert kinds["significant"] > 30
    # Also winners whose lift is too small to scale, and tests of which nothing converted.
    assert any(
        v.test["status"] == "significant" != v.test["recommendation"] for v in verdicts.values()
    )
    assert any(0 in v.confidence.values() for v in verdicts.values())


# Published cases


@pytest.fixture(scope="module")
def small_samples() -> dict[str, str]:
    """The models with a var that lets variants of 83 sessions take part."""
    names = [name for _, name in MODELS]
    return compiled_with("--select", *names, "--vars", "{ab_min_sessions: 83}")


def z_by_hand(one: Variant, other: Variant) -> Decimal:
    """z of the two-proportion test with pooled variance, to 40 digits:
    (p1 - p2) / sqrt(p (1 - p) (1 / n1 + 1 / n2)), p the rate of both together."""
    with localcontext() as context:
        context.prec = 40
        n1, n2 = Decimal(one.sessions), Decimal(other.sessions)
        pooled = (one.conversions + other.conversions) / (n1 + n2)
        error = (pooled * (1 - pooled) * (1 / n1 + 1 / n2)).sqrt()
        return (one.conversions / n1 - other.conversions / n2) / error


@pytest.mark.parametrize(
    ("leader", "other", "z", "p"),
    [
        # The example of statsmodels' documentation of proportions_ztest.
        (Variant("ad", "b", 99, 12), Variant("ad", "a", 83, 5), "1.4078304151", 0.1591812918),
        # By the formula above.
        (Variant("ad", "b", 1658, 1030), Variant("ad", "a", 1663, 750), "9.836000963606175", None),
    ],
)
def test_published_cases(
    small_samples: dict[str, str], leader: Variant, other: Variant, z: str, p: float | None
) -> None:
    digits = Decimal(z)
    assert z_by_hand(leader, other).quantize(digits) == digits
    with marts_of([leader, other], small_samples) as marts:
        found = z_values(marts, small_samples)
        (test,) = rows_of(marts, "select * from analytics.rpt_ab_tests where utm_source is null")
    # But for the last bits of a double.
    near = 1e-15 if p is None else 1e-10
    assert found == {("ad", "a"): pytest.approx(float(digits), rel=near, abs=0)}
    assert compare(leader, other, 1)[0] == pytest.approx(float(digits), rel=1e-10)
    assert test["leader"] == "b"
    if p is None:
        assert (test["confidence"], test["status"]) == (100, "significant")
    else:
        assert test["confidence"] == pytest.approx(100 * (1 - p), abs=5e-9)
        assert test["status"] == "inconclusive"


def test_without_the_var_such_samples_are_set_aside() -> None:
    variants = [Variant("ad", "b", 99, 12), Variant("ad", "a", 83, 5)]
    with marts_of(variants, built_project().compiled) as marts:
        (test,) = rows_of(marts, "select * from analytics.rpt_ab_tests where utm_source is null")
    assert (test["status"], test["contenders"], test["leader"]) == ("insufficient_sample", 0, None)
    assert (test["variants"], test["total_sessions"], test["total_conversions"]) == (2, 182, 17)
