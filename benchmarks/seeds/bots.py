"""Makes the seed bot_user_agents: `python benchmarks/seeds/bots.py`.

Source: crawler-user-agents (MIT) in the version that requirements.lock pins: its patterns, tags and
examples of user agents. `bots_own.csv` comes first: words and forms that only programs have, and
names that the source does not know. A pattern of the source is added if it has an example that
matches none of them.

What is changed, and why:

- Patterns are in lower case and without backslashes: engines read those alike.
- A pattern is tied to the beginning, or to the bracket behind `Mozilla/5.0`, where all its examples
  have it there: `make/` anywhere also means a browser that somebody makes.
- Entries of NOT_BOTS are left out, because people hold such programs too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

ROOT = Path(__file__).resolve().parents[2]
OWN = Path(__file__).with_name("bots_own.csv")
SEED = ROOT / "seeds" / "bot_user_agents.csv"

NOT_BOTS = {
    "ap3a[.]240617[.]008": "a build of Android",
    "code/1[.]": "an editor's browser",
    "fluid": "a browser for one site",
    "metaiab facebook": "the browser inside Facebook's app",
    "podimo": "an app for podcasts",
    "trae/": "an editor's browser",
    "tumblr/": "an app",
    "^silk/": "a browser",
    "viber": "an app, whose link previews are among our own",
}
"""Patterns of the source that are left out, as `portable` writes them, and what has them too."""

REASONS = {
    "ai-crawler": "ai crawler",
    "social-preview": "link preview",
    "feed-reader": "feed reader",
    "monitoring": "monitoring",
    "scanner": "security scanner",
    "http-library": "http library",
    "browser-automation": "headless browser",
    "seo": "tool",
}
"""Our reason for a tag of the source; with any other it is a crawler."""

PLACES = {
    "^": "^",
    r"^mozilla/[45]\.0 \((compatible; ?)?": "^mozilla/[45][.]0 [(](compatible; ?)?",
}
"""Where a pattern may be tied to: to look for, and as the seed has it."""


def portable(pattern: str) -> str:
    """A pattern of the source in lower case, without backslashes."""
    pattern = pattern.replace(r"\d", "[0-9]").replace(r"\s", " ")
    pattern = re.sub(r"\\([-/!])", r"\1", pattern)
    pattern = re.sub(r"\\([.()+])", r"[\1]", pattern).lower()
    if "\\" in pattern:
        raise ValueError(pattern)
    return pattern


def tied(pattern: str, agents: list[str]) -> str:
    """The pattern, tied to the place where all of the user agents have it."""
    if pattern.startswith(("^", "(^")):
        return pattern
    for place, written in PLACES.items():
        if all(re.search(f"{place}(?:{pattern})", agent, re.IGNORECASE) for agent in agents):
            return f"{written}({pattern})" if "|" in pattern else written + pattern
    return pattern


def alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between the bars that no bracket holds."""
    marks = re.finditer(r"\[[^]]*\]|[()|]", pattern)
    depth, start, parts = 0, 0, []
    for mark in marks:
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if mark[0] == "|" and depth == 0:
            parts.append(pattern[start : mark.start()])
            start = mark.end()
    return [*parts, pattern[start:]]


def own_rows() -> list[tuple[str, str]]:
    """Our own patterns with their reasons, one alternative a row."""
    with OWN.open(encoding="utf-8", newline="") as file:
        return [
            (part, row["reason"])
            for row in csv.DictReader(file)
            for part in alternatives(row["pattern"])
        ]


def rows() -> Iterator[tuple[str, str]]:
    """Pattern and reason: ours, then the source's, by name."""
    own = own_rows()
    yield from own
    ours = re.compile("|".join(f"(?:{pattern})" for pattern, _ in own), re.IGNORECASE)
    added: dict[str, str] = {}
    for entry in CRAWLER_USER_AGENTS_DATA:
        missed = [agent for agent in entry["instances"] if not ours.search(agent)]
        pattern = portable(entry["pattern"]) if missed else ""
        if missed and pattern not in NOT_BOTS:
            reason = next((REASONS[tag] for tag in entry["tags"] if tag in REASONS), "crawler")
            added[tied(pattern, missed)] = reason
    yield from sorted(added.items())


if __name__ == "__main__":
    with SEED.open("w", encoding="utf-8", newline="") as seed:
        writer = csv.writer(seed, lineterminator="\n")
        writer.writerow(("pattern", "reason"))
        writer.writerows(rows())
