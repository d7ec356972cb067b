"""The exposures: who reads the marts, compared with the queries that they ask."""

from __future__ import annotations

import re
from typing import Any

import pytest

from built_project import BuiltProject, built_project
from utm_pipeline.cli import COMMANDS
from utm_pipeline.delivery.mail import ATTACHED
from utm_pipeline.queries import QUERIES
from utm_pipeline.report.sections import COHORTS, SECTIONS

# Each face and the command that brings it.
FACES = {"report": "report", "email": "email", "api": "serve", "dashboard": "serve"}
REPORT = {query for section in SECTIONS for query in section.queries}
# What the e-mail has besides the report: attachments, and a chart.
BESIDES = {*ATTACHED, COHORTS}


@pytest.fixture(scope="module")
def project() -> BuiltProject:
    return built_project()


@pytest.fixture(scope="module")
def exposures(project: BuiltProject) -> dict[str, Any]:
    return {node.name: node for node in project.manifest.exposures.values()}


def marts(project: BuiltProject) -> set[str]:
    """Names of all marts."""
    names = {n.name for n in project.nodes("model") if n.name.startswith(("fct_", "dim_", "rpt_"))}
    assert "rpt_sources" in names
    return names


def asked(exposure: Any) -> set[str]:
    """The queries that a face asks."""
    named = exposure.config.meta["queries"]
    return set(QUERIES) if named == "all" else set(named)


def read_by(queries: set[str], known: set[str]) -> set[str]:
    """The marts that the SQL of these queries names, and those of the stamp on every answer."""
    statements = ["rpt_refresh", "rpt_periods", "rpt_data_quality", "rpt_run"]
    for query in map(QUERIES.__getitem__, queries):
        statements += [part.sql for part in query.parts]
    return known & {word for sql in statements for word in re.findall(r"[a-z_]+", sql)}


def depends_on(exposure: Any) -> set[str]:
    return {name.rpartition(".")[2] for name in exposure.depends_on.nodes}


def test_the_faces_are_there(exposures: dict[str, Any]) -> None:
    assert set(exposures) == set(FACES)
    for exposure in exposures.values():
        assert exposure.label
        assert exposure.owner.name
        assert exposure.owner.email is None
        assert exposure.maturity is not None


@pytest.mark.parametrize("face", FACES)
def test_a_face_depends_on_the_marts_that_its_queries_read(
    project: BuiltProject, exposures: dict[str, Any], face: str
) -> None:
    assert depends_on(exposures[face]) == read_by(asked(exposures[face]), marts(project))


def test_a_face_asks_what_the_program_asks(exposures: dict[str, Any]) -> None:
    assert asked(exposures["report"]) == REPORT
    assert asked(exposures["email"]) == REPORT | BESIDES
    assert asked(exposures["api"]) == set(QUERIES)
    # The raw rows are the engineer's.
    left_out = {"data-quality", "status"}
    assert asked(exposures["dashboard"]) == set(QUERIES) - left_out


def test_every_report_mart_is_read_by_somebody(
    project: BuiltProject, exposures: dict[str, Any]
) -> None:
    """By a face, or by a mart that a face reads."""
    read = set().union(*map(depends_on, exposures.values()))
    read |= {
        name for node in project.nodes("model") if node.name in read for name in depends_on(node)
    }
    assert {name for name in marts(project) if name.startswith("rpt_")} - read == set()


@pytest.mark.parametrize("face", FACES)
def test_a_face_that_is_not_there_yet_says_so(exposures: dict[str, Any], face: str) -> None:
    is_there = FACES[face] in COMMANDS
    description = " ".join(exposures[face].description.split())
    assert ("not part of this version" in description) != is_there
