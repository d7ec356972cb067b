"""Progress on standard error: a bar where that is a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from utm_pipeline.report.paint import wants_colour

if TYPE_CHECKING:
    from utm_pipeline import extract
    from utm_pipeline.refresh.dbt_runner import Progress

_LINE_SECONDS = 10


@contextmanager
def progress_bar(label: str) -> Iterator[Progress | None]:
    """Gives a function that moves the bar, or None where no bar is wanted."""
    if not wants_colour(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def move(finished: int, total: int) -> None:
            bar.update(task, completed=finished, total=total or None)

        yield move


@contextmanager
def rows_progress() -> Iterator[extract.Progress]:
    """Gives a function that shows how many rows of a table have come, and how fast."""
    if not wants_colour(sys.stderr):
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(table: str, rows: int, expected: int | None, seconds: float) -> None:
            if table not in tasks:
                tasks[table] = bar.add_task(table, total=None, said="")
            total = None if expected is None else max(expected, rows)
            bar.update(tasks[table], completed=rows, total=total, said=_rate(rows, seconds))

        yield show


def _lines() -> extract.Progress:
    """For logs: a line every few seconds, and none for what is quick."""
    told = time.monotonic()

    def show(table: str, rows: int, expected: int | None, seconds: float) -> None:  # noqa: ARG001
        nonlocal told
        if time.monotonic() - told >= _LINE_SECONDS:
            told = time.monotonic()
            click.echo(f"extract: {table}, {_rate(rows, seconds)}", err=True)

    return show


def _rate(rows: int, seconds: float) -> str:
    return f"{rows:,} rows, {rows / max(seconds, 0.001):,.0f} rows/s"
