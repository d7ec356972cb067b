"""Draws the documentation's pictures from the sample shop.

``docs/report.svg`` is what ``make demo`` prints: the demo runs in a terminal of its own, so the
picture is what a reader will see, colours included. ``docs/cohorts.svg`` is a chart of the same
shop, set in the font that comes along, so it is the same whatever fonts a machine has::

    python docs/picture.py            # runs the demo and writes the pictures
    python docs/picture.py --check    # runs the demo and compares
"""

from __future__ import annotations

import argparse
import errno
import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "report.svg"
COHORTS = ROOT / "docs" / "cohorts.svg"
_SET_UP = ("make", "--no-print-directory", ".venv/.ready")
_COMMAND = ("make", "--no-print-directory", "demo")
# The figures of docs/analyses/cohorts.md.
_COHORTS = (
    *("query", "cohort-analysis", "--cohort-type", "month", "--start-date", "2026-01-01"),
    *("--format", "svg"),
)
# The report is 80 cells wide; the rest is a margin for fonts that are wider than planned.
_WIDTH = 83
# Rich's own picture asks a font server for a font; a reader's own monospaced one does as well.
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\n    \}\n", re.DOTALL)
_FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', monospace"


class DemoFailedError(Exception):
    """The demo did not end with 0."""


def pictures() -> dict[Path, str]:
    """Every picture by its file, English, drawn from a sample shop in a temporary folder.

    Raises:
        DemoFailedError: a command failed; the message has what it said.
    """
    # What setting up prints is no part of the picture.
    subprocess.run(_SET_UP, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed
    with tempfile.TemporaryDirectory(prefix="utm-demo-") as folder:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name != "NO_COLOR" and not name.startswith(("MAKE", "UTM_"))
        } | {
            "TERM": "xterm-256color",
            "UTM_LANG": "en",
            "UTM_WAREHOUSE": str(Path(folder) / "utm.duckdb"),
        }
        report = picture(demo_output(environment))
        return {REPORT: report, COHORTS: cohorts(Path(folder) / "demo" / "utm_demo.duckdb")}


def demo_output(environment: Mapping[str, str]) -> str:
    """What the demo writes to a terminal, with its colours.

    Raises:
        DemoFailedError: it failed; the message has what it said.
    """
    ours, terminal = pty.openpty()
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(  # noqa: S603 - a fixed command
            _COMMAND,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=errors,
        )
        os.close(terminal)
        output = _read_all(ours)
        os.close(ours)
        if child.wait() != 0:
            errors.seek(0)
            raise DemoFailedError(errors.read().decode(errors="replace")[-2000:])
    return output.decode().replace("\r\n", "\n")


def cohorts(warehouse: Path) -> str:
    """The heat map of the sample shop's months, in English, as an SVG picture.

    Raises:
        DemoFailedError: the query failed; the message has what it said.
    """
    drawn = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, "-m", "utm_pipeline", "--lang", "en", *_COHORTS],
        cwd=ROOT,
        env={
            "PATH": os.defpath,
            "UTM_WAREHOUSE": str(warehouse),
            # The sample's last day is past.
            "UTM_FRESHNESS_MINUTES": "99999999",
        },
        capture_output=True,
        check=False,
    )
    if drawn.returncode != 0:
        raise DemoFailedError(drawn.stderr.decode(errors="replace")[-2000:])
    return drawn.stdout.decode()


def picture(output: str) -> str:
    """Terminal output as an SVG picture that needs nothing from elsewhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=_WIDTH, file=nowhere, force_terminal=True, color_system="standard"
        )
        console.print(Text.from_ansi(output.rstrip("\n")), soft_wrap=True)
    drawn = console.export_svg(title="make demo", unique_id="report")
    plain = _FONT_FACE.sub("", drawn)
    plain = re.sub(r"font-family: (?:Fira Code|arial)[^;]*;", f"font-family: {_FONTS};", plain)
    return "\n".join(line.rstrip() for line in plain.splitlines()) + "\n"


def _read_all(descriptor: int) -> bytes:
    chunks = []
    while chunk := _read_some(descriptor):
        chunks.append(chunk)
    return b"".join(chunks)


def _read_some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError as error:
        # So Linux ends a terminal whose other side is closed; other systems give no bytes.
        if error.errno != errno.EIO:
            raise
        return b""


def main() -> int:
    """Draws or checks the pictures.

    Returns:
        The exit code: 1 if the demo failed or ``--check`` found another picture.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    check = parser.parse_args().check
    try:
        drawn = pictures()
    except DemoFailedError as error:
        sys.stderr.write(f"the demo failed:\n{error}\n")
        return 1
    old = [
        path
        for path, text in drawn.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in old:
        if check:
            sys.stderr.write(f"out of date: {path.relative_to(ROOT)}; run docs/picture.py\n")
        else:
            path.write_text(drawn[path], encoding="utf-8")
    return 1 if check and old else 0


if __name__ == "__main__":
    raise SystemExit(main())
