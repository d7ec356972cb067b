"""What cron starts: due or not, busy or not, what it logs and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from utm_pipeline import cli
from utm_pipeline.refresh import hold_lock
from utm_pipeline.schedule import run
from utm_pipeline.schedule.plan import Installation, ReportPlan
from utm_pipeline.schedule.run import Ended, Outcome, Runner
from utm_pipeline.settings import Settings, load_settings

MONDAY = datetime(2026, 6, 1, 6, 0, 3, tzinfo=UTC)
"""A Monday, three seconds past nine in Kyiv."""
WEEKLY = ReportPlan("weekly", time(9), attach_csv=True)
QUARTER = timedelta(minutes=15)


@dataclass
class Shop:
    """A shop whose clock and commands the tests decide about."""

    settings: Settings
    now: datetime = MONDAY
    ends: list[Ended] = field(default_factory=list)
    """How the next commands end; then all end well."""
    started: list[tuple[tuple[str, ...], Mapping[str, str]]] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    @property
    def folder(self) -> Path:
        """Where runs leave their logs and notes."""
        return self.settings.state_dir / "schedule"

    def run(self, report: ReportPlan | None = None) -> Outcome:
        installed = Installation(self.settings.home, ("--lang", "en"))
        return Runner(self.settings, installed, self._start, lambda: self.now).run(report)

    def _start(self, command: Sequence[str], variables: Mapping[str, str]) -> Ended:
        self.started.append((tuple(command[1:]), variables))
        if self.meanwhile is not None:
            self.meanwhile()
        return self.ends.pop(0) if self.ends else Ended(0, "")

    def report(self, *, later: timedelta = timedelta(0)) -> Outcome:
        self.now += later
        return self.run(WEEKLY)

    def log(self, job: str = "report") -> str:
        path = self.folder / f"{job}.log"
        return path.read_text() if path.exists() else ""

    def begin(self, moment: datetime) -> None:
        """As if the schedule was installed at this moment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        notes = json.dumps({"settled_until": moment.isoformat()})
        (self.folder / "report.json").write_text(notes)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / ".env").write_text("UTM_TIMEZONE=Europe/Kyiv\n")
    made = Shop(load_settings())
    made.begin(MONDAY - timedelta(hours=1))
    return made


def test_a_report_goes_out_once(shop: Shop) -> None:
    for _ in range(3):
        assert shop.report() == Outcome(0)
        shop.now += QUARTER
    command = ("--lang", "en", "email", "--period", "last_week", "--attach-csv")
    assert shop.started == [(command, {})]
    assert shop.log().splitlines() == [
        "2026-06-01 09:00:03+03:00 report: started",
        "2026-06-01 09:00:03+03:00 report: done in 0.0 s",
    ]
    shop.now = MONDAY + timedelta(days=7)
    shop.report()
    assert len(shop.started) == 2


def test_nothing_is_said_while_nothing_is_due(shop: Shop) -> None:
    shop.now = MONDAY - timedelta(seconds=30)
    assert shop.report() == Outcome(0)
    assert shop.started == []
    assert shop.log() == ""


@pytest.mark.parametrize("code", [3, 4, 5, -9])
def test_what_may_mend_itself_is_tried_again_within_the_hour(shop: Shop, code: int) -> None:
    shop.ends = [Ended(code, "error: x\n"), Ended(code, "error: x\n")]
    shop.report()
    for _ in range(3):
        shop.report(later=QUARTER)
    assert len(shop.started) == 1
    shop.report(later=QUARTER)
    assert len(shop.started) == 2
    shop.report(later=timedelta(hours=1))
    shop.report(later=timedelta(hours=1))
    assert len(shop.started) == 3
    # When it went out at last, nothing of it is left for the next Monday.
    shop.report(later=timedelta(days=6, hours=21))
    assert shop.now == MONDAY + timedelta(days=7)
    assert len(shop.started) == 4


def test_what_did_not_reach_everybody_is_tried_for_two_hours(shop: Shop) -> None:
    shop.ends = [Ended(1, "")] * 9
    for _ in range(20):
        shop.report()
        shop.now += QUARTER
    assert len(shop.started) == 3


