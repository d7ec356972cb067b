"""The short report for a chat, in the markup of Slack and of Telegram.

Slack: Block Kit, with a text for notifications. Text of the outside goes into ``plain_text``, which
knows no markup, and is escaped and parted besides ("Text object", "Formatting message text",
"Escaping text"). Telegram: the HTML of its Bot API. Names of the outside are code, in which it
looks for no links, mentions or commands ("sendMessage", "HTML style").
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from utm_pipeline.report.cells import NOTHING, Formats, about_change, in_words
from utm_pipeline.report.layout import safe
from utm_pipeline.report.sections import Report, compose, stamp, title
from utm_pipeline.words import column_label, text

MEASURES = ("total_sessions", "unique_visitors", "total_orders", "total_revenue", "conversion_rate")
"""Of the general statistics, in this order."""
LONGEST = 4096
"""Of Telegram's message once its markup is read, in UTF-16 units."""
_SOURCES, _INSIGHTS = 3, 2
_NAME_CELLS, _INSIGHT_CELLS = 40, 500
_LONGEST_HEADER, _LONGEST_TEXT = 150, 3000
"""Letters of Slack's header and section."""
_MARK = "\u2060"
# What chats make links, mentions, tags, commands and telephone numbers of.
_STARTS = re.compile(r"((?<!\d)[.@:#/$+](?=\S)|(?<=\d)[.@:#/$+](?=[^\s\d]))")
_DOTTED = re.compile(r"\d+(?:\.\d+){2,}")


@dataclass(frozen=True)
class Note:
    """The short report. Names of sources and insights hold text that strangers chose."""

    lang: str
    title: str
    stamp: str
    measures: tuple[tuple[str, str, str], ...]
    """Names, values and their change against the period before, empty where there is none."""
    sources: tuple[tuple[str, str], ...]
    """Names and their numbers."""
    insights: tuple[str, ...]
    """None where nothing stands out."""
    dashboard_url: str | None


def note(report: Report, lang: str) -> Note:
    """The short report of a period, of the same numbers as the report."""
    formats = Formats(lang, report.currency).brief
    tables = {block.section.key: block.grids for block in compose(report, formats)}
    measures = {row[0].text: row for table in tables["general_stats"] for row in table.rows}
    (asked,) = report.answers["sources"]
    return Note(
        lang=lang,
        title=title(report, formats),
        stamp="\n".join([*about_change((), report.compared, formats), stamp(report, formats)]),
        measures=tuple(
            (name.text, value.text, _change(before.text, change.text, lang))
            for name, value, before, change in (
                measures[column_label(key, lang)] for key in MEASURES
            )
        ),
        sources=tuple(
            (
                safe(row["utm_source"], _NAME_CELLS),
                text(
                    "chat.of_source",
                    lang,
                    **row | {"sessions": formats.amount(found["sessions"])},
                    rate=row["conversion_rate"],
                ),
            )
            for found, row in zip(asked.dicts()[:_SOURCES], in_words(asked, formats), strict=False)
        ),
        insights=tuple(
            safe(said.text, _INSIGHT_CELLS)
            for table in tables["insights"]
            for _, said in table.rows[:_INSIGHTS]
        ),
        dashboard_url=report.dashboard_url,
    )


def _change(before: str, change: str, lang: str) -> str:
    """``▲ +23% (before 1,000)``; nothing where there is nothing to compare with."""
    return "" if change == NOTHING else f"{change} ({text('was', lang, before=before)})"


def inert(text: str) -> str:
    """Text of the outside that no chat makes a link or a mention of: an unseen mark parts it.

    Numbers with one dot stay whole, so that they can be copied.
    """
    parted = _DOTTED.sub(lambda found: found[0].replace(".", f".{_MARK}"), text)
    return _STARTS.sub(rf"\1{_MARK}", parted)


def slack(note: Note) -> bytes:
    """The body of a request to Slack: JSON, UTF-8."""
    sources = "\n".join(
        f"{number}. {inert(name)}: {numbers}"
        for number, (name, numbers) in enumerate(note.sources, start=1)
    )
    parts = {
        "chat.top": sources or text("no_sources", note.lang),
        "insights": "\n".join(f"• {inert(said)}" for said in note.insights),
    }
    about = [_plain(note.stamp)]
    if note.dashboard_url:
        # Escaped as an address too, so that nothing in it ends the link.
        address = _escape(quote(note.dashboard_url, safe="%/:?#[]@!$&'()*+,;=~"))
        about.append(_marked(f"<{address}|{_escape(text('dashboard', note.lang))}>"))
    measures = (" ".join(filter(None, measure)) for measure in note.measures)
    blocks = [
        {"type": "header", "text": _plain(note.title, _LONGEST_HEADER)},
        {"type": "section", "fields": [_field(*each) for each in note.measures]},
        *(
            {"type": "section", "text": shown}
            for name, said in parts.items()
            if said
            for shown in (_marked(f"*{_escape(text(name, note.lang))}*"), _plain(said))
        ),
        {"type": "context", "elements": about},
    ]
    said = _escape("; ".join([note.title, *measures]))
    return _json(text=said, blocks=blocks, unfurl_links=False, unfurl_media=False)


def telegram(note: Note, chat: int | str) -> bytes:
    """The body of a request to Telegram: JSON, UTF-8. ``chat`` is where it goes."""
    preview = {"is_disabled": True}
    said = telegram_text(note)
    return _json(chat_id=chat, text=said, parse_mode="HTML", link_preview_options=preview)


def telegram_text(note: Note) -> str:
    """The message; where it were too long, its last insights and sources are left out."""
    top, insights_title, nobody, dashboard = (
        _escape(text(name, note.lang))
        for name in ("chat.top", "insights", "no_sources", "dashboard")
    )
    head = [f"<b>{_escape(note.title)}</b>", ""]
    for name, value, change in (map(_escape, measure) for measure in note.measures):
        head.append(f"{name}: <b>{value}</b> {change}".rstrip())
    head += ["", f"<b>{top}</b>", *([] if note.sources else [nobody])]
    sources = [
        f"{number}. <code>{_escape(inert(name))}</code>: {_escape(numbers)}"
        for number, (name, numbers) in enumerate(note.sources, start=1)
    ]
    insights = [f"• {_escape(inert(said))}" for said in note.insights]
    end = ["", f"<i>{_escape(note.stamp)}</i>"]
    if note.dashboard_url:
        end.append(f'<a href="{html.escape(note.dashboard_url)}">{dashboard}</a>')
    while True:
        found = ["", f"<b>{insights_title}</b>", *insights] if insights else []
        written = "\n".join([*head, *sources, *found, *end])
        if shown_length(written) <= LONGEST or not (insights or sources):
            return written
        (insights or sources).pop()


def shown_length(written: str) -> int:
    """How long Telegram finds a message."""
    return len(html.unescape(re.sub(r"<[^>]*>", "", written)).encode("utf-16-le")) // 2


def _escape(said: str) -> str:
    return html.escape(said, quote=False)


def _json(**message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False, indent=2).encode("utf-8")


def _field(name: str, *values: str) -> dict[str, Any]:
    return _marked("\n".join([f"*{_escape(name)}*", *filter(None, map(_escape, values))]))


def _plain(text: str, longest: int = _LONGEST_TEXT) -> dict[str, Any]:
    text = text[:longest]
    while len(_escape(text)) > longest:
        text = text[:-1]
    return {"type": "plain_text", "text": _escape(text), "emoji": False}


def _marked(text: str) -> dict[str, Any]:
    """Text of our own, in which nothing but our marks is one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
