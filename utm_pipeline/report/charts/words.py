"""The words of charts that tables do not have, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from utm_pipeline.words import Words

BY_COHORT: Mapping[str, Words] = {
    "day": Words("за днями першого візиту", "by day of the first visit"),
    "week": Words("за тижнями першого візиту", "by week of the first visit"),
    "month": Words("за місяцями першого візиту", "by month of the first visit"),
}
CELLS: Mapping[str, Words] = {
    "retention": Words("% людей когорти, активних у періоді", "% of the cohort active in a period"),
    "ltv": Words(
        "дохід на людину когорти наростанням, {currency}",
        "revenue per person of the cohort so far, {currency}",
    ),
    "revenue": Words(
        "дохід когорти наростанням, {currency}", "revenue of the cohort so far, {currency}"
    ),
    "orders": Words("замовлення когорти наростанням", "orders of the cohort so far"),
}
WHOLE_MONEY = Words("цілими", "in whole units")
NOT_YET = Words(
    "Лише завершені періоди: порожня клітинка означає «ще ні», а не «ніхто».",
    "Complete periods only: an empty cell means “not yet”, never “nobody”.",
)
WITH_SPEND = Words("кампанії з витратами на рекламу", "campaigns with ad spend")
NO_SPEND = Words(
    "За цей період немає витрат на рекламу за кампаніями",
    "No campaign has ad spend in this period",
)
FIRST_OF = Words("перші {shown} з {all}", "the first {shown} of {all}")
LATEST_OF = Words("останні {shown} з {all} когорт", "the latest {shown} of {all} cohorts")
AND_MORE = Words("і ще {count}", "and {count} more")
COHORTS = Words("когорт: {count}, {first} – {last}", "{count} cohorts, {first} – {last}")
FROM_TO = Words("від {least} до {most}", "from {least} to {most}")
