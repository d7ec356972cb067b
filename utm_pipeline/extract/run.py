"""One extract: look at the shop, read what is new or has changed, and commit it all at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from utm_pipeline.errors import ExtractError, InputError, InterruptedRunError
from utm_pipeline.extract import state as states
from utm_pipeline.extract.convert import Meter, converter, repaired
from utm_pipeline.extract.engine import open_engine
from utm_pipeline.extract.expressions import fill
from utm_pipeline.extract.folder import RawFolder, writing
from utm_pipeline.extract.merge import Merged, Merger, lookback_id
from utm_pipeline.extract.model import (
    LOOKBACK,
    ExtractResult,
    Part,
    Progress,
    Source,
    TableResult,
    Window,
)
from utm_pipeline.extract.shop import Shop, open_shop
from utm_pipeline.extract.state import TableState
from utm_pipeline.extract.tables import find_sources
from utm_pipeline.refresh.publish import signals_raise
from utm_pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class _Task:
    """A table and how it is read."""

    source: Source
    own: tuple[Path, ...]
    kept: TableState | None
    """What the last extract left of it, if that can be gone on with."""
    obsolete: tuple[Path, ...]
    """Files that go whatever comes."""
    note: str


@dataclass(frozen=True)
class _Done:
    """A table that was read: what is committed of it."""

    moves: list[tuple[Path, Path]]
    gone: list[Path]
    state: TableState
    result: TableResult


def extract(
    settings: Settings, full: bool = False, progress: Progress | None = None
) -> ExtractResult:
    """Brings the shop's tables into the raw folder, all as of one instant.

    Unless ``full``, only what may be new or have changed is read. On any error the raw files stay
    as they were.

    Raises:
        ConfigError: UTM_SHOP_DSN is missing or wrong.
        InputError: the database cannot be reached or lacks a table, a column or a right; or the
            raw folder cannot be written, or holds a table's file that no extract wrote.
        BusyError: another extract is running, or a refresh reads the folder.
        ExtractError: the server ended the reading, or the disk is full.
        InterruptedRunError: SIGINT or SIGTERM came.
    """
    started = time.monotonic()
    with open_shop(settings) as shop:
        sources = find_sources(shop, settings)
        with _faults_told(settings.raw_dir), writing(settings.raw_dir) as folder:
            before = states.read_tables(folder.start(), settings.raw_dir)
            tasks = [_task(source, before, settings.raw_dir, full=full) for source in sources]
            _check_vanished(before, sources, shop)
            with open_engine(folder.work) as duck:
                reader = _Reader(shop, folder, duck, progress or _silent)
                done = [reader.read(task) for task in tasks]
            folder.commit(
                [move for table in done for move in table.moves],
                [file for table in done for file in table.gone],
                states.as_json(shop.snapshot, {one.result.table: one.state for one in done}),
            )
    return ExtractResult(
        shop.snapshot, [table.result for table in done], time.monotonic() - started
    )


def _task(source: Source, before: dict[str, TableState], raw_dir: Path, *, full: bool) -> _Task:
    kept = before.get(source.table)
    own = states.own_files(source, kept, raw_dir)
    obsolete: list[Path] = []
    if kept is not None and kept.name != source.name:
        obsolete = [part.file for part in kept.parts if part.unchanged]
    if kept is None:
        why = "what the last extract knew is lost" if own else ""
    else:
        why = states.why_whole(source, kept, own)
    if full or kept is None or why:
        return _Task(source, tuple(own), None, (*obsolete, *own), "" if full else why)
    return _Task(source, tuple(own), kept, (), source.note)


def _check_vanished(before: dict[str, TableState], sources: list[Source], shop: Shop) -> None:
    found = {source.table for source in sources}
    for table, kept in before.items():
        files = [part.file for part in kept.parts if part.file.exists()]
        if table not in found and files:
            raise InputError(
                f"the table {table} was there at the last extract and is gone from the database",
                shop.place,
                f"if that is right, remove {files[0].parent}; else see UTM_RAW_SCHEMA and "
                "UTM_RAW_TABLES",
            )


class _Reader:
    """Reads tables into the work of an extract."""

    def __init__(
        self, shop: Shop, folder: RawFolder, duck: duckdb.DuckDBPyConnection, tell: Progress
    ) -> None:
        self._shop = shop
        self._folder = folder
        self._duck = duck
        self._tell = tell

    def read(self, task: _Task) -> _Done:
        """Reads what is new or has changed, and merges it with the files that are there."""
        started = time.monotonic()
        source, kept = task.source, task.kept
        work = self._folder.work / source.table
        work.mkdir()
        window = _window(self._duck, source, kept)
        staged = self._stage(source, window, work)
        merged = self._merge(task, window, staged, work)
        last = max(states.last_number(task.own), kept.last_part if kept else 0)
        place = self._folder.raw_dir / source.name
        parts = list(merged.kept)
        moves = []
        for number, part in enumerate(merged.written, start=last + 1):
            moves.append((part.file, place / states.part_name(number)))
            parts.append(replace(part, file=moves[-1][1]))
        return _Done(
            moves=moves,
            gone=[*task.obsolete, *(part.file for part in merged.gone)],
            state=TableState(
                name=source.name,
                identity=source.identity,
                shape=source.shape,
                since=self._shop.snapshot,
                last_part=last + len(moves),
                parts=tuple(parts),
            ),
            result=TableResult(
                table=source.table,
                name=source.name,
                whole=window is None,
                read=sum(part.rows for part in staged),
                new=merged.new,
                changed=merged.changed,
                removed=merged.removed,
                rows=sum(part.rows for part in parts),
                parts=len(parts),
                written=len(moves),
                seconds=time.monotonic() - started,
                note=task.note,
            ),
        )

    def _stage(self, source: Source, window: Window | None, work: Path) -> list[Part]:
        selected = ", ".join(column.expression for column in source.columns)
        query = f"select {selected} from {source.relation}"  # noqa: S608 - the server quoted them
        expected = source.rows if source.rows >= 0 else None
        if window is not None:
            expected = None
            key = next(column.expression for column in source.columns if column.name == "id")
            changed = fill(source.changed or "false", window.since)
            query += f" where {key} > {window.above_id} or {changed}"
        lines = self._shop.copy(query, source.name)
        if self._shop.server_encoding == "SQL_ASCII":
            lines = repaired(lines)
        with converter(self._duck, work / "staged", source.columns) as files:
            return files.take(lines, Meter(source.table, expected, self._tell))

    def _merge(self, task: _Task, window: Window | None, staged: list[Part], work: Path) -> Merged:
        source, kept = task.source, task.kept
        came = sum(part.rows for part in staged)
        if kept is None:
            return Merged(tuple(staged), (), (), came, 0, 0)
        merger = Merger(self._duck, source.columns, staged, kept.parts, work)
        if source.key:
            return merger.merge(None if window is None else window.above_id)
        if merger.same_rows():
            return Merged((), kept.parts, (), 0, 0, 0)
        # Without a key nobody can tell which row was which.
        had = sum(part.rows for part in kept.parts)
        return Merged(tuple(staged), (), kept.parts, came, 0, had)


def _window(
    duck: duckdb.DuckDBPyConnection, source: Source, kept: TableState | None
) -> Window | None:
    """The rows to read; None for all of them."""
    if kept is None or source.changed is None:
        return None
    above = lookback_id(duck, kept.parts)
    return None if above is None else Window(kept.since - LOOKBACK, above)


@contextmanager
def _faults_told(raw_dir: Path) -> Iterator[None]:
    """Turns what ends an extract into errors that say what to do."""
    import duckdb

    with signals_raise():
        try:
            yield
        except KeyboardInterrupt:
            raise InterruptedRunError(
                "interrupted; the raw files are whole", str(raw_dir), "run the command again"
            ) from None
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            # Its words quote the row.
            raise ExtractError(
                f"rows cannot be turned into raw files ({type(error).__name__}); those are whole",
                str(raw_dir),
                "report this as a fault of the program: no value should bring it about",
            ) from None
        except (OSError, duckdb.IOException) as error:
            text = str(error)
            if "No space left" in text or "quota" in text.lower():
                raise ExtractError(
                    "the disk is full; the raw files are whole",
                    str(raw_dir),
                    "make room there, then run it again",
                ) from error
            raise ExtractError(
                f"the raw files cannot be written ({type(error).__name__}); they are whole",
                str(raw_dir),
                "see that the folder is writable; with --debug before the command it says more",
            ) from error


def _silent(table: str, rows: int, expected: int | None, seconds: float) -> None:
    """For callers that show no progress."""
