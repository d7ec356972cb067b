"""``load-spend``: an ad platform's export becomes rows of ad_spend."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from utm_pipeline import spend
from utm_pipeline.commands._shared import Globals, example, pass_globals, warn
from utm_pipeline.report.formats import Formats
from utm_pipeline.settings import Settings
from utm_pipeline.words import text


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
    "--decimal",
    type=click.Choice(spend.MARKS),
    help="The decimal mark, where amounts leave it open.",
)
@click.option(
    "--date-format",
    type=click.Choice(spend.ORDERS),
    help="The order, where the days leave it open.",
)
@click.option(
    "--replace", is_flag=True, help="Replace earlier rows even if none of their campaigns is left."
)
@click.option("--raw-dir", metavar="DIR", help="The folder of raw files.  [default: UTM_RAW_DIR]")
@pass_globals
def command(
    app: Globals, /, *, file: Path, platform: str, raw_dir: str | None, **options: Any
) -> None:
    """Read an ad platform's CSV export, by day, into the table ad_spend.

    What earlier loads of the platform had on the same days is replaced, so loading an export again
    doubles nothing.
    """
    settings = app.settings(UTM_RAW_DIR=raw_dir)
    result = spend.load(settings, file, spend.Options(platform=platform, **options))
    for warning in result.warnings:
        warn(warning)
    click.echo("\n".join(_summary(result, settings)), err=True)


def _summary(result: spend.Load, settings: Settings) -> list[str]:
    """What was read and what became of it, in the user's language."""
    export, formats = result.export, Formats(settings.lang, settings.currency)
    first, last = (formats.day(date.fromisoformat(day)) for day in export.days)
    values = {
        "rows": formats.number(len(export.rows), 0),
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
