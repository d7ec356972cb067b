"""The command line: two lines for an error, the right exit code, data on standard output only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from utm_pipeline import __version__, cli
from utm_pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
COMMANDS = ("demo", "refresh", "report", "query", "export", "email", "notify", "doctor")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTM_LANG", "en")


def run_cli(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "utm_pipeline", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
    )


def assert_error(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, *texts: str
) -> None:
    assert cli.main(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("fix: ")
    for text in texts:
        assert text in err


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (["frobnicate"], ["no such command 'frobnicate'"]),
        (["--lang", "de", "doctor"], ["'de'", "'uk', 'en'"]),
        (["--target", "oracle", "doctor"], ["'oracle'"]),
        (["report", "--period", "year"], ["--period", "last_month", "utm-pipeline report"]),
        (
            ["report", "--format", "doc"],
            ["--format", "'text', 'html', 'json', 'md', 'xlsx', 'pdf'"],
        ),
        (["export", "people"], ["people", "'sessions'"]),
        (["export"], ["missing argument", "sessions, sources, campaigns, content"]),
        (["query"], ["no query was named", "query --list"]),
        (["query", "frobnicate"], ["no query 'frobnicate'", "general-stats, sources"]),
        (["query", "sources", "--source", "x"], ["--source", "it has --period, --limit"]),
        (["query", "sources", "--limit", "0"], ["--limit is '0', query sources", "from 1 to"]),
        (["query", "sources", "--period", "year"], ["--period is 'year'", "last_month"]),
        (["query", "geo", "--format", "csv"], ["geo is no single table", "json or table"]),
        (["query", "session-detail"], ["missing argument 'ID'"]),
        (["query", "session-detail", "x"], ["id is 'x'", "whole number"]),
        (["query", "session-detail", "7"], ["no session 7"]),
        (["refresh", "--as-of", "yesterday"], ["as-of is 'yesterday'", "2025-03-31"]),
    ],
)
def test_wrong_use(
    capsys: pytest.CaptureFixture[str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    texts: list[str],
) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    assert settings.lang == "en"
    assert_error(capsys, arguments, 2, *texts)


@pytest.mark.parametrize(
    ("variables", "arguments", "texts"),
    [
        ({"UTM_LANG": "de"}, ["query", "sources"], ["UTM_LANG: 'de' не підходить", "uk або en"]),
        ({"UTM_TARGET": "spark"}, ["refresh"], ["spark is not served so far"]),
        (
            {"PGHOST": "/nowhere"},
            ["--target", "postgres", "query", "sources"],
            ["PostgreSQL cannot be reached", "/nowhere", "PGHOST"],
        ),
        ({}, ["query", "sources"], ["no warehouse yet", "utm.duckdb", "demo"]),
        ({}, ["report"], ["no warehouse yet"]),
        ({}, ["export", "sources"], ["no warehouse yet"]),
        ({}, ["refresh"], ["folder of raw files does not exist", "raw"]),
        ({}, ["refresh", "--vars", "{nope: 1}"], ["no var 'nope'", "identity_max_phones"]),
    ],
)
def test_configuration(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    arguments: list[str],
    texts: list[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert_error(capsys, arguments, 3, *texts)


def test_help_of_every_command_ends_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], *([name] for name in COMMANDS), ["query", "funnel"]):
        assert cli.main([*arguments, "--help"]) == 0
        last = capsys.readouterr().out.rstrip().splitlines()[-1]
        assert last.startswith("    utm-pipeline ")
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)


def test_the_examples_of_the_help_are_right_use(
    capsys: pytest.CaptureFixture[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")
    assert settings.lang == "en"
    from utm_pipeline.queries import QUERIES

    for query in QUERIES.values():
        arguments = query.example.replace("1204", "101").replace("last_month", "week")
        arguments = arguments.replace("month", "week")
        assert cli.main(["query", query.name, *arguments.split()]) == 0, query.name
    capsys.readouterr()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"utm-pipeline {__version__}\n"


def test_no_arguments_show_the_help_and_are_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: utm-pipeline")


def test_an_unforeseen_error_says_where_and_not_what(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("olena@example.com")

    monkeypatch.setattr("utm_pipeline.commands.options.load_settings", fail)
    said = ("unexpected fault of the program", "test_cli_errors.py", "--debug")
    assert_error(capsys, ["report"], 1, *said)
    assert cli.main(["report"]) == 1
    assert "olena" not in capsys.readouterr().err


def test_a_traceback_only_with_debug(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report"]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert cli.main(["--debug", "report"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_ends_with_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("utm_pipeline.commands.options.load_settings", interrupt)
    assert_error(capsys, ["report"], 130, "interrupted")


def test_an_interrupt_that_a_library_takes_for_a_failure_ends_with_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("utm_pipeline.commands.options.load_settings", interrupt)
    assert_error(capsys, ["report"], 130, "interrupted")


def test_a_closed_pipe_is_quiet(settings: Settings) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "utm_pipeline", "query", "sources"],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "UTM_FRESHNESS_MINUTES": "99999999",
                "UTM_SILENCE_HOURS": "0",
                "UTM_WAREHOUSE": str(settings.warehouse),
            },
        )
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (0, "")


def test_letters_of_any_alphabet_are_written_in_any_locale(settings: Settings) -> None:
    result = run_cli(
        "--lang",
        "uk",
        "query",
        "sources",
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
        UTM_WAREHOUSE=str(settings.warehouse),
    )
    assert result.returncode == 0
    assert "яблуко" in result.stdout


def test_a_query_imports_nothing_that_it_does_not_need(settings: Settings) -> None:
    script = (
        "import sys; from utm_pipeline import cli; code = cli.main(['query', 'sources']); "
        "print(code, sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "UTM_WAREHOUSE": str(settings.warehouse),
            "UTM_FRESHNESS_MINUTES": "99999999",
            "UTM_SILENCE_HOURS": "0",
        },
    )
    code, _, modules = result.stderr.partition(" ")
    assert code == "0"
    for heavy in (
        *("dbt", "rich", "yaml", "jinja2", "pydantic", "click", "dotenv", "smtplib"),
        # The engine would, wherever it is installed.
        *("pandas",),
    ):
        assert f"'{heavy}'" not in modules
