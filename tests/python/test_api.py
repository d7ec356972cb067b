"""The API: every query as the command line gives it, with its headers, errors and description."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import io
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import duckdb
import jsonschema_rs
import pytest
from fastapi.testclient import TestClient

from api_client import client_of
from dashboard_site import serving, until
from marts_fixture import set_as_of, write_marts
from utm_pipeline import queries as catalogue
from utm_pipeline.cli import main
from utm_pipeline.errors import WarehouseError
from utm_pipeline.queries import QUERIES
from utm_pipeline.report import cells, charts
from utm_pipeline.settings import Settings
from utm_pipeline.web.view import Sheet

AS_OF = "2024-04-02T12:00:00+03:00"
QUESTIONS: tuple[tuple[str, Mapping[str, str]], ...] = (
    *((name, {}) for name in QUERIES if name != "session-detail"),
    ("session-detail", {"id": "101"}),
    ("sources", {"period": "all_time", "limit": "1"}),
    ("campaigns", {"source": "ig", "period": "week"}),
    ("content", {"campaign": "spring"}),
    ("funnel", {"source": "google"}),
    ("roi", {"ad_spend": "1200.50"}),
    ("cohort-analysis", {"cohort_type": "month", "metric": "ltv", "start_date": "2024-01-01"}),
    ("repeat-rate", {"utm_source": "instagram"}),
    ("ab-test", {"campaign": "spring"}),
    ("ab-test", {"campaign": "spring", "source": "N/A"}),
)
ids = [f"{name}-{'-'.join(params.values())}" for name, params in QUESTIONS]


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with client_of(settings) as opened:
        yield opened


@pytest.fixture
def own(settings: Settings, marts_file: Path, tmp_path: Path) -> Settings:
    """Settings of a copy of the warehouse, for tests that change it."""
    path = tmp_path / "warehouse" / "utm.duckdb"
    path.parent.mkdir()
    shutil.copyfile(marts_file, path)
    return dataclasses.replace(settings, warehouse=path)


def path_of(name: str, params: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    rest = dict(params)
    if name == "session-detail":
        return f"/api/utm/{rest.pop('id')}/session-detail", rest
    return f"/api/utm/{name}", rest


def ask(client: TestClient, name: str, params: Mapping[str, str], **more: Any) -> Any:
    path, rest = path_of(name, params)
    return client.get(path, params=rest, **more)


def arguments(name: str, params: Mapping[str, str]) -> list[str]:
    given = [
        value if key == "id" else f"--{key.replace('_', '-')}={value}"
        for key, value in params.items()
    ]
    return ["query", name, *given, "--format", "json"]


def without_clock(answer: Any) -> Any:
    """KPIs without the age of the data, which moves on between two questions."""
    is_kpis = isinstance(answer, list) and answer and "met" in answer[0]
    return [row for row in answer if row["name"] != "data_freshness_minutes"] if is_kpis else answer


@pytest.mark.parametrize(("name", "params"), QUESTIONS, ids=ids)
def test_an_answer_is_what_the_command_line_prints(
    client: TestClient,
    capsys: pytest.CaptureFixture[str],
    name: str,
    params: Mapping[str, str],
) -> None:
    answer = ask(client, name, params)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-data-as-of"] == AS_OF
    assert main(arguments(name, params)) == 0
    printed = json.loads(capsys.readouterr().out)
    assert without_clock(answer.json()) == without_clock(printed)
    # The same bytes once more, now from what was kept; and with a slash behind.
    again = client.get(path_of(name, params)[0] + "/", params=path_of(name, params)[1])
    assert without_clock(again.json()) == without_clock(printed)


@pytest.mark.parametrize(("name", "params"), QUESTIONS, ids=ids)
def test_an_answer_is_as_described(
    client: TestClient, name: str, params: Mapping[str, str]
) -> None:
    document = client.get("/openapi.json").json()
    path = "/api/utm/" + ("{id}/session-detail" if name == "session-detail" else name)
    described = document["paths"][path]["get"]
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.validator_for(schema).validate(ask(client, name, params).json())
    assert {each["name"] for each in described["parameters"]} == {
        param.name for param in QUERIES[name].params
    }


@pytest.mark.parametrize(
    ("path", "parameter", "allowed"),
    [
        ("sources?period=fortnight", "period", "today, yesterday, week"),
        ("sources?limit=0", "limit", "a whole number from 1 to 2147483647"),
        ("sources?limit=1.5", "limit", "a whole number"),
        ("sources?source=google", "source", "period, limit"),
        ("sources?limit=1&limit=2", "limit", ""),
        ("roi?ad_spend=-5", "ad_spend", "a sum from 0"),
        ("funnel?source=%20", "source", "a source"),
        ("funnel?source=" + "x" * 1001, "source", "1000 characters"),
        ("cohort-analysis?start_date=2026-02-30", "start_date", "2026-01-31"),
        ("cohort-analysis?cohort_type=year", "cohort_type", "day, week, month"),
        ("cohort-analysis?cohort-type=week", "cohort-type", "cohort_type"),
        ("abc/session-detail", "id", "a whole number"),
        ("export-csv", "type", "sessions, sources, campaigns, content"),
        ("export-csv?type=orders", "type", "sessions, sources, campaigns, content"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_it_takes(
    client: TestClient, path: str, parameter: str, allowed: str
) -> None:
    answer = client.get(f"/api/utm/{path}")
    assert answer.status_code == 422
    assert answer.headers["x-data-as-of"] == AS_OF
    told = answer.json()
    assert told["parameter"] == parameter
    assert allowed in told["allowed"]
    # Addresses have underscores, and no options.
    assert "--" not in json.dumps(told)


@pytest.mark.parametrize(
    "address",
    [
        "/?period=week&period=today",
        "/widgets/funnel?source=google&source=tiktok",
        "/sessions/101?lang=en&lang=uk",
        "/charts/funnel.svg?period=week&period=today",
        "/api/utm/sources?period=week&period=today",
    ],
)
def test_a_parameter_that_is_given_twice_is_refused_everywhere(
    client: TestClient, address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    assert "is given twice" in answer.text
    # What a page does not read, such as the tags of a letter, may stand twice.
    assert client.get("/?period=week&fbclid=1&fbclid=2").status_code == 200


def test_an_unknown_session_is_not_found(client: TestClient) -> None:
    answer = client.get("/api/utm/7000/session-detail")
    assert answer.status_code == 404
    assert answer.json()["error"] == "there is no session 7000"
    assert answer.headers["x-data-as-of"] == AS_OF


def test_an_unknown_address_is_not_found_and_only_get_is_answered(client: TestClient) -> None:
    assert client.get("/api/utm/orders").status_code == 404
    for method in ("post", "put", "delete", "patch"):
        answer = getattr(client, method)("/api/utm/sources")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET"


def test_a_tag_is_answered_by_304_until_the_next_publish(own: Settings) -> None:
    with client_of(own) as client:
        first = client.get("/api/utm/sources", params={"limit": 1})
        tag = first.headers["etag"]
        for wanted in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
            known = client.get(
                "/api/utm/sources", params={"limit": 1}, headers={"If-None-Match": wanted}
            )
            assert known.status_code == 304
            assert known.content == b""
            assert (known.headers["etag"], known.headers["x-data-as-of"]) == (tag, AS_OF)
        # Another question has another tag.
        assert client.get("/api/utm/sources", params={"limit": 2}).headers["etag"] != tag

        publish_later(own)
        new = client.get("/api/utm/sources", params={"limit": 1}, headers={"If-None-Match": tag})
        assert new.status_code == 200
        assert new.headers["etag"] != tag
        assert new.headers["x-data-as-of"] == "2024-04-02T13:00:00+03:00"


def publish_later(settings: Settings) -> None:
    """Puts a warehouse of an hour later in the place of the one that is served."""
    other = settings.warehouse.with_name("next.duckdb")
    shutil.copyfile(settings.warehouse, other)
    set_as_of(other, "2024-04-02 10:00:00")
    other.replace(settings.warehouse)


def test_two_publishes_of_one_instant_have_two_tags(own: Settings) -> None:
    with client_of(own) as client:
        tag = client.get("/api/utm/sources").headers["etag"]
        other = own.warehouse.with_name("next.duckdb")
        shutil.copyfile(own.warehouse, other)
        other.replace(own.warehouse)
        assert client.get("/api/utm/sources").headers["etag"] != tag


def test_kpis_have_no_tag_and_follow_the_clock(client: TestClient) -> None:
    def age() -> float:
        answer = client.get("/api/utm/kpis", headers={"If-None-Match": "*"})
        assert answer.status_code == 200
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        (row,) = [row for row in answer.json() if row["name"] == "data_freshness_minutes"]
        return float(row["value"])

    before = age()
    time.sleep(0.7)
    assert age() > before


def test_long_answers_are_compressed_where_that_is_wanted(client: TestClient) -> None:
    asked = client.build_request("GET", "/api/utm/sessions", headers={"Accept-Encoding": "gzip"})
    answer = client.send(asked, stream=True)
    raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()
    plain = client.get("/api/utm/sessions", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2


@pytest.mark.parametrize("kind", catalogue.EXPORTS)
def test_an_export_is_the_command_lines(client: TestClient, tmp_path: Path, kind: str) -> None:
    answer = client.get("/api/utm/export-csv", params={"type": kind, "period": "all_time"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="utm_{kind}.csv"'
    assert answer.headers["x-data-as-of"] == AS_OF
    path = tmp_path / "export.csv"
    assert main(["export", kind, "--period", "all_time", "--output", str(path)]) == 0
    assert answer.content == path.read_bytes()
    known = client.get(
        "/api/utm/export-csv",
        params={"type": kind, "period": "all_time"},
        headers={"If-None-Match": answer.headers["etag"]},
    )
    assert known.status_code == 304


def add_sessions(warehouse: Path, count: int) -> None:
    """Adds sessions with formulas for tags."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            """
            insert into analytics.fct_sessions by name
            select
                1000 + i as session_id, 1000 + i as utm_session_id, 'key' || i as session_key,
                '=cmd|' || i as utm_source, false as is_converted, 0 as revenue,
                timestamp '2024-04-01' as first_seen_at, timestamp '2024-04-01' as last_seen_at
            from range(?) as r(i)
            """,
            [count],
        )


def test_an_export_has_every_row_and_comes_in_pieces(own: Settings) -> None:
    add_sessions(own.warehouse, 20_000)
    with (
        client_of(own) as client,
        client.stream("GET", "/api/utm/export-csv?type=sessions&period=all_time") as answer,
    ):
        pieces = list(answer.iter_bytes())
    rows = list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))
    assert len(rows) == 1 + 4 + 20000
    assert sum(any(cell.startswith("=") for cell in row) for row in rows) == 0
    assert max(map(len, pieces)) < 200_000


@pytest.mark.parametrize("name", ["sessions", "sources", "campaigns", "content", "daily"])
def test_a_long_answer_is_streamed_and_the_same(
    own: Settings, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    asked = {"period": "all_time", "limit": "2147483647"}
    with client_of(own) as client:
        answer = ask(client, name, asked)
        assert "content-length" not in answer.headers
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-data-as-of"] == AS_OF
        assert main([*arguments(name, asked), f"--output={own.warehouse.with_name('a.json')}"]) == 0
        assert answer.json() == json.loads(own.warehouse.with_name("a.json").read_text("utf-8"))
        known = ask(client, name, asked, headers={"If-None-Match": answer.headers["etag"]})
        assert known.status_code == 304
        nothing = ask(client, "campaigns", {**asked, "source": "nobody"})
        assert nothing.json() == []


def test_a_reader_who_leaves_lets_the_snapshot_go(own: Settings) -> None:
    # More than sockets hold for a reader who does not read.
    add_sessions(own.warehouse, 200_000)
    with serving(own.warehouse) as site:
        host, port = site.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as reader:
            reader.sendall(
                b"GET /api/utm/export-csv?type=sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            )
            assert reader.recv(100).startswith(b"HTTP/1.1 200 OK")
            publish_later(own)
            urlopen(f"{site.address}/healthz").close()
            assert deleted(own.warehouse)
        until(lambda: not deleted(own.warehouse))


def deleted(warehouse: Path) -> list[str]:
    """Files of the warehouse that were replaced, and that this process still has open."""
    links = [
        os.fsdecode(link.readlink())
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink()
    ]
    return [link for link in links if link.startswith(str(warehouse)) and "(deleted)" in link]


class Counted:
    """Stands for ``catalogue.run``: counts, waits a little, and answers as it is told."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer if answer is not None else [{"made": 1}]
        self.asked = 0

    def __call__(self, *_: object) -> Any:
        self.asked += 1
        time.sleep(0.1)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_an_answer_is_made_once_until_the_next_publish(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "run", made := Counted())
    with client_of(own) as client:
        assert [client.get("/api/utm/sources").json() for _ in range(3)] == [[{"made": 1}]] * 3
        assert made.asked == 1
        client.get("/api/utm/devices")
        assert made.asked == 2
        publish_later(own)
        client.get("/api/utm/sources")
        assert made.asked == 3


