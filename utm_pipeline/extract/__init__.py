"""``extract``: the shop's PostgreSQL into the raw folder, incrementally.

Each table becomes a folder of Parquet files, ``<name>/extract-<number>.parquet``. All tables show
one instant, the snapshot of one read-only transaction. The first extract reads everything; a later
one reads what may be new or have changed since: the latest rows by id, and rows whose ``last_seen``
or ``updated`` lies after the last extract, both with a look-back. Tables that have no such column,
or no key, are read whole each time.

After each extract the files hold each id once, as an extract of everything would, but for rows that
were deleted in the shop, or changed without a trace, and lie behind the look-back. ``extract
--full`` reads everything again.
"""

from utm_pipeline.extract.folder import reading
from utm_pipeline.extract.model import ExtractResult, Progress, TableResult
from utm_pipeline.extract.run import extract

__all__ = ["ExtractResult", "Progress", "TableResult", "extract", "reading"]
