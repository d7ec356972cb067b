"""``demo``: a sample shop, built and reported in one go."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from utm_pipeline.commands import options, terminal
from utm_pipeline.commands.refresh import refresh_with_progress
from utm_pipeline.refresh import RefreshRequest
from utm_pipeline.report import sections as reports
from utm_pipeline.report.paint import Paint, wants_colour
from utm_pipeline.report.text import render_report
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import open_warehouse

SAMPLE_AS_OF = datetime(2026, 7, 6, 15, tzinfo=UTC)
"""The instant that the sample shop describes."""
# Five Parquet files, which benchmarks/sample_shop makes.
_SAMPLE = Path(__file__).resolve().parents[1] / "sample"
_PERIOD = "month"


@options.command("demo", "demo")
def command(context: typer.Context) -> None:
    """Build a made-up shop in a warehouse of its own and print its report."""
    settings = demo_settings(options.settings_of(context))
    terminal.say(f"building the sample shop in {settings.warehouse.parent}")
    refresh_with_progress(settings, RefreshRequest(SAMPLE_AS_OF, full_refresh=True))
    # The sample's last day is past, so its age is no reason to refuse the report.
    with open_warehouse(settings) as warehouse:
        report = reports.assemble(warehouse, settings, _PERIOD)
    sys.stdout.write(render_report(report, settings.lang, Paint(wants_colour(sys.stdout))))
    terminal.say(f"ask it more: UTM_WAREHOUSE={settings.warehouse} {sys.argv[0]} query --list")


def demo_settings(own: Settings) -> Settings:
    """Settings of the sample shop: the defaults, in a folder beside the user's own warehouse.

    Language and threads are the user's; what describes their own shop would not fit this one.
    """
    folder = own.warehouse.parent / "demo"
    return replace(
        own,
        target="duckdb",
        home=folder,
        raw_dir=_SAMPLE,
        warehouse=folder / "utm_demo.duckdb",
        schema="analytics",
        raw_tables={},
        timezone="Europe/Kyiv",
        own_domains=(),
        currency="UAH",
        pii_key=None,
        dashboard_url=None,
    )