def test_many_who_ask_at_once_wait_for_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "run", made := Counted())
    with client_of(settings) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/api/utm/sources"), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert made.asked == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [([{"tag": "x" * (2**20 + 1)}], 200), (WarehouseError("broken", "", ""), 503)],
    ids=["large", "error"],
)
def test_what_is_large_or_failed_is_not_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, answer: Any, status: int
) -> None:
    monkeypatch.setattr(catalogue, "run", made := Counted(answer))
    with client_of(settings) as client, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.get("/api/utm/sources"), range(4)))
        assert {answer.status_code for answer in answers} == {status}
        made.answer = []
        assert client.get("/api/utm/sources").json() == []


def test_a_page_with_a_broken_widget_is_not_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = catalogue.fetch

    def broken(warehouse: Any, name: str, *rest: Any) -> Any:
        if name == "ltv-comparison":
            raise WarehouseError("broken", "", "mend it")
        return fetch(warehouse, name, *rest)

    with client_of(settings) as client:
        for path in ("/?lang=en", "/widgets/ltv?lang=en"):
            monkeypatch.setattr(catalogue, "fetch", broken)
            assert "mend it" in client.get(path).text
            monkeypatch.setattr(catalogue, "fetch", fetch)
            assert "mend it" not in client.get(path).text


