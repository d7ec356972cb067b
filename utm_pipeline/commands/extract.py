"""``extract``: the shop's PostgreSQL into the raw folder."""

from __future__ import annotations

import sys

import click

from utm_pipeline.commands._progress import rows_progress
from utm_pipeline.commands._shared import Globals, example, pass_globals, warn
from utm_pipeline.extract import ExtractResult, TableResult, extract
from utm_pipeline.report import layout
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.layout import Heading
from utm_pipeline.settings import Settings
from utm_pipeline.words import Words

_HEADINGS = (
    Words("Таблиця", "Table"),
    Words("Прочитано", "Read"),
    Words("Нових", "New"),
    Words("Змінених", "Changed"),
    Words("Зниклих", "Gone"),
    Words("Усього", "Rows"),
    Words("Файлів", "Files"),
    Words("Секунд", "Seconds"),
    Words("Рядків/с", "Rows/s"),
)
_SNAPSHOT = Words("Дані магазину станом на", "The shop's data as of")
_SECONDS = Words("секунд", "seconds")


@click.command("extract", epilog=example("extract --full"))
@click.option("--full", is_flag=True, help="Read everything again, not only what has changed.")
@pass_globals
def command(app: Globals, /, *, full: bool) -> None:
    """Read the tables of the shop's PostgreSQL (UTM_SHOP_DSN) into raw files.

    The first time all rows come, later the new and changed ones.
    """
    settings = app.settings()
    result = extract_with_progress(settings, full=full)
    sys.stdout.write(summary(result, settings))


def extract_with_progress(settings: Settings, *, full: bool = False) -> ExtractResult:
    """Extracts, with progress and warnings on standard error."""
    with rows_progress() as progress:
        result = extract(settings, full, progress)
    for table in result.tables:
        if table.note:
            warn(f"the table {table.table} was read whole: {table.note}")
    return result


def summary(result: ExtractResult, settings: Settings) -> str:
    """What was read of each table and what came of it, as text."""
    lang = settings.lang
    formats = Formats(lang, settings.currency)
    headings = [Heading(words.in_language(lang), right=n > 0) for n, words in enumerate(_HEADINGS)]
    lines = layout.table(headings, [_row(table, formats) for table in result.tables])
    moment = formats.moment(result.snapshot.astimezone(settings.zone))
    stamp = f"{_SNAPSHOT.in_language(lang)} {moment}"
    seconds = f"{_SECONDS.in_language(lang)}: {formats.number(result.seconds, 1)}"
    return "\n".join((*lines, "", f"{stamp}; {seconds}", ""))


def _row(table: TableResult, formats: Formats) -> list[str]:
    rate = table.read / table.seconds if table.seconds else 0
    numbers = (table.read, table.new, table.changed, table.removed, table.rows, table.parts)
    return [
        table.table,
        *(formats.number(number, 0) for number in numbers),
        formats.number(table.seconds, 1),
        formats.number(round(rate), 0),
    ]
