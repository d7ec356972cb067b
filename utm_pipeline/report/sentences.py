"""What stands out, and what an A/B test says, in words: every number is one of the answer's own.

Names of sources, campaigns and creatives come from the outside. They are in quotation marks, so
that they are not read as part of the sentence, and hold nothing unseen; whoever puts the sentences
into a page escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import floor
from typing import Any

from utm_pipeline.queries.model import Table
from utm_pipeline.queries.params import NO_VALUE
from utm_pipeline.report.cells import Formats, in_words
from utm_pipeline.report.layout import fit, printable, safe
from utm_pipeline.words import text

_NAME_CELLS = 40
_MOST_NAMES = 3
_NAMES = frozenset({"utm_source", "other_source", "utm_campaign", "utm_content"})
_COUNTS = ("size", "sessions", "previous_sessions", "other_sessions", "sources", "conversions")
_SHARES = frozenset({"retention", "retention_high", "target"})

Row = Mapping[str, Any]
Said = tuple[Sequence[str], Mapping[str, str]]
"""Texts that make a sentence, and the values in them."""


def is_insights(table: Table) -> bool:
    """Whether the table is the answer of ``insights``."""
    return any(column.key == "kind" for column in table.columns)


def insights(table: Table, formats: Formats) -> list[str]:
    """Each insight in words, in the answer's order: what changed, by how much, what to do."""
    said = []
    for row, texts in zip(table.dicts(), in_words(table, formats), strict=True):
        shown = {key: _shown(key, value, formats) for key, value in texts.items()}
        shown |= _agreeing(row, formats)
        said.append(_sentence("insight", _INSIGHTS[row["kind"]](row), shown, formats))
    return said


def _agreeing(row: Row, formats: Formats) -> dict[str, str]:
    """Counts whose nouns agree with them, whole per cents, and the days of a cohort."""
    shown: dict[str, str] = {
        key: formats.amount(row[key]) for key in _COUNTS if row.get(key) is not None
    }
    if row["cohort"] is not None:
        shown["cohort"] = formats.days(row["cohort"], row["cohort"] + timedelta(days=6))
    return shown | _whole(row, formats)


def _whole(row: Row, formats: Formats) -> dict[str, str]:
    """Digits that the data do not have are left out; certainty is never rounded up."""
    shown = {}
    if (confidence := row.get("confidence")) is not None:
        shown["confidence"] = formats.number(floor(confidence), 0) + formats.per_cent
    if (lift := row.get("winner_lift")) is not None:
        shown["winner_lift"] = formats.number(lift, 0 if lift >= 1 else 2) + formats.per_cent
    return shown


def _sentence(start: str, parts: Sequence[str], values: Mapping[str, str], formats: Formats) -> str:
    return "".join(text(f"{start}.{part}", formats.lang, **values) for part in parts)


def _shown(key: str, value: str, formats: Formats) -> str:
    if key in _NAMES:
        return _quoted(safe(value, _NAME_CELLS), formats)
    # A line ends neither within a number nor before its unit.
    return (value + (formats.per_cent if key in _SHARES else "")).replace(" ", "\u00a0")


def _quoted(name: str, formats: Formats) -> str:
    return f"«{name}»" if formats.lang == "uk" else f"“{name}”"


_INSIGHTS: Mapping[str, Callable[[Row], Sequence[str]]] = {
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
_ENDINGS = {"too_short": "", "inconclusive": "chance", "significant": "small"}
"""Of the statuses with two creatives or more to compare, how the sentence ends."""


def verdict(tables: Sequence[Table], formats: Formats) -> list[str]:
    """Why an ``ab-test`` of one campaign has its status, and what to do."""
    parts = {table.key: table for table in tables}
    variants, found = parts["variants"].dicts(), parts[None].dicts()[0]
    judged = [row for row in variants if row["confidence"] is not None]
    thin = [row for row in variants if row["confidence"] is None]
    if found["status"] in {"inconclusive", "significant"}:
        reason = _compared(judged, found, formats)
    else:
        reason = _reason(variants, judged, found, formats)
    said = [_sentence("verdict", *reason, formats)]
    if found["status"] in _ENDINGS and thin:
        named = (_named(row, formats) for row in thin[:_MOST_NAMES])
        names = ", ".join(f"{each['name']} ({each['sessions']})" for each in named)
        if len(thin) > _MOST_NAMES:
            count = formats.number(len(thin) - _MOST_NAMES, 0)
            names += text("verdict.more", formats.lang, count=count)
        said.append(text("verdict.aside", formats.lang, names=names))
    if found["mixed"]:
        said.append(text("verdict.mixed", formats.lang))
    return said


def _reason(variants: Sequence[Row], judged: Sequence[Row], found: Row, formats: Formats) -> Said:
    """Why nothing is compared, by the statuses of metrics.md 7."""
    match found["status"]:
        case "no_data":
            return ["no_data"], {}
        case "single_variant":
            return ["single"], _named(variants[0], formats)
        case "too_short":
            first = min(row["first_session"] for row in judged)
            last = max(row["last_session"] for row in judged)
            return ["too_short"], {"first": formats.moment(first), "last": formats.moment(last)}
    if found["leader"] is None:
        most = max(variants, key=lambda row: row["sessions"])
        return ["none_enough"], _named(most, formats)
    if found["lift_low"] is None:
        leader = next(row for row in variants if row["utm_content"] == found["leader"])
        return ["one_enough"], _named(leader, formats)
    totals = ("conversions", "sessions")
    counts = {name: formats.amount(found[f"total_{name}"]) for name in totals}
    return ["few_conversions"], counts


def _compared(judged: Sequence[Row], found: Row, formats: Formats) -> Said:
    """How far the leader is ahead of the next best, and whether chance could explain it."""
    (leader,) = (row for row in judged if row["utm_content"] == found["leader"])
    others = [row for row in judged if row is not leader]
    values = {
        "leader": _named(leader, formats)["name"],
        "rate": formats.rate(leader["conversion_rate"]),
        "low": formats.change(found["lift_low"]),
        "high": formats.change(found["lift_high"]),
        "confidence": "",
        "winner_lift": "",
        **_whole({**found, "confidence": leader["confidence"]}, formats),
    }
    if len(others) == 1:
        values["other"] = _named(others[0], formats)["name"]
        values["other_rate"] = formats.rate(others[0]["conversion_rate"])
    wins = found["status"] == "significant" and found["recommendation"] == "scale"
    ending = "scale" if wins else _ENDINGS[found["status"]]
    return ["two" if len(others) == 1 else "several", ending], values


def _named(row: Row, formats: Formats) -> dict[str, str]:
    name = _quoted(fit(printable(row["utm_content"]), _NAME_CELLS), formats)
    return {"name": name, "sessions": formats.amount(row["sessions"])}
