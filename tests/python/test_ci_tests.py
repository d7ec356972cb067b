"""Data tests that a refresh leaves out (tag ``ci``): they hold over the sample, and they bite."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner

from benchmarks.sample_shop.shop import SAMPLE_AS_OF, write_sample
from utm_pipeline import project as dbt_project
from utm_pipeline import refresh as refreshes
from utm_pipeline.refresh import dbt_runner
from utm_pipeline.refresh.as_of import utc_iso
from utm_pipeline.settings import Settings, load_settings

# Where a row that stands twice is planted: the tables below everything that these tests look at.
DOUBLED = (
    "base_utm_sessions",
    "base_user_actions",
    "base_orders",
    "base_ad_spend",
    "base_refunds",
    "stg_kept_sessions",
    "stg_kept_actions",
)

# Totals that are not those of their parts: what each test of the refresh must find.
PLANTED = {
    "assert_cohorts_add_up": "update rpt_cohort_matrix set orders = orders + 1 "
    "where scope = 'shop' and period_index = 3",
    "assert_funnel_within_total": "update rpt_funnel set leads = leads + 1 "
    "where scope = 'shop' and period = 'month'",
    "assert_repeat_customers_within_customers": "update rpt_repeat_rate "
    "set total_orders = total_orders + 1 where scope = 'source' and period = 'all_time'",
    "assert_spend_in_is_spend_out": "update rpt_roi_totals set ad_spend = ad_spend + 1 "
    "where period = 'week'",
}


@dataclass(frozen=True)
class Built:
    """A warehouse of the sample shop, and how to ask dbt about it."""

    settings: Settings
    place: dict[str, str]
    arguments: tuple[str, ...]

    def outcomes(self, *selected: str) -> dict[str, str]:
        """Status of each data test that is selected, by its name."""
        try:
            with dbt_runner.environment(self.settings, self.place):
                ended = dbtRunner().invoke(
                    [
                        *("--quiet", "--log-level", "none", "--log-level-file", "none", "test"),
                        *("--select", *selected, "--exclude-resource-type", "unit_test"),
                        *self.arguments,
                    ]
                )
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        assert isinstance(ended.result, RunExecutionResult), ended.exception
        return {
            str(run.node.name): str(run.status)
            for run in ended.result.results
            if run.node.resource_type == "test"
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("sample")
    settings = load_settings(
        {"UTM_RAW_DIR": "raw", "UTM_PII_KEY": "the-key", "UTM_THREADS": "2"}, folder
    )
    write_sample(settings.raw_dir)
    refreshes.refresh(settings, refreshes.RefreshRequest(as_of=SAMPLE_AS_OF))
    project, state = dbt_project.project_dir(), settings.state_dir
    return Built(
        settings,
        {"UTM_AS_OF": utc_iso(SAMPLE_AS_OF), "UTM_BUILD_PATH": str(settings.warehouse)},
        (
            *("--project-dir", str(project), "--profiles-dir", str(state / "profiles")),
            *("--target-path", str(state / "target"), "--log-path", str(state / "logs")),
        ),
    )


def test_all_that_a_refresh_leaves_out_holds(built: Built) -> None:
    outcomes = built.outcomes(*dbt_runner.LEFT_TO_CI)
    assert {"is_key_stg_user_agents_user_agent", "is_key_int_periods_period"} <= outcomes.keys()
    assert len(outcomes) > 50
    assert set(outcomes.values()) == {"pass"}, outcomes


def test_totals_that_are_not_their_parts_sums_are_found(built: Built) -> None:
    assert set(built.outcomes(*PLANTED).values()) == {"pass"}
    with duckdb.connect(str(built.settings.warehouse)) as connection:
        connection.execute("use analytics")
        for statement in PLANTED.values():
            connection.execute(statement)
    outcomes = built.outcomes(*PLANTED)
    assert outcomes == dict.fromkeys(PLANTED, "fail"), outcomes


def test_they_hold_and_fail_on_a_row_that_stands_twice(built: Built) -> None:
    outcomes = built.outcomes("tag:ci")
    assert "assert_duplicates_are_duplicates" in outcomes
    assert set(outcomes.values()) == {"pass"}, outcomes

    with duckdb.connect(str(built.settings.warehouse)) as connection:
        for relation in DOUBLED:
            table = f"analytics_int.{relation}"
            connection.execute(f"insert into {table} select * from {table} limit 1")
        # The sample shop is paid on its own pages.
        connection.execute("insert into analytics_int.stg_payment_returns values (1, 2), (1, 3)")
    outcomes = built.outcomes("tag:ci")
    assert {name for name, status in outcomes.items() if status != "fail"} == set()
