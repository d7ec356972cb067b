"""``extract``: the shop's PostgreSQL into the raw folder."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.extract import ExtractResult, extract
from utm_pipeline.report import layout
from utm_pipeline.report.cells import Formats
from utm_pipeline.settings import Settings
from utm_pipeline.words import text

# The columns after the table's name.
_NUMBERS = ("read", "new", "changed", "removed", "rows", "parts", "seconds", "rate")


@options.command("extract", "extract --full")
def command(
    context: typer.Context,
    full: Annotated[
        bool, options.flag("--full", "Read everything again, not only what has changed.")
    ] = False,
) -> None:
    """Read the tables of the shop's PostgreSQL (UTM_SHOP_DSN) into raw files.

    The first time all rows come, later the new and changed ones.
    """
    settings = options.settings_of(context)
    result = extract_with_progress(settings, full=full)
    sys.stdout.write(summary(result, settings) + "\n")


def extract_with_progress(settings: Settings, *, full: bool = False) -> ExtractResult:
    """Extracts, with progress and warnings on standard error."""
    with terminal.rows_bars() as progress:
        result = extract(settings, full, progress)
    for table in result.tables:
        if table.note:
            said = f"the table {table.table} was read whole: {table.note}"
            terminal.warn(said, settings.lang)
    return result


def summary(result: ExtractResult, settings: Settings) -> str:
    """What was read of each table and what came of it, as text."""
    lang = settings.lang
    formats = Formats(lang, settings.currency)
    rows = [[text(f"extract.{name}", lang) for name in ("table", *_NUMBERS)]]
    for table in result.tables:
        rate = round(table.read / table.seconds) if table.seconds else 0
        counts = (table.read, table.new, table.changed, table.removed, table.rows, table.parts)
        numbers = [formats.number(count, 0) for count in counts]
        numbers += [formats.number(table.seconds, 1), formats.number(rate, 0)]
        rows.append([table.table, *numbers])
    moment = formats.moment(result.snapshot.astimezone(settings.zone))
    seconds = formats.number(result.seconds, 1)
    end = text("extract.end", lang, moment=moment, seconds=seconds)
    return "\n".join((*layout.table(rows, [False, *[True] * len(_NUMBERS)]), "", end))
