"""How large the house is: lines and files of each room, the models' lengths, Jinja, prose.

    python benchmarks/house.py            what is staged or committed here
    python benchmarks/house.py COMMIT     another commit, from git

Prints a table in Markdown. Counted is what git tracks, pictures and data files aside.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import PurePosixPath

_PROSE = {".md"}
_NOT_TEXT = {".png", ".svg", ".parquet"}


def files(commit: str | None) -> dict[PurePosixPath, str]:
    """The tracked text files by path: of a commit, or of the index."""
    listed = ["ls-tree", "-r", "--name-only", commit] if commit else ["ls-files"]
    paths = [PurePosixPath(name) for name in _git(*listed).splitlines()]
    kept = [path for path in paths if path.suffix not in _NOT_TEXT]
    return {path: _git("show", f"{commit or ''}:{path}") for path in kept}


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(  # noqa: S603 - git, with names that git gave
        command, check=True, capture_output=True, encoding="utf-8", errors="replace"
    ).stdout


def table(found: dict[PurePosixPath, str]) -> list[str]:
    """The lines of the table."""
    rooms: defaultdict[str, list[int]] = defaultdict(list)
    for path, text in found.items():
        if path.parts[0] == "utm_pipeline":
            room = path.parts[1] if len(path.parts) > 2 else "modules"
        else:
            room = {"models": "models", "macros": "macros", "tests": "tests"}.get(path.parts[0], "")
        if path.parts[0] == "utm_pipeline" or (room and path.suffix != ".csv"):
            rooms[room].append(text.count("\n"))
    package = [count for room in rooms if room not in _OUTSIDE for count in rooms[room]]
    lines = [
        "| room | files | lines |",
        "| --- | ---: | ---: |",
        *(
            f"| {room} | {len(rooms[room])} | {sum(rooms[room]):,} |"
            for room in sorted(rooms, key=lambda name: (name in _OUTSIDE, name))
        ),
        f"| **utm_pipeline in all** | {len(package)} | **{sum(package):,}** |",
    ]
    models = {
        path: text
        for path, text in found.items()
        if path.parts[0] == "models" and path.suffix == ".sql"
    }
    lengths = [text.count("\n") for text in models.values()]
    of_models = [line for text in models.values() for line in text.splitlines()]
    jinja = sum(bool(re.search(r"\{\{|\{%", line)) for line in of_models)
    prose = sum(len(text.split()) for path, text in found.items() if path.suffix in _PROSE)
    lines += [
        "",
        f"Models: {len(lengths)}, median {statistics.median(lengths):g} lines, longest "
        f"{max(lengths)}, over 100: {sum(length > 100 for length in lengths)}; lines with Jinja "
        f"{100 * jinja / len(of_models):.0f} %. Words of prose: {prose:,}.",
    ]
    return lines


_OUTSIDE = ("models", "macros", "tests")

if __name__ == "__main__":
    sys.stdout.write("\n".join(table(files(sys.argv[1] if len(sys.argv) > 1 else None))) + "\n")
