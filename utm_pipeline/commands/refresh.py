"""``refresh``: build, test and publish."""

from __future__ import annotations

import sys

import click

from utm_pipeline.clock import parse_as_of
from utm_pipeline.commands._progress import progress_bar
from utm_pipeline.commands._shared import Globals, example, pass_globals, warn
from utm_pipeline.extract import reading
from utm_pipeline.refresh import RefreshRequest, RefreshResult, refresh
from utm_pipeline.report.formats import Formats
from utm_pipeline.report.labels import text_label
from utm_pipeline.report.text import render_tables
from utm_pipeline.settings import Settings


@click.command("refresh", epilog=example("refresh --raw-dir exports --as-of 2025-04-01"))
@click.option("--raw-dir", metavar="DIR", help="The folder of raw files.  [default: UTM_RAW_DIR]")
@click.option(
    "--as-of",
    metavar="TIME",
    help="The instant that the data shall describe, ISO 8601; business time unless it has an "
    "offset.  [default: now]",
)
@click.option("--full-refresh", is_flag=True, help="Build everything anew.")
@click.option(
    "--vars",
    "variables",
    metavar="YAML",
    help="Thresholds that differ from dbt_project.yml, such as '{identity_max_phones: 20}'.",
)
@pass_globals
def command(
    app: Globals,
    /,
    *,
    raw_dir: str | None,
    as_of: str | None,
    full_refresh: bool,
    variables: str | None,
) -> None:
    """Check the inputs, build and test everything, and only then publish.

    Where UTM_SHOP_DSN names the shop's database, its tables are extracted first.
    """
    settings = app.settings(UTM_RAW_DIR=raw_dir)
    request = RefreshRequest(
        as_of=None if as_of is None else parse_as_of(as_of, settings.zone),
        full_refresh=full_refresh,
        variables=variables,
    )
    if settings.target == "duckdb":
        _extract_first(settings, is_folder_given=raw_dir is not None)
    # Nothing may go from the folder of raw files while they are read.
    with reading(settings.raw_dir):
        result = refresh_with_progress(settings, request)
    sys.stdout.write(summary(result, settings))


def _extract_first(settings: Settings, *, is_folder_given: bool) -> None:
    """Brings the raw files up to date, where the shop's database is known."""
    if settings.shop_dsn is None:
        return
    if is_folder_given:
        warn("the files in --raw-dir are taken as they are; UTM_SHOP_DSN is not asked")
        return
    # Imported late, as only who reads a database needs it.
    from utm_pipeline.commands import extract

    result = extract.extract_with_progress(settings)
    click.echo(extract.summary(result, settings), err=True)


def refresh_with_progress(settings: Settings, request: RefreshRequest) -> RefreshResult:
    """Refreshes, with a bar on standard error and the tests' warnings under it."""
    with progress_bar("refresh") as progress:
        result = refresh(settings, request, progress)
    for warning in result.warnings:
        warn(warning)
    return result


def summary(result: RefreshResult, settings: Settings) -> str:
    """What was read, kept and set aside, and what was built, as text."""
    lang = settings.lang
    formats = Formats(lang, settings.currency)
    counts = (
        ("models", formats.number(result.models, 0)),
        ("tests", formats.number(result.tests, 0)),
        ("seconds", formats.number(result.seconds, 1)),
    )
    line = ", ".join(f"{text_label(key, lang)}: {value}" for key, value in counts)
    stamp = f"{text_label('as_of', lang)} {formats.moment(result.as_of)}"
    return f"{render_tables([result.quality], formats, None)}\n{line}. {stamp}\n"
