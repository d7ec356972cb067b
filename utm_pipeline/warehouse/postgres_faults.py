"""What may go wrong with PostgreSQL in the middle of a refresh or an extract, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from utm_pipeline.errors import BuildError, ExtractError, InputError, WarehouseError
from utm_pipeline.warehouse import postgres

_AGAIN = "run `utm-pipeline refresh` again"


@contextmanager
def explained(place: str, schemas: str) -> Iterator[None]:
    """Turns the library's errors into ones that say what is served and what to do.

    ``schemas`` names those that a refresh makes. Texts of the server are passed on only where they
    name things and no values.

    Raises:
        WarehouseError: a right, a lock, or a view of others stands in the way.
        BuildError: the connection broke, the disk is full, or the server stopped the statement.
    """
    psycopg = postgres.library()
    errors = psycopg.errors
    try:
        yield
    except errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"the role may not build here ({error.diag.message_primary})",
            place,
            "let the database's owner grant it create on the database, and make it the owner of "
            f"the schemas {schemas}",
        ) from error
    except errors.ReadOnlySqlTransaction as error:
        raise WarehouseError(
            "the server lets this role only read",
            place,
            "connect to the primary server, as a role without default_transaction_read_only",
        ) from error
    except errors.LockNotAvailable as error:
        raise WarehouseError(
            "readers did not let go of the marts in time; what is served is as before",
            place,
            "end long-running queries on the marts, then run `utm-pipeline refresh`",
        ) from error
    except (
        errors.InvalidTableDefinition,
        errors.UndefinedColumn,
        errors.UndefinedTable,
        errors.UndefinedFunction,
        errors.DatatypeMismatch,
    ) as error:
        raise WarehouseError(
            f"a view on the marts no longer fits them ({error.diag.message_primary}); what is "
            "served is as before",
            place,
            "drop or change the view, then run `utm-pipeline refresh`",
        ) from error
    except (errors.DiskFull, errors.ConfigurationLimitExceeded) as error:
        raise BuildError(
            "the server's disk is full, or a limit of files is reached; what is served is whole",
            place,
            f"free space on the server's disk or raise the role's temp_file_limit, then {_AGAIN}",
        ) from error
    except psycopg.OperationalError as error:
        raise BuildError(
            f"PostgreSQL broke off the refresh ({type(error).__name__}); what is served is whole",
            place,
            f"look whether the server runs, then {_AGAIN}",
        ) from error


_READING: dict[str, tuple[str, str]] = {
    "55P03": ("{} is locked", "wait until the shop's migration has ended, then run it again"),
    "57014": (
        "the server ended the reading of {}: it took too long or was cancelled",
        "run it again at a quieter time",
    ),
    "25P03": (
        "the server ended the reading of {}: this program was too slow",
        "run it again at a quieter time",
    ),
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
