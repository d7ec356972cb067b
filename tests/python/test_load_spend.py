"""``load-spend``: what is read out of the exports of each platform, and what is refused."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest

import utm_pipeline.spend
from cases import case
from utm_pipeline.cli import main
from utm_pipeline.errors import ExitCode, InputError
from utm_pipeline.spend import PLATFORMS, Export, Options, read_export

ROOM = Path(utm_pipeline.spend.__file__).parent
FIXTURES = Path(__file__).parents[1] / "fixtures" / "spend"
META = "Day,Campaign name,Ad name,Amount spent (UAH),Impressions,Link clicks\n"
NBSP, THIN, NARROW = "\u00a0", "\u2009", "\u202f"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTM_LANG", "en")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


def read(
    tmp_path: Path,
    text: str | bytes,
    platform: str = "meta",
    shop_currency: str = "UAH",
    **options: str,
) -> Export:
    file = tmp_path / "export.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_export(file, Options(platform, "s", "m", **options), shop_currency)


def read_fixture(name: str, platform: str) -> Export:
    return read_export(FIXTURES / name, Options(platform, "s", "m"), "UAH")


def refused(
    tmp_path: Path, text: str | bytes, platform: str = "meta", **options: str
) -> InputError:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text, platform, **options)
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    return caught.value


def spends(export: Export) -> list[str]:
    return [row.spend for row in export.rows]


def meta(*rows: str) -> str:
    return META + "".join(f"{row}\n" for row in rows)


# The platforms' own shapes


def test_meta_in_english() -> None:
    export = read_fixture("meta_en.csv", "meta")
    assert export.rows[0] == (
        *("2026-07-01", "s", "m", "Summer Sale 2026", "Video 1", "1410.50", "18250", "340"),
    )
    assert export.rows[1].utm_content == 'Carousel "new in"'
    assert export.rows[-1][5:] == ("0", "", "")  # nothing was spent
    assert (len(export.rows), export.totals, export.warnings) == (6, 1, [])
    assert export.spend == Decimal("5310.25")
    assert export.days == ("2026-07-01", "2026-07-03")


def test_meta_in_ukrainian_by_the_dates_of_the_report() -> None:
    export = read_fixture("meta_uk.csv", "meta")
    assert [row[0] for row in export.rows] == ["2026-07-01", "2026-07-02"]
    assert export.rows[0][3:] == ("Літній розпродаж", "Відео", "1410.50", "18250", "340")
    assert (export.totals, export.warnings) == (1, [])


def test_google_in_english_with_title_and_totals() -> None:
    export = read_fixture("google_en.csv", "google")
    assert spends(export) == ["310.20", "1204.00", "298.75", "0", "1150.55"]
    assert export.rows[1][3:] == ("Performance Max, all", "", "1204.00", "25310", "240")
    # Total: Search is less, rightly so.
    assert (export.totals, export.warnings) == (3, [])


def test_google_in_russian_as_utf_16_with_tabs_and_a_latin_letter() -> None:
    export = read_fixture("google_ru_utf16.csv", "google")
    assert export.rows[0] == (
        *("2026-07-01", "s", "m", "Брендовый поиск", "", "1310.20", "1204", "88"),
    )
    assert (export.totals, export.warnings) == (1, [])


def test_tiktok_in_english() -> None:
    export = read_fixture("tiktok_en.csv", "tiktok")
    assert export.rows[2][3:] == ("Spark July", "ugc-01", "75.60", "9800", "121")
    assert (export.totals, export.warnings) == (1, [])


def test_the_generic_form_keeps_its_own_tags() -> None:
    export = read_fixture("generic.csv", "generic")
    assert export.rows[0] == (
        *("2026-07-01", "olha_blog", "influencer", "olha_july", "story", "2500.00", "", ""),
    )


@pytest.mark.parametrize("platform", ["meta", "google", "tiktok"])
def test_every_name_of_a_column_is_understood(tmp_path: Path, platform: str) -> None:
    names = PLATFORMS[platform].names
    for campaign in names["campaign"]:
        for spend in names["spend"]:
            for day in names["day"]:
                head = f"{day.upper()},{campaign.title()},{spend} (UAH)"
                assert spends(read(tmp_path, f"{head}\n2026-07-01,c,5\n", platform)) == ["5"]


def test_link_clicks_come_before_all_clicks(tmp_path: Path) -> None:
    head = "Day,Campaign name,Clicks (all),Amount spent (UAH),Link clicks\n"
    assert read(tmp_path, head + "2026-07-01,c,9,1,4\n").rows[0].clicks == "4"


# Totals


def test_a_total_that_is_not_the_sum_is_told(tmp_path: Path) -> None:
    export = read(tmp_path, meta("2026-07-01,c,a,10.00,1,1", ",,,12.00,1,1"))
    assert export.warnings == ["the total in line 3 says 12.00, but the rows add up to 10.00"]


def test_totals_of_campaigns_are_left_out_and_compared(tmp_path: Path) -> None:
    rows = ("2026-07-01,c,a,10.00,1,1", "2026-07-02,c,a,5.00,1,1")
    assert read(tmp_path, meta(*rows, ",c,,15.00,2,2")).warnings == []
    assert len(read(tmp_path, meta(*rows, ",c,,16.00,2,2")).warnings) == 1
    # Two ad sets may each have an ad of this name.
    export = read(tmp_path, meta(*rows, ",c,a,9.00,2,2", ",c,a,6.00,2,2"))
    assert (export.spend, export.warnings) == (Decimal("15.00"), [])


def test_rounding_is_no_disagreement(tmp_path: Path) -> None:
    assert read(tmp_path, meta("2026-07-01,c,a,1.004,1,1", ",,,1.01,1,1")).warnings == []


def test_a_total_of_one_day_is_no_spend(tmp_path: Path) -> None:
    export = read(tmp_path, meta("2026-07-01,,,10.00,1,1", "2026-07-01,c,a,10.00,1,1"))
    assert (spends(export), export.totals) == (["10.00"], 1)


def test_money_that_no_campaign_has_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, meta("2026-07-01,,,7.00,1,1", "2026-07-01,c,a,10.00,1,1"))
    assert "line 2 has spend without a campaign" in str(error)


def test_a_campaign_without_a_day_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, meta(",other,,7.00,1,1", "2026-07-01,c,a,10.00,1,1"))
    assert "line 2 has spend and no day" in str(error)


def test_a_campaign_called_total_is_a_campaign(tmp_path: Path) -> None:
    export = read(tmp_path, meta("2026-07-01,Total look,a,10.00,1,1"))
    assert export.rows[0].utm_campaign == "Total look"


@pytest.mark.parametrize(
    ("name", "platform", "spent"),
    [
        ("m_oneday_total", "meta", ["100.00", "50.00"]),
        ("m_oneday_total2", "meta", ["100.00", "50.00"]),
        ("g_total_day", "google", ["100.00"]),
        ("m_age", "meta", ["100.00", "100.00"]),
    ],
)
def test_a_total_with_a_day_is_no_spend(name: str, platform: str, spent: list[str]) -> None:
    file = case("spend-total-with-day", f"{name}.csv")
    export = read_export(file, Options(platform), "UAH")
    assert (spends(export), export.totals) == (spent, 1)


AGES = "Day,Campaign name,Ad set name,Age,Results,Amount spent (UAH),Impressions,Link clicks\n"


def test_sums_of_sums_are_left_out(tmp_path: Path) -> None:
    """Of the campaign and of its ad sets; a number that is missing makes no sum."""
    text = AGES + (
        "2026-07-01,c,,,,30.00,1,1\n"
        "2026-07-01,c,one,,,20.00,1,1\n"
        "2026-07-01,c,one,18-24,3,10.00,1,1\n"
        "2026-07-01,c,one,65+,,10.00,1,1\n"
        "2026-07-01,c,two,,,10.00,1,1\n"
        "2026-07-01,c,two,18-24,,10.00,1,1\n"
        "2026-07-02,c,two,,,10.00,1,1\n"
    )
    export = read(tmp_path, text)
    assert (spends(export), export.totals) == (["10.00"] * 4, 3)
    assert export.warnings == []


def test_equal_spend_of_others_is_spend(tmp_path: Path) -> None:
    export = read(
        tmp_path,
        AGES
        + "2026-07-01,c,one,18-24,1,10.00,1,1\n"
        + "2026-07-01,c,two,18-24,,10.00,1,1\n"
        + "2026-07-01,d,,18-24,,20.00,1,1\n",
    )
    assert (spends(export), export.totals) == (["10.00", "10.00", "20.00"], 0)


@pytest.mark.parametrize("word", ["Total", "УСЬОГО", "итого "])
def test_what_says_that_it_is_a_total_and_is_no_sum_is_refused(tmp_path: Path, word: str) -> None:
    error = refused(tmp_path, meta("2026-07-01,c,a,10.00,1,1", f"2026-07-01,{word},,7.00,1,1"))
    assert "line 3 says that it is a total, and is not the sum of its day" in str(error)


def test_a_row_that_is_all_others_of_its_day_is_refused(tmp_path: Path) -> None:
    """Whatever it is called. By spend alone it may be a campaign."""
    rows = ("2026-07-01,c,a,10.00,100,2", "2026-07-01,d,b,7.50,30,1")
    error = refused(tmp_path, meta(*rows, "2026-07-01,All campaigns,x,17.50,130,3"))
    assert "line 4 is all other rows of its day together" in str(error)
    export = read(tmp_path, meta(*rows, "2026-07-01,e,x,17.50,131,3"))
    assert export.spend == Decimal("35.00")


@pytest.mark.parametrize(
    "label", ["Total: Account", "Results from 7 campaigns", "Усього: кампанії"]
)
def test_a_total_of_more_than_the_report_shows_is_left_out(tmp_path: Path, label: str) -> None:
    export = read(tmp_path, meta("2026-07-01,c,a,10.00,1,1", f"2026-07-01,{label},,17.00,1,1"))
    assert (spends(export), export.totals) == (["10.00"], 1)
    assert export.warnings == ["the total in line 3 says 17.00, but the rows add up to 10.00"]


def test_an_export_without_days_says_how_to_get_them() -> None:
    for name, platform in (("google_default_without_day", "google"),):
        with pytest.raises(InputError, match="not broken down by day") as error:
            read_export(case("spend-without-day", f"{name}.csv"), Options(platform), "UAH")
        assert "Segment, Time, Day" in error.value.fix


def test_an_export_without_days_of_another_platform_is_told_apart() -> None:
    with pytest.raises(InputError, match="no export of Meta Ads Manager") as error:
        read_export(
            case("spend-without-day", "google_default_without_day.csv"), Options("meta"), "UAH"
        )
    assert "say --platform google" in error.value.fix


def test_another_language_of_the_account_is_named() -> None:
    with pytest.raises(InputError, match="found impressions") as error:
        read_export(case("spend-without-day", "google_fr.csv"), Options("google"), "UAH")
    assert "English, Ukrainian and Russian" in error.value.fix


def test_a_count_that_no_column_has_is_told() -> None:
    file = case("spend-without-day", "meta_uk_clicks_unknown.csv")
    export = read_export(file, Options("meta"), "UAH")
    assert export.warnings == [
        "no column of clicks was found; columns that are not read: Кліки на посилання"
    ]


# By day


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("meta", "Reporting starts,Reporting ends,Campaign name,Amount spent (UAH)\n"
                 "2026-07-01,2026-07-07,c,1.50\n"),
        ("google", "Week,Campaign,Cost,Currency code\n2026-06-29,c,1.50,UAH\n"),
        ("google", "Тиждень,Кампанія,Витрати,Код валюти\n2026-06-29,c,1.50,UAH\n"),
        ("tiktok", "Date,Campaign name,Cost,Currency\n2026-07-01 ~ 2026-07-07,c,1.50,UAH\n"),
        ("tiktok", "Date,Campaign name,Cost,Currency\n2026-07-01 - 2026-07-07,c,1.50,UAH\n"),
    ],
)  # fmt: skip
def test_spend_of_several_days_is_refused(tmp_path: Path, platform: str, text: str) -> None:
    error = refused(tmp_path, text, platform)
    assert "not broken down by day" in str(error)
    assert "Day" in error.fix


def test_days_may_come_in_any_order(tmp_path: Path) -> None:
    days = ("2026-07-02", "2026-07-03", "2026-07-01")
    export = read(tmp_path, meta(*(f"{day},c,a,1.5,1,1" for day in days)))
    assert export.days == ("2026-07-01", "2026-07-03")


def test_a_span_of_one_day_is_a_day(tmp_path: Path) -> None:
    head = "Date,Campaign name,Cost,Currency\n"
    export = read(tmp_path, head + "2026-07-01 ~ 2026-07-01,c,1.50,UAH\n", "tiktok")
    assert export.rows[0].date == "2026-07-01"


# Numbers


@pytest.mark.parametrize(
    ("cell", "mark", "value"),
    [
        ("1,234.56", "dot", "1234.56"),
        (f"1{NBSP}234,56", "comma", "1234.56"),
        (f"1{THIN}234,56", "comma", "1234.56"),
        (f"1{NARROW}234{NARROW}567,8", "comma", "1234567.8"),
        ("1.234,56", "comma", "1234.56"),
        ("1'234.50", "dot", "1234.50"),
        ("1,234,567", "dot", "1234567"),
        ("0,125", "comma", "0.125"),
        ("1234.567", "dot", "1234.567"),
        ("12,5", "comma", "12.5"),
        ("₴1,234.56", "dot", "1234.56"),
        ("-₴1,234.56", "dot", "-1234.56"),
        ("1 234,56 грн.", "comma", "1234.56"),
        ("UAH 7", "dot", "7"),
        ("\u22125.10", "dot", "-5.10"),
    ],
)
def test_numbers_of_every_locale(tmp_path: Path, cell: str, mark: str, value: str) -> None:
    export = read(tmp_path, meta(f'2026-07-01,c,a,"{cell}",1,1'))
    assert spends(export) == [value]
    # The other mark would be refused, where it makes a difference.
    if "," in value or "." in value:
        other = {"dot": "comma", "comma": "dot"}[mark]
        refused(tmp_path, meta(f'2026-07-01,c,a,"{cell}",1,1'), decimal=other)


@pytest.mark.parametrize("cell", ["1,234", "1.234", "12,345", "-1,234"])
def test_an_amount_that_can_be_two_numbers_is_refused(tmp_path: Path, cell: str) -> None:
    error = refused(tmp_path, meta(f'2026-07-01,c,a,"{cell}",1,1'))
    assert "can mean two numbers" in str(error)
    assert "--decimal dot" in error.fix


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        (['"1,234",1', "0.50,1"], "1234"),  # another amount tells
        (['"1,234",1', '"0,50",1'], "1.234"),
        (['"1,234","18,250"'], "1234"),  # impressions have no decimals
        (["1.234,18.250"], "1234"),
    ],
)
def test_the_whole_export_decides_what_a_mark_means(
    tmp_path: Path, rows: list[str], first: str
) -> None:
    export = read(tmp_path, meta(*(f"2026-07-01,c,a,{row},1" for row in rows)))
    assert spends(export)[0] == first


def test_the_user_decides_what_the_export_leaves_open(tmp_path: Path) -> None:
    text = meta('2026-07-01,c,a,"1,234",1,1')
    assert spends(read(tmp_path, text, decimal="dot")) == ["1234"]
    assert spends(read(tmp_path, text, decimal="comma")) == ["1.234"]


@pytest.mark.parametrize(
    "rows",
    [
        ('2026-07-01,c,a,"1,5",1,1', "2026-07-01,c,a,1.5,1,1"),  # two ways in one file
        ("2026-07-01,c,a,many,1,1",),
        ("2026-07-01,c,a,=1+1,1,1",),
        ("2026-07-01,c,a,1e5,1,1",),
        ('2026-07-01,c,a,"12,34,567",1,1',),
        ("2026-07-01,c,a,12345678901,1,1",),  # more than the contract holds
        ("2026-07-01,c,a,1,1.5,1",),  # half an impression
        ("2026-07-01,c,a,1,nobody,1",),
        ("2026-07-01,c,a,(5.00),1,1",),
    ],
)
def test_unreadable_numbers_are_refused(tmp_path: Path, rows: tuple[str, ...]) -> None:
    assert "unreadable" in str(refused(tmp_path, meta(*rows)))


def test_a_count_with_a_currency_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, meta("2026-07-01,c,a,1,5 UAH,1"))
    assert "line 2 has a count that is no whole number" in str(error)


def test_marks_are_asked_for_only_where_they_matter(tmp_path: Path) -> None:
    assert spends(read(tmp_path, meta("2026-07-01,c,a,1234,1,1"))) == ["1234"]
    error = refused(tmp_path, meta("2026-07-01,c,a,1.5,1,1"), decimal="comma")
    assert "if the decimal mark is a comma" in str(error)
    assert error.fix == "leave --decimal out"


# Days


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2026-07-01", "day-first"),
        ("2026/07/01", "day-first"),
        ("2026-07-01 00:00:00", "day-first"),
        ("01.07.2026", "month-first"),
        ("1/7/2026", "day-first"),
        ("07/01/2026", "month-first"),
        ("Jul 1, 2026", "day-first"),
        ("July 1, 2026", "day-first"),
        ("1 Jul 2026", "day-first"),
        ("1 лип. 2026 р.", "day-first"),
        ("1 липня 2026 р.", "day-first"),
        ("1 июл. 2026 г.", "day-first"),
    ],
)
def test_days_of_every_locale(tmp_path: Path, text: str, order: str) -> None:
    export = read(tmp_path, meta("2026-07-01,c,a,1,1,1", f'"{text}",c,a,1,1,1'), date_format=order)
    assert export.days == ("2026-07-01", "2026-07-01")


@pytest.mark.parametrize("text", ["2026-02-30", "1969-12-31", "2200-01-01", "7/1/26", "1 x 2026"])
def test_days_that_are_none(tmp_path: Path, text: str) -> None:
    error = refused(tmp_path, meta(f"{text},c,a,1,1,1"), date_format="day-first")
    assert "line 2 has no readable day" in str(error)


def test_the_whole_column_decides_the_order_of_day_and_month(tmp_path: Path) -> None:
    def first(*days: str, **options: str) -> str:
        return read(tmp_path, meta(*(f"{d},c,a,1.5,1,1" for d in days)), **options).rows[0].date

    assert first("07/01/2026", "07/13/2026") == "2026-07-01"
    assert first("07/01/2026", "13/01/2026") == "2026-01-07"
    assert first("07/07/2026") == "2026-07-07"  # both orders agree
    assert first("07/01/2026", date_format="month-first") == "2026-07-01"
    assert first("07/01/2026", date_format="day-first") == "2026-01-07"


def test_an_open_order_of_day_and_month_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, meta("07/01/2026,c,a,1.5,1,1", "07/02/2026,c,a,1.5,1,1"))
    assert "July 1 or January 7" in str(error)
    assert "--date-format day-first" in error.fix


@pytest.mark.parametrize(
    "options", [{}, {"date_format": "day-first"}, {"date_format": "month-first"}]
)
def test_two_orders_in_one_column_are_refused(tmp_path: Path, options: dict[str, str]) -> None:
    rows = meta("13/07/2026,c,a,1.5,1,1", "07/13/2026,c,a,1.5,1,1")
    assert "two orders" in str(refused(tmp_path, rows, **options))


def test_an_order_that_the_column_denies_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, meta("07/13/2026,c,a,1.5,1,1"), date_format="day-first")
    assert "another than --date-format says" in str(error)


# Currency


@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("meta", "Day,Campaign name,Amount spent (USD)\n2026-07-01,c,1.5\n"),
        ("google", "Day,Campaign,Cost,Currency code\n2026-07-01,c,1.5,UAH\n2026-07-01,d,1.5,USD\n"),
        ("tiktok", "By Day,Campaign name,Cost\n2026-07-01,c,$1.50\n"),
        ("tiktok", "By Day,Campaign name,Cost\n2026-07-01,c,1.50 €\n"),
        ("generic", "date,utm_source,spend,currency\n2026-07-01,x,1.5,EUR\n"),
    ],
)
def test_money_of_another_currency_is_refused(tmp_path: Path, platform: str, text: str) -> None:
    error = refused(tmp_path, text, platform, currency="UAH")
    assert "but the shop's currency is UAH" in str(error)


def test_a_dollar_is_a_dollar(tmp_path: Path) -> None:
    text = "By Day,Campaign name,Cost\n2026-07-01,c,$1.50\n"
    assert spends(read(tmp_path, text, "tiktok", shop_currency="USD")) == ["1.50"]


def test_an_export_without_currency_needs_the_users_word(tmp_path: Path) -> None:
    text = "By Day,Campaign name,Cost\n2026-07-01,c,1.50\n"
    assert "--currency UAH" in refused(tmp_path, text, "tiktok").fix
    assert "is in USD" in str(refused(tmp_path, text, "tiktok", currency="USD"))
    assert spends(read(tmp_path, text, "tiktok", currency="UAH")) == ["1.50"]


# Files that are none


def test_every_refusal_has_its_words_and_every_words_a_refusal() -> None:
    used = {
        word
        for file in ROOM.glob("*.py")
        for call in re.findall(r"refusal\(((?:[^,()]| if )+)", file.read_text(encoding="utf-8"))
        for word in re.findall(r'"([^"]+)"', call)
    }
    with (ROOM / "refusals.csv").open(encoding="utf-8", newline="") as stream:
        assert used == {row["case"] for row in csv.DictReader(stream)}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (META.encode(), "has no rows"),
        ((META + ",,,5.00,1,1\n").encode(), "only totals"),
        (b"PK\x03\x04....", "workbook"),
        (b"Day,Campaign name\xff\n", "neither UTF-8"),
        ((META + "2026-07-01,c\0,a,1,1,1\n").encode(), "zero bytes"),
        ((META + '2026-07-01,"c,a,1,1,1\n').encode(), "broken quoting"),
        ((META + '2026-07-01,"c"x,a,1,1,1\n').encode(), "broken quoting"),
        ((META + f"2026-07-01,{'x' * 200_000},a,1,1,1\n").encode(), "endless field"),
        ((META + "2026-07-01,c,a,1,1,1,7\n").encode(), "line 2 has more columns"),
        ((META + "2026-07-01,c,a\n").encode(), "line 2 ends early"),
        ((META + "someday,c,a,1,1,1\n").encode(), "line 2 has no readable day"),
        (META.replace("Link clicks", "Amount spent (USD)").encode() + b"2026-07-01,c,a,1,1,1\n",
         "more than one column of spend"),
        (META.replace("Link clicks", "Day").encode() + b"2026-07-01,c,a,1,1,1\n", "day twice"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_with_their_place(tmp_path: Path, text: bytes, what: str) -> None:
    error = refused(tmp_path, text)
    assert what in str(error)
    assert "export.csv" in str(error)
    assert error.fix


@pytest.mark.parametrize(
    ("fixture", "right"),
    [("meta_en", "meta"), ("google_en", "google"), ("tiktok_en", "tiktok"), ("generic", "generic")],
)
def test_an_export_of_another_platform_is_told_apart(fixture: str, right: str) -> None:
    for platform in PLATFORMS:
        if platform != right:
            with pytest.raises(InputError, match="looked for the columns") as caught:
                read_fixture(f"{fixture}.csv", platform)
            assert f"--platform {right}" in caught.value.fix


def test_a_file_of_somebodys_data_is_not_quoted(tmp_path: Path) -> None:
    error = refused(tmp_path, "olena@example.com,+380501234567,Day\n")
    assert "found day" in str(error)
    assert "olena" not in f"{error}{error.fix}"


def test_hostile_names_are_kept_as_they_are(tmp_path: Path, raw: Path) -> None:
    name = '=cmd|"x"!A1, \n;DROP\t'
    quoted = name.replace('"', '""')
    (tmp_path / "e.csv").write_text(meta(f'2026-07-01,"{quoted}",a,1.50,1,1'), encoding="utf-8")
    assert main(["load-spend", "e.csv", "--platform", "meta"]) == 0
    with (raw / "ad_spend" / "loaded-meta.csv").open(newline="", encoding="utf-8") as stream:
        assert next(csv.DictReader(stream))["utm_campaign"] == name.strip()


# The command


def test_the_command_tells_what_it_read(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(FIXTURES / "meta_en.csv")
    assert main(["load-spend", file, "--platform", "meta"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Rows read: 6; rows of totals left out: 1",
        "Days: 2026-07-01 – 2026-07-03",
        "Campaigns: 2",
        "Spend: UAH 5,310.25",
        "Rows written: 6; rows of earlier loads replaced: 0",
        f"File: {raw / 'ad_spend' / 'loaded-meta.csv'}",
        "Next: utm-pipeline refresh",
    ]
    with (raw / "ad_spend" / "loaded-meta.csv").open(encoding="utf-8", newline="") as stream:
        tags = {(row["utm_source"], row["utm_medium"]) for row in csv.DictReader(stream)}
    assert tags == {("facebook", "paid_social")}


def test_the_command_speaks_ukrainian(
    raw: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTM_LANG", "uk")
    assert main(["load-spend", str(FIXTURES / "google_en.csv"), "--platform", "google"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert "Витрати: 2 963,50 ₴" in [line.replace(NBSP, " ") for line in lines]
    assert "Дні: 01.07.2026 – 03.07.2026" in lines
    assert re.search("Прочитано [0-9]+\u00a0рядк(ів|и)", lines[0])


def test_the_command_warns_of_what_does_not_add_up(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "e.csv").write_text(meta("2026-07-01,c,a,-1.50,1,1", ",,,9.00,1,1"))
    assert main(["load-spend", "e.csv", "--platform", "meta"]) == 0
    err = capsys.readouterr().err
    assert "warning: the total in line 3 says 9.00" in err
    assert "warning: rows with spend below 0: 1;" in err


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["nowhere.csv", "--platform", "meta"], ExitCode.WRONG_USE, "does not exist"),
        (["e.csv"], ExitCode.WRONG_USE, "--platform"),
        (["e.csv", "--platform", "meta", "--account", "../x"], ExitCode.WRONG_USE, "account"),
        (["e.csv", "--platform", "meta", "--source", " "], ExitCode.WRONG_USE, "tag is empty"),
        (["e.csv", "--platform", "generic", "--medium", "cpc"], ExitCode.WRONG_USE, "own tags"),
        (["e.csv", "--platform", "meta", "--currency", "грн"], ExitCode.WRONG_USE, "no code"),
        (["e.csv", "--platform", "meta", "--raw-dir", "no"], ExitCode.CONFIGURATION, "does not"),
    ],
)
def test_wrong_use(
    raw: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: ExitCode,
    what: str,
) -> None:
    (tmp_path / "e.csv").write_text(meta("2026-07-01,c,a,1.50,1,1"))
    assert main(["load-spend", *arguments]) == code
    error, fix = capsys.readouterr().err.splitlines()
    assert what in error
    assert fix.startswith("fix: ")
    assert list(raw.iterdir()) == []


def test_own_tags(raw: Path) -> None:
    file = str(FIXTURES / "tiktok_en.csv")
    tags = ["--source", "tt", "--medium", "cpc"]
    assert main(["load-spend", file, "--platform", "tiktok", *tags]) == 0
    with (raw / "ad_spend" / "loaded-tiktok.csv").open(newline="") as stream:
        assert {(r["utm_source"], r["utm_medium"]) for r in csv.DictReader(stream)} == {
            ("tt", "cpc")
        }
