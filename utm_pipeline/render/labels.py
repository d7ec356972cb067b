"""Every label of the product, in Ukrainian and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_COLUMNS = {
    "add_to_cart": ("Кошик", "Add to cart"),
    "action_type": ("Дія", "Action"),
    "add_to_cart_rate": ("Кошик, %", "Add to cart, %"),
    "after_as_of": ("Після зрізу", "After as-of"),
    "avg_order_value": ("Середній чек", "Average order"),
    "avg_score_per_session": ("Балів на сеанс", "Score per session"),
    "browser_name": ("Браузер", "Browser"),
    "cart_value": ("Сума кошика", "Cart value"),
    "checkout_rate": ("Оформлення, %", "Checkout, %"),
    "city": ("Місто", "City"),
    "code": ("Код", "Code"),
    "conversion_rate": ("Рівень конверсії", "Conversion rate"),
    "conversion_type": ("Вид конверсії", "Conversion type"),
    "conversions": ("Конверсії", "Conversions"),
    "converted_at": ("Час конверсії", "Converted at"),
    "country": ("Країна", "Country"),
    "country_name": ("Назва країни", "Country name"),
    "created": ("Створено", "Created"),
    "device_type": ("Пристрій", "Device"),
    "duplicates": ("Дублікати", "Duplicates"),
    "first_seen": ("Початок", "First seen"),
    "first_visits": ("Перші", "First visits"),
    "first_visits_rate": ("Перші, %", "First visits, %"),
    "id": ("Номер", "ID"),
    "initiate_checkout": ("Оформлення", "Checkout"),
    "is_converted": ("Є конверсія", "Converted"),
    "kept": ("Лишено", "Kept"),
    "last_seen": ("Кінець", "Last seen"),
    "lead_rate": ("Ліди, %", "Leads, %"),
    "leads": ("Ліди", "Leads"),
    "name": ("Назва", "Name"),
    "order_id": ("Id замовлення", "Order ID"),
    "order_number": ("Замовлення №", "Order no."),
    "orders": ("Замовлення", "Orders"),
    "os_name": ("Система", "System"),
    "page_path": ("Сторінка", "Page"),
    "payment_status": ("Оплата", "Payment"),
    "points": ("Бали", "Points"),
    "product_id": ("Id товару", "Product ID"),
    "product_name": ("Товар", "Product"),
    "product_views": ("Товари", "Product views"),
    "product_views_rate": ("Товари, %", "Product views, %"),
    "purchase_rate": ("Покупки, %", "Purchases, %"),
    "purchases": ("Покупки", "Purchases"),
    "quarantined": ("Карантин", "Quarantined"),
    "rate_of_previous": ("Від попереднього", "Of previous"),
    "rate_of_total": ("Від усіх", "Of total"),
    "read": ("Прочитано", "Read"),
    "reasons": ("Причини", "Reasons"),
    "returning_visits": ("Повторні", "Returning visits"),
    "returning_visits_rate": ("Повторні, %", "Returning visits, %"),
    "revenue": ("Дохід", "Revenue"),
    "session_key": ("Ключ сеансу", "Session key"),
    "sessions": ("Сеанси", "Sessions"),
    "status": ("Статус", "Status"),
    "table": ("Таблиця", "Table"),
    "timestamp": ("Час", "Time"),
    "total": ("Сеанси", "Sessions"),
    "total_conversions": ("Конверсії", "Conversions"),
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
}

_TEXTS = {
    "actions": ("Дії", "Actions"),
    "as_of": ("Дані станом на", "Data as of"),
    "change": ("Зміна", "Change"),
    "cities": ("Міста", "Cities"),
    "conversion_short": ("Конв.", "Conv."),
    "countries": ("Країни", "Countries"),
    "current": ("Період", "Period"),
    "dashboard": ("Панель", "Dashboard"),
    "funnel": ("Воронка", "Funnel"),
    "general_stats": ("Загальна статистика", "General statistics"),
    "models": ("Моделей", "Models"),
    "no": ("ні", "no"),
    "no_rows": ("Немає рядків", "No rows"),
    "no_sources": ("За цей період ніхто не приходив", "Nobody came in this period"),
    "orders": ("Замовлення", "Orders"),
    "other_sessions": ("Інші сеанси людини", "The person's other sessions"),
    "points": ("в. п.", "pp"),
    "previous": ("Попередній", "Previous"),
    "report": ("Звіт", "Report"),
    "row": ("Рядок", "Row"),
    "seconds": ("Секунд", "Seconds"),
    "session": ("Сеанс", "Session"),
    "steps": ("Кроки", "Steps"),
    "tests": ("Тестів", "Tests"),
    "top_sources": ("Топ-5 джерел", "Top 5 sources"),
    "value": ("Значення", "Value"),
    "yes": ("так", "yes"),
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


def period_label(period: str, lang: str) -> str:
    """What a period is called."""
    return _pick(_PERIODS[period], lang)


def _pick(words: tuple[str, str], lang: str) -> str:
    return words[0] if lang == "uk" else words[1]


COLUMN_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(_COLUMNS)
TEXT_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(_TEXTS)
PERIOD_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(_PERIODS)
