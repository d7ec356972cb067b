"""The loaded rows in the raw folder: one file for each platform and account.

See the package's docstring for what a load replaces. Every step leaves the table whole: the folder
is made empty, which is no table; a single file moves into it in one step; a new file is written
beside its name, synced, and takes the name in one step.
"""

from __future__ import annotations

import csv
import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from utm_pipeline import project as dbt_project
from utm_pipeline.errors import BusyError, InputError
from utm_pipeline.refresh.csv_files import open_text
from utm_pipeline.refresh.inputs import locate
from utm_pipeline.settings import Settings
from utm_pipeline.spend import postgres_table
from utm_pipeline.spend.model import COLUMNS, Export, Replaced, SpendRow
from utm_pipeline.spend.platforms import Platform

_TABLE = "ad_spend"


@dataclass(frozen=True)
class Store:
    """Where rows go: the platform's file, or that of one of its accounts."""

    settings: Settings
    platform: Platform
    account: str | None
    replace: bool
    """Whether earlier rows may go although they share no campaign with the new ones."""

    @property
    def _name(self) -> str:
        return self.settings.raw_name(_TABLE)

    @property
    def _in_postgres(self) -> bool:
        return self.settings.target == "postgres"

    @property
    def _stem(self) -> str:
        return f"loaded-{self.platform.name}"

    @property
    def _file_name(self) -> str:
        return f"{self._stem}.{self.account}.csv" if self.account else f"{self._stem}.csv"

    def put(self, export: Export) -> Replaced:
        """Puts an export's rows into the table, in the place of those that it replaces.

        Raises:
            InputError: the rows would be counted twice, or replace what looks like another
                account's; or the table cannot be read or written.
            BusyError: another load is running.
        """
        raw_dir = self.settings.raw_dir
        if self._in_postgres:
            # There the files are a load's memory, and nobody needs to have made a folder for them.
            raw_dir.mkdir(parents=True, exist_ok=True)
        if not raw_dir.is_dir():
            raise InputError(
                "the folder of raw files does not exist",
                str(raw_dir),
                "set UTM_RAW_DIR or --raw-dir to the folder with utm_sessions and orders",
            )
        with _locked(raw_dir):
            try:
                return self._put(export, raw_dir / self._name)
            except OSError as error:
                raise InputError(
                    f"the table of ad spend cannot be written ({type(error).__name__})",
                    str(raw_dir / self._name),
                    "make the folder of raw files writable",
                ) from error

    def _put(self, export: Export, folder: Path) -> Replaced:
        found = locate(_TABLE, self._name, self.settings.raw_dir)
        if found and found.kind == "parquet":
            raise InputError(
                "the table of ad spend is Parquet, and loaded exports are CSV",
                str(found.place),
                "write it as CSV, so that both can stand in one folder",
            )
        target = folder / self._file_name
        if self._in_postgres:
            postgres_table.check(self.settings, export, self._sources(export))
        for file in found.files if found else ():
            if file.parent == folder and _is_of(file, self._stem):
                if file != target:
                    self._check_other_account(export, file)
            else:
                self._check_overlap(export, file)
        earlier = list(_rows_of(target)) if target.is_file() else []
        replaced = self._replaced(export, earlier)
        kept = [row for row in earlier if row not in replaced]
        gone = self._gone(export, [row for row in earlier if row in replaced])
        rows = sorted([*kept, *export.rows])
        moved = None
        folder.mkdir(exist_ok=True)
        if found and found.place != folder:
            moved = (found.place, folder / found.place.name)
            found.place.rename(moved[1])
            _sync(self.settings.raw_dir)
        changed = rows != sorted(earlier)
        if changed:
            _write(target, rows)
        if self._in_postgres:
            # Whatever has changed: an earlier load may have ended before it came this far.
            postgres_table.push(self.settings, target.stem, rows)
        return Replaced(target, len(earlier) - len(kept), gone, moved, changed or moved is not None)

    def _replaced(self, export: Export, earlier: Sequence[SpendRow]) -> set[SpendRow]:
        """The earlier rows that lie in what the export covers.

        A platform's export is all of its account's money on its days. The generic form may hold
        one source today and another tomorrow, so there the pair of source and medium counts too.
        """
        first, last = export.first.isoformat(), export.last.isoformat()
        within = {row for row in earlier if first <= row.date <= last}
        if not self.platform.is_generic:
            return within
        pairs = {_pair(row) for row in export.rows}
        return {row for row in within if _pair(row) in pairs}

    def _gone(self, export: Export, replaced: Sequence[SpendRow]) -> tuple[int, Decimal]:
        spent = [row for row in replaced if _money(row)]
        stay = {row.utm_campaign for row in export.rows}
        gone = [row for row in spent if row.utm_campaign not in stay]
        if spent and len(gone) == len(spent) and not self.replace:
            raise InputError(
                "earlier loads have rows on the same days, and this export has none of their "
                "campaigns: it looks like another account's, or like a part of the account",
                self._file_name,
                "say --account NAME for another account; export all campaigns; or say --replace if "
                "the earlier rows shall go",
            )
        return len({row.utm_campaign for row in gone}), sum(map(_money, gone), Decimal(0))

    def _check_overlap(self, export: Export, file: Path) -> None:
        """Refuses money that another file of the table already has."""
        aliases = _aliases()
        ours = self._sources(export)
        first, last = export.first.isoformat(), export.last.isoformat()
        days = {
            row.date
            for row in _rows_of(file)
            if first <= row.date <= last and _source(row.utm_source, aliases) in ours
        }
        if days:
            raise InputError(
                f"the table has spend of {', '.join(sorted(ours))} on {len(days)} of these days "
                f"already, {min(days)} to {max(days)}, and would count it twice",
                str(file),
                "take these rows out of that file, or export only days that it does not have",
            )

    def _sources(self, export: Export) -> set[str]:
        """The sources whose money an export is, under their own names and not their aliases."""
        aliases = _aliases()
        return {_source(row.utm_source, aliases) for row in export.rows} | self.platform.family

    def _check_other_account(self, export: Export, file: Path) -> None:
        spent = {row for row in export.rows if _money(row)}
        if spent and 2 * len(spent & set(_rows_of(file))) > len(spent):
            raise InputError(
                "most of these rows are loaded already, under another account's name",
                str(file),
                "say the same --account as then, or remove that file and load again",
            )


