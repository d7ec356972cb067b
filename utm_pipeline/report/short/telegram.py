"""The short report as a message of Telegram's Bot API, in its HTML.

Names of the outside are code, in which Telegram looks for no links, mentions or commands (Bot API:
"sendMessage", "HTML style").
"""

from __future__ import annotations

import html
import json

from utm_pipeline.report.short import Measure, Note, inert

LONGEST = 4096
"""Of a message once its markup is read, in UTF-16 units."""


def body(note: Note, chat: int | str) -> bytes:
    """The request's body: JSON, UTF-8. ``chat`` is where it goes."""
    message = {
        "chat_id": chat,
        "text": text(note),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    return json.dumps(message, ensure_ascii=False, indent=2).encode("utf-8")


def text(note: Note) -> str:
    """The message; where it were too long, its last insights and sources are left out."""
    insights, sources = list(note.insights), list(note.sources)
    while True:
        lines = [f"<b>{_escape(note.title)}</b>", "", *map(_measure, note.measures)]
        lines += ["", f"<b>{_escape(note.sources_title)}</b>"]
        lines += [
            f"{number}. <code>{_escape(inert(source.name))}</code>: {_escape(source.numbers)}"
            for number, source in enumerate(sources, start=1)
        ]
        if not note.sources:
            lines.append(_escape(note.no_sources))
        if insights:
            lines += ["", f"<b>{_escape(note.insights_title)}</b>"]
            lines += [f"• {_escape(inert(said))}" for said in insights]
        lines += ["", f"<i>{_escape(note.stamp)}</i>"]
        if note.dashboard_url:
            address = html.escape(note.dashboard_url, quote=True)
            lines.append(f'<a href="{address}">{_escape(note.dashboard_label)}</a>')
        written = "\n".join(lines)
        if shown_length(written) <= LONGEST or not (insights or sources):
            return written
        (insights or sources).pop()


def shown_length(written: str) -> int:
    """How long Telegram finds a message."""
    parts = written.split("<")
    bare = parts[0] + "".join(part.partition(">")[2] for part in parts[1:])
    return len(html.unescape(bare).encode("utf-16-le")) // 2


def _measure(measure: Measure) -> str:
    said = f"{_escape(measure.name)}: <b>{_escape(measure.value)}</b> {_escape(measure.change)}"
    return said.rstrip()


def _escape(said: str) -> str:
    return html.escape(said, quote=False)
