"""Labels of columns, values and periods, as the report's modules name them."""

from __future__ import annotations

from utm_pipeline.words import column_label, value_label
from utm_pipeline.words import text as text_label

__all__ = ["column_label", "period_label", "text_label", "value_label"]


def period_label(period: str, lang: str) -> str:
    """What a period is called."""
    return text_label(f"period.{period}", lang)
