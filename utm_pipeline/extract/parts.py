"""Parquet files of a table, by DuckDB: made of rows that came, merged with those that are there.

A file that has been written never changes. What supersedes its rows is written to a new file; a
file that holds superseded rows is written anew without them, and goes. New rows join the last files
while those are no more than twice as large. So a table has about log(n) small files, however often
it is extracted, and a row is rewritten about log(n) times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from utm_pipeline.extract.shop import Lines
from utm_pipeline.extract.tables import Column, Source
from utm_pipeline.state import sync

if TYPE_CHECKING:
    import duckdb

LOOKBACK_ROWS = 20_000
"""How many of the latest ids are read again.

An id is given before its row is committed, so a lower one may appear after a higher one. So many
actions are a day or two of a shop with a million sessions a year, and an hour or two of one with a
hundred times as many. Rows are counted and not ids, so that a stray huge id hides nothing.
"""

PART_ROWS = 500_000
"""Rows of a file, at most. A changed file is read anew by the next refresh."""

PART_BYTES = 128 * 1024 * 1024
"""Bytes of text that a file is made from, about, at most."""

MARK = "utm-pipeline extract"
"""What is in the metadata of each file."""

_ROW_GROUP = 50_000
_SHOW_EVERY = 20_000
_BUFFER = 1 << 20
_LONG_LINE = 1 << 20
_WIDER = 4
"""How much wider than its longest line DuckDB's view of a text is."""

Files = dict[Path, int]
"""Files and how many rows each has, oldest first."""


