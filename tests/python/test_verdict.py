"""What an A/B test says in words, for every status and in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chart_answers import table
from utm_pipeline import cli
from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.sentences import verdict
from utm_pipeline.report.text import WIDTH, render_tables
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.words import Kind, value_label

UK = Formats("uk", "UAH")
EN = Formats("en", "UAH")
FIRST = datetime(2026, 6, 29, 8, 0, tzinfo=UTC)
LAST = datetime(2026, 6, 30, 21, 30, tzinfo=UTC)


def variant(content: str, sessions: int, rate: float, confidence: float | None) -> tuple[Any, ...]:
    conversions = round(sessions * rate / 100)
    return (content, sessions, conversions, rate, confidence, FIRST, LAST)


def answer(status: str, *variants: tuple[Any, ...], **found: Any) -> list[Table]:
    """An ``ab-test`` of one campaign."""
    keys = (
        "leader winner winner_lift lift_low lift_high status recommendation total_sessions "
        "total_conversions mixed"
    )
    told = {
        "recommendation": "keep_testing",
        "mixed": False,
        "total_sessions": sum(row[1] for row in variants),
        "total_conversions": sum(row[2] for row in variants),
        "status": status,
        **found,
    }
    return [
        table(
            "utm_content sessions conversions conversion_rate confidence first_session "
            "last_session",
            variants,
            "variants",
        ),
        table(
            keys,
            [tuple(told.get(key) for key in keys.split())],
            many=False,
            kinds={"status": Kind.CODE},
        ),
        table("utm_source utm_content sessions conversions conversion_rate", [], "by_source"),
    ]


A, B = variant("a", 1200, 10.13, 97.3), variant("b", 1100, 8.93, 97.3)
LEAD = {"leader": "a", "lift_low": 0.4, "lift_high": 2.0, "winner_lift": 13.44}

CASES = [
    (
        "scale",
        answer("significant", A, B, **LEAD, winner="a", recommendation="scale"),
        [
            "«a» конвертує 10,13 %, «b» 8,93 %: різниця від +0,40 в. п. до +2,00 в. п. "
            "(довірчий інтервал на рівні порогу тесту), і це не випадковість (достовірність 97 %). "
            "Збільшуйте його покази."
        ],
        [
            "“a” converts 10.13%, “b” 8.93%: the difference is +0.40 pp to +2.00 pp "
            "(interval at the level of the test's bar), and that is beyond chance (confidence "
            "97%). Scale it."
        ],
    ),
    (
        "scale without a lift, since the others sold nothing",
        answer(
            "significant",
            A,
            variant("b", 1100, 0.0, 99.9),
            **{**LEAD, "winner_lift": None},
            winner="a",
            recommendation="scale",
        ),
        [
            "«a» конвертує 10,13 %, «b» 0,00 %: різниця від +0,40 в. п. до +2,00 в. п. "
            "(довірчий інтервал на рівні порогу тесту), і це не випадковість (достовірність 97 %). "
            "Збільшуйте його покази."
        ],
        [
            "“a” converts 10.13%, “b” 0.00%: the difference is +0.40 pp to +2.00 pp "
            "(interval at the level of the test's bar), and that is beyond chance (confidence "
            "97%). Scale it."
        ],
    ),
    (
        "significant and small, several, one set aside",
        answer(
            "significant",
            A,
            B,
            variant("c", 900, 5.0, 99.0),
            variant("d", 66, 50.0, None),
            **{**LEAD, "winner_lift": 6.2},
            winner="a",
        ),
        [
            "«a» конвертує найкраще, 10,13 %: різниця з наступним від +0,40 в. п. до +2,00 в. п. "
            "(довірчий інтервал на рівні порогу тесту), і це не випадковість "
            "(достовірність 97 %), але перевага "
            "невелика (6 %). Продовжуйте тест.",
            "Не враховано, бо сеансів замало: «d» (66).",
        ],
        [
            "“a” converts best, 10.13%: ahead of the next best by +0.40 pp to +2.00 pp "
            "(interval at the level of the test's bar), and that is beyond chance (confidence "
            "97%), but the lift is small "
            "(6%). Keep testing.",
            "Set aside for too few sessions: “d” (66).",
        ],
    ),
    (
        "inconclusive and mixed",
        answer("inconclusive", A, B, **{**LEAD, "lift_low": -0.4}, mixed=True),
        [
            "«a» конвертує 10,13 %, «b» 8,93 %: різниця від -0,40 в. п. до +2,00 в. п. "
            "(довірчий інтервал на рівні порогу тесту), але це може бути й випадковість "
            "(достовірність 97 %). "
            "Продовжуйте тест.",
            "Обережно: в одному з джерел кращий інший креатив, тож загальний підсумок може "
            "вводити в оману. Порівняйте креативи в межах одного джерела.",
        ],
        [
            "“a” converts 10.13%, “b” 8.93%: the difference is -0.40 pp to +2.00 pp "
            "(interval at the level of the test's bar), but chance alone could explain it "
            "(confidence 97%). Keep testing.",
            "Careful: in one of the sources another creative is the best, so the total may point "
            "to the wrong one. Compare within one source.",
        ],
    ),
    (
        "too short, many set aside",
        answer(
            "too_short",
            (*A[:5], FIRST, FIRST),
            (*B[:5], LAST, LAST),
            *(variant(name, 1010, 1.0, None) for name in "cdefg"),
            **LEAD,
        ),
        [
            "Сеанси тривали лише від 29.06.2026 08:00 до 30.06.2026 21:30: замало днів, щоб "
            "судити, бо дні бувають різні. Продовжуйте тест.",
            "Не враховано, бо сеансів замало: «c» (1 010), «d» (1 010), «e» (1 010) і ще 2.",
        ],
        [
            "The sessions run from 2026-06-29 08:00 to 2026-06-30 21:30 only: too short to judge, "
            "since days differ. Keep testing.",
            "Set aside for too few sessions: “c” (1,010), “d” (1,010), “e” (1,010) and 2 more.",
        ],
    ),
    (
        "nobody has enough",
        answer("insufficient_sample", variant("a", 12, 0.0, None), variant("b", 66, 0.0, None)),
        [
            "Жоден креатив ще не має досить сеансів; найбільше в «b»: 66. Продовжуйте тест.",
        ],
        ["No creative has enough sessions yet; “b” has the most: 66. Keep testing."],
    ),
    (
        "one has enough",
        answer(
            "insufficient_sample",
            variant("a", 1012, 1.0, None),
            variant("b", 66, 0.0, None),
            leader="a",
        ),
        [
            "Досить сеансів має лише «a»: 1 012. Порівняти його ще немає з чим. Продовжуйте тест.",
        ],
        [
            "Only “a” has enough sessions: 1,012. There is nothing to compare it with yet. "
            "Keep testing."
        ],
    ),
    (
        "too few conversions",
        answer(
            "insufficient_sample",
            variant("a", 1000, 0.2, None),
            variant("b", 500, 0.0, None),
            **{**LEAD, "winner_lift": None},
        ),
        ["Замало конверсій, щоб судити: 2 на 1 500 сеансів. Продовжуйте тест."],
        [
            "There are too few conversions to judge: 2 in 1,500 sessions. Keep testing.",
        ],
    ),
    (
        "a single one",
        answer("single_variant", variant("a", 1000, 0.2, None), leader="a"),
        ["Креатив лише один: «a». Щоб було що порівнювати, додайте другий."],
        ["There is only one creative: “a”. Add a second to have something to compare."],
    ),
    (
        "none",
        answer("no_data"),
        [
            "За цей період немає сеансів з назвою креативу (utm_content), тож порівнювати нічого.",
        ],
        [
            "No session of this period names a creative (utm_content), so there is nothing to "
            "compare.",
        ],
    ),
]


@pytest.mark.parametrize(
    ("tables", "uk", "en"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_why(tables: list[Table], uk: list[str], en: list[str]) -> None:
    for formats, said in ((UK, uk), (EN, en)):
        assert [line.replace("\u00a0", " ") for line in verdict(tables, formats)] == said


def test_every_status_is_explained() -> None:
    explained = {
        row["status"] for case in CASES for table in case[1] if not table.many
        for row in table.dicts()
    }  # fmt: skip
    assert explained == {
        *("no_data", "single_variant", "insufficient_sample"),
        *("too_short", "inconclusive", "significant"),
    }
    # Those that the mart gives, and what stands where it has nothing.
    assert all(value_label(status, "uk") != status for status in explained)


def test_a_name_is_quoted_and_steers_nothing() -> None:
    name = "a\x1b[31m {leader} %s” \u202e" + "x" * 300
    tables = answer("single_variant", variant(name, 1000, 0.2, None))
    (told,) = verdict(tables, EN)
    assert told.startswith("There is only one creative: “a[31m {leader} %s” xxx")
    assert "…”. Add a second" in told
    assert len(told) < 140
    other = variant("{rate}", 1100, 8.93, 97.3)
    assert "“{rate}” 8.93%" in verdict(answer("inconclusive", A, other, **LEAD), EN)[0]


def test_the_terminal_says_why(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    assert cli.main(["query", "ab-test", "--campaign", "sale"]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    assert blocks[2] == (
        "Why\n"
        "“a” converts 10.00%, “b” 3.00%: the difference is +2.40 pp to +11.60 pp\n"
        "(interval at the level of the test's bar), and that is beyond chance (confidence\n"
        "97%). Scale it."
    )
    # A list of campaigns judges nothing.
    assert cli.main(["query", "ab-test"]) == 0
    assert "Why" not in capsys.readouterr().out
    tables = catalogue.fetch(warehouse, "ab-test", {"campaign": "sale"})
    assert catalogue.to_json(tables).keys() == {  # type: ignore[union-attr]
        *("variants", "leader", "winner", "winner_lift", "lift_low", "lift_high", "status"),
        *("recommendation", "total_sessions", "total_conversions", "mixed", "by_source"),
    }


def test_lines_do_not_end_within_a_number() -> None:
    for width in range(0, 60, 3):
        name = "a" * (1 + width // 2)
        leader = variant(name, 1200, 10.13, 97.3)
        tables = answer("inconclusive", leader, B, **{**LEAD, "leader": name})
        (block,) = [
            block for block in render_tables(tables, UK, None).split("\n\n") if "Чому" in block
        ]
        lines = block.splitlines()
        assert max(map(len, lines)) <= WIDTH
        assert "\u00a0" not in block
        for line in lines[1:]:
            assert not line.startswith(("%", "в. п.", "п."))
