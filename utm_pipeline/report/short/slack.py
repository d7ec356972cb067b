"""The short report as Slack's Block Kit, with a text for notifications.

Text of the outside goes into ``plain_text``, which knows no markup, and is escaped and parted
besides (Slack's documentation: "Text object", "Formatting message text", "Escaping text").
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from utm_pipeline.report.short import Measure, Note, inert

_LONGEST_HEADER, _LONGEST_TEXT = 150, 3000
"""Letters of a header and of a section."""


def body(note: Note) -> bytes:
    """The request's body: JSON, UTF-8."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(note.title, _LONGEST_HEADER)},
        {"type": "section", "fields": [_marked(_measure(each)) for each in note.measures]},
        *_part(note.sources_title, _sources(note)),
    ]
    if note.insights:
        said = "\n".join(f"• {inert(text)}" for text in note.insights)
        blocks += _part(note.insights_title, said)
    about = [_plain(note.stamp)]
    if note.dashboard_url:
        # Escaped as an address too, so that nothing in it ends the link.
        address = escape(quote(note.dashboard_url, safe="%/:?#[]@!$&'()*+,;=~"))
        about.append(_marked(f"<{address}|{escape(note.dashboard_label)}>"))
    blocks.append({"type": "context", "elements": about})
    message = {
        "text": escape("; ".join([note.title, *map(_in_words, note.measures)])),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return json.dumps(message, ensure_ascii=False, indent=2).encode("utf-8")


def escape(text: str) -> str:
    """The three characters that Slack's markup begins with, as it wants them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _part(title: str, said: str) -> list[dict[str, Any]]:
    return [
        {"type": "section", "text": _marked(f"*{escape(title)}*")},
        {"type": "section", "text": _plain(said)},
    ]


def _sources(note: Note) -> str:
    lines = [
        f"{number}. {inert(source.name)}: {source.numbers}"
        for number, source in enumerate(note.sources, start=1)
    ]
    return "\n".join(lines) or note.no_sources


def _measure(measure: Measure) -> str:
    lines = (f"*{escape(measure.name)}*", escape(measure.value), escape(measure.change))
    return "\n".join(line for line in lines if line)


def _in_words(measure: Measure) -> str:
    return " ".join(part for part in (measure.name, measure.value, measure.change) if part)


def _plain(text: str, longest: int = _LONGEST_TEXT) -> dict[str, Any]:
    text = text[:longest]
    while len(escape(text)) > longest:
        text = text[:-1]
    return {"type": "plain_text", "text": escape(text), "emoji": False}


def _marked(text: str) -> dict[str, Any]:
    """Text of our own, in which nothing but our marks is one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}
