"""What PostgreSQL may answer with in place of rows, in words that say what to do.

Texts of the server are passed on only where they name things and no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from utm_pipeline.errors import BuildError, ExtractError, InputError, PipelineError, WarehouseError
from utm_pipeline.warehouse import postgres
from utm_pipeline.warehouse.model import INCOMPLETE, REFRESH

ASIDE = "__replaced"  # behind the name of a mart for as long as another takes its place


class Fault(NamedTuple):
    """Errors of the library, and the error that says the same to a user.

    ``what`` and ``fix`` may hold {text}, {detail} and {kind} (its code) of the library's error, and
    {schema}.
    """

    kinds: tuple[str, ...]
    what: str
    fix: str
    error: type[PipelineError] = WarehouseError


_AS_BEFORE = "what is served is as before"
_UNKNOWN_NAMES = ("UndefinedTable", "UndefinedColumn", "UndefinedFunction")

FORBIDDEN = Fault(
    ("InsufficientPrivilege",),
    "the role may not read the marts",
    "let the marts' owner grant it usage on the schema and select on all its tables",
)
READING_MARTS = (
    FORBIDDEN,
    Fault(_UNKNOWN_NAMES, INCOMPLETE, REFRESH),
    Fault(("QueryCanceled",), "the query took longer than a minute", "ask for a shorter period"),
    Fault(
        ("LockNotAvailable",), "a publish holds the marts for longer than it should", "try again"
    ),
    Fault(
        ("InFailedSqlTransaction",), "an earlier question of the same answer failed", "try again"
    ),
    Fault(("OperationalError",), "PostgreSQL broke off the query ({kind})", "try again"),
)
BUILDING = (
    Fault(
        ("InsufficientPrivilege",),
        "the role may not build here ({text})",
        "let the database's owner grant it create on the database, and make it the owner of the "
        "schemas {schema} and {schema}_int",
    ),
    Fault(
        ("ReadOnlySqlTransaction",),
        "the server lets this role only read",
        "connect to the primary server, as a role without default_transaction_read_only",
    ),
    Fault(
        ("LockNotAvailable",),
        f"readers did not let go of the marts in time; {_AS_BEFORE}",
        f"end long-running queries on the marts, then {REFRESH}",
    ),
    Fault(
        (*_UNKNOWN_NAMES, "InvalidTableDefinition", "DatatypeMismatch"),
        f"a view on the marts no longer fits them ({{text}}); {_AS_BEFORE}",
        f"drop or change the view, then {REFRESH}",
    ),
    Fault(
        ("DependentObjectsStillExist",),
        f"a mart has other columns now, but {{detail}}; {_AS_BEFORE}",
        f"drop what is named, {REFRESH}, then make it again",
    ),
    Fault(
        ("DuplicateTable",),
        f"something else has the name of a mart ({{text}}); {_AS_BEFORE}",
        f"rename or drop it, then {REFRESH}",
    ),
    Fault(
        ("DiskFull", "ConfigurationLimitExceeded"),
        "the server's disk is full, or a limit of files is reached; what is served is whole",
        "free space on the server's disk or raise the role's temp_file_limit, then "
        f"{REFRESH} again",
        BuildError,
    ),
    Fault(
        ("OperationalError",),
        "PostgreSQL broke off the refresh ({kind}); what is served is whole",
        f"look whether the server runs, then {REFRESH} again",
        BuildError,
    ),
)


@contextmanager
def explained(place: str, faults: tuple[Fault, ...], schema: str = "") -> Iterator[None]:
    """Turns the library's errors into the first of the faults that fits."""
    psycopg = postgres.library()
    try:
        yield
    except psycopg.Error as error:
        detail = error.diag.message_detail or ""
        words = {
            "text": error.diag.message_primary,
            "detail": "; ".join(detail.replace(ASIDE, "").splitlines()),
            "kind": f"code {error.sqlstate}" if error.sqlstate else "the connection broke",
            "schema": schema,
        }
        for fault in faults:
            if any(isinstance(error, getattr(psycopg.errors, kind)) for kind in fault.kinds):
                said = fault.what.format(**words), place, fault.fix.format(**words)
                raise fault.error(*said) from error
        raise


_QUIETER = "run it again at a quieter time"
_READING = {
    "55P03": ("{} is locked", "wait until the shop's migration has ended, then run it again"),
    "57014": ("the server ended the reading of {}: it took too long or was cancelled", _QUIETER),
    "25P03": ("the server ended the reading of {}: this program was too slow", _QUIETER),
    "40001": (
        "the replica ended the reading of {}, which stood in its way",
        "run it again, or raise max_standby_streaming_delay there",
    ),
    "22P05": ("a text in {} has no form in UTF-8", "repair that text in the shop"),
    "22021": ("a text in {} has no form in UTF-8", "repair that text in the shop"),
}
_LOST = {None, "57P01", "57P02", "57P03", "08000", "08003", "08006"}


def unread(state: str | None, place: str, what: str) -> InputError | ExtractError:
    """The error of ``what`` of a shop that was not read to its end, by the server's code.

    The server's words may quote rows, so none of them is passed on.
    """
    if state in _LOST:
        return InputError(f"the connection was lost, reading {what}", place, "run it again")
    if state == "42501":
        return InputError(
            f"the role may not read {what}", place, "let its owner grant select on it"
        )
    said, fix = _READING.get(
        state or "",
        (
            f"the server could not read {{}} (code {state})",
            "look up the code in PostgreSQL's list of error codes, and the server's log",
        ),
    )
    return ExtractError(said.format(what), place, fix)
