"""What the program writes: private from its first byte, and never over what it must not replace."""

from __future__ import annotations

import errno
import http.client
import importlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fault_process import Commands, commands
from fault_shop import AS_OF, make_shop, write_raw
from marts_fixture import write_marts
from utm_pipeline import causes, cli, state
from utm_pipeline import project as dbt_project
from utm_pipeline.commands.output import open_output
from utm_pipeline.errors import BusyError
from utm_pipeline.settings import Settings

REFRESH = ("refresh", "--as-of", AS_OF)
NOBODY = 65534
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as another user")


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    before = os.umask(0o022)
    with commands(tmp_path_factory.mktemp("commands")) as started:
        yield started
    os.umask(before)


def open_to_others(top: Path) -> set[str]:
    """Files under a folder that others can reach and read."""
    found = set()
    for place, folders, names in os.walk(top):
        inner = Path(place)
        folders[:] = [name for name in folders if may_enter(inner / name)]
        for name in names:
            try:
                facts = (inner / name).lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(facts.st_mode) and facts.st_mode & 0o077:
                found.add(str(inner / name))
    return found


def may_enter(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & 0o077)
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("end", [None, signal.SIGKILL, signal.SIGHUP])
def test_a_build_is_private_at_every_moment(
    tmp_path: Path, run: Commands, end: signal.Signals | None
) -> None:
    shop = make_shop(tmp_path, None)
    folder = tmp_path / "warehouse"
    state_folder = folder / ".utm"
    # As an older version left it.
    state_folder.mkdir(parents=True)
    (state_folder / "refresh.lock").touch(0o644)
    (state_folder / "old.log").touch(0o644)
    seen: set[str] = set()
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.02):
            seen.update(open_to_others(folder))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        command = run.start(shop.variables, *REFRESH, fault="stop at:int_sessions" if end else "")
        if end:
            command.wait_until_it_stops()
            command.send(end)
            command.go_on()
        ended = command.end()
    finally:
        is_over.set()
        watcher.join()
    assert ended.code == {None: 0, signal.SIGKILL: -signal.SIGKILL, signal.SIGHUP: 130}[end], ended
    left = {state_folder / "refresh.lock", state_folder / "old.log"}
    assert {Path(path) for path in seen} <= left
    assert (folder / "next").exists() == (end is signal.SIGKILL)
    for path in (state_folder, *state_folder.rglob("*"), *(folder / "next").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("name", ["refresh.lock", "load-spend.lock"])
def test_a_lock_that_others_hold_is_left_to_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / ".state" / name
    path.parent.mkdir(0o755)
    path.touch(0o644)
    # Who may read a file may lock it, and keeps the lock whatever becomes of the file's mode.
    with subprocess.Popen(
        ["flock", str(path), "sh", "-c", "echo held; exec sleep 60"],
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        busy = BusyError("busy", "", "")
        try:
            with state.locked(path, busy):
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
                with pytest.raises(BusyError), state.locked(path, busy):
                    pass
        finally:
            other.kill()


def test_a_lock_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError), state.locked(tmp_path / "lock"):  # noqa: PT011 - ELOOP
        pass
    assert not (tmp_path / "elsewhere").exists()


EXPORT = ("export", "sources", "--period", "all_time", "--output")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")


def test_an_output_into_a_device_and_a_pipe(settings: Settings, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert cli.main([*EXPORT, str(pipe)]) == 0
    reader.join(30)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert got[0].startswith("\ufeff".encode())
    for arguments in (EXPORT, ("report", "--output"), ("report", "--format", "html", "--output")):
        assert cli.main([*arguments, os.devnull]) == 0
        assert stat.S_ISCHR(Path(os.devnull).lstat().st_mode)


def test_an_output_through_a_link(settings: Settings, tmp_path: Path) -> None:
    target, link, new = tmp_path / "target.csv", tmp_path / "link.csv", tmp_path / "dangling.csv"
    target.write_text("old and longer than what comes\n" * 1000)
    target.chmod(0o640)
    link.symlink_to("target.csv")
    before = target.stat()
    assert cli.main([*EXPORT, str(link)]) == 0
    assert link.is_symlink()
    assert target.read_bytes().startswith("\ufeff".encode())
    assert b"old" not in target.read_bytes()
    assert (target.stat().st_ino, target.stat().st_mode) == (before.st_ino, before.st_mode)
    new.symlink_to("new.csv")
    assert cli.main([*EXPORT, str(new)]) == 0
    assert new.is_symlink()
    assert (tmp_path / "new.csv").stat().st_size > 10
    target.write_text("whole\n")
    with pytest.raises(RuntimeError), open_output(link) as stream:
        stream.write("half")
        raise RuntimeError
    assert target.read_text() == "whole\n"


def test_an_output_keeps_the_mode_of_what_it_replaces(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "private.csv"
    for mode in (0o600, 0o640, 0o664):
        path.touch()
        path.chmod(mode)
        assert cli.main(["export", "sessions", "--period", "all_time", "--output", str(path)]) == 0
        assert mode_of(path) == mode
    assert cli.main([*EXPORT, str(tmp_path / "new.csv")]) == 0
    assert mode_of(tmp_path / "new.csv") == 0o644
    os.umask(0o027)
    assert cli.main([*EXPORT, str(tmp_path / "newer.csv")]) == 0
    assert mode_of(tmp_path / "newer.csv") == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "new.csv",
        "newer.csv",
        "private.csv",
    ]


@pytest.mark.parametrize(
    "arguments",
    [EXPORT, ("report", "--output"), ("query", "sources", "--format", "json", "--output")],
)
def test_a_full_disk_is_said_as_that(
    settings: Settings, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert cli.main([*arguments, "/dev/full"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no space left" in err
    assert "fix: free space" in err


@pytest.mark.parametrize("command", [("query", "sources"), ("report",), ("export", "sessions")])
def test_a_full_disk_behind_standard_output(settings: Settings, command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "utm_pipeline", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "UTM_FRESHNESS_MINUTES": "99999999"},
        )
    assert done.returncode == 1
    first, second = done.stderr.splitlines()[-2:]
    assert first == "error: the disk is full, no space left"
    assert second.startswith("fix: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 256, "its name is too long"),
        ("ї" * 128, "its name is too long"),
        ("d" * 300 + "/x.csv", "its name is too long"),
        ("", "names no file"),
        ("none/x.csv", "does not exist"),
    ],
)
def test_an_output_that_cannot_be_is_wrong_use(
    settings: Settings, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    assert cli.main([*EXPORT, name]) == 2
    assert said in capsys.readouterr().err
    assert cli.main([*EXPORT, "y" * 255]) == 0


@contextmanager
def as_nobody() -> Iterator[None]:
    """The block is run by a user who owns nothing here."""
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    """A folder that others can reach, which pytest's is not, with a warehouse and raw files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "warehouse").mkdir()
        write_marts(folder / "warehouse" / "utm.duckdb")
        write_raw(folder / "raw", [1])
        monkeypatch.chdir(folder)
        monkeypatch.setenv("UTM_LANG", "en")
        # The project may lie where only root can read, and so may what is imported late.
        original = dbt_project.project_dir()
        for part in ("dbt_project.yml", "profiles.yml.example"):
            shutil.copy(original / part, folder / part)
        for part in ("models", "macros", "seeds"):
            shutil.copytree(original / part, folder / part)
        monkeypatch.setattr(dbt_project, "project_dir", lambda: folder)
        # What is imported late may lie where only root can read.
        for module in (
            *("utm_pipeline.commands.refresh", "utm_pipeline.refresh.publish_duckdb"),
            *("concurrent.futures.thread", "dotenv"),
        ):
            importlib.import_module(module)
        cli.main(["doctor"])
        cli.main(["export", "sources", "--output", "imported.csv"])
        capsys.readouterr()
        yield folder


READERS = [("query", "sources"), ("report",), ("export", "sessions"), ("doctor",)]


@is_root
@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize(
    ("barred", "mode", "right"),
    [("warehouse/utm.duckdb", 0o600, "read"), ("warehouse", 0o700, "enter")],
)
def test_a_missing_right_is_said_as_that(
    shop: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    barred: str,
    mode: int,
    right: str,
) -> None:
    (shop / barred).chmod(mode)
    with as_nobody():
        assert cli.main(command) == 3
    said = "".join(capsys.readouterr())
    assert f"the right to {right} is missing, {shop / barred} (owner root, mode {mode:o})" in said
    assert "run it as root, or let root give that right" in said
    assert "damaged" not in said
    assert "--full-refresh" not in said


@is_root
@pytest.mark.parametrize(
    ("barred", "mode", "right"),
    [
        ("warehouse", 0o755, "write"),
        ("warehouse", 0o700, "enter"),
        ("warehouse/.utm", 0o700, "enter"),
    ],
)
def test_a_refresh_without_rights_names_the_folder(
    shop: Path, capsys: pytest.CaptureFixture[str], barred: str, mode: int, right: str
) -> None:
    (shop / barred).mkdir(exist_ok=True)
    (shop / barred).chmod(mode)
    with as_nobody():
        assert cli.main(["refresh"]) == 3
    first, second = capsys.readouterr().err.splitlines()
    said = f"the right to {right} is missing, {shop / barred} (owner root, mode {mode:o})"
    assert first == f"error: {said}"
    assert second.startswith("fix: run it as root")


@is_root
@pytest.mark.parametrize("name", [".env", "vars.yml", "out.csv", "warehouse/.utm_pii_key"])
def test_a_right_on_other_files_is_said_as_that(
    shop: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = shop / name
    path.touch(0o600)
    if name != "out.csv":
        # All but that file is theirs.
        for each in (shop, *shop.rglob("*")):
            if each != path:
                os.chown(each, NOBODY, NOBODY)
    arguments = ("refresh",)
    if name == "out.csv":
        arguments = ("export", "sessions", "--output", str(path))
    with as_nobody():
        assert cli.main(arguments) == 3
    first, second = capsys.readouterr().err.splitlines()
    place = f"{path} (owner root, mode 600)"
    assert first.startswith("error: the right to ")
    assert first.endswith(f" is missing, {place}")
    assert second.startswith("fix: run it as root")


@is_root
def test_state_of_another_user_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shop / "warehouse" / ".utm"
    folder.mkdir(0o700)
    os.chown(folder, NOBODY, NOBODY)
    assert cli.main(["refresh"]) == 3
    said = capsys.readouterr().err
    assert f"belongs to another user, {folder} (owner nobody, mode 700)" in said


WORDS = r"\b\w+(Error|Exception|Warning)\b|\bgaierror\b|\berrno\b|\bTraceback\b"


@pytest.mark.parametrize(
    "error",
    [
        *(OSError(number, "x") for number in sorted(errno.errorcode)),
        socket.gaierror(socket.EAI_NONAME, "x"),
        socket.gaierror(socket.EAI_AGAIN, "x"),
        *(TimeoutError(), OSError(), UnicodeDecodeError("utf-8", b"x", 0, 1, "x"), EOFError()),
        *(ValueError("secret"), http.client.BadStatusLine("secret"), ConnectionResetError()),
    ],
    ids=repr,
)
def test_every_reason_is_in_words(error: Exception) -> None:
    said = causes.reason(error)
    assert said
    assert not re.search(WORDS, said)
    assert "secret" not in said


def test_no_message_holds_the_name_of_an_error() -> None:
    """No module puts the kind of an exception into a text, but the server's own log does."""
    package = Path(causes.__file__).parent
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"type\(\w+\)\.__name__", path.read_text(encoding="utf-8"))
    }
    assert found == {"web/guard.py"}
