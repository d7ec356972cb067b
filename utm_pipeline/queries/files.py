"""Reads a query's file: a header, then one statement for each part of the answer.

The header has ``order`` (of the list of queries), ``title`` and ``about`` (Ukrainian | English),
``params`` (names of :data:`PARAMS`, with another default as ``limit=20``) and ``example``. Parts
begin with a line ``-- part: KEY many|one``, where the key ``answer`` is the answer itself; without
such a line the file is one part of many rows. Behind it may stand

- ``flat``: an array of the only column's values stands for the rows;
- ``without=PARAM``: the part answers alone where the parameter is not given;
- ``named=PARAM``: the parameter's value names the only column;
- ``COLUMN=KIND``: another kind than the key has elsewhere;
- ``title=TEXT``: the text above it, where the answer itself is of several parts.

What stands above the first part is put in front of each of them: CTEs that several parts share.
The columns of a part are the select list of its statement, in which each is a plain name or ends
with ``as NAME``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from utm_pipeline.queries.model import Column, Param, Part, Query
from utm_pipeline.queries.params import PARAMS
from utm_pipeline.words import Kind, Words, kind_of

FOLDER = Path(__file__).parent

_HEADER = re.compile(r"/\*\n(.*?)\n\*/\n", re.DOTALL)
_PART = re.compile(r"^-- part: +(\S+) +(many|one)(.*)\n", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


def read_all() -> dict[str, Query]:
    """Every query by name, in the order of the list."""
    read = [_read(file) for file in FOLDER.glob("*.sql")]
    return {query.name: query for _, query in sorted(read, key=lambda found: found[0])}


def _read(file: Path) -> tuple[int, Query]:
    text = file.read_text(encoding="utf-8")
    header = _HEADER.match(text)
    if header is None:
        raise ValueError(f"{file.name} has no header")
    said = dict(re.split(r": *", line, maxsplit=1) for line in header[1].splitlines())
    return int(said["order"]), Query(
        file.stem,
        Words(*said["title"].split(" | ")),
        Words(*said["about"].split(" | ")),
        _parts(text[header.end() :]),
        tuple(_param(*word.split("=")) for word in said.get("params", "").split()),
        said.get("example", ""),
    )


def _param(name: str, default: str = "") -> Param:
    param = PARAMS[name]
    return replace(param, default=param.read(default)) if default else param


def _parts(body: str) -> tuple[Part, ...]:
    shared, *pieces = _PART.split(body)
    if not pieces:
        shared, pieces = "", ["answer", "many", "", body]
    return tuple(_part(shared, *pieces[at : at + 4]) for at in range(0, len(pieces), 4))


def _part(shared: str, key: str, many: str, options: str, statement: str) -> Part:
    said = dict(option.split("=") for option in options.split() if "=" in option)
    names = [] if "named" in said else _selected(_COMMENT.sub("", statement))
    return Part(
        None if key == "answer" else key,
        many == "many",
        _COMMENT.sub("", shared + statement).strip().rstrip(";"),
        tuple(Column(name, Kind(said.get(name, kind_of(name)))) for name in names),
        flat="flat" in options.split(),
        without=said.get("without"),
        title=said.get("title", ""),
        named=said.get("named"),
    )


def _selected(statement: str) -> list[str]:
    """The names in the select list of a statement's last, outermost select."""
    depth, pieces = 0, [""]
    for word in re.findall(r'"\w+"|\w+|\W', statement):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "select":
            pieces = [""]
        elif depth == 0 and word == "from":
            break
        elif depth == 0 and word == ",":
            pieces.append("")
        else:
            pieces[-1] += word
    return [re.findall(r"\w+", piece)[-1] for piece in pieces]
