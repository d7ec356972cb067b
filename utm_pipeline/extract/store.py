"""The raw folder: who may change it, what an extract remembers, and the one step of a commit.

``.extract/`` in the raw folder holds the lock, the work of a running extract and ``state.json``. A
commit is one file, ``commit.json``: once it is there, what it says is done, now or by whoever comes
next; before that, nothing has changed. Readers of the folder hold a shared lock, so no file goes
while they read.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utm_pipeline.causes import told
from utm_pipeline.errors import BusyError, ExtractError, InputError
from utm_pipeline.extract.parts import MARK, Files, open_engine
from utm_pipeline.extract.tables import Source
from utm_pipeline.refresh.raw_files import locate
from utm_pipeline.state import locked, private_files, replace_private, sync

if TYPE_CHECKING:
    import duckdb

_FOLDER = Path(".extract")
_COMMIT = _FOLDER / "commit.json"
_STATE = _FOLDER / "state.json"
_VERSION = 1
_NAME = re.compile(r"extract-([0-9]{6,})\.parquet")


@dataclass(frozen=True)
class TableState:
    """A table as an extract left it; the state's file holds its fields as they are.

    ``since`` is the snapshot that it shows, in ISO 8601.
    """

    name: str
    identity: list[str]
    columns: list[list[str]]
    since: str
    last_part: int
    """The greatest number of a file so far. None comes twice, so that no reader can take a new
    file for one that it has read."""
    parts: list[list[Any]]
    """Each file's name, rows, size and mtime in nanoseconds, oldest first."""


class Store:
    """A raw folder that this extract alone changes; made by :func:`writing`."""

    def __init__(self, raw_dir: Path) -> None:
        self.raw_dir = raw_dir
        self.work = raw_dir / _FOLDER / "work"
        self.before: dict[str, TableState] = {}
        """Tables as the last extract left them."""
        self.duck: duckdb.DuckDBPyConnection
        self._own: dict[str, list[Path]] = {}
        self._after: dict[str, TableState] = {}
        self._moves: list[list[str]] = []
        self._gone: list[str] = []

    def held(self, table: str) -> Files:
        """The files of a table that the last extract left."""
        kept = self.before.get(table)
        return {self.raw_dir / kept.name / part[0]: part[1] for part in kept.parts} if kept else {}

    def why_whole(self, source: Source) -> str:
        """Why what the last extract left of a table cannot be gone on with; empty if it can."""
        kept, held = self.before.get(source.table), self.held(source.table)
        own = self._own[source.table] = _own_files(source, held, self.raw_dir)
        if kept is None:
            return "what the last extract knew is lost" if own else ""
        facts = [_facts(file, rows) for file, rows in held.items()]
        reasons = {
            f"it was called {kept.name}": kept.name != source.name,
            "it is another database": kept.identity[0] != source.identity[0],
            "its columns have changed": kept.columns != [list(c) for c in source.columns],
            "the shop made it anew, rewrote or emptied it": kept.identity != source.identity,
            "its files are gone or were changed by hand": facts != kept.parts,
            "its folder has files of another extract": set(own) > set(held),
        }
        if kept.name != source.name:
            # They go too, unless somebody has changed them.
            own += [file for file, part in zip(held, facts, strict=True) if part in kept.parts]
        return next((reason for reason, holds in reasons.items() if holds), "")

    def keep(self, source: Source, files: Files, snapshot: datetime) -> int:
        """Notes for the commit what a table's files are from now on; gives how many are new.

        Those that are in the work are moved to the table's folder; own ones that are not among
        them go.
        """
        kept, own = self.before.get(source.table), self._own[source.table]
        numbers = (int(found[1]) for file in own if (found := _NAME.fullmatch(file.name)))
        last_part = max(kept.last_part if kept else 0, *numbers, 0)
        new = [file for file in files if file not in own]
        places = {
            file: self.raw_dir / source.name / f"extract-{number:06d}.parquet"
            for number, file in enumerate(new, last_part + 1)
        }
        self._moves += [[self._name(file), self._name(place)] for file, place in places.items()]
        self._gone += [self._name(file) for file in own if file not in files]
        self._after[source.table] = TableState(
            name=source.name,
            identity=source.identity,
            columns=[list(column) for column in source.columns],
            since=snapshot.isoformat(),
            last_part=last_part + len(new),
            parts=[
                [places.get(file, file).name, *_facts(file, rows)[1:]]
                for file, rows in files.items()
            ],
        )
        return len(new)

    def commit(self, snapshot: datetime) -> None:
        """Does what was noted, and keeps the state: all or nothing."""
        for _, target in self._moves:
            # Here, since a folder that cannot be made must be known before the commit.
            (self.raw_dir / target).parent.mkdir(exist_ok=True)
        content = {
            "version": _VERSION,
            "snapshot": snapshot.isoformat(),
            "tables": {table: asdict(kept) for table, kept in self._after.items()},
            "commit": {"moves": self._moves, "gone": self._gone},
        }
        replace_private(self.raw_dir / _COMMIT, json.dumps(content, indent=1))
        _roll_forward(self.raw_dir)

    def start(self) -> None:
        """Ends a commit that was begun, clears what a killed extract left, and reads the state."""
        _roll_forward(self.raw_dir)
        self.clear()
        self.work.mkdir()
        try:
            state = json.loads((self.raw_dir / _STATE).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return
        # That of another version of the program is not read.
        if isinstance(state, dict) and state.get("version") == _VERSION:
            self.before = {table: TableState(**kept) for table, kept in state["tables"].items()}

    def clear(self) -> None:
        """Removes the work of an extract, unless a commit that was begun needs it."""
        if (self.raw_dir / _COMMIT).exists():
            return
        if self.work.exists():
            shutil.rmtree(self.work)
        for draft in self.work.parent.glob(".commit.json.*"):
            draft.unlink()

    def _name(self, file: Path) -> str:
        return file.relative_to(self.raw_dir).as_posix()


@contextmanager
def writing(raw_dir: Path) -> Iterator[Store]:
    """Keeps others off the raw folder, which is made if need be, and clears the work at the end."""
    place = raw_dir / _FOLDER
    what = "another extract or refresh is running"
    busy = BusyError(what, str(raw_dir), "wait until it has ended")
    with ExitStack() as stack:
        fix = "set UTM_RAW_DIR to a folder that you may write to"
        with told(place, "the folder of raw files cannot be written", fix, InputError):
            raw_dir.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(place / "lock", busy))
        # What is extracted holds personal data.
        stack.enter_context(private_files())
        store = Store(raw_dir)
        stack.callback(store.clear)
        store.start()
        store.duck = stack.enter_context(open_engine(store.work))
        yield store


