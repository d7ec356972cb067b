"""``refresh``: build, test and publish."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.extract import reading
from utm_pipeline.refresh import RefreshRequest, RefreshResult, refresh
from utm_pipeline.refresh.as_of import parse_as_of
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.text import render_tables
from utm_pipeline.settings import Settings
from utm_pipeline.words import text as text_label


@options.command("refresh", "refresh --raw-dir exports --as-of 2025-04-01")
def command(
    context: typer.Context,
    raw_dir: options.RawDirOption = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="The instant that the data shall describe, ISO 8601; business time unless it has "
            "an offset.  [default: now]",
        ),
    ] = None,
    full_refresh: Annotated[bool, options.flag("--full-refresh", "Build everything anew.")] = False,
    variables: Annotated[
        str | None,
        typer.Option(
            "--vars",
            metavar="YAML",
            help="Thresholds that differ from dbt_project.yml, such as "
            "'{identity_max_phones: 20}'.",
        ),
    ] = None,
) -> None:
    """Check the inputs, build and test everything, and only then publish.

    Where UTM_SHOP_DSN names the shop's database, its tables are extracted first.
    """
    settings = options.settings_of(context, UTM_RAW_DIR=raw_dir)
    request = RefreshRequest(
        as_of=None if as_of is None else parse_as_of(as_of, settings.zone),
        full_refresh=full_refresh,
        variables=variables,
    )
    if settings.target == "duckdb" and settings.shop_dsn is not None:
        _extract_first(settings, is_folder_given=raw_dir is not None)
    # Nothing may go from the folder of raw files while they are read.
    with reading(settings.raw_dir):
        result = refresh_with_progress(settings, request)
    sys.stdout.write(summary(result, settings))


def _extract_first(settings: Settings, *, is_folder_given: bool) -> None:
    if is_folder_given:
        said = "the files in --raw-dir are taken as they are; UTM_SHOP_DSN is not asked"
        terminal.warn(said, settings.lang)
        return
    # Imported late, as only who reads a database needs it.
    from utm_pipeline.commands import extract

    result = extract.extract_with_progress(settings)
    terminal.say(extract.summary(result, settings) + "\n")


def refresh_with_progress(settings: Settings, request: RefreshRequest) -> RefreshResult:
    """Refreshes, with a bar on standard error and the tests' warnings under it."""
    with terminal.steps_bar("refresh") as progress:
        result = refresh(settings, request, progress)
    for warning in result.warnings:
        terminal.warn(warning, settings.lang)
    return result


def summary(result: RefreshResult, settings: Settings) -> str:
    """What was read, kept and set aside, and what was built, as text."""
    lang = settings.lang
    formats = Formats(lang, settings.currency)
    counts = {"models": formats.amount(result.models), "tests": formats.amount(result.tests)}
    line = text_label("refresh.done", lang, **counts, seconds=formats.number(result.seconds, 0))
    stamp = f"{text_label('as_of', lang)} {formats.moment(result.as_of)}"
    return f"{render_tables([result.quality], formats, None)}\n{line}. {stamp}\n"
