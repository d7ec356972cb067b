"""What the sample shop sells, where its visitors live and what they hold in their hands."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Product:
    """One article; the price is in whole hryvnias."""

    product_id: int
    name: str
    path: str
    price: int


@dataclass(frozen=True)
class Place:
    """A city as a geo-IP database names it."""

    country: str
    country_name: str
    region: str
    city: str
    timezone: str


@dataclass(frozen=True)
class Device:
    """A device and its browser; ``user_agent`` is what it sends."""

    device_type: str
    brand: str
    model: str
    os_name: str
    os_version: str
    browser_name: str
    browser_version: str
    user_agent: str


PRODUCTS: Final = (
    Product(101, "Сукня лляна міді", "sukni/lliana-midi", 2450),
    Product(102, "Сукня-сорочка бавовняна", "sukni/sorochka-bavovna", 1890),
    Product(103, "Сукня вечірня атласна", "sukni/vechirnia-atlas", 3890),
    Product(104, "Сарафан літній у квіти", "sukni/sarafan-kvity", 1590),
    Product(201, "Блуза шовкова біла", "bluzy/shovkova-bila", 1750),
    Product(202, "Сорочка оверсайз", "bluzy/sorochka-oversaiz", 1290),
    Product(203, "Вишиванка «Калина»", "bluzy/vyshyvanka-kalyna", 2650),
    Product(204, "Футболка базова", "futbolky/bazova", 490),
    Product(205, "Футболка з принтом", "futbolky/pryntovana", 650),
    Product(206, "Топ у рубчик", "futbolky/top-rubchyk", 420),
    Product(301, "Джинси прямі", "shtany/dzhynsy-priami", 1690),
    Product(302, "Штани палацо", "shtany/palatso", 1450),
    Product(303, "Шорти лляні", "shtany/shorty-lliani", 890),
    Product(304, "Спідниця плісе", "spidnytsi/plise", 1190),
    Product(305, "Спідниця джинсова", "spidnytsi/dzhynsova", 1090),
    Product(401, "Светр вовняний", "trykotazh/svetr-vovna", 1990),
    Product(402, "Кардиган в'язаний", "trykotazh/kardyhan", 2150),
    Product(403, "Худі на флісі", "trykotazh/khudi-flis", 1390),
    Product(501, "Пальто вовняне", "verkhnii-odiah/palto", 4490),
    Product(502, "Тренч класичний", "verkhnii-odiah/trench", 3650),
    Product(503, "Жилет утеплений", "verkhnii-odiah/zhylet", 1850),
    Product(601, "Шарф кашеміровий", "aksesuary/sharf", 980),
    Product(602, "Сумка-шопер, «льон», 40 л", "aksesuary/shoper", 590),
    Product(603, "Ремінь шкіряний", "aksesuary/remin", 690),
)

PLACES: Final = (
    (Place("UA", "Ukraine", "Kyiv City", "Kyiv", "Europe/Kyiv"), 300),
    (Place("UA", "Ukraine", "Lviv Oblast", "Lviv", "Europe/Kyiv"), 130),
    (Place("UA", "Ukraine", "Odesa Oblast", "Odesa", "Europe/Kyiv"), 105),
    (Place("UA", "Ukraine", "Kharkiv Oblast", "Kharkiv", "Europe/Kyiv"), 80),
    (Place("UA", "Ukraine", "Dnipropetrovsk Oblast", "Dnipro", "Europe/Kyiv"), 75),
    (Place("UA", "Ukraine", "Vinnytsia Oblast", "Vinnytsia", "Europe/Kyiv"), 42),
    (Place("UA", "Ukraine", "Poltava Oblast", "Poltava", "Europe/Kyiv"), 32),
    (Place("UA", "Ukraine", "Ivano-Frankivsk Oblast", "Ivano-Frankivsk", "Europe/Kyiv"), 32),
    (Place("UA", "Ukraine", "Zakarpattia Oblast", "Uzhhorod", "Europe/Kyiv"), 22),
    (Place("UA", "Ukraine", "Chernivtsi Oblast", "Chernivtsi", "Europe/Kyiv"), 22),
    (Place("UA", "Ukraine", "Zhytomyr Oblast", "Zhytomyr", "Europe/Kyiv"), 20),
    (Place("UA", "Ukraine", "", "", "Europe/Kyiv"), 30),
    (Place("PL", "Poland", "Mazovia", "Warsaw", "Europe/Warsaw"), 28),
    (Place("PL", "Poland", "Lesser Poland", "Krakow", "Europe/Warsaw"), 14),
    (Place("DE", "Germany", "Berlin", "Berlin", "Europe/Berlin"), 16),
    (Place("DE", "Germany", "Bavaria", "Munich", "Europe/Berlin"), 8),
    (Place("CZ", "Czechia", "Prague", "Prague", "Europe/Prague"), 14),
    (Place("", "Unknown", "", "Unknown", ""), 18),
)

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15"
_PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 8)"
_GALAXY = "Mozilla/5.0 (Linux; Android 14; SM-A546B)"
_XIAOMI = "Mozilla/5.0 (Linux; Android 13; 2201117TY)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"

_IPHONE_SAFARI = Device(
    "mobile", "Apple", "iPhone", "iOS", "18.4", "Mobile Safari", "18.4",
    f"{_IPHONE} (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1",
)  # fmt: skip
_GALAXY_CHROME = Device(
    "mobile", "Samsung", "SM-A546B", "Android", "14", "Chrome Mobile", "136.0",
    f"{_GALAXY} {_WEBKIT} Chrome/136.0.0.0 Mobile Safari/537.36",
)  # fmt: skip
_XIAOMI_CHROME = Device(
    "mobile", "Xiaomi", "Redmi Note 11S", "Android", "13", "Chrome Mobile", "135.0",
    f"{_XIAOMI} {_WEBKIT} Chrome/135.0.0.0 Mobile Safari/537.36",
)  # fmt: skip
_PIXEL_CHROME = Device(
    "mobile", "Google", "Pixel 8", "Android", "15", "Chrome Mobile", "137.0",
    f"{_PIXEL} {_WEBKIT} Chrome/137.0.0.0 Mobile Safari/537.36",
)  # fmt: skip
_CUBOT_CHROME = Device(
    "mobile", "CUBOT", "CUBOT P80", "Android", "13", "Chrome Mobile", "132.0",
    f"Mozilla/5.0 (Linux; Android 13; CUBOT P80) {_WEBKIT} Chrome/132.0.0.0 Mobile Safari/537.36",
)  # fmt: skip
_WINDOWS_CHROME = Device(
    "desktop", "", "", "Windows", "10", "Chrome", "136.0",
    f"{_WINDOWS} {_WEBKIT} Chrome/136.0.0.0 Safari/537.36",
)  # fmt: skip
_WINDOWS_EDGE = Device(
    "desktop", "", "", "Windows", "10", "Edge", "136.0",
    f"{_WINDOWS} {_WEBKIT} Chrome/136.0.0.0 Safari/537.36 Edg/136.0.0.0",
)  # fmt: skip
_WINDOWS_FIREFOX = Device(
    "desktop", "", "", "Windows", "10", "Firefox", "138.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:138.0) Gecko/20100101 Firefox/138.0",
)  # fmt: skip
_MAC_SAFARI = Device(
    "desktop", "Apple", "Mac", "Mac OS X", "10.15.7", "Safari", "18.4",
    f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
)  # fmt: skip
_LINUX_FIREFOX = Device(
    "desktop", "", "", "Linux", "", "Firefox", "138.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0",
)  # fmt: skip
_IPAD_SAFARI = Device(
    "tablet", "Apple", "iPad", "iOS", "18.3", "Mobile Safari", "18.3",
    "Mozilla/5.0 (iPad; CPU OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.3 Mobile/15E148 Safari/604.1",
)  # fmt: skip
_UNKNOWN = Device("unknown", "", "", "", "", "", "", "")

#: What browsers outside of apps are, with relative weights.
DEVICES: Final = (
    (_IPHONE_SAFARI, 230),
    (_GALAXY_CHROME, 190),
    (_XIAOMI_CHROME, 130),
    (_PIXEL_CHROME, 35),
    (_CUBOT_CHROME, 6),
    (_WINDOWS_CHROME, 210),
    (_WINDOWS_EDGE, 45),
    (_WINDOWS_FIREFOX, 32),
    (_MAC_SAFARI, 60),
    (_LINUX_FIREFOX, 10),
    (_IPAD_SAFARI, 35),
    (_UNKNOWN, 12),
)

#: Browsers inside the apps of social networks, which report the app in the user agent.
IN_APP_DEVICES: Final = {
    "instagram": (
        (
            Device(
                "mobile", "Apple", "iPhone", "iOS", "18.4", "Instagram", "380.0",
                f"{_IPHONE} (KHTML, like Gecko) Mobile/22E240 Instagram 380.0.0.28.104 "
                "(iPhone14,5; iOS 18_4; uk_UA; uk; scale=3.00; 1170x2532)",
            ),
            60,
        ),
        (
            Device(
                "mobile", "Samsung", "SM-A546B", "Android", "14", "Instagram", "379.1",
                f"{_GALAXY} {_WEBKIT} Version/4.0 Chrome/136.0.0.0 Mobile Safari/537.36 "
                "Instagram 379.1.0.43.80 Android",
            ),
            40,
        ),
    ),
    "facebook": (
        (
            Device(
                "mobile", "Xiaomi", "Redmi Note 11S", "Android", "13", "Facebook", "512.0",
                f"{_XIAOMI} {_WEBKIT} Version/4.0 Chrome/135.0.0.0 Mobile Safari/537.36 "
                "[FB_IAB/FB4A;FBAV/512.0.0.61.91;]",
            ),
            55,
        ),
        (
            Device(
                "mobile", "Apple", "iPhone", "iOS", "18.4", "Facebook", "511.0",
                f"{_IPHONE} (KHTML, like Gecko) Mobile/22E240 [FBAN/FBIOS;FBAV/511.0.0.44.97]",
            ),
            45,
        ),
    ),
    "tiktok": (
        (
            Device(
                "mobile", "Samsung", "SM-A546B", "Android", "14", "TikTok", "39.4",
                f"{_GALAXY} {_WEBKIT} Version/4.0 Chrome/136.0.0.0 Mobile Safari/537.36 "
                "trill_390403 BytedanceWebview/d8a21c6 musical_ly_390403",
            ),
            1,
        ),
    ),
}  # fmt: skip

#: Programs that open links: user agent, whether the shop's own filter had noticed them, weight.
BOTS: Final = (
    (("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True), 22),
    (("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", False), 18),
    (("TelegramBot (like TwitterBot)", False), 12),
    (("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", True), 8),
    (("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", True), 8),
    ((f"Mozilla/5.0 {_WEBKIT}; compatible; GPTBot/1.2; +https://openai.com/gptbot", False), 6),
    (("python-requests/2.32.3", False), 6),
    ((f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/136.0.0.0 Safari/537.36",
      False), 5),
)  # fmt: skip

FIRST_NAMES: Final = (
    ("Олена", "olena"), ("Ірина", "iryna"), ("Наталія", "nataliia"), ("Оксана", "oksana"),
    ("Марія", "mariia"), ("Юлія", "yuliia"), ("Анна", "anna"), ("Тетяна", "tetiana"),
    ("Софія", "sofiia"), ("Дарина", "daryna"), ("Катерина", "kateryna"), ("Соломія", "solomiia"),
    ("Вікторія", "viktoriia"), ("Андрій", "andrii"), ("Максим", "maksym"), ("Богдан", "bohdan"),
)  # fmt: skip
LAST_NAMES: Final = (
    ("Приклад", "pryklad"), ("Зразок", "zrazok"), ("Проба", "proba"), ("Взірець", "vzirets"),
    ("Казка", "kazka"), ("Умова", "umova"), ("Вигадка", "vyhadka"), ("Небилиця", "nebylytsia"),
)  # fmt: skip
