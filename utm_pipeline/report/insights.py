"""What stands out, in words: every number is one of the answer's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from utm_pipeline.queries.model import Column, Table
from utm_pipeline.queries.params import NO_VALUE
from utm_pipeline.report import layout
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.layout import safe
from utm_pipeline.words import Words

_NAME_CELLS = 40
_MARK = "kind"

_FELL = Words(
    "Конверсія джерела {utm_source} впала з {previous_conversion_rate} до {conversion_rate} "
    "(сеансів: {previous_sessions} у попередньому періоді, {sessions} тепер), і випадковістю "
    "цього не пояснити (певність {confidence}). Перевірте, що змінилося: оголошення, теги й "
    "сторінка, на яку вони ведуть.",
    "The conversion rate of {utm_source} fell from {previous_conversion_rate} to "
    "{conversion_rate} (sessions: {previous_sessions} in the period before, {sessions} now), and "
    "that is beyond chance (confidence {confidence}). Check what changed: the ads, their tags and "
    "the page that they lead to.",
)
_ROSE = Words(
    "Конверсія джерела {utm_source} зросла з {previous_conversion_rate} до {conversion_rate} "
    "(сеансів: {previous_sessions} у попередньому періоді, {sessions} тепер), і випадковістю "
    "цього не пояснити (певність {confidence}). З'ясуйте, що спрацювало, і додайте цього.",
    "The conversion rate of {utm_source} rose from {previous_conversion_rate} to "
    "{conversion_rate} (sessions: {previous_sessions} in the period before, {sessions} now), and "
    "that is beyond chance (confidence {confidence}). Find out what worked, and do more of it.",
)
_CAMPAIGN = Words(
    "Кампанія {utm_campaign} (джерело {utm_source}) коштувала {ad_spend} і не дала доходу, тоді як "
    "конверсія в магазині коштує в середньому {cost_per_conversion}. ",
    "The campaign {utm_campaign} (source {utm_source}) cost {ad_spend} and brought no revenue, "
    "while a conversion costs the shop {cost_per_conversion} on average. ",
)
_NO_CAMPAIGN = Words(
    "Реклама без назви кампанії (джерело {utm_source}) коштувала {ad_spend}, а все джерело не дало "
    "доходу, тоді як конверсія в магазині коштує в середньому {cost_per_conversion}. ",
    "Ads without a campaign's name (source {utm_source}) cost {ad_spend} and the whole source "
    "brought no revenue, while a conversion costs the shop {cost_per_conversion} on average. ",
)
_UNSEEN = Words(
    "Жоден сеанс не має її тегів: порівняйте назви в посиланнях і в таблиці витрат.",
    "No session has its tags: compare the names in the links with those in the table of spend.",
)
_SEEN = Words(
    "Сеансів: {sessions}, конверсій: {conversions}. Перевірте теги й сторінку; якщо з ними все "
    "гаразд, зупиніть її.",
    "Sessions: {sessions}, conversions: {conversions}. Check the tags and the page; if both are "
    "right, stop it.",
)
_WON = Words(
    "У кампанії {utm_campaign} переміг креатив {utm_content}: конвертує {conversion_rate} "
    "(сеансів: {sessions}), і випадковістю цього не пояснити (певність {confidence}). ",
    "In the campaign {utm_campaign} the creative {utm_content} has won: it converts "
    "{conversion_rate} of {sessions} sessions, and that is beyond chance (confidence "
    "{confidence}). ",
)
_LIFT = Words(
    "Від наступного він кращий на {winner_lift}. ",
    "It is {winner_lift} better than the next. ",
)
_SCALE = Words("Масштабуйте його.", "Scale it.")
_TEST_ON = Words(
    "Перевага невелика, тож тестуйте далі.", "The lift is small, so keep testing as well."
)
_BELOW = Words(
    "З людей, які вперше прийшли в тиждень від {cohort} (людей: {size}), через тиждень "
    "повернулося {retention}, з поправкою на випадковість не більше як {retention_high}, а ціль "
    "{target}. "
    "Нагадайте їм про себе: листом, повідомленням, ремаркетингом.",
    "Of the {size} people who first came in the week of {cohort}, {retention} came back the week "
    "after (at most {retention_high}, allowing for chance), and the target is {target}. Remind "
    "them of the shop: by e-mail, messages or remarketing.",
)
_SPLIT = Words(
    "Джерела {utm_source} та {other_source} схожі на одне під різними назвами (назв: {sources}): "
    "{other_sessions} з {sessions} сеансів не під головною. Якщо це одне джерело, лишіть у "
    "посиланнях одну назву, а решту додайте до списку utm_source_aliases.",
    "The sources {utm_source} and {other_source} look like one under {sources} names: "
    "{other_sessions} of {sessions} sessions are not under the main one. If they are "
    "one, use one name in the links, and add the rest to the list utm_source_aliases.",
)

_NAMES = frozenset({"utm_source", "other_source", "utm_campaign", "utm_content"})
_SHARES = frozenset({"retention", "retention_high", "target"})


def is_insights(table: Table) -> bool:
    """Whether the table is the answer of ``insights``."""
    return any(column.key == _MARK for column in table.columns)


def sentences(table: Table, formats: Formats) -> list[str]:
    """Each insight in words, in the answer's order: what changed, by how much, what to do.

    Names of sources, campaigns and creatives come from the outside. They are in quotation marks and
    hold nothing unseen; whoever puts the sentences into a page escapes them.
    """
    columns = {column.key: column for column in table.columns}
    return [_sentence(row, columns, formats) for row in table.dicts()]


def numbered(table: Table, formats: Formats, width: int) -> list[str]:
    """The same as lines of a numbered list, at most so many cells wide."""
    lines = []
    for number, said in enumerate(sentences(table, formats), start=1):
        head = f"{number}. "
        first, *rest = layout.wrap(said, width - len(head))
        lines += [head + first, *(" " * len(head) + line for line in rest)]
    return lines


def _sentence(row: Mapping[str, Any], columns: Mapping[str, Column], formats: Formats) -> str:
    shown = {
        key: _shown(key, value, columns[key], formats)
        for key, value in row.items()
        if value is not None
    }
    words = _WORDS[row["kind"]](row)
    return "".join(part.in_language(formats.lang).format_map(shown) for part in words)


def _shown(key: str, value: Any, column: Column, formats: Formats) -> str:
    if key in _NAMES:
        return _name(value, formats)
    written = formats.cell(value, column)
    if key in _SHARES:
        written += " %" if formats.lang == "uk" else "%"
    # A line ends neither within a number nor before its unit.
    return written.replace(" ", "\u00a0")


def _name(text: str, formats: Formats) -> str:
    """A name in quotation marks, so that it is not read as part of the sentence."""
    name = safe(text, _NAME_CELLS)
    return f"«{name}»" if formats.lang == "uk" else f"“{name}”"


def _spend(row: Mapping[str, Any]) -> Sequence[Words]:
    what = _NO_CAMPAIGN if row["utm_campaign"] == NO_VALUE else _CAMPAIGN
    return what, _SEEN if row["sessions"] else _UNSEEN


def _won(row: Mapping[str, Any]) -> Sequence[Words]:
    lift = () if row["winner_lift"] is None else (_LIFT,)
    return _WON, *lift, _SCALE if row["recommendation"] == "scale" else _TEST_ON


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Sequence[Words]]] = {
    "conversion_fell": lambda row: (_FELL,),  # noqa: ARG005 - as all
    "conversion_rose": lambda row: (_ROSE,),  # noqa: ARG005 - as all
    "spend_without_return": _spend,
    "creative_won": _won,
    "cohort_below_target": lambda row: (_BELOW,),  # noqa: ARG005 - as all
    "split_source": lambda row: (_SPLIT,),  # noqa: ARG005 - as all
}
"""Every kind of metrics.md 8."""
