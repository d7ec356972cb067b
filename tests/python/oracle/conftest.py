"""The fixture that hand-derived cases share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import Oracle
from .tables import Rows, write_seeds, write_tables


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Oracle]:
    """Builds an oracle over tables given as rows, at noon in Kyiv unless told otherwise."""

    def make(
        as_of: str = "2024-05-15T12:00", options: dict[str, Any] | None = None, **tables: Rows
    ) -> Oracle:
        raw = write_tables(tmp_path / "raw", **tables)
        return Oracle(raw, write_seeds(tmp_path / "seeds"), as_of, **(options or {}))

    return make
