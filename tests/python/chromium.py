"""Where the browser of the tests is."""

from __future__ import annotations

import os
import shutil

import pytest

_NAMES = ("chromium", "google-chrome", "chrome")


def chromium() -> str:
    """The path of Chromium. Without one a test is skipped, or fails where UTM_TEST_CHROMIUM=1."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is not None:
        return found
    if os.environ.get("UTM_TEST_CHROMIUM") == "1":
        pytest.fail("there is no Chromium here, and UTM_TEST_CHROMIUM=1 asks for one")
    pytest.skip("there is no Chromium here; UTM_TEST_CHROMIUM=1 makes this a failure")
