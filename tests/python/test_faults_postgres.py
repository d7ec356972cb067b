"""What is wrong with the server, the role or the marts is said in two lines, with what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fault_shop import SECRET, make_shop
from pg_marts import publish, settings_of, version_of, write
from postgres_server import PostgresDatabase, PostgresServer
from utm_pipeline import cli
from utm_pipeline.errors import BuildError, WarehouseError
from utm_pipeline.refresh.publish_postgres import publication
from utm_pipeline.warehouse.postgres import unreachable

PASSWORD = "unmistakable-password"
REFRESH = ("refresh", "--as-of", "2024-04-10")
QUERY = ("query", "sources")


@pytest.fixture
def role(postgres: PostgresServer) -> Iterator[str]:
    """A role without any right."""
    with postgres.role() as name:
        yield name


@pytest.fixture
def database(postgres: PostgresServer, role: str) -> Iterator[PostgresDatabase]:
    """An empty database, which goes before the role."""
    with postgres.database() as fresh:
        yield fresh


@pytest.fixture
def as_role(
    database: PostgresDatabase, role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PostgresDatabase:
    """A shop whose raw tables are there, for commands and connections of that role."""
    shop = make_shop(tmp_path, database)
    for name, value in {**shop.variables, "PGUSER": role, "PGPASSWORD": PASSWORD}.items():
        monkeypatch.setenv(name, value)
    return PostgresDatabase({**database.keywords, "user": role})


def assert_says(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...], code: int, *texts: str
) -> None:
    assert cli.main(command) == code
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("fix: ")
    for text in texts:
        assert text in err, f"{text}: {err}"
    assert PASSWORD not in err
    assert SECRET not in err
    assert "unexpected" not in err


def test_a_role_gets_its_rights_one_after_the_other(
    capsys: pytest.CaptureFixture[str],
    database: PostgresDatabase,
    as_role: PostgresDatabase,
    role: str,
) -> None:
    name = database.keywords["dbname"]
    database.execute(f"revoke connect on database {name} from public")
    assert_says(capsys, REFRESH, 3, "may not connect", "grant it connect on the database")
    assert_says(capsys, QUERY, 3, "may not connect")
    database.execute(f"grant connect on database {name} to {role}")
    assert_says(capsys, REFRESH, 3, "may not use the schema", "schema shop", "grant it usage")
    database.execute(f"grant usage on schema shop to {role}")
    assert_says(capsys, REFRESH, 3, "may not read the table utm_sessions", "grant select on it")
    database.execute(f"grant select on shop.utm_sessions, shop.orders to {role}")
    assert_says(capsys, REFRESH, 3, "may not read the table user_actions")
    # A right on some columns is not enough: a row that is set aside is kept as it was received.
    database.execute(f"grant select (id) on shop.user_actions to {role}")
    assert_says(capsys, REFRESH, 3, "may not read the table user_actions")
    database.execute(f"grant select on shop.user_actions to {role}")
    assert_says(capsys, REFRESH, 3, "may not build here", "permission denied for database", name)
    assert_says(capsys, QUERY, 3, "no warehouse yet", "utm-pipeline refresh")


@pytest.mark.parametrize("schema", ["analytics", "analytics_int", "analytics_next"])
def test_schemas_of_another_role_are_refused_before_the_build(
    capsys: pytest.CaptureFixture[str],
    database: PostgresDatabase,
    as_role: PostgresDatabase,
    role: str,
    schema: str,
) -> None:
    database.execute(
        f"grant usage on schema shop to {role}",
        f"grant select on all tables in schema shop to {role}",
        f"grant create on database {database.keywords['dbname']} to {role}",
        f"create schema {schema}",
    )
    assert_says(capsys, REFRESH, 3, f"schema {schema} belongs to another role", "owner")


def test_a_reader_without_rights(
    capsys: pytest.CaptureFixture[str],
    database: PostgresDatabase,
    as_role: PostgresDatabase,
    role: str,
    tmp_path: Path,
) -> None:
    publish(settings_of(database, tmp_path), database, 1)
    texts = ("the role may not read the marts", "usage on the schema and select on all its tables")
    assert_says(capsys, QUERY, 3, *texts)
    database.execute(f"grant usage on schema analytics to {role}")
    assert_says(capsys, QUERY, 3, *texts)
    database.execute(f"grant select on analytics.rpt_refresh to {role}")
    # The marts of the tests are not the real ones.
    assert_says(capsys, QUERY, 3, "lacks the marts of this version", "rpt_", "utm-pipeline refresh")


def test_marts_of_another_version(
    capsys: pytest.CaptureFixture[str],
    database: PostgresDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in make_shop(tmp_path, database).variables.items():
        monkeypatch.setenv(name, value)
    assert_says(capsys, QUERY, 3, "there is no warehouse yet", "schema analytics")
    database.execute("create schema analytics")
    assert_says(capsys, QUERY, 3, "there is no warehouse yet")
    write(database, 1, schema="analytics")
    assert_says(capsys, QUERY, 3, "lacks the marts of this version", "rpt_")
    database.execute("alter table analytics.rpt_refresh rename timezone to zone")
    assert_says(capsys, QUERY, 3, 'column "timezone" does not exist', "utm-pipeline refresh")
    database.execute(
        "delete from analytics.rpt_refresh",
        "alter table analytics.rpt_refresh rename zone to timezone",
    )
    assert_says(capsys, QUERY, 3, "rpt_refresh is empty")


@pytest.mark.parametrize("command", [REFRESH, QUERY], ids=["refresh", "query"])
@pytest.mark.parametrize(
    ("variables", "texts"),
    [
        ({"PGDATABASE": "nowhere"}, ["no such database or user", "check PGDATABASE and PGUSER"]),
        ({"PGUSER": "nobody_at_all"}, ["no such database or user"]),
        ({"PGHOST": "/nowhere"}, ["cannot be reached", "check PGHOST and PGPORT"]),
        ({"PGHOST": "127.0.0.1", "PGPORT": "1"}, ["cannot be reached", "at 127.0.0.1:1"]),
        ({"PGSSLMODE": "nonsense"}, ["cannot be reached"]),
    ],
    ids=["database", "user", "socket", "port", "option"],
)
def test_a_server_that_is_not_there(
    capsys: pytest.CaptureFixture[str],
    as_role: PostgresDatabase,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    variables: dict[str, str],
    texts: list[str],
) -> None:
    # Within a context, for the tests' own connections must be right again behind this.
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        assert_says(capsys, command, 3, *texts)


def test_a_wrong_password_and_a_host_that_is_not_let_in(
    capsys: pytest.CaptureFixture[str],
    postgres: PostgresServer,
    database: PostgresDatabase,
    as_role: PostgresDatabase,
    role: str,
) -> None:
    if postgres.bin_dir is None:
        pytest.skip("the rules of a server that is named are not ours to change")
    rules = Path(postgres.keywords["host"]) / "data" / "pg_hba.conf"
    before = rules.read_text()
    database.execute(f"alter role {role} password 'another'")
    try:
        for method, texts in {
            "scram-sha-256": ["refuses the user or the password", "check PGUSER and PGPASSWORD"],
            "reject": ["lets this user not in from here", "pg_hba.conf"],
        }.items():
            rules.write_text(f"local all {role} {method}\n{before}")
            database.execute("select pg_reload_conf()")
            wait_for_rules(as_role)
            assert_says(capsys, QUERY, 3, *texts)
            assert_says(capsys, REFRESH, 3, *texts)
    finally:
        rules.write_text(before)
        database.execute("select pg_reload_conf()")


def wait_for_rules(database: PostgresDatabase) -> None:
    for _ in range(100):
        try:
            database.connect().close()
        except psycopg.OperationalError:
            return
    raise AssertionError("the server lets everybody in")


def test_too_many_connections(
    capsys: pytest.CaptureFixture[str],
    database: PostgresDatabase,
    as_role: PostgresDatabase,
    role: str,
) -> None:
    database.execute(f"alter role {role} connection limit 0")
    assert_says(capsys, QUERY, 3, "has no free connection", "max_connections")
    assert_says(capsys, REFRESH, 3, "has no free connection")


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_is_not_of_unicode_is_refused(
    capsys: pytest.CaptureFixture[str],
    postgres: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
) -> None:
    with postgres.database(encoding) as database:
        for name, value in make_shop(tmp_path, database).variables.items():
            monkeypatch.setenv(name, value)
        assert_says(capsys, REFRESH, 3, f"encoding is {encoding}", "'UTF8'")


def test_a_server_that_is_too_old_is_refused(
    database: PostgresDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(database, tmp_path)
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", 140011)
    with pytest.raises(WarehouseError, match="14 is too old") as caught, publication(settings):
        pass
    assert "PostgreSQL 15 or later" in caught.value.fix
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", 150000)
    with publication(settings):
        pass


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("FATAL:  the database system is starting up", "starting or stopping"),
        ("FATAL:  sorry, too many clients already", "no free connection"),
        ("FATAL:  remaining connection slots are reserved for roles", "no free connection"),
        ("connection timeout expired", "cannot be reached"),
    ],
)
def test_words_of_a_server_that_cannot_be_had_in_a_test(words: str, what: str) -> None:
    assert what in unreachable(psycopg.OperationalError(words), "there").what


def test_a_server_that_only_reads(database: PostgresDatabase, tmp_path: Path) -> None:
    database.execute(
        f"alter database {database.keywords['dbname']} set default_transaction_read_only = on"
    )
    settings = settings_of(database, tmp_path)
    with pytest.raises(WarehouseError, match="only read"), publication(settings) as build:
        build.prepare(fresh=True)


def cut(database: PostgresDatabase, name: str) -> None:
    """Ends the connections of this name, as a server does that is restarted."""
    with database.connect() as connection:
        rows = connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where application_name = %s and datname = current_database()",
            [name],
        ).fetchall()
    assert rows == [(True,)]


def test_the_connection_is_cut_before_publishing(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    settings = settings_of(database, tmp_path)
    publish(settings, database, 1)
    with pytest.raises(BuildError, match="PostgreSQL broke off the refresh") as caught:
        publish(settings, database, 2, meanwhile=lambda: cut(database, "utm-pipeline-refresh"))
    assert "what is served is whole" in caught.value.what
    assert "run `utm-pipeline refresh` again" in caught.value.fix
    assert version_of(database) == 1
    publish(settings, database, 3)
    assert version_of(database) == 3


def test_a_snapshot_that_is_cut_once_it_was_used_harms_nothing(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    settings = settings_of(database, tmp_path)
    publish(settings, database, 1, meanwhile=lambda: cut(database, "utm-pipeline-snapshot"))
    assert version_of(database) == 1


def test_the_connection_is_cut_while_a_command_reads(
    database: PostgresDatabase, tmp_path: Path
) -> None:
    from utm_pipeline.warehouse import open_warehouse

    settings = settings_of(database, tmp_path)
    publish(settings, database, 1)
    with (
        pytest.raises(WarehouseError, match="broke off the query") as caught,
        open_warehouse(settings) as warehouse,
    ):
        cut(database, "utm-pipeline")
        warehouse.execute("select * from t", {})
    assert caught.value.fix == "try again"


def test_the_servers_disk_is_full(database: PostgresDatabase, role: str, tmp_path: Path) -> None:
    """A limit of temporary files is the disk that a test can fill."""
    settings = settings_of(database, tmp_path, PGUSER=role)
    name = database.keywords["dbname"]
    database.execute(
        f"grant create on database {name} to {role}",
        f"alter role {role} in database {name} set temp_file_limit = 64",
        f"alter role {role} in database {name} set work_mem = '64kB'",
    )
    own = PostgresDatabase({**database.keywords, "user": role})
    publish(settings, own, 1)
    assert os.environ.get("PGOPTIONS") is None
    with (
        pytest.raises(BuildError, match="disk is full") as caught,
        publication(settings) as build,
    ):
        build.prepare(fresh=True)
        build._execute("select i from generate_series(1, 100000) s(i) order by md5(i::text)")
    assert "free space" in caught.value.fix
    assert version_of(own) == 1
