"""``schedule``: what it writes into a crontab, and what it leaves alone."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from utm_pipeline import cli
from utm_pipeline.commands.doctor import examine
from utm_pipeline.schedule.plan import program
from utm_pipeline.settings import load_settings

ROOT = Path(__file__).parents[2]
HOSTILE_FOLDER = "магазин 100% 'o\"k' $HOME `id` \\ # 7"


class FakeCrontab:
    """A program ``crontab`` that keeps the text in a file."""

    def __init__(self, folder: Path) -> None:
        self.kept = folder / "kept"
        self.folder = folder
        folder.mkdir()
        self.behave(f'cat > "{self.kept}"')

    def behave(self, on_write: str, on_read: str = "") -> None:
        program = self.folder / "crontab"
        program.write_text(
            "#!/bin/sh\n"
            "case $1 in\n"
            f"-l) {on_read or ':'}\n"
            f'[ -e "{self.kept}" ] || {{ echo "no crontab for you" >&2; exit 1; }}\n'
            f'cat "{self.kept}";;\n'
            f'-r) rm "{self.kept}";;\n'
            f"-) {on_write};;\n"
            "esac\n"
        )
        program.chmod(0o755)

    @property
    def content(self) -> bytes | None:
        return self.kept.read_bytes() if self.kept.exists() else None


@pytest.fixture
def tab(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> FakeCrontab:
    fake = FakeCrontab(tmp_path_factory.mktemp("cron") / "bin")
    monkeypatch.setenv("PATH", str(fake.folder), prepend=":")
    return fake


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, which is the current one."""
    folder = tmp_path / HOSTILE_FOLDER
    folder.mkdir()
    (folder / ".env").write_text(
        "UTM_LANG=en\nEMAIL_HOST=smtp.example.com\nEMAIL_HOST_PASSWORD=s3cret\n"
        "UTM_REPORT_RECIPIENTS=olena@shop.ua\nDEFAULT_FROM_EMAIL=robot@shop.ua\n"
    )
    monkeypatch.chdir(folder)
    return folder


