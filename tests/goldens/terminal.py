"""The command line, asked in this process: ``utm_pipeline.cli.main`` with streams of its own."""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from normalise import Places
from store import Store


class Answer(NamedTuple):
    """What one command gave."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode("utf-8")


@dataclass(frozen=True)
class Terminal:
    """Asks one installation, and keeps what it says."""

    store: Store
    places: Places
    environment: Mapping[str, str]

    def ask(self, *arguments: str, **variables: str) -> Answer:
        """One command, with variables besides the shop's."""
        from utm_pipeline.cli import main

        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with _streams(out, err), _variables({**self.environment, **variables}):
            try:
                code = main(list(arguments))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
        for stream in (out, err):
            stream.flush()
        return Answer(int(code), out.buffer.getvalue(), err.buffer.getvalue().decode("utf-8"))

    def keep(self, category: str, name: str, *arguments: str, **variables: str) -> Answer:
        """Asks, and keeps standard output, and the rest where there is any."""
        answer = self.ask(*arguments, **variables)
        if answer.out or not answer.err:
            self.store.put(category, name, self.places.out_of(answer.text))
        self.keep_rest(category, name, answer)
        return answer

    def keep_rest(self, category: str, name: str, answer: Answer) -> None:
        """Keeps exit code and standard error, unless all went well without a word."""
        if answer.code or answer.err:
            told = f"exit {answer.code}\n{self.places.out_of(answer.err)}"
            self.store.put(category, f"{name}.err", told)


def keep_files_open() -> None:
    """Lets a file of DuckDB be opened once for all commands, which is most of a query's time."""
    import duckdb

    connect = duckdb.connect
    kept: list[duckdb.DuckDBPyConnection] = []

    def opened(*given: Any, **named: Any) -> duckdb.DuckDBPyConnection:
        if not kept:
            # What a file costs to open is paid once, as long as any connection to it is left.
            kept.append(connect(*given, **named))
        return connect(*given, **named)

    duckdb.connect = opened


@contextmanager
def undrawn() -> Iterator[None]:
    """For the block, charts are pictures that hold their definition in place of a drawing.

    Drawing takes long, and says no more about the numbers. Nor is each definition checked.
    """
    import vl_convert
    from altair.utils.schemapi import debug_mode

    drawing = {name: getattr(vl_convert, name) for name in ("vegalite_to_svg", "vegalite_to_png")}

    def as_svg(definition: object, **_: object) -> str:
        text = json.dumps(definition, ensure_ascii=False, indent=1, sort_keys=True)
        return f'<svg width="640" height="320"><desc>{escape(text)}</desc></svg>'

    def as_png(definition: object, **_: object) -> bytes:
        text = json.dumps(definition, indent=1, sort_keys=True).encode()
        head = struct.pack(">IIBBBBB", 1280, 640, 8, 0, 0, 0, 0)
        pixels = zlib.compress(bytes(640 * 1281))
        chunks = (
            (b"IHDR", head),
            (b"tEXt", b"Comment\0" + text),
            (b"IDAT", pixels),
            (b"IEND", b""),
        )
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )

    vl_convert.vegalite_to_svg, vl_convert.vegalite_to_png = as_svg, as_png
    try:
        with debug_mode(False):
            yield
    finally:
        for name, function in drawing.items():
            setattr(vl_convert, name, function)


@contextmanager
def _streams(out: io.TextIOWrapper, err: io.TextIOWrapper) -> Iterator[None]:
    before = sys.stdin, sys.stdout, sys.stderr
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        sys.stdin, sys.stdout, sys.stderr = nothing, out, err
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
