"""Rows that arrive as CSV become Parquet files, in a second thread, a file at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from utm_pipeline.extract.engine import columns_of, literal, write_parquet
from utm_pipeline.extract.model import PART_BYTES, PART_ROWS, Column, Part, Progress
from utm_pipeline.extract.shop import Lines

if TYPE_CHECKING:
    import duckdb

_TELL_EVERY = 20_000
_LONG_LINE = 1 << 20
_BUFFER = 1 << 20
_WIDER = 4
"""How much wider than its longest line the engine's view of a file is."""


class Meter:
    """Tells how many rows of a table have come."""

    def __init__(self, table: str, expected: int | None, tell: Progress) -> None:
        self._table = table
        self._expected = expected
        self._tell = tell
        self._started = time.monotonic()

    def show(self, rows: int) -> None:
        """So many rows have come by now."""
        self._tell(self._table, rows, self._expected, time.monotonic() - self._started)


class Converter:
    """Writes lines to a CSV file, and the full ones to Parquet; made by :func:`converter`."""

    def __init__(
        self, duck: duckdb.DuckDBPyConnection, folder: Path, columns: Sequence[Column]
    ) -> None:
        self._duck = duck
        self._folder = folder
        self._columns = columns
        self._pool = ThreadPoolExecutor(1, "utm-extract")
        self._running: Future[Part] | None = None
        self._parts: list[Part] = []
        self._rows = 0

    def take(self, lines: Iterable[Lines], meter: Meter) -> list[Part]:
        """Writes all lines; gives the files, at least one, in the order of the rows."""
        source = iter(lines)
        more = True
        while more:
            before = self._rows
            file = self._folder / f"{before}.csv"
            longest, more = self._fill(file, source, meter)
            if before == 0 or self._rows > before:
                # One file is filled while one is converted, so two are there at most.
                self._collect()
                self._running = self._pool.submit(self._convert, file, longest)
        self._collect()
        meter.show(self._rows)
        return self._parts

    def stop(self) -> None:
        """Ends the second thread, once it has converted the file that it is at."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(self, file: Path, source: Iterator[Lines], meter: Meter) -> tuple[int, bool]:
        """One file of text; gives the length of its longest line, and whether more may come."""
        longest = 0
        before = self._rows
        with file.open("wb", _BUFFER) as stream:
            stream.write(_heading(self._columns))
            for lines in source:
                stream.writelines(lines)
                self._rows += len(lines)
                longest = max(longest, *map(len, lines), 0)
                if self._rows // _TELL_EVERY > (self._rows - len(lines)) // _TELL_EVERY:
                    meter.show(self._rows)
                if self._rows - before >= PART_ROWS or stream.tell() >= PART_BYTES:
                    return longest, True
        return longest, False

    def _collect(self) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            self._parts.append(running.result())

    def _convert(self, file: Path, longest: int) -> Part:
        target = file.with_suffix(".parquet")
        types = ", ".join(f"{literal(column.name)}: '{column.stored}'" for column in self._columns)
        # Texts may be longer than the engine expects of a line.
        longer = f", buffer_size = {_WIDER * longest}" if longest > _LONG_LINE else ""
        # A missing value is nothing at all, empty text is two quotes.
        query = (
            f"select {columns_of(self._columns)} from read_csv({literal(str(file))}, "  # noqa: S608
            f"columns = {{{types}}}, auto_detect = false, header = true, delim = ',', quote = '\"',"
            f" escape = '\"', comment = '', nullstr = '', allow_quoted_nulls = false{longer})"
        )
        rows = write_parquet(self._duck, query, target)
        file.unlink()
        return Part.of(target, rows)


@contextmanager
def converter(
    duck: duckdb.DuckDBPyConnection, folder: Path, columns: Sequence[Column]
) -> Iterator[Converter]:
    """A converter whose thread ends with the block."""
    folder.mkdir()
    made = Converter(duck, folder, columns)
    try:
        yield made
    finally:
        made.stop()


def repaired(source: Iterable[Lines]) -> Iterator[Lines]:
    """The same lines in UTF-8, where a database keeps whatever bytes it was given."""
    for lines in source:
        yield [bytes(line).decode("utf-8", "replace").encode() for line in lines]


def _heading(columns: Sequence[Column]) -> bytes:
    # With a heading, no value stands where the engine looks for a byte order mark.
    return (",".join(column.name for column in columns) + "\n").encode()
