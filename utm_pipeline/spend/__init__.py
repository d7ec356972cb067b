"""``load-spend``: an ad platform's CSV export into the raw table ad_spend.

What a load replaces. Platforms restate what a day cost, up to days later, and a campaign's spend
can vanish altogether. So an export is taken as the whole truth about its days: **all rows that
earlier loads of the same platform and account left on the days from its first to its last go, and
its own rows take their place.** To load an export again, or one that overlaps, therefore never
doubles anything. In the generic form, which may hold any source, only rows of the same source and
medium go.

Each platform, and each account that has a name of its own (``--account``), has one file,
``ad_spend/loaded-<platform>[.<account>].csv``, in the raw folder. A single ``ad_spend.csv`` that is
there already moves into that folder, since a table has one place only.

Some loads are refused, because money would be counted twice or lost:

- the table's other files, such as the shop's own, have spend of the same source on the same days;
- the export has none of the campaigns that earlier loads have on its days, so it looks like
  another account's;
- most of its rows are loaded under another account's name.
"""

from utm_pipeline.spend.export import Export, Options, SpendRow, read_export
from utm_pipeline.spend.load import Load, load
from utm_pipeline.spend.platforms import PLATFORMS
from utm_pipeline.spend.values import MARKS, ORDERS

__all__ = [
    "MARKS",
    "ORDERS",
    "PLATFORMS",
    "Export",
    "Load",
    "Options",
    "SpendRow",
    "load",
    "read_export",
]