def main(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    assert cli.main(["schedule", *arguments]) == code
    captured = capsys.readouterr()
    return captured.out, captured.err


def as_cron_reads_it(line: str) -> tuple[str, str]:
    """The fields and the command of an entry, as Debian's cron takes them apart."""
    *fields, command = line.split(" ", 5)
    text, escaped = "", False
    for letter in command:
        if escaped:
            text = text[:-1] + "%" if letter == "%" else text + letter
            escaped = False
            continue
        if letter == "%":
            break
        escaped = letter == "\\"
        text += letter
    return " ".join(fields), text


@pytest.mark.usefixtures("tab")
def test_an_installed_line_works_by_itself(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    main(capsys, "--refresh-every", "5", "--install")
    assert tab.content is not None
    header, entry = tab.content.decode().splitlines()
    assert header.startswith("# utm-pipeline ")
    assert header.endswith(f": {shop}")
    fields, command = as_cron_reads_it(entry)
    assert fields == "*/5 * * * *"
    # As cron starts it: nothing of this environment, another folder, no locale.
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"HOME": "/", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "LOGNAME": "shop"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    # The shop has no raw files, which the refresh says in the log of this shop.
    assert done.returncode == 3, done.stderr
    log = (shop / "warehouse" / ".utm" / "schedule" / "refresh.log").read_text()
    assert "refresh: failed, exit 3" in log
    assert "the folder of raw files does not exist" in log
    assert str(shop / "raw") in log


HOSTILE = {
    "none": None,
    "plain": b"MAILTO=boss@example.com\n\n# backups\n0 3 * * * /usr/bin/backup --all\n",
    "no last newline": b"*/10 * * * * /usr/bin/probe",
    "odd blanks": b"  *\t*   * * *   echo   a  b \n\n\n \t\n",
    "variables in between": b'A = 1\n5 4 * * * one\nB = "x y"\nPATH=/bin\n5 4 * * sun two\nC=3\n',
    "percent": b'0 22 * * 1-5 mail -s "It\'s 10pm" joe%Joe,%%Where are your kids?%\n',
    "windows": b"0 3 * * * one\r\n# two\r\n\r\n4 5 * * * three\r\n",
    "other users of the name": (
        b"0 9 * * 1 cd /srv/other && utm-pipeline email --period last_week\n"
        b"# utm-pipeline 00000000: /srv/other\n"
        b"*/5 * * * * cd /srv/other && utm-pipeline schedule --run refresh"
        b" # utm-pipeline 00000000\n"
        b"# utm-pipeline is fine\n"
    ),
    "no UTF-8": b"# caf\xe9 \xff\n@daily echo \xd0\xd0\n",
    "what cron would refuse": b"this is no entry\n@whenever do\n* * *\n",
    "odd characters": "# a\u2028b\x0cc\x85d\x0be\x1cf\rg\n0 1 * * * x\n".encode(),
}


@pytest.mark.parametrize("before", HOSTILE.values(), ids=HOSTILE)
def test_everything_else_stays_byte_for_byte(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str], before: bytes | None
) -> None:
    if before is not None:
        tab.kept.write_bytes(before)
    whole = (before or b"") + (b"" if (before or b"\n").endswith(b"\n") else b"\n")
    main(capsys, "--refresh-every", "5", "--install")
    once = tab.content
    assert once is not None
    assert once.startswith(whole)
    assert len(once[len(whole) :].splitlines()) == 2
    main(capsys, "--refresh-every", "5", "--install")
    assert tab.content == once
    # Lines that others added behind ours keep their place.
    tab.kept.write_bytes(once + b"1 1 * * * later\n")
    main(capsys, "--refresh-every", "30", "--install")
    assert tab.content == once.replace(b"*/5 * * * * cd '/", b"*/30 * * * * cd '/") + (
        b"1 1 * * * later\n"
    )
    main(capsys, "--remove")
    assert tab.content == whole + b"1 1 * * * later\n"


def test_a_crontab_of_nothing_else_is_gone_again(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    main(capsys, "--refresh-every", "5", "--install")
    main(capsys, "--remove")
    assert tab.content is None
    assert "Nothing is scheduled" in main(capsys, "--remove")[1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[1:],  # no heading
        lambda lines: lines[:1],  # no entry
        lambda lines: [line + "\r" for line in lines],
        lambda lines: [lines[0], "#" + lines[1]],
        lambda lines: [lines[1], "7 7 * * * other", lines[0], lines[1]],
    ],
    ids=["no heading", "no entry", "windows", "commented out", "scattered and doubled"],
)
def test_lines_of_ours_that_were_damaged_are_found(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str], damage: object
) -> None:
    main(capsys, "--refresh-every", "5", "--install")
    assert tab.content is not None
    whole = tab.content.decode().splitlines()
    damaged = damage(whole)  # type: ignore[operator]
    tab.kept.write_text("\n".join(["0 1 * * * a", *damaged, "0 2 * * * b"]) + "\n", newline="")
    main(capsys, "--refresh-every", "5", "--install")
    others = [line for line in damaged if line.endswith("other")]
    assert tab.content.decode().splitlines() == ["0 1 * * * a", *whole, *others, "0 2 * * * b"]


