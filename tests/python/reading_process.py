"""Reads a warehouse again and again until its standard input ends, and says what it saw.

Arguments: the folder of the settings, how long each reading is held, and the pause after it, in
seconds. Variables are those of the command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = (
    "select min(version), max(version), count(*), sum(ten) from t",
    "select min(version), max(version), 50, 12750 from u",
    "select max(version), min(version), count(*), sum(10 * i) from t",
)


@dataclass(frozen=True)
class Seen:
    """What a process has read."""

    versions: list[int]
    """Of each reading."""
    torn: list[object]
    """Answers that were not of one whole version."""
    errors: list[str]
    slowest_opening: float
    """Seconds until the first answer, in the worst case."""


class Reading:
    """A process that reads."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def stop(self) -> Seen:
        """Ends it, and gives what it saw."""
        out, _ = self._process.communicate(timeout=60)
        return Seen(**json.loads(out.splitlines()[-1]))


@contextmanager
def reading(
    variables: Mapping[str, str], folder: Path, hold: float = 0.0, pause: float = 0.02
) -> Iterator[Reading]:
    """A process that reads during the block, once it has read for the first time."""
    places = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    with subprocess.Popen(
        [sys.executable, "-m", "reading_process", str(folder), str(hold), str(pause)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables, "PYTHONPATH": places},
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "reading\n"
            yield Reading(process)
        finally:
            process.kill()


def _main(folder: Path, hold: float, pause: float) -> None:
    from utm_pipeline.settings import load_settings
    from utm_pipeline.warehouse import open_warehouse

    settings = load_settings(folder=folder)
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    seen = Seen([], [], [], 0.0)
    slowest = 0.0
    while not ended.is_set():
        started = time.monotonic()
        try:
            with open_warehouse(settings) as warehouse:
                slowest = max(slowest, time.monotonic() - started)
                rows = [warehouse.execute(text, {}).fetchone() for text in STATEMENTS[:2]]
                time.sleep(hold)
                rows.append(warehouse.execute(STATEMENTS[2], {}).fetchone())
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall see it
            seen.errors.append(f"{type(error).__name__}: {error}")
            continue
        version = rows[0][0] if rows[0] is not None else None
        if version is None or any(row != (version, version, 50, 12750) for row in rows):
            seen.torn.append(str(rows))
        else:
            seen.versions.append(int(version))
        if len(seen.versions) == 1:
            print("reading", flush=True)
        time.sleep(pause)
    print(json.dumps({**vars(seen), "slowest_opening": slowest}), flush=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
