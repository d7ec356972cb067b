"""The command line: which commands there are, and how errors end them."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from utm_pipeline import __version__, causes
from utm_pipeline.commands import options, terminal
from utm_pipeline.commands.options import Globals, LazyGroup
from utm_pipeline.errors import ExitCode, PipelineError, signals_raise
from utm_pipeline.settings import Language, Target
from utm_pipeline.words import error_in_words, in_words

PROGRAM = "utm-pipeline"
COMMANDS = (
    *("demo", "refresh", "report", "query", "export", "email", "notify"),
    *("extract", "load-spend", "quarantine", "schedule", "serve", "doctor"),
)
# Set by what a shell runs when somebody presses the tabulator.
_COMPLETE = "_UTM_PIPELINE_COMPLETE"
# What Typer raises for wrong use, of whichever Click it brings.
_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]


class _Commands(LazyGroup):
    names = COMMANDS

    def make(self, name: str) -> TyperCommand | TyperGroup:
        module: Any = importlib.import_module(f"utm_pipeline.commands.{name.replace('-', '_')}")
        return module.command  # type: ignore[no-any-return]


def _version(*, wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"{PROGRAM} {__version__}\n")
        raise typer.Exit


def _globals(
    context: typer.Context,
    target: Annotated[
        Target | None,
        options.choice(Target, "The engine.  [default: UTM_TARGET]"),
    ] = None,
    lang: Annotated[
        Language | None,
        options.choice(Language, "Language.  [default: UTM_LANG]"),
    ] = None,
    debug: Annotated[bool, options.flag("--debug", "Show tracebacks.")] = False,  # noqa: ARG001 - read by _run
    version: Annotated[  # noqa: ARG001 - its callback ends it all
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Where a shop's visitors come from and what they buy: from raw files to reports."""
    context.obj = Globals(target, lang)


app = options.group(_Commands, _globals, "demo", completes=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        The exit code. Errors went to standard error as ``error: …`` and ``fix: …``.
    """
    is_program = arguments is None
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    terminal.take_any_letter()
    try:
        code = _run(arguments)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            _write_no_more()
            code = _told(error, arguments)
        if is_program and code == ExitCode.INTERRUPTED:
            # Who presses Ctrl+C again shall not find the interpreter on its way out.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted.
        _write_no_more()
        return ExitCode.DONE
    return code


def _write_no_more() -> None:
    """Nothing goes to standard output, not even when the interpreter flushes on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    if _COMPLETE in os.environ:
        app.main(prog_name=PROGRAM)
    if not arguments:
        terminal.say(app.get_help(typer.Context(app, info_name=PROGRAM)))
        return ExitCode.WRONG_USE
    try:
        # Not app.main(), which has its own words for interrupts and closed pipes.
        with (
            # Ctrl+C ends a query as well, where DuckDB makes an error of its own of it.
            signals_raise(signal.SIGINT),
            app.make_context(PROGRAM, list(arguments)) as context,
        ):
            app.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - told, not swallowed
        return _told(error, arguments)
    return ExitCode.DONE


def _told(error: BaseException, arguments: Sequence[str]) -> ExitCode:
    if "--debug" in arguments:
        terminal.show_traceback()
    what, where, fix, code = _explain(error)
    lang = options.language(dict(pairwise(arguments)).get("--lang"))
    terminal.fail(error_in_words(what, where, lang), in_words(fix, lang))
    return code


def _explain(error: BaseException) -> tuple[str, str, str, ExitCode]:
    """What went wrong, where, what to do about it, and the exit code."""
    if isinstance(error, OSError):
        error = causes.unexplained(error)
    if isinstance(error, PipelineError):
        return error.what, error.where, error.fix, error.exit_code
    if isinstance(error, _USAGE_ERROR):
        what, fix = _usage(error)
        return what, "", fix, ExitCode.WRONG_USE
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        return "interrupted", "", "run the command again", ExitCode.INTERRUPTED
    # Its own words may quote rows, so only its place is told.
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        "unexpected fault of the program",
        f"{place.filename}:{place.lineno}",
        "run it again with --debug before the command, and report what it says",
        ExitCode.FAILED,
    )


def _usage(error: Any) -> tuple[str, str]:
    """What Typer says about wrong use, in this tool's two lines."""
    message = " ".join(error.format_message().split()).rstrip(".")
    what, context = message[:1].lower() + message[1:], error.ctx
    if context is None:
        return what, f"see `{PROGRAM} --help`"
    fix = f"see `{context.command_path} --help`"
    if hasattr(error, "possibilities"):
        # An option that does not exist.
        near = options.suggestion(error.possibilities or ())
        what = f"no such option {error.option_name!r}{near}"
        known = [
            param.opts[0]
            for param in context.command.get_params(context)
            if param.param_type_name == "option"
        ]
        fix = f"it has {', '.join(known)}; {fix}"
    return f"{what}, {context.command_path}", fix
