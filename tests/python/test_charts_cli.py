"""``query NAME --format png`` and ``--format svg``."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from utm_pipeline import cli
from utm_pipeline import queries as catalogue
from utm_pipeline.errors import ExitCode
from utm_pipeline.report import charts
from utm_pipeline.report.cells import Formats
from utm_pipeline.report.charts import Chart
from utm_pipeline.report.charts.look import DARK, Look, about
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse

pytestmark = pytest.mark.usefixtures("settings", "fresh")


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of age is far away."""
    monkeypatch.setenv("UTM_FRESHNESS_MINUTES", "99999999")
    monkeypatch.setenv("UTM_SILENCE_HOURS", "0")


@pytest.mark.parametrize("name", charts.NAMES)
def test_a_picture_is_written_to_a_file(
    name: str, warehouse: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    base = ["--lang", "uk", "query", name, "--theme", "dark", "--output"]
    assert cli.main([*base, str(folder / "a.png"), "--format", "png"]) == 0
    assert cli.main([*base, str(folder / "a.svg"), "--format", "svg"]) == 0
    assert capsys.readouterr() == ("", "")
    formats = Formats("uk", "UAH")
    period = None if name == "cohort-analysis" else "week"
    dates = catalogue.period_dates(warehouse, period) if period else ()
    look = Look(formats, DARK, about(formats, period, dates))
    tables = catalogue.fetch(warehouse, name, {}, "uk")
    assert (folder / "a.png").read_bytes() == Chart(name, tables, look).png()
    assert (folder / "a.svg").read_text(encoding="utf-8") == Chart(name, tables, look).svg()
    assert sorted(path.name for path in folder.iterdir()) == ["a.png", "a.svg"]


def test_a_picture_says_its_period_and_filter(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["query", "funnel", "--source", "<b>Google", "--format", "svg"]) == 0
    root = ET.fromstring(capsys.readouterr().out)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "last 7 days, 2024-03-27 – 2024-04-02 · <b>Google" in texts


def test_a_png_goes_through_a_pipe(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.main(["query", "sources", "--format", "png"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"\x89PNG")


def test_a_png_is_not_written_to_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert cli.main(["query", "sources", "--format", "png"]) == ExitCode.WRONG_USE
    out, err = capsys.readouterr()
    assert out == ""
    assert "terminal" in err
    assert "fix: give --output FILE" in err


def test_a_query_without_a_chart_names_those_that_have_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for kind in ("png", "svg"):
        arguments = ["query", "devices", "--format", kind, "--output", str(tmp_path / "x")]
        assert cli.main(arguments) == ExitCode.WRONG_USE
        err = capsys.readouterr().err
        assert f"error: the answer of devices has no chart, --format {kind}" in err
        assert ", ".join(charts.NAMES) in err.splitlines()[1]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec

    def find(name: str, *rest: Any) -> Any:
        return None if name == "vl_convert" else found(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    assert cli.main(["query", "sources", "--format", "png"]) == ExitCode.CONFIGURATION
    err = capsys.readouterr().err
    assert "charts need vl_convert" in err
    assert "fix: run `pip install 'utm-pipeline[charts]'`" in err
    assert cli.main(["query", "sources"]) == 0


@pytest.mark.parametrize("kind", ["png", "svg", "json"])
def test_a_failed_write_leaves_what_was_there(
    kind: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    path = tmp_path / "chart"
    path.write_text("the old one")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "no space")

    monkeypatch.setattr(Path, "replace", fail)
    arguments = ["query", "sources", "--format", kind, "--output", str(path)]
    assert cli.main(arguments) == ExitCode.FAILED
    assert "cannot be written: the disk is full, no space left" in capsys.readouterr().err
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_tables_need_nothing_that_draws(settings: Settings) -> None:
    program = (
        "import sys; from utm_pipeline import cli; code = cli.main(sys.argv[1:]);"
        "print(code, sorted(n for n in sys.modules if n.startswith(('pymupdf_fonts', 'vl_convert',"
        " 'utm_pipeline.report.charts.'))), file=sys.stderr)"
    )
    for kind in ("table", "json", "csv"):
        ran = subprocess.run(
            [sys.executable, "-c", program, "query", "sources", "--format", kind],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stderr == "0 []\n"


def test_text_goes_to_a_file_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for kind in ("table", "json", "csv"):
        assert cli.main(["query", "sources", "--format", kind]) == 0
        shown = capsys.readouterr().out
        path = tmp_path / kind
        assert cli.main(["query", "sources", "--format", kind, "--output", str(path)]) == 0
        assert capsys.readouterr().out == ""
        assert path.read_bytes().decode() == shown
