"""A real cron daemon runs what ``schedule --install`` wrote.

It takes a minute, and uses the crontab of whoever runs it (which is put back), so it happens where
UTM_TEST_CRON=1 or CI=true asks for it. A daemon that runs already is used; root starts one, and
installs Debian's where there is none.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mail_server import Post, mail_server
from utm_pipeline import cli

_UNTIL_STARTED = 75
_UNTIL_DONE = 240


def is_asked_for() -> bool:
    if "UTM_TEST_CRON" in os.environ:
        return os.environ["UTM_TEST_CRON"] == "1"
    return os.environ.get("CI") == "true"


def is_running() -> bool:
    """Whether the machine has a cron daemon at work already."""
    names = (path.read_text().strip() for path in Path("/proc").glob("[0-9]*/comm"))
    while True:
        try:
            if next(names) in {"cron", "crond"}:
                return True
        except OSError:  # a process that ended meanwhile
            continue
        except StopIteration:
            return False


def install() -> None:
    if shutil.which("cron") is not None and shutil.which("crontab") is not None:
        return
    if shutil.which("apt-get") is None:
        pytest.skip("there is no cron, and this is no Debian to install it on")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", "cron"],
    ):
        subprocess.run(["apt-get", *arguments], env=quiet, check=True, capture_output=True)


@pytest.fixture
def cron() -> Iterator[None]:
    """A daemon at work, and the crontab as it was afterwards."""
    if not is_asked_for():
        pytest.skip("set UTM_TEST_CRON=1: it takes a minute and uses your crontab")
    daemon = None
    if not is_running():
        if os.getuid() != 0:
            pytest.skip("no cron daemon runs here, and only root can start one")
        install()
        daemon = subprocess.Popen([str(shutil.which("cron")), "-f"], start_new_session=True)
    before = subprocess.run(["crontab", "-l"], capture_output=True, check=False)
    try:
        yield
    finally:
        if before.returncode == 0:
            subprocess.run(["crontab", "-"], input=before.stdout, check=True)
        else:
            subprocess.run(["crontab", "-r"], capture_output=True, check=False)
        if daemon is not None:
            os.killpg(daemon.pid, signal.SIGTERM)
            daemon.wait()


def wait_for(log: Path, text: str, seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        content = log.read_text() if log.exists() else ""
        if text in content:
            return content
        time.sleep(0.5)
    raise AssertionError(f"no {text!r} in {log} after {seconds} s: {content}")


def crontab_now() -> bytes:
    return subprocess.run(["crontab", "-l"], capture_output=True, check=False).stdout


def write_shop(shop: Path, port: int) -> None:
    """Raw files with a session and an order of yesterday, and settings."""
    day = datetime.now(ZoneInfo("Europe/Kyiv")).date() - timedelta(days=1)
    (shop / "raw").mkdir(parents=True)
    (shop / "raw" / "utm_sessions.csv").write_text(
        "id,session_key,visitor_id,utm_source,utm_medium,first_seen,last_seen\n"
        f"1,k1,v1,ig,paid,{day}T10:00:00Z,{day}T10:05:00Z\n"
    )
    (shop / "raw" / "orders.csv").write_text(
        "id,session_key,total_sum,discount_amount,payment_status,created\n"
        f"1,k1,1200.50,200,paid,{day}T10:04:00Z\n"
    )
    (shop / ".env").write_text(
        "UTM_LANG=en\nUTM_THREADS=2\nUTM_TIMEZONE=Europe/Kyiv\nEMAIL_HOST=127.0.0.1\n"
        f"EMAIL_PORT={port}\nEMAIL_USE_TLS=false\nDEFAULT_FROM_EMAIL=robot@shop.example\n"
    )


def next_minute() -> str:
    """The next full minute that leaves time to install an entry, in business time."""
    soon = datetime.now(ZoneInfo("Europe/Kyiv")) + timedelta(seconds=70)
    return f"{soon:%H:%M}"


@pytest.mark.usefixtures("cron")
def test_cron_runs_the_installed_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refresh is done and the report arrives, in a folder with an awkward name."""
    shop = tmp_path / "магазин 100% 'o' $HOME"
    logs = shop / "warehouse" / ".utm" / "schedule"
    post = Post()
    with mail_server(post) as port:
        write_shop(shop, port)
        monkeypatch.chdir(shop)
        assert cli.main(["refresh"]) == 0, capsys.readouterr().err
        before = crontab_now()
        report = ["--every", "daily", "--at", next_minute(), "--recipients", "olena@shop.example"]
        assert cli.main(["schedule", "--refresh-every", "1", *report, "--install"]) == 0
        try:
            wait_for(logs / "refresh.log", "refresh: started", _UNTIL_STARTED)
            wait_for(logs / "report.log", "report: started", _UNTIL_STARTED)
        finally:
            # No other run begins while these are looked at.
            assert cli.main(["schedule", "--remove"]) == 0
        assert crontab_now() == before
        refreshed = wait_for(logs / "refresh.log", "refresh: done in ", _UNTIL_DONE)
        reported = wait_for(logs / "report.log", "report: done in ", _UNTIL_DONE)
    assert "failed" not in refreshed + reported
    (received,) = post.received
    assert received.recipients == ["olena@shop.example"]
    body = received.message.get_body(("plain",))
    assert body is not None
    assert "instagram" in body.get_content()
    assert "olena" not in reported
