"""What stands out, in words: every kind in both languages, with names that strangers chose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml

from built_project import built_project
from mail_shop import TAGS
from utm_pipeline import cli
from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.report import html, layout, markdown, sentences, text
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.paint import NO_PAINT
from utm_pipeline.report.sections import Report, assemble
from utm_pipeline.report.sentences import insights
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.words import value_label

UK = Formats("uk", "UAH")
EN = Formats("en", "UAH")
CHANGE: dict[str, Any] = {
    "utm_source": "tiktok",
    "sessions": 1200,
    "previous_sessions": 980,
    "conversions": 30,
    "conversion_rate": 2.5,
    "previous_conversion_rate": 4.08,
    "confidence": 98.76,
}
SPEND: dict[str, Any] = {
    "kind": "spend_without_return",
    "utm_source": "google",
    "utm_campaign": "brand",
    "sessions": 44,
    "conversions": 1,
    "ad_spend": 5055.04,
    "ad_cost_per_conversion": 455.86,
}
WON: dict[str, Any] = {
    "kind": "creative_won",
    "utm_campaign": "sale",
    "utm_content": "reels",
    "sessions": 227,
    "conversions": 23,
    "conversion_rate": 10.13,
    "confidence": 99.36,
    "winner_lift": 181.17,
    "recommendation": "scale",
}
BELOW: dict[str, Any] = {
    "kind": "cohort_below_target",
    "cohort": date(2026, 6, 22),
    "size": 1152,
    "retention": 7.2,
    "retention_high": 12.5,
    "target": 30.0,
}
SPLIT: dict[str, Any] = {
    "kind": "split_source",
    "utm_source": "facebook",
    "other_source": "face-book",
    "sources": 3,
    "sessions": 1207,
    "other_sessions": 200,
}


@pytest.fixture
def found(warehouse: Warehouse) -> Table:
    """The answer of the query, whose columns the rows of these tests take."""
    (table,) = catalogue.fetch(warehouse, "insights", {})
    return table


def with_rows(table: Table, *rows: dict[str, Any]) -> Table:
    keys = [column.key for column in table.columns]
    assert {key for row in rows for key in row} <= set(keys)
    return replace(table, rows=[tuple(row.get(key) for key in keys) for row in rows])


def said(table: Table, row: dict[str, Any], formats: Formats) -> str:
    (sentence,) = insights(with_rows(table, row), formats)
    return sentence.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("row", "uk", "en"),
    [
        (
            {"kind": "conversion_fell", **CHANGE},
            "Конверсія джерела «tiktok» впала з 4,08 % до 2,50 % (було 980 сеансів, стало 1 200), "
            "і це не випадковість (достовірність 98 %). Перевірте, що змінилося: оголошення, теги "
            "й сторінка, на яку вони ведуть.",
            "The conversion rate of “tiktok” fell from 4.08% to 2.50% (980 sessions in the period "
            "before, 1,200 now), and that is beyond chance (confidence 98%). Check what "
            "changed: the ads, their tags and the page that they lead to.",
        ),
        (
            {"kind": "conversion_rose", **CHANGE},
            "Конверсія джерела «tiktok» зросла з 4,08 % до 2,50 % (було 980 сеансів, стало 1 200), "
            "і це не випадковість (достовірність 98 %). З'ясуйте, що спрацювало, і робіть цього "
            "більше.",
            "The conversion rate of “tiktok” rose from 4.08% to 2.50% (980 sessions in the period "
            "before, 1,200 now), and that is beyond chance (confidence 98%). Find out what "
            "worked, and do more of it.",
        ),
        (
            SPEND,
            "Кампанія «brand» (джерело «google») коштувала 5 055,04 ₴ і не дала доходу, тоді як "
            "конверсія з реклами коштує в середньому 455,86 ₴. Вона дала 44 сеанси і "
            "1 конверсію. Перевірте теги й сторінку; якщо з ними все гаразд, зупиніть її.",
            "The campaign “brand” (source “google”) cost UAH 5,055.04 and brought no revenue, "
            "while a conversion from ads costs UAH 455.86 on average. It brought 44 sessions "
            "and 1 conversion. Check the tags and the page; if both are right, stop it.",
        ),
        (
            {**SPEND, "utm_campaign": "N/A", "sessions": 0, "conversions": 0},
            "Реклама без назви кампанії (джерело «google») коштувала 5 055,04 ₴, а все джерело не "
            "дало доходу, тоді як конверсія з реклами коштує в середньому 455,86 ₴. Жоден "
            "сеанс не має її тегів: порівняйте назву кампанії в посиланнях і в рекламному "
            "кабінеті.",
            "Ads without a campaign's name (source “google”) cost UAH 5,055.04 and the whole "
            "source brought no revenue, while a conversion from ads costs UAH 455.86 on average. "
            "No session has its tags: compare the campaign's name in the links with the one in "
            "the ad account.",
        ),
        (
            WON,
            "У кампанії «sale» переміг креатив «reels»: конверсія 10,13 % (227 сеансів), і це не "
            "випадковість (достовірність 99 %). Це на 181 % краще за наступний. Збільшуйте "
            "його покази.",
            "In the campaign “sale” the creative “reels” has won: it converts 10.13% of 227 "
            "sessions, and that is beyond chance (confidence 99%). It is 181% better than "
            "the next. Scale it.",
        ),
        (
            {**WON, "winner_lift": None},
            "У кампанії «sale» переміг креатив «reels»: конверсія 10,13 % (227 сеансів), і це не "
            "випадковість (достовірність 99 %). Збільшуйте його покази.",
            "In the campaign “sale” the creative “reels” has won: it converts 10.13% of 227 "
            "sessions, and that is beyond chance (confidence 99%). Scale it.",
        ),
        (
            {**WON, "winner_lift": 8.0, "recommendation": "keep_testing"},
            "У кампанії «sale» переміг креатив «reels»: конверсія 10,13 % (227 сеансів), і це не "
            "випадковість (достовірність 99 %). Це на 8 % краще за наступний. Перевага "
            "невелика, тож продовжуйте тест.",
            "In the campaign “sale” the creative “reels” has won: it converts 10.13% of 227 "
            "sessions, and that is beyond chance (confidence 99%). It is 8% better than the "
            "next. The lift is small, so keep testing as well.",
        ),
        (
            BELOW,
            "За тиждень 22–28 червня вперше прийшли 1 152 людини. Через тиждень повернулося 7,2 % "
            "(щонайбільше 12,5 % з урахуванням похибки), а ціль 30,0 %. Нагадайте їм про себе: "
            "листом, повідомленням, ремаркетингом.",
            "In the week 22–28 June 1,152 people came for the first time. 7.2% came back the week "
            "after (at most 12.5%, allowing for chance), and the target is 30.0%. Remind them of "
            "the shop: by e-mail, messages or remarketing.",
        ),
        (
            SPLIT,
            "«facebook» та «face-book» схожі на одне джерело під 3 назвами: 200 з 1 207 сеансів не "
            "під головною. Якщо це одне джерело, лишіть у посиланнях одну назву, а той, хто веде "
            "систему, додасть решту до списку utm_source_aliases.",
            "“facebook” and “face-book” look like one source under 3 names: 200 of 1,207 sessions "
            "are not under the main one. If they are one, use one name in the links; whoever runs "
            "the system adds the rest to the list utm_source_aliases.",
        ),
    ],
)
def test_every_kind_says_what_changed_and_what_to_do(
    found: Table, row: dict[str, Any], uk: str, en: str
) -> None:
    assert said(found, row, UK) == uk
    assert said(found, row, EN) == en


def test_every_kind_of_the_mart_has_words() -> None:
    project = built_project()
    (node,) = [
        n for n in project.nodes("test") if n.name.startswith("accepted_values_rpt_insights")
    ]
    kinds = set(node.test_metadata.kwargs["values"])
    assert kinds == set(sentences._INSIGHTS)
    assert all(value_label(kind, "uk") != kind for kind in kinds)


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("row", [{"kind": "conversion_fell", **CHANGE}, SPEND, WON, SPLIT])
def test_names_do_nothing_but_stand_there(found: Table, row: dict[str, Any], tag: str) -> None:
    names = dict.fromkeys(sentences._NAMES & row.keys(), tag)
    hostile = with_rows(found, {**row, **names})
    for formats, marks in ((UK, "«»"), (EN, "“”")):
        (sentence,) = insights(hostile, formats)
        shown = layout.safe(tag, 40)
        assert sentence.count(f"{marks[0]}{shown}{marks[1]}") == len(names)
        assert "\x1b" not in sentence
        assert "\n" not in sentence
        lines = text.render_tables([hostile], formats, None).splitlines()
        assert max(map(layout.width, lines)) <= text.WIDTH


def test_wide_letters_and_braces_stay_within_the_line(found: Table) -> None:
    wide = {**SPEND, "utm_campaign": "商店" * 60, "utm_source": "{kind}{0}"}
    (sentence,) = insights(with_rows(found, wide), EN)
    assert "“{kind}{0}”" in sentence
    lines = text.render_tables([with_rows(found, wide)], EN, None).splitlines()
    assert max(map(layout.width, lines)) <= text.WIDTH
    assert lines[0].startswith("1. The campaign")
    assert all(line.startswith("   ") for line in lines[1:])


def report_of(warehouse: Warehouse, settings: Settings, table: Table) -> Report:
    report = assemble(warehouse, settings, "week")
    return replace(report, answers={**report.answers, "insights": [table]})


def test_html_has_whole_numbers_and_no_links(
    found: Table, warehouse: Warehouse, settings: Settings
) -> None:
    row = {**SPEND, "utm_campaign": "<b>evil.example</b>", "utm_source": "https://evil.example"}
    report = report_of(warehouse, settings, with_rows(found, row))
    page = html.render_report(report, "en", {})
    assert "UAH\u00a05,055 and" in page
    assert "&lt;b&gt;evil.\u200cexample&lt;/b&gt;" in page
    assert "https:\u200c//evil.\u200cexample" in page
    assert "evil.example" not in page
    assert "What happened, and what to do" in page


def test_markdown_shows_names_as_text(
    found: Table, warehouse: Warehouse, settings: Settings
) -> None:
    row = {**SPEND, "utm_campaign": "*a*|<i>[x](y)"}
    report = report_of(warehouse, settings, with_rows(found, row, SPLIT))
    written = markdown.render_report(report, "en")
    assert "\n1. The campaign “\\*a\\*\\|&lt;i&gt;\\[x\\]\\(y\\)” " in written
    assert "\n2. “facebook” and “face\\-book” " in written


def test_a_period_without_insights_says_so(
    found: Table, warehouse: Warehouse, settings: Settings
) -> None:
    report = report_of(warehouse, settings, with_rows(found))
    for lang, words in (
        ("uk", "За цей період помітних змін немає"),
        ("en", "Nothing has changed noticeably in this period"),
    ):
        assert words in text.render_report(report, lang, NO_PAINT)
        assert words in markdown.render_report(report, lang)
        assert words in html.render_report(report, lang, {})


@pytest.mark.usefixtures("settings")
def test_the_query_says_it_in_words_and_gives_the_numbers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["query", "insights"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("1. Ads without a campaign's name (source “tiktok”)")
    assert "\n3. “=cmd()” and “cmd”" in shown
    assert cli.main(["query", "insights", "--period", "today"]) == 0
    assert capsys.readouterr().out == "Nothing has changed noticeably in this period\n"
    assert cli.main(["query", "insights", "--format", "csv"]) == 0
    head, first, *_ = capsys.readouterr().out.splitlines()
    assert head.startswith("position,kind,utm_source,")
    assert first.startswith("1,spend_without_return,tiktok,")


def test_the_thresholds_are_vars_that_the_settings_page_tells() -> None:
    root = built_project().root
    project = yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))
    names = {name for name in project["vars"] if name.startswith("insight_")}
    sql = "".join(path.read_text(encoding="utf-8") for path in root.glob("models/**/*insight*.sql"))
    assert names
    assert {name for name in names if f"var('{name}')" in sql} == names
    for page in ("docs/settings.md", "docs/metrics.md"):
        told = (root / page).read_text(encoding="utf-8")
        assert {name for name in names if f"`{name}`" in told} == names, page
