"""Every label of the product, in Ukrainian and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_COLUMNS = {
    "action_type": ("Дія", "Action"),
    "ad_spend": ("Витрати", "Ad spend"),
    "add_to_cart": ("Кошик", "Add to cart"),
    "add_to_cart_rate": ("Кошик, %", "Add to cart, %"),
    "after_as_of": ("Після зрізу", "After as-of"),
    "avg_order_value": ("Середній чек", "Average order"),
    "avg_orders_per_customer": ("Замовлень на покупця", "Orders per customer"),
    "avg_score_per_session": ("Балів на сеанс", "Score per session"),
    "avg_time_between_orders": ("Днів між покупками", "Days between orders"),
    "browser_name": ("Браузер", "Browser"),
    "cart_value": ("Сума кошика", "Cart value"),
    "checkout_rate": ("Оформлення, %", "Checkout, %"),
    "city": ("Місто", "City"),
    "code": ("Код", "Code"),
    "cohort": ("Когорта", "Cohort"),
    "cohort_type": ("Когорти", "Cohorts by"),
    "confidence": ("Певність", "Confidence"),
    "conversion_rate": ("Рівень конверсії", "Conversion rate"),
    "conversion_type": ("Вид конверсії", "Conversion type"),
    "conversions": ("Конверсії", "Conversions"),
    "converted": ("З конверсією", "Converted"),
    "converted_at": ("Час конверсії", "Converted at"),
    "converted_sessions": ("Конверсії", "Converted sessions"),
    "cost_per_conversion": ("Ціна конверсії", "Cost per conversion"),
    "country": ("Країна", "Country"),
    "country_name": ("Назва країни", "Country name"),
    "cpa": ("Ціна клієнта", "CPA"),
    "created": ("Створено", "Created"),
    "device_type": ("Пристрій", "Device"),
    "duplicates": ("Дублікати", "Duplicates"),
    "first_seen": ("Початок", "First seen"),
    "first_session": ("Перший сеанс", "First session"),
    "first_visits": ("Перші", "First visits"),
    "first_visits_rate": ("Перші, %", "First visits, %"),
    "id": ("Номер", "ID"),
    "initiate_checkout": ("Оформлення", "Checkout"),
    "interval": ("Частота", "Interval"),
    "is_converted": ("Є конверсія", "Converted"),
    "kept": ("Лишено", "Kept"),
    "last_seen": ("Кінець", "Last seen"),
    "last_session": ("Останній сеанс", "Last session"),
    "lead_rate": ("Ліди, %", "Leads, %"),
    "leader": ("Лідер", "Leader"),
    "leads": ("Ліди", "Leads"),
    "lift_high": ("Різниця до", "Difference to"),
    "lift_low": ("Різниця від", "Difference from"),
    "ltv": ("LTV", "LTV"),
    "ltv_cpa_ratio": ("LTV / CPA", "LTV / CPA"),
    "ltv_per_customer": ("LTV клієнта", "LTV per customer"),
    "ltv_per_session": ("Дохід на сеанс", "Revenue per session"),
    "max_cpa": ("Гранична ціна клієнта", "Max CPA"),
    "max_cpc": ("Гранична ціна кліку", "Max CPC"),
    "met": ("Досягнуто", "Met"),
    "metric": ("Показник", "Metric"),
    "mixed": ("Джерела суперечать", "Sources disagree"),
    "name": ("Назва", "Name"),
    "new_customers": ("Нові клієнти", "New customers"),
    "one_time_customers": ("Купили раз", "One-time customers"),
    "order_id": ("Id замовлення", "Order ID"),
    "order_number": ("Замовлення №", "Order no."),
    "orders": ("Замовлення", "Orders"),
    "orders_per_session": ("Замовлень на сеанс", "Orders per session"),
    "os_name": ("Система", "System"),
    "page_path": ("Сторінка", "Page"),
    "payment_status": ("Оплата", "Payment"),
    "periods": ("Періоди", "Periods"),
    "points": ("Бали", "Points"),
    "product_id": ("Id товару", "Product ID"),
    "product_name": ("Товар", "Product"),
    "product_views": ("Товари", "Product views"),
    "product_views_rate": ("Товари, %", "Product views, %"),
    "profit": ("Прибуток", "Profit"),
    "purchase_rate": ("Покупки, %", "Purchases, %"),
    "purchases": ("Покупки", "Purchases"),
    "quarantined": ("Карантин", "Quarantined"),
    "rate_of_previous": ("Від попереднього", "Of previous"),
    "rate_of_total": ("Від усіх", "Of total"),
    "rating": ("Оцінка", "Rating"),
    "read": ("Прочитано", "Read"),
    "reasons": ("Причини", "Reasons"),
    "recommendation": ("Порада", "Recommendation"),
    "repeat_customers": ("Купили знову", "Repeat customers"),
    "repeat_rate": ("Повторні, %", "Repeat rate"),
    "retention": ("Утримання", "Retention"),
    "returning_visits": ("Повторні", "Returning visits"),
    "returning_visits_rate": ("Повторні, %", "Returning visits, %"),
    "revenue": ("Дохід", "Revenue"),
    "roas": ("ROAS", "ROAS"),
    "roi": ("ROI", "ROI"),
    "session_key": ("Ключ сеансу", "Session key"),
    "sessions": ("Сеанси", "Sessions"),
    "size": ("Людей", "People"),
    "status": ("Статус", "Status"),
    "table": ("Таблиця", "Table"),
    "target": ("Ціль", "Target"),
    "timestamp": ("Час", "Time"),
    "total": ("Сеанси", "Sessions"),
    "total_conversions": ("Конверсії", "Conversions"),
    "total_customers": ("Покупці", "Customers"),
    "total_orders": ("Замовлення", "Orders"),
    "total_revenue": ("Дохід", "Revenue"),
    "total_score": ("Бали", "Score"),
    "total_sessions": ("Сеанси", "Sessions"),
    "total_sum": ("Сума", "Total"),
    "unique_visitors": ("Відвідувачі", "Visitors"),
    "utm_campaign": ("Кампанія", "Campaign"),
    "utm_content": ("Креатив", "Creative"),
    "utm_medium": ("Канал", "Medium"),
    "utm_source": ("Джерело", "Source"),
    "utm_term": ("Ключове слово", "Term"),
    "value": ("Значення", "Value"),
    "winner": ("Переможець", "Winner"),
    "winner_lift": ("Перевага", "Lift"),
}

_TEXTS = {
    "actions": ("Дії", "Actions"),
    "as_of": ("Дані станом на", "Data as of"),
    "by_source": ("За джерелами", "By source"),
    "change": ("Зміна", "Change"),
    "cities": ("Міста", "Cities"),
    "cohorts": ("Когорти", "Cohorts"),
    "conversion_short": ("Конв.", "Conv."),
    "countries": ("Країни", "Countries"),
    "current": ("Період", "Period"),
    "dashboard": ("Панель", "Dashboard"),
    "funnel": ("Воронка", "Funnel"),
    "general_stats": ("Загальна статистика", "General statistics"),
    "matrix": ("Матриця", "Matrix"),
    "models": ("Моделей", "Models"),
    "no": ("ні", "no"),
    "no_cohorts": ("У цих межах немає когорт", "There are no cohorts in this range"),
    "no_customers": ("За цей період ніхто не купував", "Nobody bought in this period"),
    "no_rows": ("Немає рядків", "No rows"),
    "no_sources": ("За цей період ніхто не приходив", "Nobody came in this period"),
    "orders": ("Замовлення", "Orders"),
    "other_sessions": ("Інші сеанси людини", "The person's other sessions"),
    "periods": ("Періоди", "Periods"),
    "points": ("в. п.", "pp"),
    "previous": ("Попередній", "Previous"),
    "repeat_purchases": ("Повторні покупки", "Repeat purchases"),
    "report": ("Звіт", "Report"),
    "row": ("Рядок", "Row"),
    "rows": ("Кампанії", "Campaigns"),
    "seconds": ("Секунд", "Seconds"),
    "session": ("Сеанс", "Session"),
    "steps": ("Кроки", "Steps"),
    "tests": ("Тестів", "Tests"),
    "top_ltv": ("Топ-5 джерел за цінністю клієнтів", "Top 5 sources by customer value"),
    "top_sources": ("Топ-5 джерел", "Top 5 sources"),
    "totals": ("Разом", "Totals"),
    "value": ("Значення", "Value"),
    "variants": ("Креативи", "Creatives"),
    "why": ("Чому", "Why"),
    "yes": ("так", "yes"),
}

_VALUES = {
    "average": ("посередньо", "average"),
    "excellent": ("чудово", "excellent"),
    "good": ("добре", "good"),
    "impulse": ("імпульсивні", "impulse"),
    "inconclusive": ("невирішено", "inconclusive"),
    "insufficient_sample": ("замало даних", "insufficient sample"),
    "keep_testing": ("тестувати далі", "keep testing"),
    "no_data": ("немає даних", "no data"),
    "poor": ("слабко", "poor"),
    "regular": ("регулярні", "regular"),
    "scale": ("масштабувати", "scale"),
    "seasonal": ("сезонні", "seasonal"),
    "significant": ("значуща різниця", "significant"),
    "single_variant": ("лише один креатив", "a single variant"),
    "too_short": ("замало днів", "too short"),
    "cohort_coverage": ("Дохід людей у когортах", "Revenue of people in cohorts"),
    "data_freshness_minutes": ("Вік даних, хвилин", "Age of the data, minutes"),
    "ltv_cpa_ratio": ("LTV / CPA", "LTV / CPA"),
    "repeat_rate": ("Повторні покупки, %", "Repeat rate, %"),
    "retention_week_1": ("Утримання, тиждень 1", "Retention, week 1"),
    "roi": ("ROI, %", "ROI, %"),
}

_PERIODS = {
    "today": ("сьогодні", "today"),
    "yesterday": ("вчора", "yesterday"),
    "week": ("останні 7 днів", "last 7 days"),
    "last_week": ("минулий тиждень", "last week"),
    "month": ("останні 30 днів", "last 30 days"),
    "last_month": ("минулий місяць", "last month"),
    "all_time": ("увесь час", "all time"),
}


def column_label(key: str, lang: str) -> str:
    """The heading of a column."""
    return _pick(_COLUMNS[key], lang)


def text_label(key: str, lang: str) -> str:
    """A word of the interface."""
    return _pick(_TEXTS[key], lang)


def value_label(value: str, lang: str) -> str:
    """A word for a coded value such as a rating; any other value as it is."""
    return _pick(_VALUES[value], lang) if value in _VALUES else value


def period_label(period: str, lang: str) -> str:
    """What a period is called."""
    return _pick(_PERIODS[period], lang)


def _pick(words: tuple[str, str], lang: str) -> str:
    return words[0] if lang == "uk" else words[1]


COLUMN_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(_COLUMNS)
TEXT_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(_TEXTS)
PERIOD_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(_PERIODS)
