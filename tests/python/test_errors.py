"""Errors: one line each, with the exit codes of the contract."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from utm_pipeline import errors
from utm_pipeline.errors import ExitCode, PipelineError, signals_raise

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _hears_of_its_terminal() -> Iterator[None]:
    """Whatever started the tests may have had this signal ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "WRONG_USE": 2,
        "CONFIGURATION": 3,
        "STALE": 4,
        "BUSY": 5,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BuildError, 1),
        (errors.WrongUseError, 2),
        (errors.NotFoundError, 2),
        (errors.ConfigError, 3),
        (errors.InputError, 3),
        (errors.WarehouseError, 3),
        (errors.NoWarehouseError, 3),
        (errors.StaleDataError, 4),
        (errors.BusyError, 5),
        (errors.InterruptedRunError, 130),
    ],
)
def test_each_error_has_its_code(error: type[PipelineError], code: int) -> None:
    assert error.exit_code == code


def test_an_error_is_one_line() -> None:
    error = PipelineError("two\nlines", "a  place", "do\tthis")
    assert str(error) == "two lines, a place"
    assert error.fix == "do this"
    assert str(PipelineError("what", "", "fix")) == "what"


def _lose_it(number: int) -> None:
    with suppress(KeyboardInterrupt):
        signal.raise_signal(number)


def _take_it_for_a_failure(number: int) -> None:
    """As DuckDB does."""
    try:
        signal.raise_signal(number)
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("library", [signal.raise_signal, _lose_it, _take_it_for_a_failure])
def test_a_signal_ends_a_block_whatever_a_library_makes_of_it(
    library: Callable[[int], None], number: signal.Signals
) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(KeyboardInterrupt), signals_raise():
        library(number)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    with pytest.raises(RuntimeError, match="of its own"), signals_raise():
        raise RuntimeError("of its own")


def test_a_further_signal_ends_the_work_but_not_the_cleaning_up() -> None:
    done = []

    def work() -> None:
        _lose_it(signal.SIGINT)
        done.append("went on")
        signal.raise_signal(signal.SIGINT)
        done.append("still went on")

    with pytest.raises(KeyboardInterrupt), signals_raise():
        try:
            with signals_raise():
                work()
        finally:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)
            done.append("cleaned up")
    assert done == ["went on", "cleaned up"]


def test_a_failing_clean_up_after_a_signal_is_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt), signals_raise():
        try:
            with signals_raise():
                signal.raise_signal(signal.SIGINT)
        finally:
            raise OSError


def test_who_takes_note_of_an_interrupt_may_end_well() -> None:
    with signals_raise(), suppress(KeyboardInterrupt), signals_raise():
        signal.raise_signal(signal.SIGTERM)


def test_the_words_of_an_interrupt_are_kept() -> None:
    with pytest.raises(errors.InterruptedRunError), signals_raise():
        _lose_it(signal.SIGINT)
        raise errors.InterruptedRunError("interrupted", "", "run it again")


def test_the_exit_code_is_ours_wherever_the_signal_came(tmp_path: Path) -> None:
    """Python itself ends otherwise if a KeyboardInterrupt has passed through exec."""
    (tmp_path / "program.py").write_text(
        "import signal, sys\n"
        "from utm_pipeline.errors import signals_raise\n"
        "try:\n"
        "    with signals_raise():\n"
        "        exec('signal.raise_signal(signal.SIGINT)')\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "program"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 130


def test_a_signal_that_was_ignored_before_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals_raise():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