@contextmanager
def _locked(raw_dir: Path) -> Iterator[None]:
    """Keeps a second load off; the kernel gives the lock back when the process ends."""
    descriptor = os.open(raw_dir, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                "another load-spend is running", str(raw_dir), "wait until it has ended"
            ) from None
        yield
    finally:
        os.close(descriptor)


def _is_of(file: Path, stem: str) -> bool:
    return file.name.startswith(f"{stem}.") and file.name.endswith(".csv")


def _rows_of(file: Path) -> Iterator[SpendRow]:
    """The rows of a CSV file of the table, whoever wrote it; only the day of a date."""
    try:
        with open_text(file) as lines:
            reader = csv.DictReader(lines, strict=True, restval="")
            reader.fieldnames = [name.lower() for name in reader.fieldnames or ()]
            for row in reader:
                values = [row.get(column) or "" for column in COLUMNS]
                yield SpendRow(values[0].strip()[:10], *values[1:])
    except (UnicodeDecodeError, EOFError, csv.Error) as error:
        raise InputError(
            "a file of the table of ad spend cannot be read as CSV",
            str(file),
            "write the file again, whole",
        ) from error


def _write(target: Path, rows: Sequence[SpendRow]) -> None:
    # No reader takes a name that begins with a dot. A killed load's draft is overwritten.
    draft = target.with_name(f".{target.name}.new")
    try:
        with draft.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows(rows)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _money(row: SpendRow) -> Decimal:
    """What a row spent; nothing if somebody made it unreadable, as staging counts nothing then."""
    try:
        return Decimal(row.spend.strip() or 0)
    except InvalidOperation:
        return Decimal(0)


def _pair(row: SpendRow) -> tuple[str, str]:
    return row.utm_source.strip().casefold(), row.utm_medium.strip().casefold()


def _source(text: str, aliases: Mapping[str, str]) -> str:
    """A source near enough to staging's to find the same money in another file."""
    plain = "_".join(text.casefold().split())
    return aliases.get(plain, plain)


def _aliases() -> dict[str, str]:
    seed = dbt_project.project_dir() / "seeds" / "utm_source_aliases.csv"
    with open_text(seed) as lines:
        return {row["alias"]: row["source"] for row in csv.DictReader(lines)}
