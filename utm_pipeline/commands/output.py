"""Standard output, or a file of ``--output`` that appears under its name only when it is whole."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

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
    with _draft(path) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def write_binary(content: bytes, path: Path | None, what: str) -> None:
    """Writes what is no text, whole or not at all.

    Raises:
        WrongUseError: standard output is a terminal, or the file cannot be written.
    """
    refuse_terminal(path, what)
    if path is None:
        sys.stdout.buffer.write(content)
        return
    with _draft(path) as draft:
        draft.write_bytes(content)


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
    # Imported here: most answers go to standard output.
    from utm_pipeline import state

    try:
        # Others may read it, as far as the user's umask lets them.
        with state.replacing(path, mode=0o666) as draft:
            yield draft
    except OSError as error:
        raise WrongUseError(
            f"the file cannot be written ({type(error).__name__})",
            str(path),
            "give another --output",
        ) from error
