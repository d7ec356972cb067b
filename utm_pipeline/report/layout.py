"""Plain text laid out in columns that stay straight whatever letters are in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import accumulate, zip_longest

GAP = "  "
"""Between two columns."""
_MARKS_PER_LETTER = 2
_NOT_XML = str.maketrans("", "", "\ufffe\uffff")


def printable(text: str) -> str:
    """Text without characters that could steer a terminal or hide; breaks become blanks.

    Tags and names come from the outside: an escape sequence in one must not reach a screen.
    """
    plain = " ".join(text.split())
    if plain.isprintable():
        return plain
    return "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})


def safe(text: str, cells: int) -> str:
    """Printable text of the outside that stays in its line, at most so many cells wide.

    Only a few marks may sit on a letter, or they would grow into the rows above and below. What
    XML has no place for goes.
    """
    kept, marks = "", 0
    for character in printable(text).translate(_NOT_XML):
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        kept += character if marks <= _MARKS_PER_LETTER else ""
    return fit(kept, cells)


def width(text: str) -> int:
    """How many cells of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def fit(text: str, cells: int) -> str:
    """The text, cut with an ellipsis if it takes more than so many cells."""
    if width(text) <= cells:
        return text
    used = accumulate(map(_cells, text))
    return "".join(each for each, so_far in zip(text, used, strict=True) if so_far < cells) + "…"


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """The text filled up with blanks to so many cells."""
    blanks = " " * (cells - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, cells: int) -> list[str]:
    """Lines of at most so many cells, broken at blanks alone; a longer word has a line of its own.

    Blanks that do not break keep together what they join, and become blanks.
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(lines[-1]) + 1 + width(word) <= cells:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line.replace("\u00a0", " ") for line in lines]


def bar(share: float | None, cells: int) -> str:
    """A bar for a share from 0 to 1, in eighths of a cell; something is always visible above 0."""
    if not share or share <= 0:
        return ""
    eighths = max(1, round(min(share, 1.0) * cells * 8))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def columns(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[list[str]]:
    """The texts filled up to the widths of their columns; a row may end early."""
    widths = [max(map(width, texts)) for texts in zip_longest(*rows, fillvalue="")]
    return [
        [
            pad(text, cells, right=side)
            for text, cells, side in zip(row, widths, right, strict=False)
        ]
        for row in rows
    ]


def table(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Lines of a table, as wide as its texts; below the first row, which has headings, a rule."""
    head, *others = columns([[printable(text) for text in row] for row in rows], right)
    rule = ["─" * width(heading) for heading in head]
    return [GAP.join(row).rstrip() for row in (head, rule, *others)]


def records(rows: Sequence[Sequence[str]], row_label: str) -> list[str]:
    """The same one under the other, for tables that are wider than the screen."""
    headings, *others = rows
    names = [name for (name,) in columns([[heading] for heading in headings], [False])]
    lines: list[str] = []
    for number, row in enumerate(others, start=1):
        lines.append(f"── {row_label} {number} ──")
        lines += [f"{name}{GAP}{printable(text)}" for name, text in zip(names, row, strict=True)]
    return lines


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
