"""Hand-derived cases for the oracle's text, cleaning, channel and calendar rules."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from .cleaning import Seeds, Tags, in_query, referrer_host
from .clock import Clock, Span, spans
from .experiments import two_sided_p, z_score
from .staging import clean_email, clean_phone
from .tables import write_seeds
from .values import (
    parse_boolean,
    parse_date,
    parse_decimal,
    parse_integer,
    parse_timestamp,
    rate,
    read,
    shown,
)

KYIV = Clock(ZoneInfo("Europe/Kyiv"))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Seeds:
    """The tiny seeds, of a shop that owns shop.ua."""
    return Seeds.load(write_seeds(tmp_path_factory.mktemp("seeds")), "shop.ua, Other.example")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (" 12 ", 12),
        ("+7", 7),
        ("-7", -7),
        ("12.0", 12),
        ("0001", 1),
        ("\u00a05\t", 5),
        ("12.7", None),
        ("12.00", None),
        ("1e3", None),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("\u0661", None),
        ("", None),
        ("5\n6", None),
    ],
)
def test_integer(raw: str, value: int | None) -> None:
    assert read(raw, parse_integer) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1.005", "1.01"),
        ("-1.005", "-1.01"),
        ("2.5", "2.50"),
        ("1.004999999999999999999999999999999", "1.00"),
        ("-0.001", "0.00"),
        (".5", None),
        ("5.", None),
        ("1,5", None),
        ("12345678901", None),
        ("NaN", None),
    ],
)
def test_decimal(raw: str, value: str | None) -> None:
    assert read(raw, parse_decimal) == (None if value is None else Decimal(value))


def test_boolean() -> None:
    readings = [read(raw, parse_boolean) for raw in ("TRUE", "t", "1", "False", "f", "0", "yes")]
    assert readings == [True, True, True, False, False, False, None]


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("2024-02-29", "2024-02-29T00:00:00"),
        ("2023-02-29", None),
        ("2024-05-01T10:20", "2024-05-01T10:20:00"),
        ("2024-05-01 10:20:30.1234569", "2024-05-01T10:20:30.123456"),
        ("2024-05-01 10:20:30.5Z", "2024-05-01T10:20:30.500000"),
        ("2024-05-01 01:00:00+03", "2024-04-30T22:00:00"),
        ("2024-05-01 01:00-05:30", "2024-05-01T06:30:00"),
        ("2024-05-01+03:00", "2024-04-30T21:00:00"),
        ("1970-01-01T00:00+23:59", "1969-12-31T00:01:00"),
        ("1969-12-31T23:00-05", None),
        ("2200-01-01", None),
        ("2024-05-01 10:20:30 +03", "2024-05-01T07:20:30"),
        ("2024-05-01 10:20:30+0330", "2024-05-01T06:50:30"),
        ("2024-05-01 Z", "2024-05-01T00:00:00"),
        ("2024-05-01 10:20:30  +03", None),
        ("2024-05-01 10:20:30+03:", None),
        ("2024-05-01 10:20:30+030", None),
        ("2024-05-01 24:00", None),
        ("2024-05-01 10:20:60", None),
        ("2024-05-01 10:20+24", None),
        ("2024-05-01 10:20:30.", None),
        ("2024-05-01T10", None),
        ("yesterday", None),
    ],
)
def test_timestamp(raw: str, utc: str | None) -> None:
    found = read(raw, parse_timestamp)
    assert (found and found.replace(tzinfo=None).isoformat()) == utc


def test_date_is_the_first_ten_characters_whatever_the_offset() -> None:
    assert read("2024-05-01T23:30-05:00", parse_date) == date(2024, 5, 1)
    assert read("2024-05-01T25:30", parse_date) is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("  Summer  Sale\u00a02024 ", "summer_sale_2024"),
        # One name, as the platform has it and as sites store it.
        ("RB | Traffic / Website", "rb_traffic_website"),
        ("RB___Traffic___Website", "rb_traffic_website"),
        ("RB%20%7C%20Traffic+/+Website", "rb_traffic_website"),
        ("__rb-1.5__", "rb-1.5"),
        ("a\u200bb\u0000c\ufeff", "abc"),
        ("soft\u00adhyphen", "soft_hyphen"),
        # Placeholders, also as sites store them; a name that nobody documents is a name.
        ("{{campaign.name}}", None),
        ("__CAMPAIGN_NAME__", None),
        ("__campaign.name__", None),
        ("_CampaignID_", None),
        ("%7B%7Bcampaign.name%7D%7D", None),
        ("[campaignid]", None),
        ("%site_source_name%", None),
        ("_campaignid", "campaignid"),
        ("__campaign__", "campaign"),
        ("x{y}", "x_y"),
        ("{", None),
        # Addresses, also those that sites have taken the @ from.
        ("to Ann.O+1@Mail.Example.com now", "to_redacted_now"),
        ("олена@пошта.укр", "redacted"),
        ("ann%40example.com", "redacted"),
        ("Ann.O_GMAIL.com", "redacted"),
        ("_ukr.net", "redacted"),
        ("gmail.com", "gmail.com"),
        ("ann_gmail.com_2", "ann_gmail.com_2"),
        ("a@b", "a_b"),
        # Escapes are read once, and only if they are UTF-8.
        ("%D0%BB%D1%96%D1%82%D0%BE", "літо"),
        ("a%2520b", "a_20b"),
        ("caf%E9", "caf_e9"),
        ("%ED%A0%80", "ed_a0_80"),
        ("%00%20a%00b%20", "ab"),
        ("100%", "100"),
        ("5%zz", "5_zz"),
        ("\u0130\u03a3\u03a3", "i\u03c3\u03c3"),
        ("ЛІТО-2024", "літо-2024"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("हिन्दी", "हिन्दी"),
        ("😀 sale", "sale"),
        ("(not set)", None),
        ("_not_set_", None),
        (" NULL ", None),
        ("(none)", None),
        ("undefined", None),
        ("|", None),
        ("y" * 300, "y" * 255),
        ("y" * 254 + " z", "y" * 254),
        ("50%_+&=", "50"),
        ("", None),
    ],
)
def test_clean_tag(seeds: Seeds, raw: str, value: str | None) -> None:
    assert seeds.clean_tag(raw) == value


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        ("HTTPS://user:pw@Www.Google.com.:8443/search?q=@x", "www.google.com"),
        ("http://a.example?x", "a.example"),
        ("http://a.example#x", "a.example"),
        ("http://a_b-1.example", "a_b-1.example"),
        ("https://розетка.укр/", "розетка.укр"),
        ("Android-App://COM.google.android.gm/", "com.google.android.gm"),
        ("android-app://com.google", "com.google"),
        ("android-app://com.google?x", None),
        ("android-app:com.google", None),
        ("google.com", None),
        ("https://", None),
        ("https://<b>.example", None),
        ("https://\u00ad", None),
        ("https://[2001:db8::1]/", None),
        ("https://a b.example", None),
        ("https://a.example:x/", None),
    ],
)
def test_referrer_host(raw: str, host: str | None) -> None:
    assert referrer_host(raw) == host


@pytest.mark.parametrize(
    ("page", "has"),
    [
        ("/p?gclid=1", True),
        ("https://a.example/p?x=1&gclid=1#top", True),
        ("/p?gclid=&gclid=1", True),
        ("/p?a?gclid=1&b", False),
        ("/p?gclid=", False),
        ("/p?gclid=&x=1", False),
        ("/p?gclid=#1", False),
        ("/p?GCLID=1", False),
        ("/p?xgclid=1", False),
        ("/p?x=1#&gclid=1", False),
        ("/gclid=1", False),
        (None, False),
    ],
)
def test_a_click_id_in_the_query_of_a_page(page: str | None, has: bool) -> None:
    assert in_query(page, "gclid") == has


@pytest.mark.parametrize(
    ("row", "source", "medium"),
    [
        ({"utm_source": " IG "}, "instagram", None),
        ({"utm_source": "chatgpt.com"}, "chatgpt", "ai"),
        ({"utm_source": "ChatGPT", "utm_medium": "cpc"}, "chatgpt", "cpc"),
        ({"gclid": "1", "fbclid": "2"}, "google", "cpc"),
        ({"fbclid": "2", "utm_medium": "Paid"}, "facebook", "paid"),
        ({"fbclid": " ", "referrer": "https://www.google.com/"}, "google", "organic"),
        ({"referrer": "https://mail.google.com"}, "gmail", "email"),
        ({"referrer": "https://notgoogle.com"}, "notgoogle.com", "referral"),
        ({"referrer": "https://www.Blog.example/x"}, "blog.example", "referral"),
        ({"referrer": "https://m.shop.ua"}, "direct", "none"),
        ({"referrer": "https://myshop.ua"}, "myshop.ua", "referral"),
        ({"referrer": "https://other.example"}, "direct", "none"),
        ({"utm_source": "{{source}}", "referrer": "https://chatgpt.com"}, "chatgpt", "ai"),
        ({"utm_medium": "cpc"}, "direct", "cpc"),
        ({"utm_source": "(direct)"}, "direct", "none"),
        (
            {"utm_source": "Direct", "gclid": "1", "referrer": "https://google.com"},
            "direct",
            "none",
        ),
        ({"landing_page": "/?gbraid=1", "referrer": "https://google.com"}, "google", "cpc"),
        ({"landing_page": "/?gclid=1", "ttclid": "2"}, "google", "cpc"),
        ({"gclid": " ", "landing_page": "/?gclid=1"}, "google", "cpc"),
        # A click id of the same source gives a medium, if it is the first.
        ({"utm_source": "google", "gclid": "1"}, "google", "cpc"),
        ({"utm_source": "tiktok", "ttclid": "1"}, "tiktok", "paid_social"),
        ({"utm_source": "tiktok", "ttclid": "1", "gclid": "1"}, "tiktok", None),
        ({"utm_source": "fb", "fbclid": "1"}, "facebook", None),
        # A bare fbclid is free, whoever says paid.
        ({"utm_source": "fb", "utm_medium": "Paid Social", "fbclid": "1"}, "facebook", "social"),
        (
            {"utm_source": "fb", "utm_medium": "paid_social", "landing_page": "/?fbclid=1"},
            "facebook",
            "social",
        ),
        ({"utm_medium": "paid_social", "fbclid": "1"}, "facebook", "social"),
        (
            {"utm_source": "fb", "utm_medium": "paid_social", "fbclid": "1", "utm_term": "a"},
            "facebook",
            "paid_social",
        ),
        ({"utm_source": "fb", "utm_medium": "cpc", "fbclid": "1"}, "facebook", "cpc"),
        ({"utm_source": "fb", "utm_medium": "paid_social"}, "facebook", "paid_social"),
        # Apps, and pages on which people pay.
        ({"referrer": "android-app://com.google.android.gm/"}, "gmail", "email"),
        ({"referrer": "android-app://com.bank.app"}, "com.bank.app", "referral"),
        ({"referrer": "https://www.liqpay.ua/checkout"}, "direct", "none"),
        ({"referrer": "https://pay.google.com/"}, "direct", "none"),
        ({"referrer": "https://xliqpay.ua/"}, "xliqpay.ua", "referral"),
    ],
)
def test_source_and_medium(
    seeds: Seeds, row: dict[str, str | None], source: str, medium: str | None
) -> None:
    tags = seeds.session_tags(row)
    assert (tags.source, tags.medium) == (source, medium)


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "group"),
    [
        ("chatgpt", "ai", None, "AI Assistant"),
        ("direct", "none", None, "Direct"),
        ("direct", "cpc", "x-cross-network", "Cross-network"),
        ("igshopping", "cpc", None, "Paid Shopping"),
        ("www.google", "cpm", None, "Paid Search"),
        ("instagram", "paid_social", None, "Paid Social"),
        ("youtube", "retargeting", None, "Paid Video"),
        ("x", "cpm", None, "Display"),
        ("x", "ppc", None, "Paid Other"),
        ("x", None, "eshop", "Organic Shopping"),
        ("x", "social_media", "workshop", "Organic Social"),
        ("x", "my_video", None, "Organic Video"),
        ("x", "organic", None, "Organic Search"),
        ("x", "app", None, "Referral"),
        ("e-mail", None, None, "Email"),
        ("newsletter_email_partner", None, None, "Unassigned"),
        ("x", "affiliate", None, "Affiliates"),
        ("x", "audio", None, "Audio"),
        ("sms", "x", None, "SMS"),
        ("firebase", None, None, "Mobile Push Notifications"),
    ],
)
def test_channel_group(
    seeds: Seeds, source: str, medium: str | None, campaign: str | None, group: str
) -> None:
    # "workshop" holds a letter other than e before "shop", so it is no shopping campaign.
    assert seeds.channel_group(Tags(source, medium, campaign)) == group


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("+38 (067) 123-45-67", "380671234567"),
        ("067 123 45 67", "380671234567"),
        ("8 067 123 45 67", "380671234567"),
        ("671234567", "380671234567"),
        ("00 48 601 234 567", "48601234567"),
        ("12345678", None),
        ("067 777 77 77", "380677777777"),
        ("+38 077 777 77 77", None),
        ("\u0660671234567", "380671234567"),
        ("+3800671234567", "380671234567"),
        ("+380 (0)67 123 45 67", "380671234567"),
        ("8 10 380 67 123 45 67", "380671234567"),
        ("810380671234", "810380671234"),
        ("067 123 45 67 дод. 12", "380671234567"),
        ("067 123 45 67 ДОБ 12", "380671234567"),
        ("067 123 45 67 ext. 12", "380671234567"),
        ("067 123 45 67 x12", "380671234567"),
        ("067 123 45 67#12", "380671234567"),
        ("067 123 45 67, 050 111 22 33", "380671234567"),
        ("; x 067 123 45 67 / 2", "380671234567"),
    ],
)
def test_phone(raw: str, value: str | None) -> None:
    # An Arabic zero is no digit, so the last case has nine digits not from 0.
    assert clean_phone(raw) == value


def test_email() -> None:
    assert clean_email(" Ann@Example.COM ") == "ann@example.com"
    assert clean_email("none") is None


def test_local_times_of_daylight_saving_nights() -> None:
    skipped = KYIV.instant(datetime.fromisoformat("2024-03-31T03:30"))
    twice = KYIV.instant(datetime.fromisoformat("2024-10-27T03:30"))
    assert KYIV.iso(skipped) == "2024-03-31T04:30:00+03:00"
    assert KYIV.iso(twice) == "2024-10-27T03:30:00+02:00"
    assert KYIV.parse_as_of("2024-10-27T00:30Z") < KYIV.parse_as_of("2024-10-27T03:30")


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        # Havana goes from 01:00 back to 00:00, St. John's went from 00:01 back to 23:01.
        ("America/Havana", date(2024, 11, 3), "2024-11-03T04:00:00+00:00"),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30:00+00:00"),
        # Beirut goes from 00:00 to 01:00, and from 00:00 back to 23:00.
        ("Asia/Beirut", date(2024, 3, 31), "2024-03-30T22:00:00+00:00"),
        ("Asia/Beirut", date(2024, 10, 27), "2024-10-26T22:00:00+00:00"),
    ],
)
def test_a_day_begins_at_the_first_of_two_midnights(zone: str, day: date, utc: str) -> None:
    clock = Clock(ZoneInfo(zone))
    assert clock.midnight(day).isoformat() == utc
    later = clock.midnight(day + timedelta(days=3))
    assert clock.earlier(later, 3).isoformat() == utc


def _bounds(as_of: str, period: str) -> list[str | None]:
    current, previous = spans(KYIV, KYIV.parse_as_of(as_of), period)
    ends = [current.start, current.end]
    if previous is not None:
        ends += [previous.start, previous.end]
    return [None if end is None else end.strftime("%m-%d %H:%M") for end in ends]


@pytest.mark.parametrize(
    ("as_of", "period", "utc"),
    [
        ("2024-03-31T12:00", "today", ["03-30 22:00", "03-31 09:00", "03-29 22:00", "03-30 10:00"]),
        ("2024-04-03T12:00", "week", ["03-27 22:00", "04-03 09:00", "03-20 22:00", "03-27 10:00"]),
        ("2024-04-03T12:00", "month", ["03-04 22:00", "04-03 09:00", "02-03 22:00", "03-04 10:00"]),
        ("2024-04-01", "yesterday", ["03-30 22:00", "03-31 21:00", "03-29 22:00", "03-30 22:00"]),
        ("2024-04-03", "last_week", ["03-24 22:00", "03-31 21:00", "03-17 22:00", "03-24 22:00"]),
        ("2024-11-30", "last_month", ["09-30 21:00", "10-31 22:00", "08-31 21:00", "09-30 21:00"]),
        ("2024-01-15", "last_month", ["11-30 22:00", "12-31 22:00", "10-31 22:00", "11-30 22:00"]),
        ("2024-04-01T03:30", "today", ["03-31 21:00", "04-01 00:30", "03-30 22:00", "03-31 01:30"]),
        ("2024-01-15", "all_time", [None, "01-14 22:00"]),
    ],
)
def test_periods(as_of: str, period: str, utc: list[str | None]) -> None:
    assert _bounds(as_of, period) == utc


def test_a_day_belongs_to_a_span_only_with_an_instant_of_it() -> None:
    midnight = KYIV.midnight(date(2024, 5, 2))
    yesterday = Span(KYIV.midnight(date(2024, 5, 1)), midnight)
    assert KYIV.has_day(yesterday, date(2024, 5, 1))
    assert not KYIV.has_day(yesterday, date(2024, 5, 2))
    assert not KYIV.has_day(Span(midnight, midnight), date(2024, 5, 2))


def test_rounding_is_half_away_from_zero_on_the_shortest_decimal() -> None:
    assert [shown(1.005), shown(-1.005), shown(2.675), shown(0.25, 1)] == [1.01, -1.01, 2.68, 0.3]
    assert rate(1, 0) is None
    assert shown(rate(1, 3)) == 33.33


def test_z_scores_of_known_cases() -> None:
    # 9.836000963606174740 in arithmetic of forty digits.
    assert z_score(1030, 1658, 750, 1663) == pytest.approx(9.836000963606175, abs=1e-12)
    z = z_score(12, 99, 5, 83)
    assert z == pytest.approx(1.4078304151, abs=1e-10)
    assert two_sided_p(z) == pytest.approx(0.1591812918, abs=1e-10)
