"""``load-spend``: an ad platform's CSV export into the raw table ad_spend.

Platforms restate what a day cost, up to days later, and a campaign's spend can vanish altogether.
So an export is the whole truth about its days: **all rows that earlier loads of the same platform
and account left on the days from its first to its last go, and its own rows take their place.** To
load an export again, or one that overlaps, never doubles anything. In the generic form, which may
hold any source, only rows of the same source and medium go.

Each platform, and each account that has a name of its own (``--account``), has one file,
``ad_spend/loaded-<platform>[.<account>].csv``, in the raw folder. A single ``ad_spend.csv`` that is
there already moves into that folder, since a table has one place only.

Refused, because money would be counted twice or lost: spend of the same source on the same days in
the table's other files; an export without any campaign of earlier loads on its days, which looks
like another account's; rows of which most are loaded under another account's name.
"""

from utm_pipeline.spend.export import Export, Options, read_export
from utm_pipeline.spend.load import Load, load
from utm_pipeline.spend.platforms import PLATFORMS
from utm_pipeline.spend.values import Mark, Order

__all__ = ["PLATFORMS", "Export", "Load", "Mark", "Options", "Order", "load", "read_export"]
