"""Cleaning of tags, sources and referrers (metrics.md 2) and channel groups (channels.md)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .raw import read_csv
from .values import WHITE_SPACE, Raw, simple_lower, text

ABSENT_FILTERS = ("N/A", "(not set)")

_PLACEHOLDER = re.compile(r"__[A-Z0-9_]+__")
# \w of Python is \p{L}, \p{N} and the underscore.
_EMAIL = re.compile(r"[\w.%+-]+@(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)+")
_SPACES = re.compile(f"[{WHITE_SPACE}]+")
_NULLS = ("", "null", "none", "undefined", "(not_set)")
# Format characters that have a shape of their own (Unicode's prepended concatenation marks).
_VISIBLE_FORMAT = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_URL = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*$")


def _is_invisible(char: str) -> bool:
    # Reading: "control and zero-width characters" are the categories Cc and Cf, without white
    # space and the visible format characters; variation selectors and fillers stay.
    category = unicodedata.category(char)
    if category == "Cc":
        return char not in WHITE_SPACE
    return category == "Cf" and char not in _VISIBLE_FORMAT


def clean_tag(raw: Raw) -> str | None:
    """A UTM value, cleaned by the steps of metrics.md 2 in their order."""
    # Reading: trimmed once, first; white space that stands at an end only after invisible
    # characters have gone becomes `_` like any other.
    value = (raw or "").strip(WHITE_SPACE)
    value = "".join(char for char in value if not _is_invisible(char))
    if (value.startswith("{") and value.endswith("}")) or _PLACEHOLDER.fullmatch(value):
        return None
    value = _EMAIL.sub("redacted", value)
    value = _SPACES.sub("_", value)
    value = simple_lower(value)[:255]
    return None if value in _NULLS else value


def referrer_host(raw: Raw) -> str | None:
    """The host of an http(s) URL: lower-case, without user, port and trailing dot."""
    found = _URL.match(text(raw) or "")
    if not found:
        return None
    # Reading: the host is whatever stands between the last @ and the port; no further check.
    host = _PORT.sub("", found[1].rpartition("@")[2])
    return simple_lower(host).removesuffix(".") or None


@dataclass(frozen=True)
class Tags:
    """The five tags as one unit."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    content: str | None = None
    term: str | None = None