def open_engine(folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB with little memory, which keeps in ``folder`` what does not fit there."""
    import duckdb

    return duckdb.connect(
        str(folder / "work.duckdb"),
        config={
            "memory_limit": "512MB",
            "threads": 2,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )


def lookback_id(duck: duckdb.DuckDBPyConnection, files: Files) -> int | None:
    """The id above which rows are read again; None if there are no rows."""
    ((above,),) = duck.execute(
        "select min(id) - 1 from "  # noqa: S608 - own names
        f"(select id from {_scan(files)} order by id desc limit {LOOKBACK_ROWS})"
    ).fetchall()
    return None if above is None else int(above)


def stage(
    duck: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    lines: Iterator[Lines],
    folder: Path,
    show: Callable[[int], None],
) -> Files:
    """Makes files, at least one, of lines of CSV, each in a second thread while the next one comes.

    ``show`` is told how many rows have come, now and then and at the end.
    """
    futures: list[Future[Files]] = []
    with ThreadPoolExecutor(1, "utm-extract") as thread:
        for text, longest in _texts(columns, lines, folder, show):
            # One text is written while one is converted, so two are there at most.
            if futures:
                futures[-1].result()
            futures.append(thread.submit(_convert, duck, columns, text, longest))
    return {file: rows for future in futures for file, rows in future.result().items()}


def _texts(
    columns: Sequence[Column], lines: Iterator[Lines], folder: Path, show: Callable[[int], None]
) -> Iterator[tuple[Path, int]]:
    """Files of CSV, each with the length of its longest line."""
    rows, more = 0, True
    while more:
        begin, longest, more = rows, 0, False
        text = folder / f"{begin}.csv"
        with text.open("wb", _BUFFER) as stream:
            # With a heading, no value stands where DuckDB looks for a byte order mark.
            stream.write((",".join(column.name for column in columns) + "\n").encode())
            for some in lines:
                stream.writelines(some)
                rows += len(some)
                longest = max(longest, *map(len, some), 0)
                if rows // _SHOW_EVERY > (rows - len(some)) // _SHOW_EVERY:
                    show(rows)
                if rows - begin >= PART_ROWS or stream.tell() >= PART_BYTES:
                    more = True
                    break
        if rows > begin or begin == 0:
            yield text, longest
    show(rows)


def _convert(
    duck: duckdb.DuckDBPyConnection, columns: Sequence[Column], text: Path, longest: int
) -> Files:
    from utm_pipeline.warehouse.parquet import pattern_of

    types = ", ".join(f"{_literal(column.name)}: '{column.stored}'" for column in columns)
    # Texts may be longer than DuckDB expects of a line.
    longer = f", buffer_size = {_WIDER * longest}" if longest > _LONG_LINE else ""
    # A missing value is nothing at all, empty text is two quotes.
    files = _write(
        duck,
        f"select {_names(columns)} from read_csv({_literal(pattern_of(text))}, "  # noqa: S608
        f"columns = {{{types}}}, hive_partitioning = false, "
        "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"comment = '', nullstr = '', allow_quoted_nulls = false{longer})",
        text.with_suffix(".parquet"),
    )
    text.unlink()
    return files


def merge(
    duck: duckdb.DuckDBPyConnection, source: Source, held: Files, came: Files, above: int | None
) -> tuple[Files, int, int, int]:
    """Brings the rows that came into those that a table held; new files are made beside ``came``.

    All rows with ids ``above`` one came, so what is missing there is gone from the shop; all rows,
    if it is None. Where nothing was held, nothing is compared. Gives the files that the table has
    now, and how many rows are new, changed and gone.
    """
    total = sum(came.values())
    names = _names(source.columns)
    if not held:
        return came, total, 0, 0
    if not source.key:
        # Nobody can tell which row was which. The sum of fingerprints needs no memory.
        query = f"select count(*), sum(hash({names})::hugeint) from"
        was, now = (duck.execute(f"{query} {_scan(files)}").fetchall() for files in (held, came))
        return (held, 0, 0, 0) if was == now else (came, total, 0, sum(held.values()))
    _compare(duck, f"select id, hash({names}) as content from", held, came, above)
    ((fresh, gone, removed),) = duck.execute(
        "select (select count(*) from fresh), count(*), count(*) filter (removed) from gone"
    ).fetchall()
    lost = _counts(duck, held, "gone")
    left = {file: rows - lost.get(file, 0) for file, rows in held.items()}
    left |= dict.fromkeys(came, 0) | _counts(duck, came, "fresh")
    groups = plan(left, lost, came)
    files = {file: rows for file, rows in held.items() if not any(file in g for g in groups)}
    for number, group in enumerate(groups):
        rests = [
            f"select {names} from {_scan([file])} where id "  # noqa: S608 - own names
            + ("in (select id from fresh)" if file in came else "not in (select id from gone)")
            for file in group
            if left[file]
        ]
        if rests:
            target = next(iter(came)).with_name(f"merged-{number}.parquet")
            files |= _write(duck, " union all ".join(rests), target)
    # A table that has become empty is still a table. What came is then empty too.
    return files or came, fresh - gone + removed, gone - removed, removed


def _compare(
    duck: duckdb.DuckDBPyConnection, rows: str, held: Files, came: Files, above: int | None
) -> None:
    """Makes the tables ``gone`` (id, removed) of what was held, and ``fresh`` (id)."""
    there = f"{rows} {_scan(held)}"
    if above is not None:
        # In two parts, since each then skips the files and blocks whose ids lie elsewhere.
        again = f"id in (select id from came where id <= {above})"  # noqa: S608
        there = f"{there} where id > {above} union all {there} where id <= {above} and {again}"
    tables = {
        "came": f"{rows} {_scan(came)}",
        "held": there,
        "gone": "select id, came.id is null as removed from held left join came using (id) "
        "where came.content is distinct from held.content",
        "fresh": "select id from came left join held using (id) "
        "where held.content is distinct from came.content",
    }
    for table, query in tables.items():
        duck.execute(f"create or replace table {table} as {query}")


def _counts(duck: duckdb.DuckDBPyConnection, files: Files, table: str) -> Files:
    """How many rows of the files are in a table of ids, where there are any."""
    counts = duck.execute(
        f"select filename, count(*) from {_scan(files)} "  # noqa: S608 - own names
        f"where id in (select id from {table}) group by filename"
    ).fetchall()
    return {Path(file): count for file, count in counts}


def plan(
    left: Mapping[Path, int], lost: Collection[Path], came: Collection[Path]
) -> list[list[Path]]:
    """Which files are written anew; each list becomes one file.

    ``left`` has the files, oldest first, and how many of their rows stay or are new; ``lost`` those
    that have lost rows; ``came`` those of rows that came.
    """
    joined = [f for f in left if f in came or (f in lost and left[f] < PART_ROWS // 4)]
    total = sum(left[file] for file in joined)
    if any(file in lost or left[file] for file in joined):
        for file in reversed(list(left)):
            if file in joined:
                continue
            if left[file] > 2 * total or left[file] + total > PART_ROWS:
                break
            joined.append(file)
            total += left[file]
    groups = [[file] for file in left if file in lost and file not in joined]
    room = -1
    for file in left:
        if file in joined:
            if left[file] > room:
                groups.append([])
                room = PART_ROWS
            groups[-1].append(file)
            room -= left[file]
    return groups


def _write(duck: duckdb.DuckDBPyConnection, query: str, target: Path) -> Files:
    """Writes a query's rows to a file that is its owner's alone, on disk for good."""
    copied = duck.cursor().execute(
        f"copy ({query}) to {_literal(target)} (format parquet, compression zstd, "
        f"compression_level 1, row_group_size {_ROW_GROUP}, "
        f"kv_metadata {{written_by: {_literal(MARK)}}})"
    )
    ((rows,),) = copied.fetchall()
    # Personal data: others read the file once its owner lets them.
    target.chmod(0o600)
    sync(target)
    return {target: int(rows)}


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def _scan(files: Iterable[Path]) -> str:
    from utm_pipeline.warehouse.parquet import pattern_of

    named = ", ".join(_literal(pattern_of(file)) for file in files)
    return f"read_parquet([{named}], hive_partitioning = false)"


def _literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