def test_two_shops_do_not_disturb_each_other(
    shop: Path,
    tab: FakeCrontab,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main(capsys, "--refresh-every", "5", "--install")
    first = tab.content
    # Its name begins and ends like the other's.
    other = shop.parent / (HOSTILE_FOLDER + "0")
    other.mkdir()
    monkeypatch.chdir(other)
    assert main(capsys, "--show")[0] == ""
    main(capsys, "--refresh-every", "60", "--install")
    both = tab.content
    assert first is not None
    assert both is not None
    assert both.startswith(first)
    shown, _ = main(capsys, "--show")
    assert shown.encode() == both[len(first) :]
    monkeypatch.chdir(shop)
    main(capsys, "--remove")
    assert tab.content == both[len(first) :]


def test_another_line_for_the_same_folder_is_named(
    shop: Path,
    tab: FakeCrontab,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = shop.parent / "plain"
    plain.mkdir()
    monkeypatch.chdir(plain)
    line = f"*/9 * * * * cd {plain} && utm-pipeline refresh"
    tab.kept.write_text(f"# {line}\n")
    assert "warning" not in main(capsys, "--refresh-every", "5", "--install")[1]
    tab.kept.write_text(f"{line}\n")
    assert f": {line}" in main(capsys, "--refresh-every", "5", "--install")[1]


def test_a_report_beside_the_refresh(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    report = ("--every", "weekly", "--at", "9:07", "--attach-csv", "--refresh-every", "60")
    _, err = main(capsys, *report, "--recipients", "a@shop.ua, b@shop.ua", "--install")
    assert re.search(r"Next report: 20\d\d-\d\d-\d\d 09:07 Europe/Kyiv", err)
    assert "warning" not in err
    assert tab.content is not None
    _, refresh, mail = (line for line in tab.content.decode().splitlines())
    assert refresh.startswith("@hourly cd ")
    fields, command = as_cron_reads_it(mail)
    # Zones differ by quarters of an hour, so the minute comes once in four on any server.
    assert fields == "7,22,37,52 * * * *"
    assert "schedule --run report --every weekly --at 09:07 --attach-csv # utm-pipeline" in command
    assert b"@shop" not in tab.content
    assert b"s3cret" not in tab.content
    folder = shop / "warehouse" / ".utm" / "schedule"
    kept = folder / "recipients"
    assert kept.read_text() == "a@shop.ua\nb@shop.ua\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    # The default are the addresses of .env, which may change there.
    main(capsys, *report, "--install")
    assert not kept.exists()
    main(capsys, *report, "--recipients", "a@shop.ua", "--install")
    main(capsys, "--remove")
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("tab")
def test_installing_counts_from_now_and_installing_again_changes_nothing(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def counts_from() -> datetime:
        notes = shop / "warehouse" / ".utm" / "schedule" / "report.json"
        return datetime.fromisoformat(json.loads(notes.read_text())["settled_until"])

    arguments = ("--every", "weekly", "--at", "09:00", "--install")
    main(capsys, *arguments)
    first = counts_from()
    assert abs((datetime.now(UTC) - first).total_seconds()) < 60
    main(capsys, *arguments)
    assert counts_from() == first
    main(capsys, "--every", "weekly", "--at", "10:00", "--install")
    assert counts_from() != first


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        ([], ["nobody is there to ask", "--install"]),
        (["--install"], ["nothing is to be scheduled", "--refresh-every or --every"]),
        (["--refresh-every", "5"], ["--install or --print"]),
        (["--every", "weekly", "--install"], ["missing", "--at"]),
        (["--at", "09:00", "--install"], ["missing", "--every"]),
        (["--attach-csv", "--print"], ["missing", "--every"]),
        (["--every", "hourly", "--install"], ["'hourly'", "'daily', 'weekly', 'monthly'"]),
        (["--every", "daily", "--at", "25:00", "--install"], ["the time is '25:00', --at"]),
        (["--refresh-every", "7", "--install"], ["the minutes are '7'", "5, 6, 10"]),
        (["--every", "daily", "--at", "9:00", "--recipients", "x", "--print"], ["--recipients"]),
        (
            ["--every", "daily", "--at", "9:00", "--recipients", " ", "--print"],
            ["nobody is named, --recipients"],
        ),
        (["--install", "--remove"], ["--install and --remove exclude each other"]),
        (["--show", "--refresh-every", "5"], ["--show is about what is installed"]),
        (["--remove", "--attach-csv"], ["--remove is about what is installed"]),
        (["--run", "report"], ["the report lacks its time"]),
    ],
)
def test_wrong_use(
    shop: Path,
    tab: FakeCrontab,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    texts: list[str],
) -> None:
    out, err = main(capsys, *arguments, code=2)
    assert out == ""
    assert len(err.splitlines()) == 2
    for text in texts:
        assert text in err
    assert tab.content is None


def test_recipients_that_nobody_gave_are_missing(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / ".env").write_text("")
    arguments = ("--every", "daily", "--at", "09:00")
    assert "--recipients" in main(capsys, *arguments, "--install", code=2)[1]
    given = main(capsys, *arguments, "--recipients", "a@b.c", "--install")[1]
    assert "поки що звіт не надіслати: не вказано, від кого листи" in given


def test_what_only_this_terminal_knows_is_refused(
    shop: Path,
    tab: FakeCrontab,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ("--refresh-every", "5", "--install")
    monkeypatch.setenv("UTM_RAW_DIR", "/elsewhere")
    monkeypatch.setenv("UTM_PII_KEY", "unmistakable")
    _, err = main(capsys, *arguments, code=3)
    assert "UTM_PII_KEY, UTM_RAW_DIR are set in this terminal's environment" in err
    assert str(shop / ".env") in err
    assert "unmistakable" not in err
    assert tab.content is None
    # What says the same there is no matter.
    with (shop / ".env").open("a") as file:
        file.write("UTM_RAW_DIR=/elsewhere\nUTM_PII_KEY=unmistakable\n")
    monkeypatch.setenv("PGPASSWORD", "no matter without a database")
    main(capsys, *arguments)
    with (shop / ".env").open("a") as file:
        file.write("UTM_SHOP_DSN=postgresql://localhost/shop\n")
    assert "PGPASSWORD is set" in main(capsys, *arguments, code=3)[1]
    assert tab.content is not None
    assert b"unmistakable" not in tab.content


def test_print_installs_nothing(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = main(
        capsys,
        *("--refresh-every", "120", "--every", "monthly", "--at", "08:30"),
        *("--recipients", "a@shop.ua", "--print"),
    )
    assert err == ""
    assert tab.content is None
    assert not (shop / "warehouse").exists()
    assert f"# {shop / '.env'}\nUTM_REPORT_RECIPIENTS=a@shop.ua\n" in out
    assert "\n0 */2 * * * cd " in out
    assert "\n0,15,30,45 * * * * cd " in out
    units = re.findall(r"# ~/\.config/systemd/user/(\S+)", out)
    assert [unit.partition("-pipeline-")[2][8:] for unit in units] == [
        *("-refresh.service", "-refresh.timer"),
        *("-report.service", "-report.timer"),
    ]
    assert "OnCalendar=0/2:0\n" in out
    assert "OnCalendar=*:0,15,30,45\n" in out
    assert "SuccessExitStatus=5\n" in out
    assert f"WorkingDirectory={str(shop).replace('%', '%%')}\n" in out


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.usefixtures("tab")
@pytest.mark.parametrize("minutes", ["1", "5", "60", "720"])
def test_systemd_takes_the_units(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], minutes: str
) -> None:
    out, _ = main(
        capsys, "--refresh-every", minutes, "--every", "daily", "--at", "09:00", "--print"
    )
    names = []
    for part in out.split("\n# ~/.config/systemd/user/")[1:]:
        name, _, content = part.partition("\n")
        (tmp_path / name).write_text(content)
        names.append(name)
    assert len(names) == 4
    (tmp_path / "runtime").mkdir()
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *names],
        cwd=tmp_path,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "runtime")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_global_options_go_into_the_entries(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--target", "postgres", "--lang", "uk", "schedule", "--refresh-every", "5"]
    assert cli.main([*arguments, "--print"]) == 0
    assert " --target postgres --lang uk schedule --run refresh # " in capsys.readouterr().out


@pytest.mark.parametrize("name", ["new\nline", "back\\%slash", "x" * 250])
def test_a_folder_that_cron_cannot_name_is_refused(
    tmp_path: Path,
    tab: FakeCrontab,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    folder = tmp_path / name / (name if "\n" not in name else "") / name / name / name
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    _, err = main(capsys, "--refresh-every", "5", "--install", code=3)
    assert len(err.splitlines()) == 2
    assert tab.content is None


def test_a_crontab_program_that_refuses_or_lies(
    shop: Path,
    tab: FakeCrontab,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install = ("--refresh-every", "5", "--install")
    tab.behave("echo 'errors in crontab file' >&2; exit 1")
    assert "cannot be written" in main(capsys, *install, code=3)[1]
    tab.behave(":")
    tab.kept.write_text("0 1 * * * a\n")
    assert "does not hold what was written" in main(capsys, *install, code=3)[1]
    tab.behave(":", "echo 'You (x) are not allowed to use this program' >&2; exit 1")
    _, err = main(capsys, *install, code=3)
    assert "cannot be read (crontab ends with 1: You (x) are not allowed" in err
    assert tab.content == b"0 1 * * * a\n"
    monkeypatch.setenv("PATH", str(shop))
    assert "no crontab program" in main(capsys, *install, code=3)[1]


def test_doctor_knows_the_entries(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    def cron() -> tuple[str, str]:
        (found,) = [each for each in examine(load_settings) if each.check == "cron"]
        return found.status, found.text

    main(capsys, "--refresh-every", "5", "--install")
    assert cron() == ("ok", "scheduled here: refresh")
    with tab.kept.open("a") as file:
        file.write("0 9 * * 1 utm-pipeline email\n")
    assert cron() == (
        "ok",
        "scheduled here: refresh; other entries of utm-pipeline in the crontab: 1",
    )
    main(capsys, "--remove")
    assert cron() == ("ok", "other entries of utm-pipeline in the crontab: 1")


def talk(script: str, answers: Sequence[str]) -> tuple[str, int]:
    """Runs a script at a terminal of its own and types an answer to each question.

    Gives what stood on the terminal, and the exit code.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"},
    ) as child:
        os.close(theirs)
        seen = ""
        waiting = list(answers)
        while True:
            try:
                new = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            seen += new.decode()
            if waiting and re.search(r"(\]|commas): ?$", seen):
                os.write(ours, waiting.pop(0).encode() + b"\n")
                # What was answered is no question any more.
                seen += "|"
        os.close(ours)
    return seen, child.returncode


SCRIPT = """
import sys
from utm_pipeline import cli
from utm_pipeline.schedule import run
def sent(command, variables):
    print("SENT", *command[1:], variables, file=sys.stderr)
    return run.Ended(CODE, "error: olena@shop.ua refused\\n" if CODE else "")
run.start = sent
sys.exit(cli.main(["schedule"]))
"""


def test_at_a_terminal_it_asks(shop: Path, tab: FakeCrontab) -> None:
    seen, code = talk(
        SCRIPT.replace("CODE", "0"), ["monthly", "25:00", "10:15", "", "y", "7", "10", "", "y"]
    )
    assert code == 0, seen
    assert "the time is '25:00'" in seen
    assert "(Europe/Kyiv) [09:00]" in seen
    assert "[olena@shop.ua]" in seen
    assert "the minutes are '7'" in seen
    assert re.search(r"Next report: 20\d\d-\d\d-01 10:15 Europe/Kyiv", seen)
    assert "SENT email --period last_month --attach-csv --force {}" in " ".join(seen.split())
    assert tab.content is not None
    _, refresh, report = tab.content.decode().splitlines()
    assert refresh.startswith("*/10 * * * * ")
    assert "--every monthly --at 10:15 --attach-csv" in report


def test_at_a_terminal_no_means_no(shop: Path, tab: FakeCrontab) -> None:
    seen, code = talk(SCRIPT, ["hourly", "never", "5", "n"])
    assert code == 0, seen
    assert "'hourly' is not one of 'daily', 'weekly', 'monthly', 'never'." in seen
    assert "09:00" not in seen
    assert "*/5 * * * * cd " in seen
    assert tab.content is None


def test_a_test_report_that_fails_leaves_the_schedule(shop: Path, tab: FakeCrontab) -> None:
    seen, code = talk(SCRIPT.replace("CODE", "3"), ["daily", "", "", "n", "0", "", "y"])
    assert code == 0, seen
    assert "error: [address] refused" in seen
    assert "warning: the test report was not sent (exit code 3); the schedule is inst" in seen
    assert tab.content is not None
    assert "--run refresh" not in tab.content.decode()


def test_the_program_is_named_by_its_path() -> None:
    first, *rest = program()
    assert Path(first).is_absolute()
    assert Path(first).exists()
    assert rest in ([], ["-P", "-m", "utm_pipeline"])


def test_the_example_of_the_help_is_right_use(
    shop: Path, tab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = main(capsys, "--help")
    assert "--run" not in out
    example = out.rstrip().splitlines()[-1].split()
    assert example[:2] == ["utm-pipeline", "schedule"]
    main(capsys, *example[2:])
    assert tab.content is not None
