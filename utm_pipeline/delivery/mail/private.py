"""Small files beside the warehouse that are read and written by their owner alone."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from utm_pipeline.errors import BusyError, ConfigError
from utm_pipeline.settings import Settings
from utm_pipeline.state import replace_private


def folder(settings: Settings) -> Path:
    """Where e-mail keeps its notes."""
    return settings.state_dir / "mail"


def read(path: Path) -> dict[str, Any]:
    """The object in a file, an empty one where there is no file.

    Raises:
        ConfigError: the file is there and cannot be understood.
    """
    with _problems(path):
        if not path.exists():
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no object")
        return found


def write(path: Path, content: dict[str, Any]) -> None:
    """Replaces the file, whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    with _problems(path):
        replace_private(path, json.dumps(content))


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keeps other processes out.

    Raises:
        BusyError: one is in.
        ConfigError: the file cannot be made.
    """
    with _problems(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                "another process is sending a report", str(path), "wait until it has ended"
            ) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _problems(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"what was sent before cannot be read or noted ({type(error).__name__})",
            str(path),
            "make the warehouse's folder yours; a file that is damaged can be deleted",
        ) from error
