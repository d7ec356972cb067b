"""Words: numbers and nouns agree, values of the contract have words, errors have Ukrainian."""

from __future__ import annotations

import ast
import csv
import re
from pathlib import Path

import pytest
import yaml

from utm_pipeline import causes, cli, errors
from utm_pipeline import words as all_words
from utm_pipeline.queries.model import Column, Table
from utm_pipeline.report.cells import Formats, grid
from utm_pipeline.warehouse import postgres_faults
from utm_pipeline.warehouse.postgres_faults import BUILDING, READING_MARTS
from utm_pipeline.words import (
    Amount,
    Kind,
    age,
    column_label,
    explanations,
    in_words,
    plural,
    text,
    value_label,
)

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(all_words.__file__).parent
UK, EN = Formats("uk", "UAH"), Formats("en", "UAH")
FORMS = {
    0: 2, 1: 0, 2: 1, 4: 1, 5: 2, 10: 2, 11: 2, 12: 2, 14: 2, 15: 2, 20: 2, 21: 0, 22: 1,
    25: 2, 100: 2, 101: 0, 111: 2, 112: 2, 121: 0, 1000: 2, 1001: 0, 1152: 1, 1.5: 1, 0.5: 1,
}  # fmt: skip


def lines(name: str) -> list[list[str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.mark.parametrize("number", FORMS)
def test_numbers_have_the_form_of_the_language(number: float) -> None:
    assert plural(number, "uk") == FORMS[number]
    assert plural(number, "en") == int(number != 1)


def test_a_noun_agrees_with_its_number() -> None:
    shown = [f"{UK.amount(number):people}" for number in (1, 2, 5, 1152)]
    assert shown == ["1\u00a0людина", "2\u00a0людини", "5\u00a0людей", "1 152\u00a0людини"]
    assert f"{EN.amount(1):people}, {EN.amount(2)}" == "1\u00a0person, 2"
    assert text("cohort_of", "uk", day="x", size=UK.amount(21), period="y").startswith(
        "x, 21\u00a0л"
    )


def test_every_noun_has_all_its_forms() -> None:
    nouns = {key: (uk, en) for key, uk, en in lines("texts.csv") if key.startswith("count.")}
    for key, (uk, en) in nouns.items():
        if key != "count.one_day":
            assert [len(uk.split("|")), len(en.split("|"))] == [3, 2], key
    named = {
        noun
        for name in ("texts.csv",)
        for _, *said in lines(name)
        for each in said
        for noun in re.findall(r"\{\w+:(\w+)\}", each)
    }
    assert {f"count.{noun}" for noun in named} <= nouns.keys()


@pytest.mark.parametrize(
    ("minutes", "uk", "en"),
    [
        *((1440, "добу", "a day"), (120, "2 години", "2 hours"), (2880, "2 доби", "2 days")),
        *((5, "5 хвилин", "5 minutes"), (90, "90 хвилин", "90 minutes")),
    ],
)
def test_an_age_is_in_its_largest_unit(minutes: int, uk: str, en: str) -> None:
    assert [age(minutes, lang).replace("\u00a0", " ") for lang in ("uk", "en")] == [uk, en]


def test_texts_are_sorted_and_have_both_languages() -> None:
    keys = [key for key, *_ in lines("texts.csv")]
    assert keys == sorted(set(keys))
    for key, uk, en in lines("texts.csv"):
        assert all((uk, en)), key
        assert set(re.findall(r"\{(\w+)", uk)) == set(re.findall(r"\{(\w+)", en)), key


# Values of the contract

VALUES = {
    "utm_campaign": ["N/A"],
    "utm_content": ["N/A"],
    "utm_medium": ["(not set)", "none"],
    **{key: ["Unknown"] for key in ("country", "city", "browser_name", "os_name")},
    "device_type": ["Unknown", "mobile", "desktop", "tablet", "unknown"],
    "conversion_type": ["purchase", "lead"],
    "action_type": [
        *(
            line.split(",")[0]
            for line in (ROOT / "seeds/action_points.csv").read_text().split()[1:]
        ),
        "scroll",
    ],
    "payment_status": ["unpaid", "checking", "prepaid", "partial", "paid"],
    "status": ["new", "prep", "ship", "done", "cancelled"],
}


@pytest.mark.parametrize("key", VALUES)
def test_no_value_of_the_contract_is_shown_raw(key: str) -> None:
    rows = [(value,) for value in VALUES[key]]
    made = grid(Table(None, True, (Column(key, Kind.TEXT),), rows), UK)
    for (value,), (cell,) in zip(rows, made.rows, strict=True):
        for shown in (cell.text, cell.plain, str(cell.value)):
            assert value.lower() not in shown.lower()
            assert re.search("[а-яіїєґ]", shown)
        assert cell.tone == "outside"


def test_values_of_strangers_stay_as_they_are() -> None:
    for key, value in (("utm_source", "scale"), ("utm_campaign", "mobile"), ("city", "paid")):
        assert value_label(value, "uk", key) == value
    columns = (Column("utm_campaign", Kind.TEXT),)
    ((cell,),) = grid(Table(None, True, columns, [("Unknown",)]), UK).rows
    assert cell.text == "Unknown"


def test_reasons_of_quarantine_are_in_words() -> None:
    reasons = {"created missing": 3, "id unreadable": 1, "spend negative": 2, "odd": 1}
    shown = UK.cell(reasons, Column("reasons", Kind.COUNTS))
    assert shown == ("created не заповнено: 3; id не прочитано: 1; spend не більше нуля: 2; odd: 1")


def test_names_that_do_not_explain_themselves_are_explained() -> None:
    named = {name for name, _ in explanations("uk")}
    for key in ("total_score", "ltv_cpa_ratio", "max_cpc", "max_cpa", "rating", "target"):
        assert column_label(key, "uk") in named
    told = [key for key, *_ in lines("texts.csv") if key.startswith("about.")]
    assert len(explanations("en")) == len(told)


def test_explanations_have_the_thresholds_of_the_project() -> None:
    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    said = dict(explanations("en"))
    rating = said[column_label("rating", "en")]
    for name in ("excellent", "good", "average"):
        assert f"{variables[f'repeat_rate_{name}']} %" in rating
    assert f"{variables['max_cpa_share']} (max_cpa_share)" in said[column_label("max_cpc", "en")]
    days = said[column_label("interval", "en")]
    assert all(f" {variables[f'interval_{name}_days']}" in days for name in ("impulse", "regular"))
    points = dict(
        line.split(",") for line in (ROOT / "seeds/action_points.csv").read_text().split()
    )
    score = said[column_label("total_score", "en")]
    for action in ("page_view", "product_view", "add_to_cart", "initiate_checkout", "purchase"):
        assert re.search(rf"\b{points[action]}\b", score)


# Errors


def literals() -> str:
    """All texts in the program's code; where a value stands in one is a blank."""
    found = []
    for path in FOLDER.parent.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        values = (node.value for node in nodes if isinstance(node, ast.Constant))
        found += [" ".join(value.split()) for value in values if isinstance(value, str)]
    tables = (path for path in FOLDER.parent.rglob("*.csv") if path.name != "errors.csv")
    return "\n".join([*found, *(path.read_text(encoding="utf-8") for path in tables)])


def test_every_error_that_has_ukrainian_is_still_one() -> None:
    said = "\n".join((literals(), *said_by_errors()))
    dead = []
    for english, _ in lines("errors.csv"):
        for part in re.split(r"\{\w*\}|'", english):
            words = part.strip(" ,;:.`()?").removeprefix("is ")
            # Typer says what begins in lower case here with a capital.
            if not (words in said or words.capitalize() in said or _is_typers(words)):
                dead.append(english)
    assert not dead


def _is_typers(words: str) -> bool:
    return words.lower() in {
        *("invalid value for", "is not one of", "missing argument", "choose from"),
        *("option", "requires an argument"),
    }


def said_by_errors() -> set[str]:
    """What errors say and advise, with ``Xx`` for each value: from the code and its tables."""
    found = set(causes._WORDS.values())
    tables = [line[1:] for line in rows_of("spend/refusals.csv")]
    tables += [line[2:] for line in rows_of("spend/platforms.csv") if line[1] == "by_day"]
    tables += [(fault.what, fault.fix) for fault in (*READING_MARTS, *BUILDING)]
    tables += [*postgres_faults._READING.values()]
    found |= {re.sub(r"\{\w*\}", "Xx", said) for line in tables for said in line}
    for path in FOLDER.parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                texts_at = PLACES_OF_TEXTS.get("Error" if name in OUR_ERRORS else name, ())
                found |= {
                    each for at in texts_at if at < len(call.args) for each in sample(call.args[at])
                }
    return {said for said in found if " " in said.replace("Xx", "").strip()}


def rows_of(name: str) -> list[list[str]]:
    with (FOLDER.parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


#: Where what is wrong, and what to do about it, stand among the arguments.
PLACES_OF_TEXTS = {"Error": (0, 2), "told": (1, 2), "explained": (2, 3), "warn": (0,)}
OUR_ERRORS = {
    *(name for name in vars(errors) if name.endswith("Error")),
    *("BuildError", "ExtractError", "FullDiskError", "LossError", "RightsError", "ServerError"),
}


def sample(node: ast.expr) -> list[str]:
    """What a text in the code may be, with ``Xx`` for a value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        parts = node.values
        return ["".join(p.value if isinstance(p, ast.Constant) else "Xx" for p in parts)]
    if isinstance(node, ast.IfExp):
        return sample(node.body) + sample(node.orelse)
    return []


#: They begin or end with a text that decides what they are; each whole one has its Ukrainian.
COMPOSED = {
    *("Xx: Xx", "Xx; Xx", "Xx is Xx", "Xx; else see UTM_RAW_SCHEMA and UTM_RAW_TABLES"),
    *("Xx cannot be read (Xx), so nothing was published", "run `pip install 'utm-pipeline[Xx]'`Xx"),
}


def test_every_error_has_ukrainian() -> None:
    said = said_by_errors() - COMPOSED
    assert len(said) > 300
    assert not [each for each in said if not re.search("[а-яіїєґ]", in_words(each, "uk"))]


def test_errors_are_sorted_and_keep_their_values() -> None:
    keys = [english for english, _ in lines("errors.csv")]
    assert keys == sorted(set(keys))
    for english, uk in lines("errors.csv"):
        assert len(re.findall(r"\{\w*\}", english)) == len(re.findall(r"\{\d?\}", uk)), english
        assert "`" not in english or re.findall("`[^`]+`", english) == re.findall("`[^`]+`", uk)


@pytest.mark.parametrize(
    ("arguments", "what", "fix"),
    [
        (["query", "sources"], "даних ще немає, ", "запустіть `utm-pipeline refresh`"),
        (["report", "--period", "year"], "'--period' не може бути 'year'", "дивіться `utm-"),
        (
            ["query", "geo", "--limit", "0"],
            "--limit: '0' не підходить, запит geo",
            "--limit: ціле число",
        ),
        (["report", "--perid", "week"], "Можливо, '--period'?", "є --period, --format"),
        (["frobnicate"], "немає команди 'frobnicate'", "дивіться `utm-pipeline --help`"),
        (["refresh"], "теки з файлами магазину немає, ", "вкажіть в UTM_RAW_DIR"),
        (["email", "--recipients", "x"], "'x' не є адресою", "пишіть так: someone@example.com"),
    ],
)
def test_errors_are_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], arguments: list[str], what: str, fix: str
) -> None:
    assert cli.main(arguments) > 0
    first, second = capsys.readouterr().err.splitlines()
    assert what in first.removeprefix("error: ")
    assert fix in second.removeprefix("fix: ")
    assert cli.main(["--lang", "en", *arguments]) > 0
    assert not re.search("[а-яіїєґ]", capsys.readouterr().err)


def test_an_error_without_ukrainian_stays_as_it_is() -> None:
    assert in_words("something else, somewhere", "uk") == "something else, somewhere"
    assert in_words("there is no warehouse yet, /a", "en") == "there is no warehouse yet, /a"


def test_doctor_speaks_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 3
    shown = capsys.readouterr().out
    assert "помилка  сховище" in shown
    assert "(що робити: запустіть `utm-pipeline refresh`" in shown


def test_an_amount_is_a_text() -> None:
    assert str(Amount("1 152", 1152, "uk")) == "1 152"
