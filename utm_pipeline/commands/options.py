"""What commands are made of: options that several have, settings, examples, suggestions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from typer.core import TyperCommand, TyperGroup

from utm_pipeline.commands import terminal
from utm_pipeline.errors import WrongUseError
from utm_pipeline.queries.params import Period
from utm_pipeline.settings import LANGUAGES, Settings, load_settings
from utm_pipeline.warehouse import Warehouse
from utm_pipeline.warehouse.health import stale_because, stale_fix

#: Neither Typer's panels nor its tracebacks; and Rich takes its time to import.
_PLAIN: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}


@dataclass(frozen=True)
class Globals:
    """The options before the command's name."""

    target: str | None = None
    lang: str | None = None


def settings_of(context: typer.Context, **overrides: str | None) -> Settings:
    """The settings, with what the command line overrides; says what is to be warned of.

    Raises:
        ConfigError: a setting is wrong.
    """
    settings = quiet_settings_of(context, **overrides)
    for warning in settings.warnings:
        terminal.warn(warning, settings.lang)
    return settings


def quiet_settings_of(context: typer.Context, **overrides: str | None) -> Settings:
    """The same, for who says the warnings elsewhere."""
    given: Globals = context.obj
    return load_settings(
        overrides={"UTM_TARGET": given.target, "UTM_LANG": given.lang, **overrides}
    )


def language(asked: str | None) -> str:
    """The language of messages, also where they are about settings that are wrong."""
    try:
        set_to = load_settings().lang
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - another error is being said
        set_to = os.environ.get("UTM_LANG", "")
    return next((lang for lang in (asked, set_to) if lang in LANGUAGES), "uk")


def warn_if_stale(warehouse: Warehouse, settings: Settings) -> None:
    """Says on standard error that the data is stale."""
    why = stale_because(warehouse, settings)
    if why is not None:
        terminal.warn(f"{why}; {stale_fix(settings)}", settings.lang)


def choice(kind: Any, about: str, *names: str) -> Any:
    """An option that takes one of the words of a Literal."""
    return typer.Option(*names, metavar=f"[{'|'.join(get_args(kind))}]", help=about)


def flag(name: str, about: str) -> Any:
    """An option that takes nothing."""
    return typer.Option(name, help=about)


PeriodOption = Annotated[Period, choice(Period, "The period, in business time.", "--period")]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        dir_okay=False,
        readable=False,
        help="Write to this file instead of standard output.",
    ),
]
RawDirOption = Annotated[
    str | None,
    typer.Option(
        "--raw-dir", metavar="DIR", help="The folder of raw files.  [default: UTM_RAW_DIR]"
    ),
]
AttachCsvOption = Annotated[bool, flag("--attach-csv", "Attach sources and campaigns as CSV.")]


def argument(kind: Any) -> Any:
    """An argument that takes one of few words, shown in the usage alone."""
    return typer.Argument(metavar=f"{{{'|'.join(get_args(kind))}}}", hidden=True)


def suggestion(near: Sequence[str]) -> str:
    """A question to whoever mistyped a word, where others are near."""
    words = ", ".join(map(repr, sorted(near)))
    if len(near) > 1:
        return f". (Did you mean one of: {words}?)"
    return f". Did you mean {words}?" if near else ""


class _Command(TyperCommand):
    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """FILE, not {FILE}: every argument has a metavar and is needed."""
        arguments = [p.metavar for p in self.params if p.param_type_name == "argument"]
        return ["[OPTIONS]", *filter(None, arguments)]


class LazyGroup(TyperGroup):
    """Commands that are made when they are asked for, so that a query starts quickly."""

    names: Sequence[str] = ()

    def make(self, name: str) -> TyperCommand | TyperGroup:
        """The command of a name that is listed."""
        raise NotImplementedError

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """All names, in the order of the help."""
        return list(self.names)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002
        """The command, if there is one."""
        return self.make(cmd_name) if cmd_name in self.names else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Typer's own knows only commands that are made already."""
        if args[0] not in self.names and not ctx.resilient_parsing:
            near = get_close_matches(args[0], self.names)
            raise self.unknown(ctx, args[0], suggestion(near))
        return super().resolve_command(ctx, args)

    def unknown(self, ctx: Any, name: str, suggested: str) -> WrongUseError:
        """The error for a name that is not listed."""
        place = ctx.command_path
        return WrongUseError(f"no such command {name!r}{suggested}", place, f"see `{place} --help`")


def command(
    name: str, arguments: str, **more: Any
) -> Callable[[Callable[..., None]], TyperCommand]:
    """Makes a command of a function; ``arguments`` are those of the help's example."""

    def make(function: Callable[..., None]) -> TyperCommand:
        app = typer.Typer(**_PLAIN, add_completion=False)
        app.command(name, cls=_Command, epilog=_example(arguments), **more)(function)
        return typer.main.get_command(app)  # type: ignore[return-value]

    return make


def group(
    cls: type[LazyGroup],
    callback: Callable[..., None],
    arguments: str,
    *,
    completes: bool = False,
    **more: Any,
) -> LazyGroup:
    """Makes a group of commands; ``callback`` has the options before a command's name."""
    app = typer.Typer(**_PLAIN, add_completion=completes)
    app.callback(cls=cls, epilog=_example(arguments), **more)(callback)
    return typer.main.get_command(app)  # type: ignore[return-value]


def _example(arguments: str) -> str:
    """The end of a command's help. The mark keeps Typer from joining the lines."""
    return f"\b\nExample:\n  utm-pipeline {arguments}"
