"""What several commands share: global options, files to write, warnings, examples in the help."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from utm_pipeline.errors import WrongUseError
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.settings import Settings, load_settings
from utm_pipeline.warehouse import Warehouse, is_stale, stale_text


@dataclass(frozen=True)
class Globals:
    """The options before the command's name."""

    target: str | None = None
    lang: str | None = None
    debug: bool = False

    def settings(self, **overrides: str | None) -> Settings:
        """The settings, with what the command line overrides.

        Raises:
            ConfigError: a setting is wrong.
        """
        return load_settings(
            overrides={"UTM_TARGET": self.target, "UTM_LANG": self.lang, **overrides}
        )


pass_globals = click.make_pass_decorator(Globals, ensure=True)

period_option = click.option(
    "--period",
    type=click.Choice(PERIODS),
    default="week",
    show_default=True,
    help="The period, in business time.",
)
output_option = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to this file instead of standard output.",
)


def example(arguments: str) -> str:
    """The end of a command's help. The mark keeps click from joining the lines."""
    return f"\b\nExample:\n  utm-pipeline {arguments}"


def warn(text: str) -> None:
    """One line on standard error that does not end the command."""
    click.echo(f"warning: {text}", err=True)


def warn_if_stale(warehouse: Warehouse, settings: Settings) -> None:
    """Says on standard error that the data is older than the limit."""
    if is_stale(warehouse, settings):
        warn(f"{stale_text(warehouse, settings)}; run `utm-pipeline refresh`")


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears under its name only when it is whole.

    Raises:
        WrongUseError: the file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    with _draft(path) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def write_binary(content: bytes, path: Path | None, what: str = "a picture") -> None:
    """Writes what is no text to a file, whole or not at all, or to standard output.

    Raises:
        WrongUseError: standard output is a terminal, or the file cannot be written.
    """
    refuse_terminal(path, what)
    if path is not None:
        with _draft(path) as draft:
            draft.write_bytes(content)
        return
    sys.stdout.buffer.write(content)


def refuse_terminal(path: Path | None, what: str) -> None:
    """Makes sure that what is no text goes to a file or into a pipe.

    Raises:
        WrongUseError: there is no file, and standard output is a terminal.
    """
    if path is None and sys.stdout.isatty():
        raise WrongUseError(
            f"{what} is nothing to print to a terminal", "standard output", "give --output FILE"
        )


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place when it was written without an error.

    Raises:
        WrongUseError: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise WrongUseError(
            f"the file cannot be written ({type(error).__name__})",
            str(path),
            "give another --output",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
