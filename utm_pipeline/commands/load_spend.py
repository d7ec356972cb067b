"""``load-spend``: an ad platform's export becomes rows of ad_spend."""

from __future__ import annotations

import re
from pathlib import Path

import click

from utm_pipeline import setting_values as checks
from utm_pipeline import spend
from utm_pipeline.commands._shared import Globals, example, pass_globals, warn
from utm_pipeline.errors import ConfigError, WrongUseError
from utm_pipeline.report.formats import Formats
from utm_pipeline.settings import Settings
from utm_pipeline.spend.amounts import MARKS
from utm_pipeline.spend.days import ORDERS
from utm_pipeline.words import Words

_ACCOUNT = re.compile("[a-z0-9][a-z0-9_-]{0,39}")
_READ = Words("Прочитано рядків", "Rows read")
_TOTALS = Words("підсумкових рядків пропущено", "rows of totals left out")
_DAYS = Words("Дні", "Days")
_CAMPAIGNS = Words("Кампаній", "Campaigns")
_SPEND = Words("Витрати", "Spend")
_WRITTEN = Words("Записано рядків", "Rows written")
_REPLACED = Words("замінено рядків попередніх завантажень", "rows of earlier loads replaced")
_UNCHANGED = Words("Відтоді нічого не змінилося", "Nothing has changed since the last load")
_FILE = Words("Файл", "File")
_NEXT = Words("Далі", "Next")


@click.command("load-spend", epilog=example("load-spend july.csv --platform meta"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--platform",
    type=click.Choice(tuple(spend.PLATFORMS)),
    required=True,
    help="Where the export comes from; generic has the columns of the table ad_spend.",
)
@click.option(
    "--source", metavar="TAG", help="utm_source of the rows.  [default: facebook, google, tiktok]"
)
@click.option(
    "--medium", metavar="TAG", help="utm_medium of the rows.  [default: paid_social, cpc]"
)
@click.option(
    "--account", metavar="NAME", help="A name for the ad account, if the platform has several."
)
@click.option(
    "--currency", metavar="CODE", help="The export's currency, where it does not name one."
)
@click.option(
    "--decimal", type=click.Choice(MARKS), help="The decimal mark, where amounts leave it open."
)
@click.option(
    "--date-format", type=click.Choice(ORDERS), help="The order, where the days leave it open."
)
@click.option(
    "--replace", is_flag=True, help="Replace earlier rows even if none of their campaigns is left."
)
@click.option("--raw-dir", metavar="DIR", help="The folder of raw files.  [default: UTM_RAW_DIR]")
@pass_globals
def command(
    app: Globals, /, *, file: Path, platform: str, replace: bool, **options: str | None
) -> None:
    """Read an ad platform's CSV export, by day, into the table ad_spend.

    What earlier loads of the platform had on the same days is replaced, so loading an export again
    doubles nothing.
    """
    settings = app.settings(UTM_RAW_DIR=options["raw_dir"])
    if settings.target not in {"duckdb", "postgres"}:
        raise ConfigError(
            f"target {settings.target} does not read its raw tables from CSV files",
            "UTM_TARGET",
            "put the spend into its table ad_spend by other means",
        )
    chosen = spend.PLATFORMS[platform]
    reading = spend.Reading(
        currency=settings.currency,
        source=_tag("--source", options["source"], chosen) or chosen.source,
        medium=_tag("--medium", options["medium"], chosen) or chosen.medium,
        said_currency=_currency(options["currency"]),
        decimal=options["decimal"],
        order=options["date_format"],
    )
    store = spend.Store(settings, chosen, _account(options["account"]), replace)
    export = spend.read_export(file, chosen, reading)
    result = spend.LoadResult(export, store.put(export))
    for text in _warnings(result, settings):
        warn(text)
    click.echo(summary(result, settings), err=True)


def summary(result: spend.LoadResult, settings: Settings) -> str:
    """What was read and what became of it, a line each, in the user's language."""
    lang, export, replaced = settings.lang, result.export, result.replaced
    formats = Formats(lang, settings.currency)
    campaigns = {row.utm_campaign for row in export.rows if row.utm_campaign}

    def line(words: Words, value: str) -> str:
        return f"{words.in_language(lang)}: {value}"

    counts = formats.number(len(export.rows), 0)
    totals = formats.number(export.totals_rows, 0)
    written = f"{counts}; {line(_REPLACED, formats.number(replaced.replaced, 0))}"
    return "\n".join(
        (
            line(_READ, f"{counts}; {line(_TOTALS, totals)}"),
            line(_DAYS, f"{formats.day(export.first)} – {formats.day(export.last)}"),
            line(_CAMPAIGNS, formats.number(len(campaigns), 0)),
            line(_SPEND, formats.money(export.total)),
            line(_WRITTEN, written) if replaced.changed else _UNCHANGED.in_language(lang),
            line(_FILE, str(replaced.file)),
            line(_NEXT, "utm-pipeline refresh"),
        )
    )


def _warnings(result: spend.LoadResult, settings: Settings) -> list[str]:
    export, replaced = result.export, result.replaced
    texts = list(export.disagreements)
    if export.negative_rows:
        texts.append(
            f"rows with spend below 0: {export.negative_rows}; the refresh will set them aside"
        )
    campaigns, money = replaced.gone
    if campaigns:
        texts.append(
            f"campaigns of earlier loads that this export lacks: {campaigns}; their "
            f"{settings.currency} {money:f} on its days went. If the export is a part of the "
            "account, load all of it"
        )
    if replaced.moved:
        texts.append(f"{replaced.moved[0]} moved to {replaced.moved[1]}; keep it up to date there")
    return texts


def _tag(option: str, value: str | None, platform: spend.Platform) -> str | None:
    if value is None:
        return None
    if platform.is_generic:
        raise WrongUseError(
            "the generic form has its own tags", option, "leave the option out, or edit the file"
        )
    if not value.strip():
        raise WrongUseError("the tag is empty", option, "leave the option out, or give a tag")
    return value.strip()


def _account(value: str | None) -> str | None:
    if value is not None and not _ACCOUNT.fullmatch(value):
        raise WrongUseError(
            "the account's name cannot be a part of a file's name",
            "--account",
            "use up to 40 small Latin letters, digits, - and _",
        )
    return value


def _currency(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return checks.currency(value.upper())
    except ValueError as error:
        raise WrongUseError("the currency is no code", "--currency", f"give {error}") from error
