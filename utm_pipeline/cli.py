"""The command line: wiring, and how errors end it."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from io import TextIOWrapper

import click

from utm_pipeline import __version__
from utm_pipeline.commands._shared import Globals, example
from utm_pipeline.errors import ExitCode, PipelineError
from utm_pipeline.settings import LANGUAGES, TARGETS

_COMMANDS: Mapping[str, str] = {
    name: f"utm_pipeline.commands.{name.replace('-', '_')}"
    for name in (
        "demo",
        "refresh",
        "report",
        "query",
        "export",
        "email",
        "notify",
        "extract",
        "load-spend",
        "schedule",
        "serve",
        "doctor",
    )
}


class _Commands(click.Group):
    """Imports a command's module when the command is asked for, so that a query starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return found


@click.group(cls=_Commands, epilog=example("demo"))
@click.option("--target", type=click.Choice(TARGETS), help="The engine.  [default: UTM_TARGET]")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language.  [default: UTM_LANG]")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def app(context: click.Context, *, target: str | None, lang: str | None, debug: bool) -> None:
    """Where a shop's visitors come from and what they buy: from raw files to reports."""
    context.obj = Globals(target, lang, debug)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        The exit code. Errors went to standard error as ``error: …`` and ``fix: …``.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    # Tags and labels hold letters of any alphabet, whatever the terminal's locale says.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted. Nothing more may be written, not even
        # when the interpreter flushes on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    return code


def _run(arguments: Sequence[str]) -> int:
    try:
        # Not app.main(), which has its own words for interrupts and closed pipes.
        with app.make_context("utm-pipeline", list(arguments)) as context:
            app.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        raise
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.WRONG_USE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - told, not swallowed
        if "--debug" in arguments:
            traceback.print_exc()
        what, fix, code = _explain(error)
        click.echo(f"error: {what}\nfix: {fix}", err=True)
        return code
    return ExitCode.DONE


def _explain(error: BaseException) -> tuple[str, str, ExitCode]:
    """What went wrong, what to do about it, and the exit code."""
    match error:
        case PipelineError():
            return str(error), error.fix, error.exit_code
        case click.ClickException():
            return *_usage(error), ExitCode.WRONG_USE
        case click.Abort() | KeyboardInterrupt():
            return "interrupted", "run the command again", ExitCode.INTERRUPTED
        case _:
            # Its own words may quote rows, so only its kind and place are told.
            place = traceback.extract_tb(error.__traceback__)[-1]
            return (
                f"unexpected {type(error).__name__}, {place.filename}:{place.lineno}",
                "run it again with --debug before the command, and report what it says",
                ExitCode.FAILED,
            )


def _usage(error: click.ClickException) -> tuple[str, str]:
    """What click says about wrong use, in this tool's two lines."""
    message = " ".join(error.format_message().split()).rstrip(".")
    what = message[:1].lower() + message[1:]
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return what, "see `utm-pipeline --help`"
    fix = f"see `{context.command_path} --help`"
    if isinstance(error, click.NoSuchOption):
        options = [
            option.opts[0]
            for option in context.command.get_params(context)
            if isinstance(option, click.Option)
        ]
        fix = f"it has {', '.join(options)}; {fix}"
    return f"{what}, {context.command_path}", fix
