"""A warehouse file that cannot be read; and that the page of faults names tests that are there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from marts_fixture import write_marts
from utm_pipeline import cli
from utm_pipeline.refresh.publish_duckdb import FileBuild

ROOT = Path(__file__).resolve().parents[2]
HEADER = 4096 * 3


def other_bits(content: bytes) -> bytes:
    """A byte of each page is another, behind the file's headers."""
    changed = bytearray(content)
    for place in range(HEADER + 7, len(changed), 4096):
        changed[place] ^= 255
    return bytes(changed)


def newer(content: bytes) -> bytes:
    """The number of the storage version, behind the check sum and the magic letters, is greater."""
    assert content[8:12] == b"DUCK"
    return content[:12] + (9999).to_bytes(8, "little") + content[20:]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "cut off in the header": lambda content: content[:5000],
    "other bits": other_bits,
    "newer": newer,
    "no database": lambda _: b"id,email\n1,olena@example.com\n" * 1000,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(
    "command", [("query", "sources"), ("report",), ("export", "sessions"), ("refresh",)]
)
def test_a_file_that_cannot_be_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: str,
    command: tuple[str, ...],
) -> None:
    path = tmp_path / "utm.duckdb"
    write_marts(path)
    content = DAMAGE[damage](path.read_bytes())
    path.write_bytes(content)
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "utm_sessions.csv").write_text("id,session_key,first_seen\n")
    (raw / "orders.csv").write_text("id,total_sum,payment_status,created\n")
    monkeypatch.setenv("UTM_WAREHOUSE", str(path))
    monkeypatch.setenv("UTM_LANG", "en")
    if command == ("refresh",):
        # As if it had been built by this very version: else it is built anew without being read.
        monkeypatch.setattr(FileBuild, "built_with", lambda _: "this")
        monkeypatch.setattr("utm_pipeline.project.fingerprint", lambda *_: "this")
    assert cli.main(command) == 3
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert "damaged" in first
    assert "--full-refresh" in second
    assert "olena" not in err
    assert path.read_bytes() == content


def test_the_page_of_faults_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    written = {
        name
        for path in (ROOT / "tests" / "python").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 40
    assert named <= written


@pytest.mark.parametrize("module", ["test_faults_build", "test_changes_postgres"])
def test_every_test_of_a_fault_is_on_the_page(module: str) -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    text = (ROOT / "tests" / "python" / f"{module}.py").read_text(encoding="utf-8")
    for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE):
        assert f"`{name}`" in page, name
