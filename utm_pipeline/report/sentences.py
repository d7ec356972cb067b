"""What stands out, and what an A/B test says, in words: every number is one of the answer's own.

Names of sources, campaigns and creatives come from the outside. They are in quotation marks, so
that they are not read as part of the sentence, and hold nothing unseen; whoever puts the sentences
into a page escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.queries.params import NO_VALUE
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.layout import fit, printable, safe
from utm_pipeline.words import Kind, text

_NAME_CELLS = 40
_MOST_NAMES = 3
_NAMES = frozenset({"utm_source", "other_source", "utm_campaign", "utm_content"})
_SHARES = frozenset({"retention", "retention_high", "target"})


def is_insights(table: Table) -> bool:
    """Whether the table is the answer of ``insights``."""
    return any(column.key == "kind" for column in table.columns)


def insights(table: Table, formats: Formats) -> list[str]:
    """Each insight in words, in the answer's order: what changed, by how much, what to do."""
    columns = {column.key: column for column in table.columns}
    return [_insight(row, columns, formats) for row in table.dicts()]


def _insight(row: Mapping[str, Any], columns: Mapping[str, Column], formats: Formats) -> str:
    shown = {
        key: _shown(key, value, columns[key], formats)
        for key, value in row.items()
        if value is not None
    }
    parts = _INSIGHTS[row["kind"]](row)
    return "".join(text(f"insight.{part}", formats.lang, **shown) for part in parts)


def _shown(key: str, value: Any, column: Column, formats: Formats) -> str:
    if key in _NAMES:
        return _quoted(safe(value, _NAME_CELLS), formats)
    written = formats.cell(value, column) + (formats.per_cent if key in _SHARES else "")
    # A line ends neither within a number nor before its unit.
    return written.replace(" ", "\u00a0")


def _quoted(name: str, formats: Formats) -> str:
    return f"«{name}»" if formats.lang == "uk" else f"“{name}”"


_INSIGHTS: Mapping[str, Callable[[Mapping[str, Any]], Sequence[str]]] = {
    "conversion_fell": lambda _: ["fell"],
    "conversion_rose": lambda _: ["rose"],
    "spend_without_return": lambda row: [
        "no_campaign" if row["utm_campaign"] == NO_VALUE else "campaign",
        "seen" if row["sessions"] else "unseen",
    ],
    "creative_won": lambda row: [
        "won",
        *(() if row["winner_lift"] is None else ("lift",)),
        "scale" if row["recommendation"] == "scale" else "test_on",
    ],
    "cohort_below_target": lambda _: ["below"],
    "split_source": lambda _: ["split"],
}
"""Every kind of metrics.md 8, and the texts that say it."""


def verdict(tables: Sequence[Table], formats: Formats) -> list[str]:
    """Why an ``ab-test`` of one campaign has its status, and what to do."""
    parts = {table.key: table for table in tables}
    variants, found = parts["variants"].dicts(), parts[None].dicts()[0]
    said = _reason(variants, found, formats)
    thin = [row for row in variants if row["confidence"] is None]
    if found["status"] in _ENDINGS and thin:
        names = ", ".join(
            f"{_creative(row, formats)} ({formats.number(row['sessions'], 0)})"
            for row in thin[:_MOST_NAMES]
        )
        if len(thin) > _MOST_NAMES:
            count = formats.number(len(thin) - _MOST_NAMES, 0)
            names += text("verdict.more", formats.lang, count=count)
        said.append(text("verdict.aside", formats.lang, names=names))
    if found["mixed"]:
        said.append(text("verdict.mixed", formats.lang))
    return said


_SIMPLE = {"no_data": "verdict.no_data", "single_variant": "verdict.single"}
_ENDINGS = {"too_short": "", "inconclusive": "chance", "significant": "small"}
"""Of the statuses with two creatives or more to compare, how the sentence ends."""


def _reason(
    variants: Sequence[dict[str, Any]], found: Mapping[str, Any], formats: Formats
) -> list[str]:
    """The sentence for each status of metrics.md 7."""
    lang, status = formats.lang, found["status"]
    contenders = [row for row in variants if row["confidence"] is not None]
    if status in _SIMPLE:
        name = _creative(variants[0], formats) if variants else ""
        return [text(_SIMPLE[status], lang, name=name)]
    if status == "too_short":
        first = formats.moment(min(row["first_session"] for row in contenders))
        last = formats.moment(max(row["last_session"] for row in contenders))
        return [text("verdict.too_short", lang, first=first, last=last)]
    if status == "insufficient_sample" and found["leader"] is None:
        most = max(variants, key=lambda row: row["sessions"])
        return [_few("verdict.none_enough", most, formats)]
    leader = next(row for row in variants if row["utm_content"] == found["leader"])
    if status != "insufficient_sample":
        return [_compared(leader, contenders, found, formats)]
    if found["lift_low"] is None:
        return [_few("verdict.one_enough", leader, formats)]
    totals = ("conversions", "sessions")
    counts = {name: formats.number(found[f"total_{name}"], 0) for name in totals}
    return [text("verdict.few_conversions", lang, **counts)]


def _few(words: str, row: Mapping[str, Any], formats: Formats) -> str:
    sessions = formats.number(row["sessions"], 0)
    return text(words, formats.lang, name=_creative(row, formats), sessions=sessions)


def _compared(
    leader: Mapping[str, Any],
    contenders: Sequence[Mapping[str, Any]],
    found: Mapping[str, Any],
    formats: Formats,
) -> str:
    others = [row for row in contenders if row is not leader]
    values = {
        "leader": _creative(leader, formats),
        "rate": formats.rate(leader["conversion_rate"]),
        "low": formats.change(found["lift_low"], Kind.POINTS),
        "high": formats.change(found["lift_high"], Kind.POINTS),
        "confidence": formats.rate(leader["confidence"]),
        "lift": "" if found["winner_lift"] is None else formats.rate(found["winner_lift"]),
    }
    if len(others) == 1:
        values["other"] = _creative(others[0], formats)
        values["other_rate"] = formats.rate(others[0]["conversion_rate"])
    wins = found["status"] == "significant" and found["recommendation"] == "scale"
    ending = "scale" if wins else _ENDINGS[found["status"]]
    parts = ("two" if len(others) == 1 else "several", ending)
    return "".join(text(f"verdict.{part}", formats.lang, **values) for part in parts)


def _creative(row: Mapping[str, Any], formats: Formats) -> str:
    return _quoted(fit(printable(row["utm_content"]), _NAME_CELLS), formats)
