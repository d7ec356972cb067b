"""The columns of each platform's export, by the names that they have in its languages.

Names are compared without regard to case and runs of white space; a currency in brackets behind a
name (``Amount spent (UAH)``) is taken off and kept. Where the names come from:

- Meta Ads Manager, English: ``Reporting starts,Reporting ends,Campaign name,Ad set name,Ad name,
  Day,Amount spent (USD),Impressions,Link clicks`` is the head of exports in many public projects
  that read them; a row of totals has no day and no campaign. Russian and Ukrainian: projects that
  read the exports of accounts in these languages know ``Дата начала отчетности``, ``Окончание
  отчетности``, ``Сумма затрат (USD)`` and ``Потраченная сумма (USD)``, ``Клики по ссылке``; and
  ``Початок звітності``, ``Завершення звітності``, ``Сума витрат (USD)``, ``Витрачена сума``.
  Meta has translated some of them anew over the years, so several names stand for one column.
- Google Ads, English: two lines of title and dates, then ``Day,Campaign,Currency code,Cost,Impr.,
  Clicks``, and rows ``Total: Account``; Google's own names of columns are in its help, answer
  2454071. Russian and Ukrainian: ``Кампания``, ``Расходы`` or ``Стоимость``, ``Показы``, ``Клики``,
  ``Код валюты``, and ``Кампанія``, ``Витрати`` or ``Вартість``, ``Покази``, ``Кліки``, ``Код
  валюти``; some exports write a Latin K in the word for clicks, numbers come as ``1 234,56``.
- TikTok Ads Manager, English: ``By Day,Campaign name,Ad group name,Ad name,Cost,Impressions,Clicks
  (destination)``; older reports have ``Date`` and ``Clicks``. No public export in Ukrainian or
  Russian was found, so only the evident translations are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Names = Mapping[str, tuple[str, ...]]

_COARSE = (
    "week",
    "month",
    "quarter",
    "year",
    "by week",
    "by month",
    "неделя",
    "месяц",
    "квартал",
    "тиждень",
    "місяць",
)


@dataclass(frozen=True)
class Platform:
    """How one platform's export is read."""

    name: str
    title: str
    names: Names
    """For each field the names of its column; where a file has several, the first wins."""
    required: tuple[str, ...]
    source: str = ""
    medium: str = ""
    family: frozenset[str] = frozenset()
    """Sources that the platform's money may stand under in a table that somebody else wrote."""
    by_day: str = ""
    """How to break the export down by day."""

    @property
    def is_generic(self) -> bool:
        """Whether the file has the contract's own columns, tags included."""
        return not self.source


META = Platform(
    name="meta",
    title="Meta Ads Manager",
    source="facebook",
    medium="paid_social",
    family=frozenset({"facebook", "instagram"}),
    required=("day", "campaign", "spend"),
    by_day="in Ads Manager choose Breakdown, By time, Day, and export again",
    names=MappingProxyType(
        {
            "day": ("day", "день"),
            "starts": (
                "reporting starts",
                "дата начала отчетности",
                "начало отчетности",
                "дата початку звітності",
                "початок звітності",
            ),
            "ends": (
                "reporting ends",
                "дата окончания отчетности",
                "окончание отчетности",
                "дата завершення звітності",
                "завершення звітності",
                "закінчення звітності",
                "кінець звітності",
            ),
            "coarse": _COARSE,
            "campaign": ("campaign name", "название кампании", "назва кампанії"),
            "content": (
                "ad name",
                "название объявления",
                "назва оголошення",
                "назва реклами",
            ),
            "spend": (
                "amount spent",
                "сумма затрат",
                "потраченная сумма",
                "сума витрат",
                "витрачена сума",
                "потрачена сума",
            ),
            "impressions": ("impressions", "показы", "покази"),
            "clicks": (
                "link clicks",
                "клики по ссылке",
                "кліки посилання",
                "кліки по посиланню",
                "clicks (all)",
                "клики (все)",
                "кліки (усі)",
                "кліки (всі)",
                "clicks",
            ),
            "currency": ("currency", "валюта"),
        }
    ),
)

GOOGLE = Platform(
    name="google",
    title="Google Ads",
    source="google",
    medium="cpc",
    family=frozenset({"google"}),
    required=("day", "campaign", "spend"),
    by_day="in Google Ads choose Segment, Time, Day (in a report: the row Day), and download again",
    names=MappingProxyType(
        {
            "day": ("day", "день"),
            "coarse": _COARSE,
            "campaign": ("campaign", "кампания", "кампанія"),
            "content": ("ad name", "название объявления", "назва оголошення"),
            "spend": ("cost", "расходы", "стоимость", "витрати", "вартість"),
            "impressions": ("impr.", "impressions", "показы", "покази"),
            "clicks": ("clicks", "клики", "кліки"),
            "currency": ("currency code", "currency", "код валюты", "код валюти", "валюта"),
        }
    ),
)

TIKTOK = Platform(
    name="tiktok",
    title="TikTok Ads Manager",
    source="tiktok",
    medium="paid_social",
    family=frozenset({"tiktok"}),
    required=("day", "campaign", "spend"),
    by_day="in TikTok Ads Manager make a custom report with the dimension Day, and export again",
    names=MappingProxyType(
        {
            "day": ("by day", "day", "date", "по дням", "день", "дата", "за днями"),
            "coarse": _COARSE,
            "campaign": ("campaign name", "название кампании", "назва кампанії"),
            "content": ("ad name", "название объявления", "назва оголошення"),
            "spend": ("cost", "spend", "total cost", "затраты", "расходы", "витрати"),
            "impressions": ("impressions", "impression", "показы", "покази"),
            "clicks": ("clicks (destination)", "clicks", "clicks (all)", "клики", "кліки"),
            "currency": ("currency", "валюта"),
        }
    ),
)

GENERIC = Platform(
    name="generic",
    title="the generic form",
    required=("day", "source", "spend"),
    by_day="write one row for each day",
    names=MappingProxyType(
        {
            "day": ("date",),
            "source": ("utm_source",),
            "medium": ("utm_medium",),
            "campaign": ("utm_campaign",),
            "content": ("utm_content",),
            "spend": ("spend",),
            "impressions": ("impressions",),
            "clicks": ("clicks",),
            "currency": ("currency",),
        }
    ),
)

PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {platform.name: platform for platform in (META, GOOGLE, TIKTOK, GENERIC)}
)
