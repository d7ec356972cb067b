"""``doctor``: a line for each thing that a run needs."""

from __future__ import annotations

import click

from utm_pipeline.commands._shared import Globals, example, pass_globals
from utm_pipeline.errors import ExitCode
from utm_pipeline.refresh.doctor import examine


@click.command("doctor", epilog=example("doctor"))
@click.pass_context
@pass_globals
def command(app: Globals, context: click.Context) -> None:
    """Check settings, inputs, warehouse, freshness, SMTP and cron."""
    findings = examine(app.settings)
    for finding in findings:
        fix = f"  (fix: {finding.fix})" if finding.fix else ""
        click.echo(f"{finding.status:<8} {finding.check:<10} {finding.text}{fix}")
    if any(finding.status == "fail" for finding in findings):
        context.exit(ExitCode.CONFIGURATION)
