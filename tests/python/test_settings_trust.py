"""Files that command the program, names that nobody reads, and vars that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from utm_pipeline import cli
from utm_pipeline.errors import ConfigError
from utm_pipeline.project import project_dir, read_vars
from utm_pipeline.settings import load_settings

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
NOBODY = 65534


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTM_LANG", "en")


@pytest.mark.parametrize("name", [".env", "vars.yml"])
@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646])
def test_a_file_that_others_may_write_commands_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, mode: int
) -> None:
    path = tmp_path / name
    path.write_text("UTM_CURRENCY=EUR\n" if name == ".env" else "cohort_periods: 3\n")
    path.chmod(mode)
    for table, columns in (
        ("utm_sessions", "id,session_key,first_seen"),
        ("orders", "id,total_sum,payment_status,created"),
    ):
        (tmp_path / "raw").mkdir(exist_ok=True)
        (tmp_path / "raw" / f"{table}.csv").write_text(columns + "\n")
    work = tmp_path / "work" if name == ".env" else tmp_path
    work.mkdir(exist_ok=True)
    os.chdir(work)
    assert cli.main(["refresh"]) == 3
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("error: others may write the file")
    assert f"{path} (owner " in first
    assert f"mode {mode:o})" in first
    assert second.startswith("fix: ")


@is_root
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_of_another_user_commands_nothing(tmp_path: Path, mode: int) -> None:
    path = tmp_path / ".env"
    path.write_text("UTM_CURRENCY=EUR\n")
    path.chmod(mode)
    os.chown(path, NOBODY, NOBODY)
    with pytest.raises(ConfigError, match=r"belongs to another user, .*\.env \(owner nobody, mode"):
        load_settings({}, tmp_path)


def test_nothing_is_filled_in(tmp_path: Path) -> None:
    webhook = "http://127.0.0.1:18826/${HOME}/$HOME/${PGPASSWORD:-x}"
    (tmp_path / ".env").write_text(f"UTM_SLACK_WEBHOOK={webhook}\n")
    settings = load_settings({"PGPASSWORD": "secret", "HOME": "/root"}, tmp_path)
    assert settings.slack_webhook == webhook


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("UTM_OWN_DOMAIN", "UTM_OWN_DOMAINS"),
        ("utm_own_domains", "UTM_OWN_DOMAINS"),
        ("Utm_Lang", "UTM_LANG"),
        ("UTM_TIME_ZONE", "UTM_TIMEZONE"),
        ("email_host", "EMAIL_HOST"),
        ("UTM_XYZZY_OF_LATER", ""),
    ],
)
def test_a_name_that_nobody_reads_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: str,
    near: str,
) -> None:
    meant = f"; did you mean {near}?" if near else ""
    (tmp_path / ".env").write_text(f"{given}=x\nUTM_LANG=en\nSHOP_SECRET=1\n")
    said = f"there is no setting {given}, {tmp_path / '.env'}{meant}"
    cli.main(["query", "sources"])
    assert capsys.readouterr().err.splitlines()[0] == f"warning: {said}"
    cli.main(["doctor"])
    out, err = capsys.readouterr()
    assert f"warning  settings   {said}\n" in out
    assert err == ""
    (tmp_path / ".env").unlink()
    monkeypatch.setenv(given, "x")
    assert load_settings().warnings == (f"there is no setting {given}, the environment{meant}",)


def test_what_is_known_is_not_warned_of(tmp_path: Path) -> None:
    given = {"UTM_BUILD_PATH": "x", "UTM_AS_OF": "x", "UTM_LANG": "en", "utm_source": "x"}
    assert load_settings({**given, "PATH": "/bin", "SHOP_UTM_X": ""}, tmp_path).warnings == ()


def test_doctor_warns_of_secrets_that_others_may_read_or_guess(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ".env"
    path.write_text("UTM_PII_KEY=0123456789abcdef\nUTM_API_TOKEN=x\n")
    for mode, is_told in ((0o644, True), (0o640, True), (0o600, False)):
        path.chmod(mode)
        cli.main(["doctor"])
        out = capsys.readouterr().out
        assert (f"warning  settings   others may read {path}" in out) == is_told
        assert "UTM_API_TOKEN is shorter than 32 characters" in out
        assert "0123456789abcdef" not in out
    path.write_text("UTM_LANG=en\n")
    path.chmod(0o644)
    assert load_settings().doubts == ()


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("ab_confidence: .nan", "a number from 0 to 99.999"),
        ("ab_confidence: 100", "a number from 0 to 99.999"),
        ("max_cpa_share: .inf", "a number from 0 to 1000000000"),
        ("max_cpa_share: -0.1", "a number from 0 to 1000000000"),
        ("cohort_periods: -5", "a whole number from 1 to 1000"),
        ("cohort_periods: 0", "a whole number from 1 to 1000"),
        ("cohort_periods: 2.5", "a whole number from 1 to 1000"),
        ("attribution_lookback_days: 1e12", "a number"),
        ("attribution_lookback_days: 1000000000000", "a number from 0 to 36500"),
        ("kpi_roi: .nan", "a number from -1000000000"),
        ("total_sum_is_net: 1", "a true or false"),
        ("cohort_periods: [1]", "a number"),
    ],
)
def test_a_var_that_cannot_be_is_told(tmp_path: Path, given: str, right: str) -> None:
    name = given.partition(":")[0]
    with pytest.raises(ConfigError, match=f"the var {name} is") as caught:
        read_vars(project_dir(), tmp_path / "vars.yml", f"{{{given}}}")
    assert caught.value.fix.startswith(f"give it {right}")


def test_vars_that_can_be(tmp_path: Path) -> None:
    given = "{kpi_roi: -10, cohort_periods: 3.0, max_cpa_share: 0, ab_confidence: 99.9}"
    read_vars(project_dir(), tmp_path / "vars.yml", given)