def test_what_no_time_can_mend_is_not_tried_again(shop: Shop) -> None:
    shop.ends = [Ended(2, "")]
    assert shop.report().code == 2
    shop.report(later=timedelta(hours=2))
    assert len(shop.started) == 1


def test_a_try_for_the_last_turn_does_not_put_off_the_next(shop: Shop) -> None:
    at_midnight = ReportPlan("daily", time(0))
    midnight = datetime(2026, 6, 2, tzinfo=shop.settings.zone)
    shop.begin(midnight - timedelta(days=2))
    shop.ends = [Ended(4, "")]
    shop.now = midnight - QUARTER
    assert shop.run(at_midnight).code == 4
    shop.now = midnight
    shop.run(at_midnight)
    assert len(shop.started) == 2


def test_a_report_that_was_killed_half_way_comes_again(shop: Shop) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    shop.meanwhile = die
    with pytest.raises(KeyboardInterrupt):
        shop.report()
    shop.meanwhile = None
    shop.report(later=QUARTER)
    assert len(shop.started) == 1
    shop.report(later=timedelta(hours=1))
    assert len(shop.started) == 2


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        "[]",
        '{"settled_until": "soon"}',
        '{"settled_until": "2026-01-01T00:00"}',
        "\xff",
    ],
)
def test_without_notes_only_what_is_due_now_goes_out(shop: Shop, content: str | None) -> None:
    def lose_notes() -> None:
        path = shop.folder / "report.json"
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode("latin-1"))

    lose_notes()
    shop.now = MONDAY + timedelta(hours=1)
    shop.report()
    assert shop.started == []
    lose_notes()
    shop.now = MONDAY
    shop.report()
    assert len(shop.started) == 1


def test_a_clock_that_was_wrong_stops_no_report(shop: Shop) -> None:
    shop.begin(MONDAY + timedelta(days=900))
    shop.report()
    assert len(shop.started) == 1


def test_recipients_go_by_the_environment(shop: Shop) -> None:
    (shop.folder / "recipients").write_text("a@shop.ua\nОлена <b@shop.ua>\n", encoding="utf-8")
    shop.report()
    ((command, variables),) = shop.started
    assert "@" not in " ".join(command)
    assert variables == {"UTM_REPORT_RECIPIENTS": "a@shop.ua,Олена <b@shop.ua>"}


def test_a_second_run_of_the_job_is_busy_and_quiet(shop: Shop) -> None:
    seen = []

    def again() -> None:
        seen.append((shop.report(), shop.run(WEEKLY)))
        assert shop.log("refresh") == ""

    shop.meanwhile = again
    assert shop.report() == Outcome(0)
    assert seen == [(Outcome(5), Outcome(5))]
    assert "report: busy, exit 5" in shop.log()


def test_the_two_jobs_do_not_wait_for_each_other(shop: Shop) -> None:
    seen = []

    def refresh() -> None:
        shop.meanwhile = None
        seen.append(shop.run())

    shop.meanwhile = refresh
    shop.report()
    assert seen == [Outcome(0)]
    assert [command[2] for command, _ in shop.started] == ["email", "refresh"]


