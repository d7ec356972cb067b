"""The folder of small inputs that go wrong, beside that of UTM_TEST_DATA.

Without it the tests that need it are skipped, or fail where UTM_REQUIRE_TEST_DATA is 1.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
# Read here, as every test clears the environment of such names.
_DATA = Path(os.environ.get("UTM_TEST_DATA") or _ROOT.parent / "shared" / "data").resolve()
_REQUIRED = os.environ.get("UTM_REQUIRE_TEST_DATA") == "1"


def case(*parts: str) -> Path:
    """A file or folder of the cases."""
    return given(_DATA.parent.joinpath("cases", *parts))


def given(place: Path) -> Path:
    """A file or folder beside the tree, which a clone need not have."""
    if not place.exists():
        why = f"there is no {place}; set UTM_TEST_DATA"
        if _REQUIRED:
            pytest.fail(why)
        pytest.skip(why)
    return place
