"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from utm_pipeline.render.paint import wants_colour

if TYPE_CHECKING:
    from utm_pipeline.core.dbt_runner import Progress


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
