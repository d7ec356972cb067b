"""The platforms, and the names that their exports use, from ``names.csv``.

That table has a row for each column of an export, and below them what all exports share: words of
totals, signs of currencies, the beginnings of months' names. Names are compared without regard to
case and runs of white space; where a file has several names of a row, the first wins. They come
from public projects that read exports of accounts in these languages, and from the platforms' help
(Google: answer 2454071). Meta has translated some columns anew over the years. No public export of
TikTok in Ukrainian or Russian was found, so only the evident translations are there.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Names = Mapping[str, tuple[str, ...]]
"""What a column or a word means → the names that it has."""


def _read_names() -> dict[str, dict[str, tuple[str, ...]]]:
    """The names by platform, and under ``""`` those that all exports share."""
    names: dict[str, dict[str, tuple[str, ...]]] = {}
    with Path(__file__).with_name("names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for platform in row["platforms"].split() or ("",):
                names.setdefault(platform, {})[row["means"]] = tuple(row["names"].split(" / "))
    return names


_NAMES = _read_names()
SHARED: Names = _NAMES[""]


@dataclass(frozen=True)
class Platform:
    """How one platform's export is read."""

    title: str
    names: Names
    by_day: str
    """How to break the export down by day."""
    source: str = ""
    """utm_source of its rows; the generic form has none, as it brings its own tags."""
    medium: str = ""
    family: frozenset[str] = frozenset()
    """Sources that the platform's money may stand under in a table that somebody else wrote."""
    required: tuple[str, ...] = ("day", "campaign", "spend")

    @property
    def is_generic(self) -> bool:
        """Whether the file has the contract's own columns, tags included."""
        return not self.source


PLATFORMS: Mapping[str, Platform] = {
    "meta": Platform(
        title="Meta Ads Manager",
        names=_NAMES["meta"],
        by_day="in Ads Manager choose Breakdown, By time, Day, and export again",
        source="facebook",
        medium="paid_social",
        family=frozenset({"facebook", "instagram"}),
    ),
    "google": Platform(
        title="Google Ads",
        names=_NAMES["google"],
        by_day="in Google Ads choose Segment, Time, Day (in a report: the row Day), and download "
        "again",
        source="google",
        medium="cpc",
        family=frozenset({"google"}),
    ),
    "tiktok": Platform(
        title="TikTok Ads Manager",
        names=_NAMES["tiktok"],
        by_day="in TikTok Ads Manager make a custom report with the dimension Day, and export "
        "again",
        source="tiktok",
        medium="paid_social",
        family=frozenset({"tiktok"}),
    ),
    "generic": Platform(
        title="the generic form",
        names=_NAMES["generic"],
        by_day="write one row for each day",
        required=("day", "source", "spend"),
    ),
}
