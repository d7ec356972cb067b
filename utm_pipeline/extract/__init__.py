"""``extract``: the shop's PostgreSQL into the raw folder, incrementally.

Each table becomes a folder of Parquet files, ``<name>/extract-<number>.parquet``. All tables show
one instant, the snapshot of one read-only transaction. The first extract reads everything; a later
one reads what may be new or have changed since: the latest rows by id, and rows whose ``last_seen``
or ``updated`` lies after the last extract, both with a look-back. Tables that have no such column,
or no key, are read whole each time.

After each extract the files hold each id once, as an extract of everything would, but for rows that
were deleted in the shop, or changed without a trace, and lie behind the look-back. ``extract
--full`` reads everything again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from utm_pipeline.causes import explained, is_full
from utm_pipeline.errors import ExtractError, InputError, InterruptedRunError, signals_raise
from utm_pipeline.extract import parts
from utm_pipeline.extract.shop import Shop, open_shop
from utm_pipeline.extract.store import Store, TableState, reading, writing
from utm_pipeline.extract.tables import Source, find_sources
from utm_pipeline.settings import Settings

__all__ = ["ExtractResult", "Progress", "TableResult", "extract", "reading"]

LOOKBACK: Final = timedelta(days=3)
"""How far before the last extract a change is looked for again.

A row's ``last_seen`` or ``updated`` is written before it is committed, by clocks that may differ
from the server's, in a time zone that may not be UTC. Three days are more than all of that.
"""

Progress = Callable[[str, int, int | None, float], None]
"""Is told a table, how many of its rows have come, of about how many, in how many seconds."""


@dataclass(frozen=True)
class TableResult:
    """What came of one table: ``whole`` if all of it was read, and counts of rows and files."""

    table: str
    whole: bool
    read: int
    new: int
    changed: int
    removed: int
    """Rows that the shop has no more."""
    rows: int
    """Rows that the raw files, so many ``parts``, hold by now."""
    parts: int
    written: int
    """Files of these that are new."""
    seconds: float
    note: str
    """Why all of it was read, where that was not asked for."""


@dataclass(frozen=True)
class ExtractResult:
    """What an extract did; the raw files describe the instant ``snapshot``."""

    snapshot: datetime
    tables: Sequence[TableResult]
    seconds: float


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
        with (
            _faults_in_words(settings.raw_dir),
            writing(settings.raw_dir) as store,
            signals_raise(),
        ):
            reasons = [store.why_whole(source) for source in sources]
            _refuse_vanished(store, sources, shop.place)
            tables = []
            for source, why in zip(sources, reasons, strict=True):
                kept = None if full or why else store.before.get(source.table)
                note = source.note if kept else "" if full else why
                tables.append(_read(shop, store, replace(source, note=note), kept, progress))
            store.commit(shop.snapshot)
    return ExtractResult(shop.snapshot, tables, time.monotonic() - started)


def _refuse_vanished(store: Store, sources: Sequence[Source], place: str) -> None:
    for table in store.before.keys() - {source.table for source in sources}:
        files = [file for file in store.held(table) if file.exists()]
        if files:
            what = f"the table {table} was there at the last extract and is gone from the database"
            right = f"if that is right, remove {files[0].parent}"
            raise InputError(what, place, f"{right}; else see UTM_RAW_SCHEMA and UTM_RAW_TABLES")


def _read(
    shop: Shop, store: Store, source: Source, kept: TableState | None, progress: Progress | None
) -> TableResult:
    """Reads a table, or what may have changed since it was kept, and merges it in."""
    started = time.monotonic()
    held = store.held(source.table) if kept else {}
    expressions = {column.name: column.expression for column in source.columns}
    query = f"select {', '.join(expressions.values())} from {source.relation}"  # noqa: S608 - quoted
    above = parts.lookback_id(store.duck, held) if kept and source.changed else None
    if kept and source.changed and above is not None:
        day = (datetime.fromisoformat(kept.since) - LOOKBACK).date()
        since = source.changed.format(day=day, day_before=day - timedelta(days=1))
        query += f" where {expressions['id']} > {above} or {since}"
    expected = source.rows if above is None and source.rows >= 0 else None

    def show(rows: int) -> None:
        if progress is not None:
            progress(source.table, rows, expected, time.monotonic() - started)

    work = store.work / source.table
    work.mkdir()
    came = parts.stage(store.duck, source.columns, shop.copy(query, source.name), work, show)
    files, new, changed, removed = parts.merge(store.duck, source, held, came, above)
    return TableResult(
        table=source.table,
        whole=above is None,
        read=sum(came.values()),
        new=new,
        changed=changed,
        removed=removed,
        rows=sum(files.values()),
        parts=len(files),
        written=store.keep(source, files, shop.snapshot),
        seconds=time.monotonic() - started,
        note=source.note,
    )


@contextmanager
def _faults_in_words(raw_dir: Path) -> Iterator[None]:
    """Turns what ends an extract into errors that say what to do."""
    import duckdb

    try:
        with signals_raise():
            yield
    except KeyboardInterrupt:
        what = "interrupted; the raw files are whole"
        raise InterruptedRunError(what, str(raw_dir), "run the command again") from None
    except (duckdb.ConversionException, duckdb.InvalidInputException):
        what = "rows cannot be turned into raw files; those are whole"
        fix = "report this as a fault of the program: no value should bring it about"
        # Its words quote the row.
        raise ExtractError(what, str(raw_dir), fix) from None
    except (OSError, duckdb.IOException) as error:
        what = "the raw files cannot be written; they are whole"
        fix = "see that the folder is writable; with --debug before the command it says more"
        if is_full(error) or "No space left" in str(error) or "quota" in str(error).lower():
            what = "the disk is full; the raw files are whole"
            fix = "make room there, then run it again"
        elif isinstance(error, OSError):
            raise explained(error, raw_dir, what, fix, ExtractError) from error
        raise ExtractError(what, str(raw_dir), fix) from error
