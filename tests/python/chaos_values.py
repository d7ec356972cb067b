"""Hostile values for generated shops: how a tag, a number, a time or a phone may be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")

TICK = timedelta(microseconds=1)
SPACES = ("\t", "\n", "\v", "\f", "\r", " ", "\u00a0", " \u00a0 ")

SOURCES = (
    *("ig", "IG ", "Insta", "instagram.com", "l.instagram.com", "instagram", "facebook", "Fb"),
    *("google", "GOOGLE", "adwords", "google_ads", "Google Ads", "bing", "tiktok", "tt", "yt"),
    *("TG", "t.me", "ChatGPT.com", "openai", "perplexity", "claude.ai", "newsletter", "email"),
    *("sms", "shopping.ua", "(direct)", "firebase", "x", "www.youtube.com", "E-Mail", "Direct"),
    *("linkedin", "yandex", "Microsoft", "twitter", "fb", "facebook", "tik%20tok", "chatgpt"),
)
MEDIA = (
    *("cpc", "CPC", "ppc", "paid_social", "paid social", "social", "Social Media", "email"),
    *("e-mail", "e mail", "organic", "referral", "display", "cpm", "affiliate", "audio", "sms"),
    *("web push", "mobile", "video", "ai", "none", "(not set)", "story", "banner", "app", "cpv"),
)
CAMPAIGNS = (
    *("spring", "Spring", "spring sale", "Весна 2024", "ВЕСНА_2024", "brand", "shop-autumn"),
    *("workshop", "shopping", "pmax cross-network", "eshop", "весна 2024", "N/A", "sale"),
    *("RB | Sale / 1", "RB___Sale___1", "rb%20%7C%20sale%20/%201", "[RB] Sale: 1", "rb_sale_1"),
)
CONTENTS = ("video_a", "Video A", "banner-b", "банер", "БАНЕР", "story", "N/A", "carousel")
HOSTILE = (
    *("{{campaign.name}}", "{campaignid}", "__CAMPAIGN_NAME__", "__a__", "{}", "{", "{a} or {b}"),
    *(" { x } ", "\u200b{x}\u200b", "null", "NULL", "None", "undefined", "(not set)", "( not set)"),
    *("olena@example.com", "mail to Олена.К@приклад.укр now", "a@b", "x@y.z@w.v", "a@@b.c"),
    *("\u200bzero\u200cwidth\ufeff", "soft\u00adhyphen", "\u202egnp.exe", "bell\a", "esc\x1b[31m"),
    *("nbsp\u00a0in side", "\u00a0spring\u00a0", "\tspring\r\n", "a\nb", "a\r\nb", "\x7f"),
    *("КИЇВ", "ЄЇҐІ", "İSTANBUL", "ΟΔΟΣ", "STRASSE ẞ", "ĲSSEL", "Ǆ", "\u212bngstrom", "Ⅷ"),
    *("😀 sale", "👩‍👩‍👧", "e\u0301te", "ＦＵＬＬ", "\u2009thin", "a\u2028b", "\u0085nel"),
    *("'; drop table orders; --", '<script>alert("x")</script>', "=1+1", "+cmd|' /C calc'!A0"),
    *("@sum(1)", "-2+3", '"quoted"', 'say ""hi""', "back\\slash", "a,b;c", "%20", "#", "a#b", "''"),
    *("$1", "$source", "{% raw %}", "%s", "NaN", "x" * 255, "Y" * 256, "Я" * 300, "😀" * 256),
    *(" " + "z" * 254 + " tail", "true", "-", "_", ".", "0", "\u200b", "\u200b \u200b", "none "),
    *("__campaign.name__", "_CampaignID_", "[ad.id]", "%placement%", "_keyword", "%7Bkeyword%7D"),
    *("ivan_gmail.com", "IVAN_Ukr.Net", "_gmail.com", "ivan_gmail.com_", "ivan%40gmail.com", "%20"),
    *("%D0%BB%D1%96%D1%82%D0%BE", "caf%E9", "%ED%A0%80", "%F0%9F%98%80x", "%00a%00", "%25D0%25BB"),
    *("%C0%AF", "%EF%BF%BF", "%", "%4", "100%", "a%2zb%41", "%E2%80%8Bx", "%c3%a9%C3", "%0a x"),
    *(
        "हिन्दी कैंपेन",
        "e\u0301\u0301",
        "\u0301x",
        "๓ ไทย",
        "a.-_b",
        "__a__b__",
        "_-_",
        "not_set",
        "(None)",
    ),
    *("🇺🇦 sale | 50%", "№1 «Київ»", "a\u00ad\u200fb", "\u0345", "x" * 254 + "_y", "٣_٤", "½ off²"),
)
URL_HOSTS = (
    *("www.google.com", "google.com.ua", "www.Google.COM", "mail.google.com", "m.facebook.com"),
    *("chatgpt.com", "sub.perplexity.ai", "gemini.google.com", "notgoogle.com", "www.bing.com"),
    *("t.me", "blog.example.org", "www.blog.example.org", "l.instagram.com", "duckduckgo.com"),
    *("shop.example", "www.shop.example", "old.shop.example", "myshop.example", "localhost"),
    *("Розетка.УКР", "192.0.2.7", "[2001:db8::1]", "www.www.org", "com", "away.vk.com"),
    *("www.paypal.com", "liqpay.ua", "secure.WayForPay.com", "notpaypal.com", "a_b.example"),
    *(
        "<b>.example",
        "a\\b.example",
        "soft\u00ad.example",
        "a b.example",
        "x!.example",
        "..",
        "a..",
    ),
)
NO_URLS = (
    *("android-app://com.google.android.gm/", "ANDROID-APP://org.Telegram.messenger", "google.com"),
    *("android-app://com.bank.app/x?y", "android-app://com.bank.app?x", "android-app://a b/"),
    *("//google.com/", "ftp://google.com/"),
    *("http:/google.com", "javascript:alert(1)", "http://", "https:///x", "about:blank", "http"),
    *("mailto:a@google.com", "xhttps://google.com/", "null", "https://?q=1", "https://user@/"),
)
AGENTS = (
    "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/120.0 Mobile Safari",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 [FBAN/FBIOS]",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13) Instagram 300.0.0.29.110 Android",
)
CLICK_IDS = ("gclid", "gbraid", "wbraid", "msclkid", "ttclid", "twclid", "li_fat_id", "yclid")
BOT_AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.4.0",
    "python-requests/2.31",
    "Mozilla/5.0 HEADLESSCHROME/120",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23",
)
BAD_TIMES = (
    *("not a time", "2024-02-30", "2024-04-31 10:00", "2023-02-29T00:00Z", "2024-3-1", "20240301"),
    *("2024-03-01 24:00:00", "2024-03-01 23:60", "2024-03-01 23:59:60", "1969-12-31 23:59:59"),
    *("2200-01-01", "2024-03-01T10:00 +02:00", "2024-03-01T10:00+0200", "2024-03-01T10:00+24:00"),
    *("2024-03-01T10:00+14:60", "2024-03-01t10:00z", "2024-03-01  10:00", "2024-03-01T10", "now"),
    *("infinity", "epoch", "01.03.2024", "2024-03-01T10:00:00,5", "0000-00-00"),
    *("２０２４-03-01", "2024-03-01T10:00+", "2024-03-01 10:00:00 UTC", "1711000000"),
    *("2024-03-01 (BC)", "2024-03-01T10:00:00."),
)
BAD_INTEGERS = ("1e3", "5.00", "5.", ".0", "0x1F", "1_000", "1 000", "٣", "--1", "9" * 19, "NULL")
BAD_DECIMALS = (
    *(".5", "5.", "1,200.50", "1e3", "NaN", "inf", "-", "12345678901", "12 000", "₴5", "٣.5"),
)
BAD_BOOLEANS = ("yes", "no", "on", "2", "1.0", "tr", "ТRUE", "null", "falſe")


@dataclass
class Dice:
    """A seeded source of values around one ``as_of`` (aware) and one business time zone."""

    random: Random
    as_of: datetime
    zone: ZoneInfo
    anchors: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.anchors = _anchors(self.as_of, self.zone)

    def chance(self, share: float) -> bool:
        """True in that share of the throws."""
        return self.random.random() < share

    def pick(self, values: Sequence[T]) -> T:
        """One of them."""
        return self.random.choice(values)

    def maybe(self, share: float, value: T) -> T | None:
        """The value in that share of the throws, else None."""
        return value if self.chance(share) else None

    def tag(self, usual: Sequence[str], absent: float = 0.2, hostile: float = 0.12) -> str | None:
        """A tag as captured."""
        if self.chance(absent):
            return self.pick((None, "", " ", "null"))
        return self.pick(HOSTILE if self.chance(hostile) else usual)

    def moment(self) -> datetime:
        """An instant, most of them shortly before as_of or at a border of a day or a period."""
        kind = self.random.random()
        if kind < 0.35:
            near = self.pick((-TICK, timedelta(0), TICK, timedelta(hours=1), -timedelta(hours=1)))
            return self.pick(self.anchors) + near
        if kind < 0.42:
            return self.as_of + TICK * self.random.randint(-2, 2)
        if kind < 0.46:
            return self.as_of + timedelta(seconds=self.random.randint(1, 40 * 86400))
        days = self.pick((2, 8, 8, 35, 65, 400))
        moment = self.as_of - timedelta(seconds=self.random.uniform(0, days * 86400))
        return moment.replace(microsecond=0) if self.chance(0.5) else moment

    def time(self, moment: datetime, bad: float = 0.02) -> str:
        """The instant as text in one of the readable forms; now and then an unreadable text."""
        if self.chance(bad):
            return self.pick(BAD_TIMES)
        offsets = (
            "",
            "",
            "Z",
            "+00",
            "+02:00",
            "-05:30",
            "+14:00",
            "-23:59",
            "+05:45",
            " +0545",
            " Z",
        )
        offset = self.pick(offsets)
        local = moment.astimezone(UTC).replace(tzinfo=None)
        if (digits := offset.strip(" Z+-").replace(":", "")).strip("0"):
            shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            local += shift if "+" in offset else -shift
        return self.padded(self._clock(local) + offset)

    def _clock(self, local: datetime) -> str:
        text = f"{local:%Y-%m-%d}{self.pick(' T')}{local:%H:%M:%S}"
        if local.microsecond:
            return f"{text}.{local:%f}" + self.pick(("", "", "9", "000", "5999999"))
        if local.second == 0 and self.chance(0.5):
            text = text[:-3]
            return text[:10] if local.time() == time() and self.chance(0.7) else text
        return text + self.pick(("", ".0", ".000000", ".0000009"))

    def day(self, day: date, bad: float = 0.05) -> str:
        """A date as text: ten characters, with or without a time behind them."""
        if self.chance(bad):
            return self.pick(BAD_TIMES)
        behind = ("", "", "", " 00:00", "T23:59:59.9", "T23:30-05:00", "Z")
        return self.padded(f"{day}{self.pick(behind)}")

    def integer(self, value: int, bad: float = 0.02) -> str:
        """A whole number as text."""
        if self.chance(bad):
            return self.pick(BAD_INTEGERS)
        forms = [f"{value}", f"{value}", f"{value}", f"{value}.0"]
        forms += [f"+{value}", f"00{value}"] if value >= 0 else []
        return self.padded(self.pick(forms))

    def money(self, bad: float = 0.03) -> str:
        """An amount as text: cents, halves of cents, negative, huge."""
        if self.chance(bad):
            return self.pick(BAD_DECIMALS)
        if self.chance(0.12):
            return self.pick(
                ("0", "-0.004", "0.005", "-0.005", "-5", "9999999.999", "1.005", "+7.5", "0.0049")
            )
        whole = self.random.randint(1, 3000)
        fraction = self.pick(("", "", ".5", ".50", ".994999", ".995", ".12", ".0000000000001"))
        return self.padded(f"{whole}{fraction}")

    def flag(self, truth: float = 0.3) -> str | None:
        """A boolean as text, or none."""
        if self.chance(0.1):
            return self.pick(BAD_BOOLEANS)
        if self.chance(0.2):
            return None
        words = ("true", "TRUE", "t", "T", "1", "True ")
        return self.pick(words if self.chance(truth) else ("false", "F", "0", "False", "f"))

    def padded(self, text: str) -> str:
        """The text, now and then with white space around it."""
        if self.chance(0.1):
            return self.pick(SPACES) + text + self.pick(SPACES)
        return text

    def phone(self, number: int) -> str:
        """One of the ways to write the Ukrainian number of nine digits."""
        digits = f"{number:09d}"
        return self.pick(
            (
                *(f"+380{digits}", f"0{digits}", f"80{digits}", digits, f"00380{digits}"),
                *(f"+38 (0{digits[:2]}) {digits[2:5]}-{digits[5:7]}-{digits[7:]}", f"380{digits}"),
                *(f"тел. 0{digits[:2]} {digits[2:]}", f"000{digits}", f"+3800{digits}"),
                *(f"+380 (0){digits[:2]} {digits[2:]}", f"8 10 380 {digits}", f"0{digits} дод. 12"),
                *(
                    f"0{digits}, 050 111 22 33",
                    f"x; 0{digits}/2",
                    f"\u200b0{digits}X7",
                    f"0{digits}#1",
                ),
            )
        )

    def landing(self) -> str | None:
        """A landing page, which may carry click ids in its query, or in what looks like one."""
        names = (*CLICK_IDS, "fbclid", "fbclid", "GCLID", "xgclid", "utm_source")
        pairs = [f"{self.pick(names)}={self.pick(('', '1', 'a=b', '%20'))}" for _ in range(3)]
        asked = self.pick(("", "", "?x=1", *("?" + "&".join(pairs),) * 3))
        page = self.pick(("/", "", "https://shop.example/p", "/&gclid=1", "/?"))
        return self.maybe(0.9, self.padded(page + asked + self.pick(("", "#top", "#&gclid=1"))))

    def referrer(self) -> str:
        """A referrer: a URL written in many ways, or something that is none."""
        if self.chance(0.2):
            return self.pick(NO_URLS)
        host = self.pick(URL_HOSTS)
        scheme = self.pick(("https", "http", "HTTPS", "Http"))
        user = self.pick(("", "", "", "user:pass@", "a@b@"))
        dot = "" if host.startswith("[") else self.pick(("", "", "."))
        port = self.pick(("", "", ":443", ":"))
        end = self.pick(("", "/", "/a?q=1@2#x", "?u=http://bing.com/", "#top"))
        return self.padded(f"{scheme}://{user}{host}{dot}{port}{end}")


def _anchors(as_of: datetime, zone: ZoneInfo) -> list[datetime]:
    """Instants at which something changes: as_of, midnights, borders of periods, clock changes."""
    local = as_of.astimezone(zone)
    found = [as_of]
    for days in (0, 1, 2, 6, 7, 8, 13, 14, 29, 30, 31, 59, 60, 61, 90):
        day = local.date() - timedelta(days=days)
        midnights = (datetime.combine(day, time(), place) for place in (zone, UTC))
        found += [as_of - timedelta(days=days), *midnights]
    monday = local.date() - timedelta(days=local.weekday())
    month = local.date().replace(day=1)
    months = (month, (month - timedelta(days=1)).replace(day=1))
    firsts = (monday, monday - timedelta(7), monday - timedelta(14), *months)
    found += [datetime.combine(first, time(), zone) for first in firsts]
    for hour in clock_changes(as_of, zone):
        # A clock change at half past lies between two hours too; the anchors around it meet it.
        found += [hour, hour, hour - timedelta(minutes=30), hour + timedelta(minutes=30)]
    return [moment.astimezone(UTC) for moment in found]


def clock_changes(as_of: datetime, zone: ZoneInfo) -> list[datetime]:
    """The hours of the 400 days before as_of before which the clock was changed."""
    hour = as_of.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [hour - timedelta(hours=number) for number in range(400 * 24)]
    return [
        hour
        for hour in hours
        if (hour - timedelta(hours=1)).astimezone(zone).utcoffset()
        != hour.astimezone(zone).utcoffset()
    ]
