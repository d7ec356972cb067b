"""Where the sample shop's visitors come from: advertising, posts, search, links and habit."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from .clock import FIRST_DAY, LAST_DAY

Tags = tuple[str, str, str]


@dataclass(frozen=True)
class Creative:
    """One utm_content: its share of the stream and its buyers in 1,000 sessions."""

    content: str
    weight: int
    buyers: int


@dataclass(frozen=True)
class Spend:
    """What a stream is booked under in ad_spend, and what a click costs in kopiykas."""

    source: str
    medium: str
    campaign: str
    click_cost: int
    #: clicks that the platform bills for each session that the shop could track, in per cent
    clicks_per_session: int = 170


@dataclass(frozen=True)
class Stream:
    """Sessions of one origin.

    ``sessions`` is how many come in 100 days, before growth; ``returning`` how many in 1,000 are
    of visitors who had been there; ``spellings`` are (source, medium, campaign) as they arrive,
    with weights.
    """

    name: str
    sessions: int
    returning: int
    spellings: tuple[tuple[Tags, int], ...]
    creatives: tuple[Creative, ...]
    first_day: date = FIRST_DAY
    last_day: date = LAST_DAY
    terms: tuple[str, ...] = ("",)
    click_id: str = ""
    click_id_share: int = 1000
    referrers: tuple[str, ...] = ("",)
    app: str = ""
    spend: Spend | None = None


NO_TAGS: Final = ((("", "", ""), 1),)

STREAMS: Final = (
    Stream(
        "winter_sale", 400, 230,
        (
            (("instagram", "paid_social", "winter_sale"), 50),
            (("facebook", "paid_social", "winter_sale"), 30),
            (("IG", "Paid_Social", "Winter_Sale"), 12),
            (("Facebook", "paid_social", "winter sale"), 8),
        ),
        (Creative("banner_minus_30", 50, 52), Creative("video_coats", 50, 58)),
        last_day=date(2026, 2, 15), click_id="fbclid", app="instagram",
        spend=Spend("instagram", "paid_social", "winter_sale", 2070),
    ),
    Stream(
        "spring_collection", 330, 230,
        (
            (("instagram", "paid_social", "spring_collection"), 70),
            (("Instagram", "paid_social", "spring_collection"), 12),
            (("l.instagram.com", "paid_social", "Spring_Collection"), 8),
            (("insta", "paid_social", "spring_collection  "), 6),
            (("instagram", "paid_social", "{{campaign.name}}"), 4),
        ),
        (
            Creative("carousel_trench", 36, 55),
            Creative("video_lookbook", 34, 52),
            Creative("static_dress", 30, 50),
        ),
        first_day=date(2026, 3, 1), last_day=date(2026, 5, 20),
        click_id="fbclid", app="instagram",
        spend=Spend("instagram", "paid_social", "spring_collection", 2340),
    ),
    Stream(
        "summer_2026", 1330, 220,
        (
            (("instagram", "paid_social", "summer_2026"), 80),
            (("IG", "paid_social", "Summer_2026"), 12),
            (("instagram", "paid_social", " SUMMER_2026 "), 8),
        ),
        (
            Creative("reels_linen", 44, 88),
            Creative("static_blue", 44, 31),
            Creative("carousel_beach", 12, 45),
        ),
        first_day=date(2026, 6, 1), click_id="fbclid", app="instagram",
        spend=Spend("instagram", "paid_social", "summer_2026", 2250),
    ),
    Stream(
        "remarketing", 150, 700,
        (
            (("facebook", "paid_social", "remarketing"), 76),
            (("fb", "paid_social", "remarketing"), 14),
            (("FB ", "cpc", "remarketing"), 6),
            (("facebook", "paid_social", "Remarketing"), 4),
        ),
        (Creative("dynamic_grid", 50, 78), Creative("dynamic_video", 50, 70)),
        click_id="fbclid", app="facebook",
        spend=Spend("facebook", "paid_social", "remarketing", 2520),
    ),
    Stream(
        "brand_search", 125, 480,
        ((("google", "cpc", "brand_search"), 92), (("Google", "CPC", "brand_search"), 8)),
        (Creative("text_brand", 100, 92),),
        terms=("калина одяг", "kalyna", "калина сукні"), click_id="gclid",
        referrers=("https://www.google.com/",),
        spend=Spend("google", "cpc", "brand_search", 760),
    ),
    Stream(
        "generic_search", 125, 140,
        ((("google", "cpc", "generic_search"), 90), (("adwords", "cpc", "generic_search"), 10)),
        (Creative("text_dresses", 60, 14), Creative("text_coats", 40, 11)),
        terms=("купити сукню", "жіночий одяг", "тренч жіночий"), click_id="gclid",
        referrers=("https://www.google.com/",),
        spend=Spend("google", "cpc", "generic_search", 4230, 190),
    ),
    Stream(
        "spring_challenge", 340, 120,
        (
            (("tiktok", "paid_social", "spring_challenge"), 72),
            (("tt", "paid_social", "spring_challenge"), 14),
            (("tiktok", "paid_social", "__CAMPAIGN_NAME__"), 8),
            (("TikTok", "paid_social", "__CID__"), 6),
        ),
        (Creative("dance_01", 60, 15), Creative("unboxing_02", 40, 18)),
        first_day=date(2026, 4, 6), last_day=date(2026, 5, 10), click_id="ttclid", app="tiktok",
        spend=Spend("tiktok", "paid_social", "spring_challenge", 1760, 210),
    ),
    Stream(
        "telegram", 95, 560,
        (
            (("telegram", "social", "channel_posts"), 60),
            (("tg", "social", "channel_posts"), 20),
            (("t.me", "social", "channel_posts"), 10),
            (("", "", ""), 10),
        ),
        (Creative("post", 70, 72), Creative("story", 30, 60)),
        referrers=("https://t.me/", "https://web.telegram.org/"),
    ),
    Stream(
        "newsletter", 70, 880,
        (
            (("newsletter", "email", "weekly_digest"), 80),
            (("newsletter", "Email", "weekly_digest"), 10),
            (("newsletter", "email", "birthday_10"), 10),
        ),
        (Creative("header_link", 60, 95), Creative("product_block", 40, 85)),
        terms=("", "", "", "", "", "", "", "olena.zrazok@example.com"),
    ),
    Stream(
        "olha_style", 110, 150,
        (
            (("instagram", "influencer", "olha_style"), 80),
            (("instagram.com", "influencer", "olha_style"), 20),
        ),
        (Creative("stories", 65, 48), Creative("post", 35, 40)),
        first_day=date(2026, 3, 10), last_day=date(2026, 6, 10), app="instagram",
        spend=Spend("instagram", "influencer", "olha_style", 1620, 110),
    ),
    Stream(
        "profile_link", 34, 300,
        ((("ig", "social", ""), 50), (("instagram", "", ""), 30), (("INSTAGRAM", "bio", ""), 20)),
        (Creative("", 70, 52), Creative("link_in_bio", 30, 55)),
        referrers=("https://l.instagram.com/",), app="instagram",
    ),
    Stream(
        "organic_google", 120, 340, NO_TAGS, (Creative("", 1, 50),),
        referrers=("https://www.google.com/", "https://www.google.com.ua/", "https://google.pl/"),
    ),
    Stream(
        "organic_other", 16, 200, NO_TAGS, (Creative("", 1, 45),),
        referrers=(
            "https://www.bing.com/", "https://duckduckgo.com/", "https://search.yahoo.com/search",
        ),
    ),
    Stream("direct", 165, 620, NO_TAGS, (Creative("", 1, 66),)),
    Stream(
        "assistants", 36, 120,
        (
            (("", "", ""), 45),
            (("chatgpt.com", "", ""), 45),
            (("perplexity.ai", "", ""), 10),
        ),
        (Creative("", 1, 75),),
        first_day=date(2026, 2, 2),
        referrers=(
            "https://chatgpt.com/", "https://chatgpt.com/", "https://www.perplexity.ai/",
            "https://gemini.google.com/app",
        ),
    ),
    Stream(
        "auto_tagged", 18, 150, NO_TAGS, (Creative("", 1, 60),),
        click_id="gclid", referrers=("https://www.google.com/",),
    ),
    Stream(
        "facebook_links", 28, 200, NO_TAGS, (Creative("", 1, 40),),
        click_id="fbclid",
        referrers=("https://l.facebook.com/", "https://m.facebook.com/", ""), app="facebook",
    ),
    Stream(
        "blog", 20, 100, NO_TAGS, (Creative("", 1, 48),),
        referrers=("https://www.moda-blog.example/sukni-z-lionu", "https://stylist.example/"),
    ),
    Stream(
        "partner_net", 24, 90, ((("partner_net", "affiliate", "cashback"), 1),),
        (Creative("", 1, 45),), referrers=("https://go.partner-net.example/r/8841",),
    ),
    Stream(
        "sms", 12, 800, ((("sms", "sms", "flash_sale"), 70), (("SMS", "sms", "(not set)"), 30)),
        (Creative("", 1, 60),),
    ),
)  # fmt: skip
