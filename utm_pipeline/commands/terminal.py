"""Standard error: what is said beside an answer. No other module writes there."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from utm_pipeline.errors import WrongUseError
from utm_pipeline.report.paint import wants_colour
from utm_pipeline.words import in_words

if TYPE_CHECKING:
    from utm_pipeline.extract import Progress

_T = TypeVar("_T")

_LINE_SECONDS = 10


def take_any_letter() -> None:
    """Tags and labels hold letters of any alphabet, whatever the terminal's locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def say(line: str) -> None:
    """Writes a line."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def warn(text: str, lang: str) -> None:
    """One line that does not end the command."""
    say(f"warning: {in_words(text, lang)}")


def fail(what: str, fix: str) -> None:
    """The two lines that end a command which did not do its work."""
    say(f"error: {what}\nfix: {fix}")


def show_traceback() -> None:
    """Where the error that is being handled comes from, for --debug."""
    traceback.print_exc()


def pause(seconds: int, why: str) -> None:
    """Waits before another try, and says so."""
    say(f"{why}; trying again in {seconds} s")
    time.sleep(seconds)


def asks() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, default: str | None, read: Callable[[str], _T]) -> _T:
    """Asks again until ``read`` finds nothing wrong with the answer."""

    def checked(answer: str) -> _T:
        try:
            return read(answer)
        except WrongUseError as error:
            wrong = "; ".join(filter(None, (error.what, error.fix)))
            raise typer.BadParameter(wrong) from None

    answer: _T = typer.prompt(question, default=default, value_proc=checked, err=True)
    return answer


def confirm(question: str, *, default: bool = False) -> bool:
    """Asks for yes or no."""
    return typer.confirm(question, default=default, err=True)


@contextmanager
def steps_bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Gives a function that shows how many steps of how many are done; None without a terminal."""
    if not wants_colour(sys.stderr):
        yield None
        return
    from rich.progress import MofNCompleteColumn

    with _bar(MofNCompleteColumn()) as bar:
        task = bar.add_task(label, total=None)

        def move(finished: int, total: int) -> None:
            bar.update(task, completed=finished, total=total or None)

        yield move


@contextmanager
def rows_bars() -> Iterator[Progress]:
    """Gives a function that shows how many rows of a table have come, and how fast.

    Without a terminal it writes a line now and then.
    """
    if not wants_colour(sys.stderr):
        yield _rows_lines()
        return
    from rich.progress import TextColumn

    with _bar(TextColumn("{task.fields[said]}")) as bar:
        tasks: dict[str, Any] = {}

        def show(table: str, rows: int, expected: int | None, seconds: float) -> None:
            if table not in tasks:
                tasks[table] = bar.add_task(table, total=None, said="")
            total = None if expected is None else max(expected, rows)
            bar.update(tasks[table], completed=rows, total=total, said=_rate(rows, seconds))

        yield show


def _bar(counter: Any) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), counter, TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _rows_lines() -> Progress:
    last = time.monotonic()

    def show(table: str, rows: int, expected: int | None, seconds: float) -> None:  # noqa: ARG001
        nonlocal last
        if time.monotonic() - last >= _LINE_SECONDS:
            last = time.monotonic()
            say(f"extract: {table}, {_rate(rows, seconds)}")

    return show


def _rate(rows: int, seconds: float) -> str:
    return f"{rows:,} rows, {rows / max(seconds, 0.001):,.0f} rows/s"
