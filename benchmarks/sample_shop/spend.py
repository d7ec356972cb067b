"""What the sample's advertising cost, day by day."""

from datetime import date

from .clock import SAMPLE_AS_OF, busyness, days, to_local
from .dice import Dice
from .streams import STREAMS, Spend, Stream
from .visits import Row


def ad_spend(dice: Dice) -> list[Row]:
    """One row a day, campaign and creative, up to the business date of the sample's end."""
    today = to_local(SAMPLE_AS_OF).date()
    rows: list[Row] = []
    for day in days():
        for stream in STREAMS:
            if stream.spend and stream.first_day <= day <= stream.last_day:
                rows.extend(_day(dice, day, stream, stream.spend, partial=day == today))
    return rows


def _day(dice: Dice, day: date, stream: Stream, spend: Spend, *, partial: bool) -> list[Row]:
    shares = sum(creative.weight for creative in stream.creatives)
    rows: list[Row] = []
    for creative in stream.creatives:
        # In millionths, as of clock.busyness.
        sessions = stream.sessions * busyness(day) * creative.weight // shares
        billed = sessions * spend.clicks_per_session * dice.between(75, 125) // 10_000
        # Rounded up: no day of a small campaign is free.
        clicks = max(1, (billed + 999_999) // 1_000_000)
        if partial:
            clicks = clicks * 62 // 100
        cost = clicks * spend.click_cost * dice.between(88, 114) // 100
        rows.append(
            {
                "date": day.isoformat(),
                "utm_source": spend.source,
                "utm_medium": spend.medium,
                "utm_campaign": spend.campaign,
                "utm_content": creative.content,
                "spend": f"{cost // 100}.{cost % 100:02d}",
                "impressions": str(clicks * dice.between(45, 90)),
                "clicks": str(clicks),
            }
        )
    return rows