def test_a_refresh_that_runs_by_hand_makes_the_scheduled_one_quiet(
    shop: Shop, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the real command, which finds the lock of the refresh taken."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "utm_sessions.csv").write_text("id,session_key,first_seen\n")
    (raw / "orders.csv").write_text("id,total_sum,payment_status,created\n")
    with hold_lock(shop.settings.state_dir):
        assert cli.main(["schedule", "--run", "refresh"]) == 5
    assert capfd.readouterr() == ("", "")
    assert "refresh: busy, exit 5" in shop.log("refresh")
    assert "інше оновлення ще триває" in shop.log("refresh")


def test_a_failure_is_told_once_and_once_a_day(shop: Shop) -> None:
    def run(end: Ended, later: timedelta) -> Outcome:
        shop.now += later
        shop.ends = [end]
        return shop.run()

    bad = Ended(1, "error: a model failed, fct_orders\nfix: look\n")
    minutes = timedelta(minutes=5)
    first = run(bad, minutes)
    assert first.code == 1
    assert first.lines[0].startswith("utm-pipeline refresh failed with exit code 1; log: /")
    assert first.lines[1:] == ("error: a model failed, fct_orders", "fix: look")
    assert run(bad, minutes).lines == ()
    assert run(Ended(5, ""), minutes) == Outcome(5)
    assert run(bad, timedelta(hours=23)).lines == ()
    assert run(bad, timedelta(hours=1)).lines != ()
    assert run(bad, minutes).lines == ()
    assert run(Ended(0, ""), minutes) == Outcome(0)
    assert run(bad, minutes).lines != ()
    assert run(Ended(-15, ""), timedelta(days=2)).code == 143
    assert shop.log("refresh").count("failed, exit 1\n") == 6


def test_no_address_is_logged_or_told(shop: Shop) -> None:
    shop.ends = [
        Ended(
            1,
            "error: refused (olena@shop.ua), <петро+x@пошта.укр>;mail=x@y\n"
            "fix: postgresql://root:s3cret@db.shop.ua/shop\n",
        )
    ]
    outcome = shop.report()
    for text in (shop.log(), "\n".join(outcome.lines)):
        assert "[address]" in text
        for needle in ("olena", "shop.ua", "петро", "пошта", "s3cret", "x@y"):
            assert needle not in text.replace(str(shop.settings.home), "")


def test_the_log_is_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOG_BYTES", 5000)
    for number in range(400):
        shop.ends = (
            [Ended(1, f"run {number:03}\n" + "x" * 50_000 + "\nlast words\n")]
            if (number % 100 == 99)
            else [Ended(1, f"run {number:03}\n")]
        )
        shop.run()
    logs = sorted(shop.folder.glob("refresh.log*"))
    assert [path.name for path in logs] == ["refresh.log", *(f"refresh.log.{n}" for n in (1, 2, 3))]
    # One run adds no more than its share to a log that was not too large.
    assert all(path.stat().st_size < 5000 + 21_000 for path in logs)
    assert "last words" in "".join(path.read_text() for path in logs)
    numbers = [
        line.split()[1]
        for path in reversed(logs)
        for line in path.read_text().splitlines()
        if line.startswith("  run ")
    ]
    assert numbers == sorted(numbers)
    assert numbers[-1] == "398"
    (shop.folder / "report.json").unlink()  # the test's own
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in shop.folder.iterdir())


def test_notes_are_instants_in_a_file(shop: Shop) -> None:
    shop.ends = [Ended(4, "")]
    shop.report()
    notes = shop.folder / "report.json"
    assert notes.stat().st_mode & 0o777 == 0o600
    assert json.loads(notes.read_text()) == {
        "settled_until": "2026-06-01T05:00:03+00:00",
        "tried": "2026-06-01T06:00:03+00:00",
        "told": "2026-06-01T06:00:03+00:00",
    }


def test_a_folder_that_cannot_be_written_is_an_error_of_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "warehouse").write_text("no folder")
    assert cli.main(["schedule", "--run", "refresh"]) == 3
    err = capsys.readouterr().err
    assert err.startswith("error: не вдалося прочитати чи записати дані розкладу")
    assert len(err.splitlines()) == 2


def test_the_report_by_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The real command: there is nothing yet that it could send, in any version."""
    # Where it is noon, no day ends while this runs.
    ahead = 12 - datetime.now(UTC).hour
    (tmp_path / ".env").write_text(f"UTM_TIMEZONE=Etc/GMT{-ahead:+d}\n")
    shop = Shop(load_settings())
    now = datetime.now(shop.settings.zone)
    assert now.hour == 12
    shop.begin(now - timedelta(days=1))
    arguments = ["schedule", "--run", "report", "--every", "daily", "--at", f"{now:%H:%M}"]
    code = cli.main(arguments)
    assert code != 0
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(
        f"utm-pipeline report failed with exit code {code}; log: {shop.folder / 'report.log'}\n"
    )
    assert "report: started" in shop.log()
    # At once again it is not due, so it ends well and says nothing.
    assert cli.main(arguments) == 0
    assert capfd.readouterr() == ("", "")