@dataclass(frozen=True)
class Seeds:
    """The project's reference data."""

    aliases: Mapping[str, str]
    click_ids: tuple[tuple[str, str, str], ...]
    referrers: Mapping[str, tuple[str, str]]
    points: Mapping[str, int]
    bots: tuple[re.Pattern[str], ...]
    ignored: frozenset[str]
    categories: Mapping[str, str]
    own_domains: tuple[str, ...] = ()
    ai_sources: frozenset[str] = field(default=frozenset())

    @classmethod
    def load(cls, folder: Path, own_domains: str) -> Seeds:
        """Read the seeds of a folder; ``own_domains`` is comma-separated."""
        clicks = sorted(read_csv(folder / "click_id_sources.csv"), key=lambda r: int(r["position"]))
        referrers = {
            row["host"]: (row["source"], row["medium"])
            for row in read_csv(folder / "referrer_sources.csv")
        }
        return cls(
            aliases={
                row["alias"]: row["source"] for row in read_csv(folder / "utm_source_aliases.csv")
            },
            click_ids=tuple((row["click_id"], row["source"], row["medium"]) for row in clicks),
            referrers=referrers,
            points={
                row["action_type"]: int(row["points"])
                for row in read_csv(folder / "action_points.csv")
            },
            bots=tuple(
                re.compile(row["pattern"], re.IGNORECASE)
                for row in read_csv(folder / "bot_user_agents.csv")
            ),
            ignored=frozenset(
                row["identifier"] for row in read_csv(folder / "ignored_identifiers.csv")
            ),
            categories={
                row["source"]: row["category"]
                for row in read_csv(folder / "ga4_source_categories.csv")
            },
            own_domains=tuple(
                simple_lower(domain) for part in own_domains.split(",") if (domain := text(part))
            ),
            ai_sources=frozenset(source for source, medium in referrers.values() if medium == "ai"),
        )

    def clean_source(self, raw: Raw) -> str | None:
        """A cleaned tag, then its alias."""
        value = clean_tag(raw)
        return None if value is None else self.aliases.get(value, value)

    def clean_tags(self, row: Mapping[str, Raw]) -> Tags:
        """The five tags of a row, cleaned; an AI assistant without a medium gets one."""
        return self._with_ai_medium(
            Tags(
                source=self.clean_source(row.get("utm_source")),
                medium=clean_tag(row.get("utm_medium")),
                campaign=clean_tag(row.get("utm_campaign")),
                content=clean_tag(row.get("utm_content")),
                term=clean_tag(row.get("utm_term")),
            )
        )

    def session_tags(self, row: Mapping[str, Raw]) -> Tags:
        """A session's tags; a missing source comes from click id, referrer, or is direct."""
        tags = self.clean_tags(row)
        if tags.source is not None:
            return tags
        source, medium = self._arrival(row)
        found = replace(tags, source=source, medium=tags.medium or medium)
        return self._with_ai_medium(found)

    def _with_ai_medium(self, tags: Tags) -> Tags:
        if tags.medium is None and tags.source in self.ai_sources:
            return replace(tags, medium="ai")
        return tags

    def _arrival(self, row: Mapping[str, Raw]) -> tuple[str, str]:
        for click_id, source, medium in self.click_ids:
            # Reading: a click id is present if its trimmed text is not empty, whatever it says.
            if text(row.get(click_id)) is not None:
                return source, medium
        host = referrer_host(row.get("referrer"))
        if host is None:
            return "direct", "none"
        for suffix in _suffixes(host):
            # Reading: an own domain that the seed lists is taken by the seed, which comes first.
            if suffix in self.referrers:
                return self.referrers[suffix]
        if any(host == own or host.endswith("." + own) for own in self.own_domains):
            return "direct", "none"
        return host.removeprefix("www."), "referral"

    def bot_reason(self, user_agent: str | None) -> bool:
        """Whether the user agent matches a pattern of the seed."""
        return user_agent is not None and any(p.search(user_agent) for p in self.bots)

    def category(self, source: str | None) -> str | None:
        """GA4's category of a source: search, social, shopping, video or None."""
        if source is None:
            return None
        own = self._listed(source)
        if own is not None:
            return own
        # Google lists the link redirectors of some mail providers as search.
        hosts = sorted(
            host
            for host, (name, medium) in self.referrers.items()
            if name == source and medium != "email"
        )
        return next((found for host in hosts if (found := self._listed(host))), None)

    def _listed(self, name: str) -> str | None:
        return self.categories.get(name) or self.categories.get(name.removeprefix("www."))

    def channel_group(self, tags: Tags) -> str:
        """The first rule of channels.md that matches."""
        source, medium = tags.source or "", tags.medium or ""
        campaign = tags.campaign or ""
        category = self.category(tags.source)
        paid = bool(re.fullmatch(r".*cp.*|ppc|retargeting|paid.*", medium))
        shop = bool(re.fullmatch(r".*(([^a-df-z]|^)shop|shopping).*", campaign))
        emails = ("email", "e-mail", "e_mail", "e mail")
        socials = (
            "social",
            "social-network",
            "social-media",
            "sm",
            "social network",
            "social media",
            "social_network",
            "social_media",
        )
        rules = (
            ("AI Assistant", medium == "ai"),
            # The forms in brackets are GA4's; its `(not set)` is a medium that is absent.
            ("Direct", source in ("direct", "(direct)") and medium in ("", "none", "(none)")),
            ("Cross-network", "cross-network" in campaign),
            ("Paid Shopping", (category == "shopping" or shop) and paid),
            ("Paid Search", category == "search" and paid),
            ("Paid Social", category == "social" and paid),
            ("Paid Video", category == "video" and paid),
            ("Display", medium in ("display", "banner", "expandable", "interstitial", "cpm")),
            ("Paid Other", paid),
            ("Organic Shopping", category == "shopping" or shop),
            ("Organic Social", category == "social" or medium in socials),
            ("Organic Video", category == "video" or "video" in medium),
            ("Organic Search", category == "search" or medium == "organic"),
            ("Referral", medium in ("referral", "app", "link")),
            ("Email", source in emails or medium in emails),
            ("Affiliates", medium == "affiliate"),
            ("Audio", medium == "audio"),
            ("SMS", source == "sms" or medium == "sms"),
            (
                "Mobile Push Notifications",
                medium.endswith("push")
                or "mobile" in medium
                or "notification" in medium
                or source == "firebase",
            ),
        )
        return next((name for name, matches in rules if matches), "Unassigned")


def _suffixes(host: str) -> Iterator[str]:
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))
