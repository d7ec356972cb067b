"""The platforms and the names that their exports use, from ``platforms.csv``.

That table has what is said of a platform, the names of its columns, and below them what all exports
share: words of totals, signs of currencies, the beginnings of months' names. Names are compared
without regard to case and runs of white space; where a file has several names of a row, the first
wins. They come from public projects that read exports of accounts in these languages, and from the
platforms' help (Google: answer 2454071). Meta has translated some columns anew over the years. No
public export of TikTok in Ukrainian or Russian was found, so only the evident translations are
there.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Names = Mapping[str, tuple[str, ...]]
"""What a column or a word means → the names that it has."""


@dataclass(frozen=True)
class Platform:
    """How one platform's export is read."""

    title: str
    by_day: str
    """How to break the export down by day."""
    names: Names
    family: tuple[str, ...]
    """The utm_source of its rows, and others that its money may stand under in a table that
    somebody else wrote; the generic form has none, as it brings its own tags."""
    medium: str

    @property
    def is_generic(self) -> bool:
        """Whether the file has the contract's own columns, tags included."""
        return not self.family

    @property
    def source(self) -> str:
        """utm_source of its rows."""
        return "" if self.is_generic else self.family[0]

    @property
    def required(self) -> tuple[str, str, str]:
        """The columns that an export must have."""
        return "day", "source" if self.is_generic else "campaign", "spend"


def _read_names() -> dict[str, dict[str, tuple[str, ...]]]:
    """The names by platform, and under ``""`` those that all exports share."""
    names: dict[str, dict[str, tuple[str, ...]]] = {}
    with Path(__file__).with_name("platforms.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for platform in row["platforms"].split() or ("",):
                names.setdefault(platform, {})[row["means"]] = tuple(row["names"].split(" / "))
    return names


_NAMES = _read_names()
SHARED: Names = _NAMES.pop("")
PLATFORMS: Mapping[str, Platform] = {
    name: Platform(
        title=names.pop("title")[0],
        by_day=names.pop("by_day")[0],
        family=names.pop("utm_source", ()),
        medium=names.pop("utm_medium", ("",))[0],
        names=names,
    )
    for name, names in _NAMES.items()
}
