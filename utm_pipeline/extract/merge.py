"""Rows that came again meet those that are there: each id stays once, and few files change.

A file that has been written never changes. What supersedes its rows is written to a new file; a
file that holds superseded rows is written anew without them, and goes. New rows join the last files
while those are no more than twice as large. So a table has about log(n) small files, however often
it is extracted, and a row is rewritten about log(n) times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from utm_pipeline.extract.engine import columns_of, scan, write_parquet
from utm_pipeline.extract.model import LOOKBACK_ROWS, PART_ROWS, Column, Part

if TYPE_CHECKING:
    import duckdb

_SMALL = PART_ROWS // 4


@dataclass(frozen=True)
class Merged:
    """What a merge came to."""

    written: tuple[Part, ...]
    """New files, in the work."""
    kept: tuple[Part, ...]
    gone: tuple[Part, ...]
    new: int
    changed: int
    removed: int


@dataclass
class Plan:
    """Which files stay, and which are written anew."""

    kept: list[Part] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    """Places of files that are written anew each by itself."""
    together: list[int] = field(default_factory=list)
    """Places of files that become one with the new rows."""


def lookback_id(duck: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> int | None:
    """The id above which rows are read again; None if there are no rows."""
    ((above,),) = duck.execute(
        "select min(id) - 1 from (select id from "  # noqa: S608 - own names
        f"{scan(part.file for part in parts)} order by id desc limit {LOOKBACK_ROWS})"
    ).fetchall()
    return None if above is None else int(above)


@dataclass(frozen=True)
class Merger:
    """Brings the rows of one table that were read into its files."""

    duck: duckdb.DuckDBPyConnection
    columns: Sequence[Column]
    staged: Sequence[Part]
    """What was read."""
    parts: Sequence[Part]
    """The files that hold the table so far, oldest first."""
    work: Path
    """Where new files go."""

    def same_rows(self) -> bool:
        """Whether what was read is what is there: the same rows, each as often, in any order."""
        # The sum of the rows' fingerprints needs no memory, whatever their number.
        sums = [
            self.duck.execute(
                f"select count(*), sum({self._fingerprint}::hugeint) from "  # noqa: S608
                f"{scan(part.file for part in files)}"
            ).fetchall()
            for files in (self.staged, self.parts)
        ]
        return bool(sums[0] == sums[1])

    def merge(self, complete_above: int | None) -> Merged:
        """Merges by ``id``, which each row has alone.

        Args:
            complete_above: all rows with greater ids were read, so what is missing there is gone
                from the shop; None if the whole table was read.
        """
        self._compare(complete_above)
        ((fresh,),) = self.duck.execute("select count(*) from fresh").fetchall()
        ((changed, removed),) = self.duck.execute(
            "select count(*) filter (not removed), count(*) filter (removed) from gone"
        ).fetchall()
        lost = self.duck.execute("select place, count(*) from gone group by place").fetchall()
        plan = plan_files(self.parts, dict(lost), fresh)
        return Merged(
            written=tuple(self._write(plan, fresh)),
            kept=tuple(plan.kept),
            gone=tuple(part for part in self.parts if part not in plan.kept),
            new=fresh - changed,
            changed=changed,
            removed=removed,
        )

    @property
    def _fingerprint(self) -> str:
        return f"hash({columns_of(self.columns)})"

    def _compare(self, complete_above: int | None) -> None:
        """Makes the tables ``gone`` (id, place, removed) and ``fresh`` (id, row)."""
        files = {"files": [str(part.file) for part in self.parts]}
        came = scan(part.file for part in self.staged)
        there = scan((part.file for part in self.parts), ", filename = '_file'")
        held = (
            f"select id, {self._fingerprint} as content, "  # noqa: S608 - own names
            f"list_position($files, _file) - 1 as place from {there}"
        )
        run = self.duck.execute
        run("create or replace table held (id bigint, content ubigint, place integer)")
        content = f"select id, {self._fingerprint} as content from {came}"  # noqa: S608
        run(f"create or replace table came as {content}")
        if complete_above is None:
            run(f"insert into held {held}", files)
        else:
            # Two statements, since each then skips the files and blocks whose ids lie elsewhere.
            above = {**files, "above": complete_above}
            run(f"insert into held {held} where id > $above", above)
            again = "select id from came where id <= $above"
            run(f"insert into held {held} where id in ({again}) and id <= $above", above)
        run(
            "create or replace table gone as "
            "select held.id, held.place, came.id is null as removed "
            "from held left join came on came.id = held.id "
            "where came.id is null or came.content <> held.content"
        )
        run(
            "create or replace table fresh as "
            "select came.id, row_number() over (order by came.id) as row "
            "from came left join held on held.id = came.id "
            "where held.id is null or came.content <> held.content"
        )

    def _write(self, plan: Plan, fresh: int) -> list[Part]:
        written = [self._file(f"alone-{place}", [self._rest(place)]) for place in plan.alone]
        # A table of very many new rows takes several files; the rests join the last of them.
        begins = range(0, max(fresh, 1), PART_ROWS)
        for begin in begins:
            queries = [self._rest(place) for place in plan.together] if begin == begins[-1] else []
            if fresh:
                queries.append(self._fresh(begin + 1, begin + PART_ROWS))
            if queries:
                written.append(self._file(f"together-{begin}", queries))
        whole = [part for part in written if part.rows]
        # A table that has become empty is still a table.
        return whole if whole or plan.kept else written[-1:]

    def _file(self, name: str, queries: Sequence[str]) -> Part:
        target = self.work / f"{name}.parquet"
        return Part.of(target, write_parquet(self.duck, " union all ".join(queries), target))

    def _rest(self, place: int) -> str:
        """The rows of a file that are not superseded."""
        return (
            f"select {columns_of(self.columns)} from {scan([self.parts[place].file])} "  # noqa: S608
            f"where id not in (select id from gone where place = {place})"
        )

    def _fresh(self, first: int, last: int) -> str:
        """New and changed rows, by their number."""
        return (
            f"select {columns_of(self.columns)} "  # noqa: S608 - own names
            f"from {scan(part.file for part in self.staged)} "
            f"where id in (select id from fresh where row between {first} and {last})"
        )


def plan_files(parts: Sequence[Part], lost: dict[int, int], fresh: int) -> Plan:
    """Which files are written anew, when files lose rows and new rows come.

    Args:
        parts: the files, oldest first.
        lost: how many rows a file loses, by its place.
        fresh: how many rows come.
    """
    left = [part.rows - lost.get(place, 0) for place, part in enumerate(parts)]
    together = {place for place in lost if left[place] < _SMALL}
    total = fresh + sum(left[place] for place in together)
    if fresh or together:
        for place in reversed(range(len(parts))):
            if place in together:
                continue
            if left[place] > 2 * total or left[place] + total > PART_ROWS:
                break
            together.add(place)
            total += left[place]
    return Plan(
        kept=[part for place, part in enumerate(parts) if place not in lost.keys() | together],
        alone=[place for place in lost if place not in together],
        together=sorted(together),
    )
