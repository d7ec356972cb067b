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

_ESCAPES = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLACEHOLDER = re.compile(r"__[A-Z0-9_]+__")
_BRACKETS = "{}[]_%"
# \w of Python is \p{L}, \p{N} and the underscore.
_EMAIL = re.compile(r"[\w.%+-]+@(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)+")
_NOTHING = ("", "null", "none", "undefined", "not_set")
_WITHOUT_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_URL = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_APP = re.compile(r"android-app://([^/]*)", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*$")


def _is_invisible(char: str) -> bool:
    if char in WHITE_SPACE:
        return False
    return char in _WITHOUT_WIDTH or unicodedata.category(char) == "Cc"


def _read_escapes(value: str) -> str:
    """The value with its percent escapes read as UTF-8; as it is where that gives none."""
    octets = _ESCAPES.sub(lambda found: bytes.fromhex(found[1].decode()), value.encode())
    try:
        return octets.decode().strip(WHITE_SPACE)
    except UnicodeDecodeError:
        return value


def _reduced(value: str) -> str:
    """Every run of other characters than letters, marks, numbers, `.` and `-` as one `_`."""
    kept = (c if c in ".-" or unicodedata.category(c)[0] in "LMN" else "_" for c in value)
    return re.sub("_+", "_", "".join(kept)).strip("_")


@dataclass(frozen=True)
class Words:
    """What cleaning knows of ad platforms and of mail: names in lower case, hosts."""

    placeholders: frozenset[str] = frozenset()
    mail_hosts: tuple[str, ...] = ()

    def clean_tag(self, raw: Raw) -> str | None:
        """A UTM value, cleaned by the steps of metrics.md 2 in their order."""
        value = _read_escapes((raw or "").strip(WHITE_SPACE))
        value = "".join(char for char in value if not _is_invisible(char))
        if self._is_placeholder(value):
            return None
        value = simple_lower(_EMAIL.sub("redacted", value))
        # Reading: the whole value, whatever stands in it besides, an empty name too.
        if any(value.endswith("_" + host) for host in self.mail_hosts):
            return "redacted"
        value = _reduced(value)[:255].rstrip("_")
        return None if value in _NOTHING else value

    def _is_placeholder(self, value: str) -> bool:
        if value.startswith("{") and value.endswith("}"):
            return True
        if _PLACEHOLDER.fullmatch(value):
            return True
        inner = value.strip(_BRACKETS)
        is_between = value[:1] in _BRACKETS and value[-1:] in _BRACKETS
        return is_between and simple_lower(inner) in self.placeholders


def _host(name: str) -> str | None:
    # Reading: letters and digits are \p{L} and \p{N}; several dots at the end go like one.
    allowed = all(c in "-_." or unicodedata.category(c)[0] in "LN" for c in name)
    return simple_lower(name).rstrip(".") or None if allowed else None


def referrer_host(raw: Raw) -> str | None:
    """The host of an http(s) URL, without user, port and trailing dot, or the name of an app."""
    address = text(raw) or ""
    if found := _APP.match(address):
        return _host(found[1])
    if found := _URL.match(address):
        return _host(_PORT.sub("", found[1].rpartition("@")[2]))
    return None


def in_query(raw: Raw, name: str) -> bool:
    """Whether a landing page's query gives the name a value."""
    # Reading: the first `?` begins the query, wherever it stands, and a value is as written.
    query = (text(raw) or "").partition("?")[2].partition("#")[0]
    return any(part.startswith(f"{name}=") and part != f"{name}=" for part in query.split("&"))


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
    bots: re.Pattern[str]
    ignored: frozenset[str]
    categories: Mapping[str, str]
    words: Words = Words()
    payment_hosts: frozenset[str] = frozenset()
    own_domains: tuple[str, ...] = ()
    ai_sources: frozenset[str] = field(default=frozenset())
    bare_fbclid_is_social: bool = True

    @classmethod
    def load(cls, folder: Path, own_domains: str, bare_fbclid_is_social: bool = True) -> Seeds:
        """Read the seeds of a folder; ``own_domains`` is comma-separated."""

        def column(seed: str, name: str) -> frozenset[str]:
            return frozenset(row[name] for row in read_csv(folder / f"{seed}.csv"))

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
            bots=re.compile(
                "|".join(f"(?:{pattern})" for pattern in column("bot_user_agents", "pattern")),
                re.IGNORECASE,
            ),
            ignored=frozenset(
                row["identifier"] for row in read_csv(folder / "ignored_identifiers.csv")
            ),
            categories={
                row["source"]: row["category"]
                for row in read_csv(folder / "ga4_source_categories.csv")
            },
            words=Words(column("utm_placeholders", "value"), tuple(column("mail_hosts", "host"))),
            payment_hosts=column("payment_hosts", "host"),
            bare_fbclid_is_social=bare_fbclid_is_social,
            own_domains=tuple(
                simple_lower(domain) for part in own_domains.split(",") if (domain := text(part))
            ),
            ai_sources=frozenset(source for source, medium in referrers.values() if medium == "ai"),
        )

    def clean_tag(self, raw: Raw) -> str | None:
        """A cleaned tag."""
        return self.words.clean_tag(raw)

    def clean_source(self, raw: Raw) -> str | None:
        """A cleaned tag, then its alias."""
        value = self.clean_tag(raw)
        return None if value is None else self.aliases.get(value, value)

    def clean_tags(self, row: Mapping[str, Raw]) -> Tags:
        """The five tags of a row, cleaned; some sources have a medium of their own."""
        return self._with_medium(
            Tags(
                source=self.clean_source(row.get("utm_source")),
                medium=self.clean_tag(row.get("utm_medium")),
                campaign=self.clean_tag(row.get("utm_campaign")),
                content=self.clean_tag(row.get("utm_content")),
                term=self.clean_tag(row.get("utm_term")),
            )
        )

    def session_tags(self, row: Mapping[str, Raw]) -> Tags:
        """A session's tags; a missing source comes from click id, referrer, or is direct."""
        tags = self.clean_tags(row)
        clicks = [found for found in self.click_ids if self._carries(row, found[0])]
        if tags.source is None:
            source, medium = clicks[0][1:] if clicks else self._referral(row)
            tags = replace(tags, source=source, medium=tags.medium or medium)
        elif tags.medium is None and clicks and clicks[0][0] != "fbclid":
            _, source, medium = clicks[0]
            tags = replace(tags, medium=medium if source == tags.source else None)
        return self._without_bare_fbclid(self._with_medium(tags), row)

    def is_return(self, row: Mapping[str, Raw]) -> bool:
        """Whether a session without source and click id came from a payment page."""
        untagged = self.clean_source(row.get("utm_source")) is None
        clicked = any(self._carries(row, name) for name, _, _ in self.click_ids)
        return untagged and not clicked and self._known(row) in self.payment_hosts

    def _carries(self, row: Mapping[str, Raw], click_id: str) -> bool:
        # Reading: a click id is present if its trimmed text is not empty, whatever it says.
        return text(row.get(click_id)) is not None or in_query(row.get("landing_page"), click_id)

    def _with_medium(self, tags: Tags) -> Tags:
        if tags.medium is None and tags.source in self.ai_sources:
            return replace(tags, medium="ai")
        if tags.medium is None and tags.source == "direct":
            return replace(tags, medium="none")
        return tags

    def _without_bare_fbclid(self, tags: Tags, row: Mapping[str, Raw]) -> Tags:
        is_paid = (tags.source, tags.medium) == ("facebook", "paid_social")
        is_bare = tags.campaign is None and tags.content is None and tags.term is None
        if self.bare_fbclid_is_social and is_paid and is_bare and self._carries(row, "fbclid"):
            return replace(tags, medium="social")
        return tags

    def _known(self, row: Mapping[str, Raw]) -> str | None:
        """The longest suffix of the referrer's host that either seed lists."""
        host = referrer_host(row.get("referrer"))
        suffixes = _suffixes(host) if host else iter(())
        return next((s for s in suffixes if s in self.referrers or s in self.payment_hosts), None)

    def _referral(self, row: Mapping[str, Raw]) -> tuple[str, str]:
        host, known = referrer_host(row.get("referrer")), self._known(row)
        if known is not None:
            # Reading: an own domain that a seed lists is taken by the seed, which comes first.
            return self.referrers.get(known, ("direct", "none"))
        if host is None or any(host == own or host.endswith("." + own) for own in self.own_domains):
            return "direct", "none"
        return host.removeprefix("www."), "referral"

    def bot_reason(self, user_agent: str | None) -> bool:
        """Whether the user agent matches a pattern of the seed."""
        return user_agent is not None and self.bots.search(user_agent) is not None

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
            ("Direct", source == "direct" and medium in ("", "none")),
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
