"""Compares this checkout with a commit: captures both from the same raw files.

Both run in this environment, so it must have what either needs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capture import capture
from compare import LOOKED_AT, compare, report
from shops import ROOT, make_inputs


def main() -> int:
    """Captures, compares, and gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="the commit whose behaviour holds")
    parser.add_argument("--keep", type=Path, help="a folder to keep both captures in")
    parser.add_argument("--jobs", type=int, default=2, help="how many shops at once")
    parser.add_argument("--only", default="", help="as of capture.py")
    parser.add_argument("--ignore-category", dest="ignored", action="append", default=[])
    given = parser.parse_args()
    with _folder(given.keep) as folder, _worktree(given.commit) as checkout:
        make_inputs(folder / "inputs")
        for name, place in (("old", checkout), ("new", ROOT)):
            capture(folder / name, folder / "inputs", place, jobs=given.jobs, only=given.only)
        found = compare(folder / "old", folder / "new")
    return report(found, {*LOOKED_AT, *given.ignored})


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="goldens-check-") as name:
        yield Path(name)


@contextmanager
def _worktree(commit: str) -> Iterator[Path]:
    """The files of a commit, for the block."""
    with tempfile.TemporaryDirectory(prefix="goldens-commit-") as name:
        checkout = Path(name).resolve() / "checkout"
        _git("worktree", "add", "--quiet", "--detach", str(checkout), commit)
        try:
            yield checkout
        finally:
            _git("worktree", "remove", "--force", str(checkout))


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
