"""Publishing on DuckDB: a build happens in a copy, and only a whole, tested copy is served.

A DuckDB file has one writer, and a writer shuts readers out. So the served file is copied to
``next/<same name>`` beside it (the catalogue's name is the file's, so it must stay), built there,
and moved over the served one in one atomic step. Who has the old file open keeps reading it.
A killed run leaves the served file as it was; the next run clears what remained.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from utm_pipeline.causes import explained
from utm_pipeline.errors import BuildError, WarehouseError
from utm_pipeline.refresh.failures import is_disk_full
from utm_pipeline.settings import Settings
from utm_pipeline.state import close_folder, make_folder, replace_private, sync
from utm_pipeline.warehouse.duckdb_reader import refuse_unreadable


class FileBuild:
    """One build on its way to be served; made by :func:`publication`."""

    def __init__(self, settings: Settings) -> None:
        self.served = settings.warehouse
        self.place = str(self.served)
        self.build_path = self.served.parent / "next" / self.served.name
        self.environment = {"UTM_BUILD_PATH": str(self.build_path)}
        self.published = False
        self._schema = settings.schema
        self._built_with = settings.state_dir / "built_with"

    def built_with(self) -> str | None:
        """The fingerprint of the last published build; None where it is not known."""
        known = self._built_with.is_file()
        return self._built_with.read_text(encoding="utf-8").strip() if known else None

    def prepare(self, *, fresh: bool) -> bool:
        """Clears what a killed run left and copies the served file, unless ``fresh``.

        Gives whether the build starts from the served file; WarehouseError if that is damaged, or
        open for writing elsewhere.
        """
        self.clear()
        make_folder(self.build_path.parent)
        close_folder(self.build_path.parent)
        # A write-ahead log beside the served file means that something else wrote to it and did
        # not finish. What it holds cannot be trusted, so everything is built anew.
        if fresh or not self.served.exists() or _log_of(self.served).exists():
            return False
        refuse_unreadable(self.served)
        try:
            # Held for reading, since that keeps writers off and so the copy whole.
            connection = duckdb.connect(self.place, read_only=True)
        except duckdb.Error as error:
            raise WarehouseError(
                "the served warehouse is open for writing in another program, or it is damaged",
                self.place,
                "close that program; if there is none, run `utm-pipeline refresh --full-refresh`, "
                "which builds it anew",
            ) from error
        with connection:
            shutil.copyfile(self.served, self.build_path)
        return True

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the build, to which nothing is connected; {marts}, {reading} are its schemas."""
        with duckdb.connect(str(self.build_path)) as connection:
            return connection.execute(_in_schemas(sql, self._schema)).fetchall()

    def publish(self, built_with: str, seconds: float | None = None) -> tuple[str, ...]:
        """Puts the build, to which nothing is connected, in the served file's place for good.

        ``built_with`` is its fingerprint, ``seconds`` what it took. Gives what could not be cleared
        away: nothing.

        Raises:
            WarehouseError: the build is not whole.
        """
        with duckdb.connect(str(self.build_path)) as connection:
            if seconds is not None:
                took = "update {marts}.rpt_run set refreshed_in_seconds = $1"
                connection.execute(_in_schemas(took, self._schema), [seconds])
            connection.execute("checkpoint")
        if _log_of(self.build_path).exists():
            raise WarehouseError(
                "the build is still open",
                str(self.build_path),
                "close every program that has it open, then run `utm-pipeline refresh`",
            )
        if self.served.exists():
            shutil.copymode(self.served, self.build_path)
        else:
            # Staging holds personal data: others read the file once its owner lets them.
            self.build_path.chmod(0o600)
        sync(self.build_path)
        # If the run ends before the fingerprint is there, the next one builds everything anew.
        self._built_with.unlink(missing_ok=True)
        # A log of the old file would be taken for the new one's.
        _log_of(self.served).unlink(missing_ok=True)
        self.build_path.replace(self.served)
        self.published = True
        sync(self.served.parent)
        sync(self.build_path.parent)
        replace_private(self._built_with, built_with + "\n")
        return ()

    def clear(self) -> None:
        """Removes the build and what the engine puts beside it."""
        folder = self.build_path.parent
        for path in (self.build_path, _log_of(self.build_path)):
            path.unlink(missing_ok=True)
        shutil.rmtree(folder / f"{self.build_path.name}.tmp", ignore_errors=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _in_schemas(sql: str, schema: str) -> str:
    return sql.format(marts=f'"{schema}"', reading=f'"{schema}_int"')


@contextmanager
def publication(settings: Settings) -> Iterator[FileBuild]:
    """One build, and the cleaning up behind it; BuildError if the disk is full."""
    build = FileBuild(settings)
    try:
        yield build
    except (OSError, duckdb.Error) as error:
        folder = build.served.parent
        if is_disk_full(error):
            raise BuildError(
                "the disk is full; what is served is whole",
                str(folder),
                "free space there, at least the size of the warehouse, then run "
                "`utm-pipeline refresh`",
            ) from error
        if isinstance(error, OSError):
            path = Path(error.filename) if isinstance(error.filename, str) else folder
            what = "the warehouse cannot be built; what is served is whole"
            fix = "mend that, then run `utm-pipeline refresh`"
            raise explained(error, path, what, fix, WarehouseError) from error
        raise
    finally:
        build.clear()


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
