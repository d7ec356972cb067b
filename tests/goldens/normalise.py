"""Everything that may differ between two captures of one and the same program, and only that.

The clock stands still (``clock.py``), so ages and dates are not among it. What is replaced:

- folders of the run, the checkout, the interpreter and the database's socket, in any text;
- the mark of an installation in crontab lines, which is a hash of its folder;
- how long a command took, and how many models and tests it ran (they are the project's own affair);
- the server's port;
- in answers over HTTP: ``Date``, ``ETag``, ``Content-Length``, ``Server``;
- in pages: the version of the warehouse, versions and nonces of assets, blanks between tags;
- in messages: the boundaries between parts;
- in marts, when they are compared: ``row_version``, which another text of any model changes.

Pictures inside documents become ``[picture]``; they are kept as files of the category ``charts``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MARK = re.compile(r"(utm-pipeline[ -])[0-9a-f]{8}\b")
_COUNTS = re.compile(r"\d[\d\s\u00a0\u202f.,]*(?=[,.\s]|$)")
_PORT = re.compile(r"(127\.0\.0\.1:)\d{4,5}")
_DATA = re.compile(r"data:image/(svg\+xml|png);base64,([A-Za-z0-9+/=]+)")
_PAGE: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r'(data-version=")[^"]*'), r"\1-"),
    (re.compile(r'( nonce=")[^"]*'), r"\1-"),
    (re.compile(r'( integrity=")[^"]*'), r"\1-"),
    (re.compile(r"(/static/[^\"'?]+)\?[^\"']*"), r"\1"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(>| )<"), r"\1" + "\n<"),
)
_POLICY = re.compile(r"'(nonce|sha256)-[^']*'")
PASSING_COLUMNS = frozenset({"row_version"})
_PASSING_HEADERS = frozenset({"date", "etag", "content-length", "server", "connection"})


@dataclass(frozen=True)
class Places:
    """Folders of a run, with what stands for each; the longest is replaced first."""

    names: Sequence[tuple[str, str]]

    def out_of(self, text: str) -> str:
        """The text without them, and without marks and ports."""
        for folder, name in sorted(self.names, key=lambda each: -len(each[0])):
            text = text.replace(folder, name)
        return _PORT.sub(r"\1<port>", _MARK.sub(r"\1<mark>", text))


def refresh_summary(text: str) -> str:
    """What ``refresh`` prints, without the numbers of its last line but the instant."""
    *table, last = text.rstrip("\n").split("\n")
    counts, dot, instant = last.partition(". ")
    return "\n".join([*table, _COUNTS.sub("<n>", counts) + dot + instant, ""])


def page(text: str) -> str:
    """A page of the dashboard, a tag a line."""
    for pattern, replacement in _PAGE:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.split("\n"))


def headers(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The headers that matter, a line each, in the order of their names."""
    return sorted(
        name.lower() + ": " + _POLICY.sub(r"<\1>", value)
        for name, value in pairs
        if name.lower() not in _PASSING_HEADERS
    )


def pictures(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A document without the pictures in it, and these with their suffixes."""
    found: list[tuple[str, bytes]] = []

    def taken(match: re.Match[str]) -> str:
        found.append((match[1].removesuffix("+xml"), base64.b64decode(match[2])))
        return f"[picture {len(found)}]"

    return _DATA.sub(taken, text), found
