"""Compares two captures: says what differs, by category, and ends with 1 if it matters.

Charts and PDF files are listed to be looked at; they do not decide.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from normalise import PASSING_COLUMNS

LOOKED_AT = frozenset({"charts", "pdf"})
SHAPE = "mart-shape"
"""The category of tables, columns and types that only one side has."""
_ABSENT = "(nothing)"
_WIDEST = 160


@dataclass
class Findings:
    """What was found in a category."""

    same: int = 0
    differing: dict[str, list[str]] = field(default_factory=dict)
    """The first differing lines of each file."""


def main() -> int:
    """Compares, prints, and gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--show", type=int, default=8, help="files of a category that are shown")
    parser.add_argument("--lines", type=int, default=3, help="differing lines of a file")
    parser.add_argument("--only", help="a category that is alone compared")
    parser.add_argument(
        "--ignore-category",
        dest="ignored",
        metavar="CATEGORY",
        action="append",
        default=[],
        help="a category that does not decide; may be repeated",
    )
    given = parser.parse_args()
    found = compare(given.old, given.new, lines=given.lines, only=given.only)
    return report(found, {*LOOKED_AT, *given.ignored}, show=given.show)


def compare(
    old: Path, new: Path, *, lines: int = 3, only: str | None = None
) -> dict[str, Findings]:
    """The findings by category.

    Raises:
        FileNotFoundError: a capture is not there.
    """
    found: dict[str, Findings] = defaultdict(Findings)
    for path in sorted({*_files(old), *_files(new)}):
        category = path.parts[2]
        if only not in {None, category, SHAPE if category == "marts" else None}:
            continue
        for kind, told in _compared(category, old / path, new / path, lines):
            if told:
                found[kind].differing[str(path)] = told
            else:
                found[kind].same += 1
    return found


def report(found: dict[str, Findings], ignored: Collection[str], *, show: int = 8) -> int:
    """Prints the findings; gives 1 if a category that is not ignored differs."""
    for category, findings in sorted(found.items()):
        if findings.differing:
            mark = " (does not decide)" if category in ignored else ""
            print(f"\n{category}: {len(findings.differing)} differ{mark}")
        for path, told in list(findings.differing.items())[:show]:
            print(f"  {path}")
            print("".join(f"    {line}\n" for line in told), end="")
        if len(findings.differing) > show:
            print(f"  … and {len(findings.differing) - show} more")
    print(f"\n{'category':<14} {'same':>6} {'differ':>6}")
    for category, findings in sorted(found.items()):
        print(f"{category:<14} {findings.same:>6} {len(findings.differing):>6}")
    deciding = {name for name, findings in found.items() if findings.differing} - {*ignored}
    print(f"\n{'different: ' + ', '.join(sorted(deciding)) if deciding else 'equal'}")
    return 1 if deciding else 0


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no capture {folder}")
    return (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _compared(category: str, old: Path, new: Path, lines: int) -> Iterator[tuple[str, list[str]]]:
    """The category of each finding, with the first differing lines; none where all is the same."""
    if category == "marts":
        yield from _marts(old, new, lines)
    elif not (old.exists() and new.exists()):
        yield category, ["only in the old" if old.exists() else "only in the new"]
    elif old.read_bytes() == new.read_bytes():
        yield category, []
    elif category == "openapi":
        yield (
            category,
            _documents(json.loads(old.read_bytes()), json.loads(new.read_bytes()), lines),
        )
    else:
        yield category, _texts(old.read_bytes(), new.read_bytes(), lines)


def _texts(old: bytes, new: bytes, most: int) -> list[str]:
    try:
        pairs = zip_longest(*(each.decode("utf-8").split("\n") for each in (old, new)))
    except UnicodeDecodeError:
        return [f"- {len(old)} bytes", f"+ {len(new)} bytes"]
    told: list[str] = []
    for number, (one, other) in enumerate(pairs, start=1):
        if one != other:
            told += _pair(f"line {number}", one, other)
            if len(told) >= 3 * most:
                break
    return told


def _documents(old: Any, new: Any, most: int) -> list[str]:
    """Where two JSON documents differ by meaning; the order of keys means nothing."""
    told = [
        line for place, one, other in _places(old, new, "") for line in _pair(place, one, other)
    ]
    return told[: 3 * most]


def _places(old: Any, new: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _places(old.get(key), new.get(key), f"{place}/{key}")
    elif isinstance(old, list) and isinstance(new, list):
        for number, (one, other) in enumerate(zip_longest(old, new)):
            yield from _places(one, other, f"{place}/{number}")
    elif old != new:
        yield place, json.dumps(old, ensure_ascii=False), json.dumps(new, ensure_ascii=False)


def _pair(place: str, old: Any, new: Any) -> list[str]:
    """Two lines, both from shortly before where they part."""
    one, other = (_ABSENT if each is None else str(each) for each in (old, new))
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, same - 40) if len(one) > _WIDEST or len(other) > _WIDEST else 0
    before = "…" if start else ""
    return [
        f"{place}:",
        f"- {before}{one[start : start + _WIDEST]}",
        f"+ {before}{other[start : start + _WIDEST]}",
    ]


@dataclass(frozen=True)
class _Mart:
    """A mart as it was written: types by column, and rows."""

    types: dict[str, str]
    rows: list[list[str]]

    def counted(self, columns: Sequence[str]) -> Counter[tuple[str, ...]]:
        """Rows of these columns, with how often each occurs."""
        places = [list(self.types).index(column) for column in columns]
        return Counter(tuple(row[place] for place in places) for row in self.rows)


def _marts(old: Path, new: Path, most: int) -> Iterator[tuple[str, list[str]]]:
    """Tables by name, columns by name, rows both ways."""
    if not (old.exists() and new.exists()):
        yield SHAPE, [f"table only in the {'old' if old.exists() else 'new'}"]
        return
    if old.read_bytes() == new.read_bytes():
        yield from ((SHAPE, []), ("marts", []))
        return
    one, other = _read(old), _read(new)
    yield SHAPE, list(_shape(one.types, other.types))
    shared = [name for name in one.types if name in other.types and name not in PASSING_COLUMNS]
    before, after = one.counted(shared), other.counted(shared)
    lost, come = before - after, after - before
    told = []
    if lost or come:
        told.append(f"rows: only old {lost.total()}, only new {come.total()}; {', '.join(shared)}")
        told += [f"- {_row(row)}" for row in sorted(lost)[:most]]
        told += [f"+ {_row(row)}" for row in sorted(come)[:most]]
    yield "marts", told


def _shape(old: dict[str, str], new: dict[str, str]) -> Iterable[str]:
    for column in sorted({*old, *new}):
        if old.get(column) != new.get(column):
            before, after = (each.get(column, "(no column)") for each in (old, new))
            yield f"{column}: {before} → {after}"


def _read(path: Path) -> _Mart:
    with path.open(encoding="utf-8", newline="") as stream:
        heading, *rows = csv.reader(stream)
    types = dict(each.split(":", 1) for each in heading)
    return _Mart(types, rows)


def _row(row: Sequence[str]) -> str:
    return " | ".join(row)[: 2 * _WIDEST]


if __name__ == "__main__":
    sys.exit(main())
