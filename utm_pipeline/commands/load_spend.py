"""``load-spend``: an ad platform's export becomes rows of ad_spend."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from utm_pipeline import spend
from utm_pipeline.commands import options, terminal
from utm_pipeline.report.cells import Formats
from utm_pipeline.settings import Settings
from utm_pipeline.words import text

if TYPE_CHECKING:
    Platform = str
else:
    Platform = Literal[tuple(spend.PLATFORMS)]


@options.command("load-spend", "load-spend july.csv --platform meta")
def command(  # noqa: PLR0913 - one argument an option
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE", hidden=True)],
    platform: Annotated[
        Platform,
        options.choice(
            Platform, "Where the export comes from; generic has the columns of the table ad_spend."
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            metavar="TAG", help="utm_source of the rows.  [default: facebook, google, tiktok]"
        ),
    ] = None,
    medium: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="utm_medium of the rows.  [default: paid_social, cpc]"),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A name for the ad account, if the platform has several."
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="The export's currency, where it does not name one."),
    ] = None,
    decimal: Annotated[
        spend.Mark | None,
        options.choice(spend.Mark, "The decimal mark, where amounts leave it open."),
    ] = None,
    date_format: Annotated[
        spend.Order | None,
        options.choice(spend.Order, "The order, where the days leave it open."),
    ] = None,
    replace: Annotated[
        bool,
        options.flag("--replace", "Replace earlier rows even if none of their campaigns is left."),
    ] = False,
    raw_dir: options.RawDirOption = None,
) -> None:
    """Read an ad platform's CSV export, by day, into the table ad_spend.

    What earlier loads of the platform had on the same days is replaced, so loading an export again
    doubles nothing.
    """
    settings = options.settings_of(context, UTM_RAW_DIR=raw_dir)
    chosen = spend.Options(
        platform, source, medium, account, currency, decimal, date_format, replace
    )
    result = spend.load(settings, file, chosen)
    for warning in result.warnings:
        terminal.warn(warning, settings.lang)
    terminal.say("\n".join(_summary(result, settings)))


def _summary(result: spend.Load, settings: Settings) -> list[str]:
    export, formats = result.export, Formats(settings.lang, settings.currency)
    first, last = (formats.day(date.fromisoformat(day)) for day in export.days)
    values = {
        "rows": formats.amount(len(export.rows)),
        "totals": formats.number(export.totals, 0),
        "first": first,
        "last": last,
        "campaigns": formats.number(len(export.campaigns), 0),
        "spend": formats.money(export.spend),
        "replaced": formats.number(result.replaced, 0),
        "file": result.file,
    }
    written = "written" if result.changed else "unchanged"
    lines = ("read", "days", "campaigns", "spend", written, "file", "next")
    return [text(f"load.{line}", settings.lang, **values) for line in lines]