def test_a_widget_that_fails_unexpectedly_leaves_the_others_and_tells_no_row(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> str:
        raise ValueError("olena@example.com")

    with client_of(settings) as client:
        whole = client.get("/?lang=en").text
        # In what a widget loads, in its chart, and while its template is filled.
        for place, key in (
            (f"{cells.__name__}.change", "cards"),
            (f"{charts.__name__}.Chart.alt", "sources"),
            (f"{Sheet.__module__}.Sheet.share", "geo"),
        ):
            caplog.clear()
            with monkeypatch.context() as planted:
                planted.setattr(place, broken)
                for path in ("/?lang=en", f"/widgets/{key}?lang=en"):
                    answer = client.get(path.replace("lang=en", f"lang=en&source={key}"))
                    assert answer.status_code == 200
                    part = answer.text.partition(f'id="w-{key}"')[2].partition("</section>")[0]
                    assert "unexpected fault of the program" in part
                    assert "see the server" in part
                    assert "olena" not in answer.text + caplog.text
                    assert answer.text.count("data-widget=") == (17 if path[1] == "?" else 1)
            assert "unexpected ValueError, " in caplog.text
        # Nothing of that was kept.
        assert client.get("/?lang=en").text == whole
        assert "unexpected" not in client.get("/?lang=en&source=cards").text


def test_without_a_warehouse_it_says_what_to_run(settings: Settings, tmp_path: Path) -> None:
    absent = dataclasses.replace(settings, warehouse=tmp_path / "warehouse" / "utm.duckdb")
    with client_of(absent) as client:
        for path in ("/api/utm/sources", "/api/utm/export-csv?type=sources", "/healthz"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "utm-pipeline refresh" in answer.json()["fix"]
            # Where the file would be is nothing that a client needs to know.
            assert str(tmp_path) not in answer.text
        assert client.get("/api/utm/sources").headers["retry-after"] == "30"
        # It comes to life by itself.
        absent.warehouse.parent.mkdir()
        write_marts(absent.warehouse)
        assert client.get("/api/utm/sources").status_code == 200
        assert client.get("/healthz").json() == {"status": "ok", "as_of": AS_OF}


def test_marts_of_another_version_are_unavailable_and_the_rest_is_served(own: Settings) -> None:
    with duckdb.connect(str(own.warehouse)) as connection:
        connection.execute("drop table analytics.rpt_sources")
    with client_of(own) as client:
        answer = client.get("/api/utm/sources")
        assert answer.status_code == 503
        assert "lacks the marts of this version" in answer.json()["error"]
        assert client.get("/api/utm/devices").status_code == 200


def test_what_strangers_typed_is_data_and_nothing_else(own: Settings) -> None:
    tag = '<script>alert(1)</script>","x":"\u202e\x07'
    with duckdb.connect(str(own.warehouse)) as connection:
        connection.execute(
            "update analytics.rpt_sources set utm_source = ? where utm_source = 'google'", [tag]
        )
    with client_of(own) as client:
        answer = client.get("/api/utm/sources")
        assert tag in [row["utm_source"] for row in answer.json()]
        assert answer.headers["x-content-type-options"] == "nosniff"
        bad = client.get("/api/utm/sources", params={"period": "<b>\r\nSet-Cookie: a=b"})
        assert bad.status_code == 422
        assert bad.headers["content-type"] == "application/json"
        assert "set-cookie" not in bad.headers


def test_the_stamp_is_business_time_with_its_offset(client: TestClient) -> None:
    as_of = datetime.fromisoformat(client.get("/api/utm/devices").headers["x-data-as-of"])
    assert as_of.utcoffset() is not None


def test_the_description_needs_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    for address in ("/static/swagger/swagger-ui-bundle.js", "/static/swagger/swagger-ui.css"):
        assert client.get(address).status_code == 200
    document = client.get("/openapi.json").json()
    listed = {path for path in document["paths"] if path.startswith("/api/utm/")}
    assert listed == {
        "/api/utm/" + ("{id}/session-detail" if name == "session-detail" else name)
        for name in [*QUERIES, "export-csv"]
    }


def test_an_unexpected_error_tells_nothing_of_the_rows(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("olena@example.com")

    monkeypatch.setattr(catalogue, "run", broken)
    with client_of(settings) as client:
        answer = client.get("/api/utm/sources")
    assert answer.status_code == 500
    assert answer.json()["error"] == "unexpected fault of the program"
    assert "olena" not in answer.text + caplog.text
    assert "unexpected ValueError" in caplog.text
    assert os.environ.get("UTM_API_TOKEN") is None
