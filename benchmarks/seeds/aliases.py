"""Makes the seed utm_source_aliases: `python benchmarks/seeds/aliases.py`, behind referrers.py.

`aliases_own.csv` has short names, former names and slips of the pen. To them come

- the hosts and apps of `referrers_own.csv`, and those of an AI assistant, with and without `www.`,
  so that a tag made of a host is the same source as a visit from it;
- spellings with a placement behind the name (ig_stories, facebookads): the placements that Meta's
  parameters `placement` and `site_source_name` give, the formats of TikTok, Google and Telegram,
  and what tag builders call them.

Aliases are compared with cleaned tags, in which every odd character is a `_`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
OWN = Path(__file__).parent

NAMES = {
    "facebook": "facebook fb",
    "google": "google",
    "instagram": "instagram insta inst ig",
    "linkedin": "linkedin",
    "pinterest": "pinterest",
    "snapchat": "snapchat",
    "telegram": "telegram tg",
    "threads": "threads",
    "tiktok": "tiktok tik_tok tt",
    "twitter": "twitter",
    "viber": "viber",
    "whatsapp": "whatsapp",
    "youtube": "youtube yt",
}
"""Names of sources before a placement."""

PLACEMENTS = {
    "": """
        ad ads adv bio business channel chat cpc cpm feed group groups mobile page paid post
        posts ppc profile promo promotion reklama remarketing retargeting sales smm social
        sponsored stories story target targeting traffic vid video""",
    "facebook": """
        biz_disco_feed biz_discovery desktop desktop_feed facebook_reels instant_article
        instream_video lead leadads lead_ads leads marketplace messages mobile_feed notification
        profile_feed reel reels reels_overlay right_column shop right_hand_column search
        search_results stream suggested video_feeds watch""",
    "google": """
        ads_search adwords discovery display_ads maps network search shopping_ads uac""",
    "instagram": """
        direct dm explore explore_grid_home explore_home explore_immersive guide highlights igtv
        influencer instagram_explore instagram_reels instagram_stories lead leads profile_feed
        reel reels reels_overlay search search_results shop shopping store stream""",
    "linkedin": "message newsfeed sponsored_content",
    "pinterest": "browse pin pins search",
    "snapchat": "discover spotlight",
    "telegram": "bots dm kanal message messages messenger news",
    "tiktok": "feed_ads in_feed infeed lead leads pangle search shop spark spark_ads topview",
    "twitter": "timeline tweet",
    "viber": "business_message community mailing message messages msg",
    "whatsapp": "broadcast message messages status",
    "youtube": "discovery in_stream instream masthead short shorts trueview",
}
"""Placements by source; those of any source first."""


def rows(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """Rows of a CSV file."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def placed(source: str, name: str) -> Iterator[str]:
    """Spellings of a name with a placement behind it; one of two letters is joined to long ones."""
    for placement in f"{PLACEMENTS['']} {PLACEMENTS.get(source, '')}".split():
        for joint in "_", "-", "":
            if joint or len(name) > 2 or len(placement) > 2:
                yield f"{name}{joint}{placement.replace('_', joint)}"


def aliases() -> dict[str, str]:
    """Source by alias."""
    found = {
        alias: source
        for source, names in NAMES.items()
        for name in names.split()
        for alias in [name, *placed(source, name)]
        if alias != source
    }
    own = {row["host"] for row in rows("referrers_own.csv", OWN)}
    for row in rows("referrer_sources.csv", SEEDS):
        if row["medium"] == "ai" or (row["host"] in own and row["medium"] != "referral"):
            found[row["host"]] = row["source"]
            if len(row["host"].split(".")) == 2:
                found[f"www.{row['host']}"] = row["source"]
    found.update({row["alias"]: row["source"] for row in rows("aliases_own.csv", OWN)})
    return {alias: source for alias, source in found.items() if alias != source}


if __name__ == "__main__":
    with (SEEDS / "utm_source_aliases.csv").open("w", encoding="utf-8", newline="") as seed:
        writer = csv.writer(seed, lineterminator="\n")
        writer.writerow(("alias", "source"))
        for alias, source in sorted(aliases().items(), key=lambda pair: (pair[1], pair[0])):
            writer.writerow((alias, source))
