"""What may go wrong with PostgreSQL in the middle of a refresh, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from utm_pipeline.errors import BuildError, WarehouseError
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
