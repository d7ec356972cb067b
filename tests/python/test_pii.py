"""The key of the hashes, and the plugin that hands it to SQL."""

from __future__ import annotations

import hashlib
import hmac
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from utm_pipeline.errors import ConfigError
from utm_pipeline.refresh import key as pii

_HMAC = """
select sha256(
    getvariable('utm_pii_opad') || unhex(sha256(getvariable('utm_pii_ipad') || encode($value)))
)
"""


@example("k" * 64, "value")
@example("k" * 65, "value")
@given(st.text(min_size=1, max_size=200), st.text(max_size=50))
def test_the_pads_give_hmac_sha256(key: str, value: str) -> None:
    ipad, opad = pii.pads(key)
    inner = hashlib.sha256(ipad + value.encode()).digest()
    expected = hmac.new(key.encode(), value.encode(), hashlib.sha256).digest()
    assert hashlib.sha256(opad + inner).digest() == expected


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    warehouse = tmp_path / "new" / "utm.duckdb"
    key = pii.read_or_create_key(warehouse)
    path = warehouse.parent / pii.KEY_FILE
    assert len(key) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pii.read_or_create_key(warehouse) == key
    assert list(warehouse.parent.iterdir()) == [path]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(pii.read_or_create_key, [tmp_path / "utm.duckdb"] * 64))
    assert len(set(keys)) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / pii.KEY_FILE]


def test_an_empty_key_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / pii.KEY_FILE).write_text("\n")
    with pytest.raises(ConfigError, match="empty"):
        pii.read_or_create_key(tmp_path / "utm.duckdb")


def test_a_key_file_that_is_no_text_is_an_error_without_its_content(tmp_path: Path) -> None:
    (tmp_path / pii.KEY_FILE).write_bytes(b"s3cret\xff")
    with pytest.raises(ConfigError) as caught:
        pii.read_or_create_key(tmp_path / "utm.duckdb")
    assert "s3cret" not in f"{caught.value} {caught.value.fix}"


def test_the_plugin_gives_every_cursor_the_pads(monkeypatch: pytest.MonkeyPatch) -> None:
    from dbt.adapters.duckdb.plugins import BasePlugin

    monkeypatch.setenv("UTM_PII_KEY", "a key with ' a quote")
    plugin: Any = BasePlugin.create("utm_pipeline.refresh.dbt_runner", config={})
    with duckdb.connect() as connection:
        for cursor in (connection.cursor(), connection.cursor()):
            plugin.configure_cursor(cursor)
            row = cursor.execute(_HMAC, {"value": "olena@example.com"}).fetchone()
            expected = hmac.new(b"a key with ' a quote", b"olena@example.com", hashlib.sha256)
            assert row == (expected.hexdigest(),)


def test_the_plugin_takes_the_key_beside_the_warehouse(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from utm_pipeline.refresh.dbt_runner import Plugin

    monkeypatch.setenv("UTM_PII_KEY", "")
    monkeypatch.setenv("UTM_WAREHOUSE", str(tmp_path / "utm.duckdb"))
    key = pii.read_or_create_key(tmp_path / "utm.duckdb")
    plugin = Plugin("pii", {})
    with duckdb.connect() as connection:
        plugin.configure_cursor(connection)
        row = connection.execute("select getvariable('utm_pii_ipad')").fetchone()
    assert row == (pii.pads(key).ipad,)
