"""Standard output, or what ``--output`` names: a file appears only when it is whole."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from utm_pipeline.errors import WrongUseError


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Where text goes.

    Raises:
        WrongUseError: the file cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    with _writing(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        yield text
        text.detach()


def write_binary(content: bytes, path: Path | None, what: str) -> None:
    """Writes what is no text, whole or not at all.

    Raises:
        WrongUseError: standard output is a terminal, or the file cannot be written.
    """
    refuse_terminal(path, what)
    if path is None:
        sys.stdout.buffer.write(content)
        return
    with _writing(path) as stream:
        stream.write(content)


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
def _writing(path: Path) -> Iterator[IO[bytes]]:
    # Imported here: most answers go to standard output.
    from utm_pipeline import causes, state

    if not path.name:
        raise WrongUseError("--output names no file", repr(str(path)), "give another --output")
    with (
        causes.told(path, "the file cannot be written", "give another --output", WrongUseError),
        state.writing(path) as stream,
    ):
        yield stream
