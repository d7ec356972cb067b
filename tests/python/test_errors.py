"""Errors: one line each, with the exit codes of the contract."""

from __future__ import annotations

import pytest

from utm_pipeline import errors
from utm_pipeline.errors import ExitCode, PipelineError


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "WRONG_USE": 2,
        "CONFIGURATION": 3,
        "STALE": 4,
        "BUSY": 5,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BuildError, 1),
        (errors.WrongUseError, 2),
        (errors.NotFoundError, 2),
        (errors.ConfigError, 3),
        (errors.InputError, 3),
        (errors.WarehouseError, 3),
        (errors.NoWarehouseError, 3),
        (errors.StaleDataError, 4),
        (errors.BusyError, 5),
        (errors.InterruptedRunError, 130),
    ],
)
def test_each_error_has_its_code(error: type[PipelineError], code: int) -> None:
    assert error.exit_code == code


def test_an_error_is_one_line() -> None:
    error = PipelineError("two\nlines", "a  place", "do\tthis")
    assert str(error) == "two lines, a place"
    assert error.fix == "do this"
    assert str(PipelineError("what", "", "fix")) == "what"
