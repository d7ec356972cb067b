"""Settings: read from the environment and .env, checked before any work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from utm_pipeline.errors import ConfigError, ExitCode
from utm_pipeline.settings import VARIABLES, load_settings

# The table of the interface contract; the PG… variables are libpq's own.
CONTRACT = {
    "UTM_TARGET",
    "UTM_RAW_DIR",
    "UTM_WAREHOUSE",
    "UTM_SCHEMA",
    "UTM_RAW_SCHEMA",
    "UTM_RAW_TABLES",
    "UTM_SHOP_DSN",
    "UTM_TIMEZONE",
    "UTM_OWN_DOMAINS",
    "UTM_PII_KEY",
    "UTM_CURRENCY",
    "UTM_LANG",
    "UTM_THREADS",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_USE_TLS",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "DEFAULT_FROM_EMAIL",
    "UTM_REPORT_RECIPIENTS",
    "UTM_FRESHNESS_MINUTES",
    "UTM_SILENCE_HOURS",
    "UTM_OWNER_EMAIL",
    "UTM_SLACK_WEBHOOK",
    "UTM_TELEGRAM_TOKEN",
    "UTM_TELEGRAM_CHAT",
    "UTM_DASHBOARD_URL",
    "UTM_API_TOKEN",
    "UTM_CONNECTIONS",
}


def test_every_variable_of_the_contract_exists() -> None:
    assert set(VARIABLES) == CONTRACT


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert settings.target == "duckdb"
    assert settings.raw_dir == tmp_path / "raw"
    assert settings.warehouse == tmp_path / "warehouse" / "utm.duckdb"
    assert settings.state_dir == tmp_path / "warehouse" / ".utm"
    assert (settings.schema, settings.raw_schema) == ("analytics", "public")
    assert (settings.timezone, settings.currency, settings.lang) == ("Europe/Kyiv", "UAH", "uk")
    assert 1 <= settings.threads <= (os.cpu_count() or 1)
    assert (settings.email_port, settings.email_use_tls) == (587, True)
    assert settings.freshness_minutes == 1440
    assert settings.own_domains == ()
    assert settings.pii_key is None


def test_values_are_read() -> None:
    settings = load_settings(
        {
            "UTM_RAW_TABLES": "utm_sessions=storefront_utmsession, orders = orders_order",
            "UTM_OWN_DOMAINS": " Shop.UA., магазин.укр",
            "EMAIL_HOST": "smtp.example.com",
            "EMAIL_USE_TLS": "False",
            "DEFAULT_FROM_EMAIL": "Shop <shop@example.com>",
            "UTM_REPORT_RECIPIENTS": "a@example.com,b@example.com",
            "PGHOST": "db.example.com",
            "PGPORT": "5433",
        }
    )
    assert settings.raw_name("utm_sessions") == "storefront_utmsession"
    assert settings.raw_name("orders") == "orders_order"
    assert settings.raw_name("refunds") == "refunds"
    assert settings.own_domains == ("shop.ua", "xn--80aairftm.xn--j1amh")
    assert settings.email_use_tls is False
    assert settings.default_from_email == "Shop <shop@example.com>"
    assert settings.report_recipients == ("a@example.com", "b@example.com")
    assert settings.libpq == {"PGHOST": "db.example.com", "PGPORT": "5433"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("UTM_TARGET", "oracle"),
        ("UTM_SCHEMA", "Analytics"),
        ("UTM_SCHEMA", "main"),
        ("UTM_SCHEMA", 'a"; drop schema b'),
        ("UTM_RAW_SCHEMA", "1st"),
        ("UTM_RAW_TABLES", "orders"),
        ("UTM_RAW_TABLES", "order=orders_order"),
        ("UTM_RAW_TABLES", "orders=../orders"),
        ("UTM_RAW_TABLES", "orders=refunds"),
        ("UTM_TIMEZONE", "Europe/Atlantis"),
        ("UTM_TIMEZONE", "../etc/passwd"),
        ("UTM_OWN_DOMAINS", "https://shop.ua/"),
        ("UTM_OWN_DOMAINS", "shop..ua"),
        ("UTM_CURRENCY", "₴"),
        ("UTM_LANG", "de"),
        ("UTM_THREADS", "0"),
        ("UTM_THREADS", "two"),
        ("EMAIL_HOST", "smtp example"),
        ("EMAIL_PORT", "70000"),
        ("EMAIL_USE_TLS", "maybe"),
        ("DEFAULT_FROM_EMAIL", "shop"),
        ("UTM_REPORT_RECIPIENTS", "a@example.com,b"),
        ("UTM_FRESHNESS_MINUTES", "-1"),
        ("UTM_OWNER_EMAIL", "owner"),
        ("UTM_DASHBOARD_URL", "javascript:alert(1)"),
        ("PGPORT", "postgres"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(variable: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({variable: value})
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    assert f"{variable} is {value!r}" in str(caught.value)
    assert caught.value.fix.startswith(f"set {variable} to ")
    assert len(caught.value.fix) > len(f"set {variable} to ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("variable", ["UTM_SLACK_WEBHOOK", "UTM_PII_KEY", "EMAIL_HOST_PASSWORD"])
def test_a_wrong_secret_is_not_shown(variable: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({variable: "s3cret\x07"})
    assert "s3cret" not in f"{caught.value} {caught.value.fix}"


def test_secrets_are_not_in_repr() -> None:
    settings = load_settings(
        {
            "UTM_PII_KEY": "s3cret",
            "EMAIL_HOST_PASSWORD": "s3cret",
            "UTM_SLACK_WEBHOOK": "https://hooks.example.com/s3cret",
            "UTM_TELEGRAM_TOKEN": "s3cret",
            "UTM_API_TOKEN": "s3cret",
            "UTM_SHOP_DSN": "postgres://u:s3cret@db/shop",
            "PGPASSWORD": "s3cret",
        }
    )
    assert settings.pii_key == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_target_that_is_not_served_yet_says_so() -> None:
    with pytest.raises(ConfigError, match="so far") as caught:
        load_settings({"UTM_TARGET": "spark"})
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    assert "spark" in str(caught.value)


def test_env_file_of_a_parent_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / ".env").write_text(
        "UTM_LANG=en\nUTM_CURRENCY=USD\nUTM_RAW_DIR=files\nUTM_OWN_DOMAINS=shop.ua\n"
    )
    settings = load_settings({"UTM_CURRENCY": "EUR", "UTM_OWN_DOMAINS": ""}, below)
    assert (settings.lang, settings.currency) == ("en", "EUR")
    assert settings.own_domains == ()
    assert settings.home == tmp_path
    assert settings.raw_dir == tmp_path / "files"
    assert settings.warehouse == tmp_path / "warehouse" / "utm.duckdb"
    assert settings.vars_file == tmp_path / "vars.yml"


def test_the_nearest_env_file_is_the_one(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    (tmp_path / ".env").write_text("UTM_LANG=en\nUTM_CURRENCY=USD\n")
    (below / ".env").write_text("UTM_LANG=en\n")
    settings = load_settings({}, below)
    assert (settings.lang, settings.currency) == ("en", "UAH")


def test_a_path_of_the_environment_is_relative_to_the_current_folder(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    (tmp_path / ".env").write_text("")
    assert load_settings({"UTM_RAW_DIR": "files"}, below).raw_dir == below / "files"


def test_overrides_win(tmp_path: Path) -> None:
    settings = load_settings({"UTM_LANG": "en"}, tmp_path, {"UTM_LANG": "uk", "UTM_TARGET": None})
    assert settings.lang == "uk"


def test_an_env_file_that_is_no_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"UTM_LANG=\xff\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings({}, tmp_path)