@contextmanager
def reading(raw_dir: Path) -> Iterator[None]:
    """Keeps extracts from changing the raw folder for the block, and ends a commit before it.

    Raises:
        BusyError: an extract is running; at once.
        ExtractError: a commit cannot be ended.
    """
    lock = raw_dir / _FOLDER / "lock"
    with told(lock, "the folder of raw files cannot be read", "make it readable", InputError):
        is_extracted = lock.exists()
    if not is_extracted:
        yield
        return
    busy = BusyError("an extract is running", str(raw_dir), "wait until it has ended")
    while True:
        with locked(lock, busy, shared=True):
            if not (raw_dir / _COMMIT).exists():
                yield
                return
        with locked(lock, busy):
            fix = "make the folder writable, then run `utm-pipeline extract`"
            with told(raw_dir, "an extract that was killed cannot be ended", fix, ExtractError):
                _roll_forward(raw_dir)


def _roll_forward(raw_dir: Path) -> None:
    """Does what a commit says, if there is one; what is done already stays done."""
    commit = raw_dir / _COMMIT
    if not commit.exists():
        return
    steps = json.loads(commit.read_text(encoding="utf-8"))["commit"]
    moves = [(raw_dir / start, raw_dir / end) for start, end in steps["moves"]]
    gone = [raw_dir / name for name in steps["gone"]]
    for source, target in moves:
        target.parent.mkdir(exist_ok=True)
        if source.exists():
            source.replace(target)
    # New rows first: a row that is there twice for a moment is one, a missing one is none.
    for file in gone:
        file.unlink(missing_ok=True)
    for folder in {file.parent for file in (*gone, *(target for _, target in moves))}:
        if folder.exists():
            sync(folder)
    sync(raw_dir)
    # A rename needs no room on the disk.
    commit.replace(raw_dir / _STATE)
    sync(commit.parent)


def _own_files(source: Source, held: Files, raw_dir: Path) -> list[Path]:
    """The files of a table that extracts wrote."""
    found = locate(source.table, source.name, raw_dir)
    files = found.files if found else ()
    own = [f for f in files if f in held or (_NAME.fullmatch(f.name) and _is_marked(f))]
    foreign = [file for file in files if file not in own]
    if foreign:
        fix = "move it out of the folder of raw files, or set UTM_RAW_DIR to another folder"
        if source.table == "ad_spend":
            fix = (
                "keep one of them: move the file away, or set UTM_RAW_TABLES to ad_spend=ad_costs, "
                "a name that the database does not have, and load the exports again"
            )
        what = (
            f"the shop's database has the table {source.table}, and there is a file of it that no "
            "extract wrote; both together would be counted twice"
        )
        raise InputError(what, str(foreign[0]), fix)
    return own


def _is_marked(file: Path) -> bool:
    import duckdb

    from utm_pipeline.warehouse.parquet import pattern_of

    try:
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select value from parquet_kv_metadata($1) where key = 'written_by'",
                [pattern_of(file)],
            ).fetchall()
    except duckdb.Error:
        # Damaged, so nothing is known of who wrote it but its name.
        return True
    return [(MARK.encode(),)] == rows


def _facts(file: Path, rows: int) -> list[Any]:
    """A file as the state knows it; with no size and time if it is gone."""
    facts = file.stat() if file.is_file() else None
    return [file.name, rows, facts and facts.st_size, facts and facts.st_mtime_ns]
