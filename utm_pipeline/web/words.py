"""The words of the pages, in Ukrainian and English; labels of numbers are ``render.labels``."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "ab_of_campaign": ("Тест кампанії", "Test of the campaign"),
    "ab_test": ("A/B-тест креативів", "A/B test of creatives"),
    "actions": ("Дії", "Actions"),
    "all": ("усі", "all"),
    "as_of": ("Дані станом на", "Data as of"),
    "back": ("До панелі", "Back to the dashboard"),
    "browsers": ("Браузери", "Browsers"),
    "by_hand": ("Витрати на рекламу", "Ad spend"),
    "by_hand_hint": (
        "Порожнє поле: завантажені витрати. Кампанії нижче завжди мають завантажені.",
        "Left empty, it is the spend that was loaded. Campaigns below always have that.",
    ),
    "calculator": ("Калькулятор ROI", "ROI calculator"),
    "campaign": ("Кампанія", "Campaign"),
    "cards": ("Головне", "At a glance"),
    "chart_of": ("Діаграма", "Chart"),
    "cities": ("Міста", "Cities"),
    "close": ("Закрити", "Close"),
    "cohort_none": (
        "Когорт ще немає: жодна людина не приходила в останні 90 днів.",
        "There are no cohorts yet: nobody came for the first time in the last 90 days.",
    ),
    "cohort_of": ("{day}, людей: {size}, {period}", "{day}, {size} people, {period}"),
    "cohort_type": ("Когорти за", "Cohorts by"),
    "cohorts": ("Когортний аналіз", "Cohort analysis"),
    "countries": ("Країни", "Countries"),
    "content": ("Креативи", "Creatives"),
    "csv": ("CSV", "CSV"),
    "csv_of": ("Завантажити CSV", "Download CSV"),
    "changed": ("Показано інше", "The view has changed"),
    "campaigns": ("Кампанії", "Campaigns"),
    "choose_campaign": ("Виберіть кампанію:", "Choose a campaign:"),
    "dark": ("Темна тема", "Dark theme"),
    "day": ("днями", "day"),
    "devices": ("Пристрої", "Devices"),
    "docs": ("API", "API"),
    "error": ("Цього не вдалося показати", "This could not be shown"),
    "error_title": ("Не вийшло", "That did not work"),
    "filters": ("Фільтри", "Filters"),
    "funnel": ("Воронка", "Funnel"),
    "geo": ("Географія", "Geography"),
    "hide": ("Сховати", "Hide"),
    "insights": ("На що звернути увагу", "Insights"),
    "kpis": ("Ключові показники", "Key figures"),
    "language": ("English", "Українською"),
    "less": ("менше", "less"),
    "light": ("Світла тема", "Light theme"),
    "lost": (
        "Сервер не відповідає; показано те, що було. Сторінка пробує знову.",
        "The server does not answer; this is what was shown before. The page tries again.",
    ),
    "ltv": ("Цінність клієнтів за джерелами", "Customer value by source"),
    "metric": ("Показник", "Metric"),
    "month": ("місяцями", "month"),
    "more": ("більше", "more"),
    "move": (
        "Перемістити «{name}»: потягніть або натисніть стрілку",
        "Move “{name}”: drag it, or press an arrow key",
    ),
    "moved": ("«{name}»: місце {place} з {all}", "“{name}”: place {place} of {all}"),
    "new_data": ("Дані оновлено", "The data was updated"),
    "no_ab": (
        "За цей період жодна кампанія не має двох креативів (utm_content). Щоб порівняти, "
        "дайте оголошенням різні utm_content або виберіть довший період.",
        "No campaign of this period has two creatives (utm_content). To compare, give the ads "
        "different utm_content, or choose a longer period.",
    ),
    "no_actions": ("Дій немає.", "There are no actions."),
    "no_customers": (
        "За цей період ніхто не купував. Виберіть довший період або інше джерело.",
        "Nobody bought in this period. Choose a longer one, or another source.",
    ),
    "no_data": (
        "За цей період ніхто не приходив. Виберіть довший період або приберіть фільтри.",
        "Nobody came in this period. Choose a longer one, or clear the filters.",
    ),
    "no_insights": (
        "За цей період нічого не вирізняється понад випадковість.",
        "Nothing stands out beyond chance in this period.",
    ),
    "no_orders": ("Замовлень немає.", "There are no orders."),
    "no_others": ("Інших сеансів немає.", "There are no other sessions."),
    "no_spend": (
        "За цей період немає витрат. Завантажте їх командою utm-pipeline load-spend або введіть "
        "суму нижче.",
        "No spend in this period. Load it by utm-pipeline load-spend, or type a sum below.",
    ),
    "nobody_yet": ("ще ні", "not yet"),
    "operating-systems": ("Операційні системи", "Operating systems"),
    "orders": ("Замовлення", "Orders"),
    "others": ("Інші сеанси людини", "The person's other sessions"),
    "path": ("Шлях", "Path"),
    "period": ("Період", "Period"),
    "previous": ("проти попереднього періоду", "against the previous period"),
    "no_previous": ("немає з чим порівняти", "nothing to compare with"),
    "reload": ("Спробувати знову", "Try again"),
    "repeat": ("Повторні покупки", "Repeat purchases"),
    "reset": ("Скинути розташування", "Reset the layout"),
    "reset_filters": ("Скинути фільтри", "Clear the filters"),
    "roi": ("Окупність реклами", "Return on ad spend"),
    "session": ("Сеанс", "Session"),
    "sessions": ("Останні сеанси", "Latest sessions"),
    "show": ("Показати", "Show"),
    "sign_in": ("Увійти", "Sign in"),
    "sign_in_about": (
        "Введіть токен, який задано в UTM_API_TOKEN.",
        "Enter the token that UTM_API_TOKEN was set to.",
    ),
    "sign_in_failed": ("Токен не підходить.", "That is not the token."),
    "skip": ("До змісту", "Skip to the content"),
    "source": ("Джерело", "Source"),
    "sources": ("Джерела", "Sources"),
    "stale": (
        "дані старші за {minutes} хв: запустіть utm-pipeline refresh",
        "older than {minutes} min: run utm-pipeline refresh",
    ),
    "table_of": ("Таблиця", "Table"),
    "technology": ("Пристрої та браузери", "Devices and browsers"),
    "title": ("Реклама і продажі", "Ads and sales"),
    "token": ("Токен", "Token"),
    "trend_of": ("По днях, {first} – {last}", "By day, {first} – {last}"),
    "visits": ("Нові й повторні відвідування", "First and returning visits"),
    "waiting": ("Завантаження…", "Loading…"),
    "week": ("тижнями", "week"),
    "wrong_sum": (
        "Введіть суму від 0, наприклад 12000 або 12 000,50.",
        "Type a sum from 0, such as 12000 or 12 000.50.",
    ),
    "widgets": ("Віджети", "Widgets"),
}

WORDS = _WORDS


class PageWords:
    """The words in one language, by name."""

    def __init__(self, lang: str) -> None:
        self._place = 0 if lang == "uk" else 1

    def __getitem__(self, name: str) -> str:
        """A word; KeyError where there is none."""
        return _WORDS[name][self._place]


def words(lang: str) -> PageWords:
    """The words in ``uk`` or ``en``."""
    return PageWords(lang)
