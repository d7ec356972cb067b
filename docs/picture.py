"""Draws what ``make demo`` prints as an SVG picture, ``docs/report.svg``.

The demo runs in a terminal of its own, so the picture is what a reader will see, colours
included::

    python docs/picture.py            # runs the demo and writes the picture
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
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "report.svg"
_SET_UP = ("make", "--no-print-directory", ".venv/.ready")
_COMMAND = ("make", "--no-print-directory", "demo")
# The report is 80 cells wide; the rest is a margin for fonts that are wider than planned.
_WIDTH = 83
# Rich's own picture asks a font server for a font; a reader's own monospaced one does as well.
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\n    \}\n", re.DOTALL)
_FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', monospace"


class DemoFailedError(Exception):
    """The demo did not end with 0."""


def demo_output() -> str:
    """What the demo writes to a terminal, with its colours; English, in a temporary folder.

    Raises:
        DemoFailedError: it failed; the message has what it said.
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
    """Draws or checks the picture.

    Returns:
        The exit code: 1 if the demo failed or ``--check`` found another picture.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    check = parser.parse_args().check
    try:
        drawn = picture(demo_output())
    except DemoFailedError as error:
        sys.stderr.write(f"the demo failed:\n{error}\n")
        return 1
    if not check:
        PICTURE.write_text(drawn, encoding="utf-8")
    elif not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != drawn:
        sys.stderr.write("docs/report.svg is out of date: run docs/picture.py\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
