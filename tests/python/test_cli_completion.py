"""What shells are told when somebody presses the tabulator, and what mistyped words bring."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from utm_pipeline import cli
from utm_pipeline.commands import notify
from utm_pipeline.delivery import chat
from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.params import PERIODS

ROOT = Path(__file__).parents[2]
SHELLS = ("bash", "zsh", "fish")


def environment(shell: str, line: str) -> dict[str, str]:
    """How a shell asks: each reads the line from variables of its own."""
    words = line.split(" ")
    return {
        "_UTM_PIPELINE_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "offered", "withheld"),
    [
        ("utm-pipeline re", ["refresh", "report"], ["query"]),
        ("utm-pipeline query co", ["compare", "cohort-analysis", "content"], ["sources"]),
        ("utm-pipeline query sources --pe", ["--period"], ["--limit"]),
        ("utm-pipeline query sources --period last", ["last_week", "last_month"], ["week "]),
        ("utm-pipeline report --period ", list(PERIODS), ["--period"]),
        ("utm-pipeline export c", ["campaigns", "content"], ["sessions"]),
        ("utm-pipeline --lang ", ["uk", "en"], ["refresh"]),
        ("utm-pipeline query cohort-analysis --cohort-type ", ["day", "week", "month"], ["--"]),
        ("utm-pipeline query ", list(QUERIES), ["refresh"]),
    ],
)
def test_a_shell_is_told_what_may_come(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    shell: str,
    line: str,
    offered: list[str],
    withheld: list[str],
) -> None:
    for name, value in environment(shell, line).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code in {0, None}
    out, err = capsys.readouterr()
    assert err == ""
    assert all(word in out for word in offered)
    assert not any(word in out for word in withheld)


def test_bash_completes_by_the_script_that_is_installed(tmp_path: Path) -> None:
    program = tmp_path / "utm-pipeline"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m utm_pipeline "$@"\n')
    program.chmod(0o755)
    script = """
        eval "$(_UTM_PIPELINE_COMPLETE=source_bash utm-pipeline)"
        COMP_WORDS=(utm-pipeline query sources --period last) COMP_CWORD=4
        _utm_pipeline_completion utm-pipeline
        echo "${COMPREPLY[@]}"
        utm-pipeline --show-completion | tail -1
        utm-pipeline --install-completion >/dev/null
        tail -1 ~/.bash_completions/utm-pipeline.sh
    """
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path),
        },
    )
    completes = "complete -o default -F _utm_pipeline_completion utm-pipeline"
    assert (done.stderr, done.stdout.splitlines()) == (
        "",
        ["last_week last_month", completes, completes],
    )


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["repot"], "no such command 'repot'. (Did you mean one of: 'export', 'report'?)"),
        (["query", "sorces"], "there is no query 'sorces'. Did you mean 'sources'?"),
        (["query", "sources", "--perid", "week"], "option '--perid'. Did you mean '--period'?"),
        (["--lan", "uk", "doctor"], "option '--lan'. Did you mean '--lang'?"),
    ],
)
def test_a_mistyped_word_brings_a_question(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    asked: str,
) -> None:
    monkeypatch.setenv("UTM_LANG", "en")
    assert cli.main(arguments) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("error: ")
    assert asked in first
    assert second.startswith("fix: ")


def test_options_take_what_the_rooms_know() -> None:
    """Typer needs the words in the text of the program, so they stand there once more."""
    assert get_args(notify.Service) == tuple(chat.TARGETS)
