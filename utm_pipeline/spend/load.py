"""A load: the export read, checked against what the table holds, and written into its place.

See the package's docstring for what a load replaces. Every step leaves the table whole: the folder
is made empty, which is no table; a single file moves into it in one step; a new file is written
beside its name, synced, and takes the name in one step.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from utm_pipeline import settings as checks
from utm_pipeline.causes import told
from utm_pipeline.errors import BusyError, InputError, WrongUseError
from utm_pipeline.project import project_dir
from utm_pipeline.refresh.raw_columns import open_text
from utm_pipeline.refresh.raw_files import locate
from utm_pipeline.settings import Settings
from utm_pipeline.spend import postgres_table
from utm_pipeline.spend.export import Export, Options, read_export
from utm_pipeline.spend.platforms import PLATFORMS
from utm_pipeline.spend.refusals import refusal
from utm_pipeline.spend.totals import SpendRow
from utm_pipeline.state import locked, replacing, sync

_ACCOUNT = re.compile("[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Load:
    """What a load read and did."""

    export: Export
    file: Path
    """The file that now holds the rows."""
    replaced: int
    """Rows of earlier loads that went."""
    changed: bool
    """Whether the table is another than before."""
    warnings: Sequence[str]


def load(settings: Settings, file: Path, options: Options) -> Load:
    """Reads an export and puts its rows into the table, in the place of those that it replaces.

    Raises:
        WrongUseError: an option is wrong.
        InputError: the export cannot be read; its rows would be counted twice, or replace what
            looks like another account's; or the table cannot be read or written.
        BusyError: another load is running.
    """
    _check(options)
    export = read_export(file, options, settings.currency)
    raw_dir = settings.raw_dir
    if settings.target == "postgres":
        # There the files are a load's memory, and nobody needs to have made a folder for them.
        raw_dir.mkdir(parents=True, exist_ok=True)
    if not raw_dir.is_dir():
        raise refusal("no folder", raw_dir)
    busy = BusyError("another load-spend is running", str(raw_dir), "wait until it has ended")
    place = raw_dir / settings.raw_name("ad_spend")
    unwritable = refusal("unwritable", place)
    with (
        told(place, unwritable.what, unwritable.fix, InputError),
        # Not the folder itself: whoever may read it could lock it.
        locked(raw_dir / ".extract" / "load-spend.lock", busy),
    ):
        return _store(settings, options, export)


def _check(options: Options) -> None:
    is_generic = PLATFORMS[options.platform].is_generic
    for option, tag in (("--source", options.source), ("--medium", options.medium)):
        if tag is not None and (is_generic or not tag.strip()):
            raise refusal("own tags" if is_generic else "empty tag", option, WrongUseError)
    if options.currency is not None:
        try:
            checks.currency(options.currency.upper())
        except ValueError as error:
            raise refusal("currency code", "--currency", WrongUseError, right=error) from error
    if options.account is not None and not _ACCOUNT.fullmatch(options.account):
        raise refusal("account name", "--account", WrongUseError)


def _store(settings: Settings, options: Options, export: Export) -> Load:
    name = settings.raw_name("ad_spend")
    folder = settings.raw_dir / name
    account = f".{options.account}" if options.account else ""
    target = folder / f"loaded-{options.platform}{account}.csv"
    found = locate("ad_spend", name, settings.raw_dir)
    if found and found.kind == "parquet":
        raise refusal("parquet", found.place)
    aliases = _aliases()
    sources = {_source(row, aliases) for row in export.rows} | {*PLATFORMS[options.platform].family}
    if settings.target == "postgres":
        postgres_table.refuse_overlap(settings, export.days, sorted(sources))
    for file in found.files if found else ():
        is_load = file.parent == folder and file.name.startswith(f"loaded-{options.platform}.")
        if not (is_load and file.name.endswith(".csv")):
            _refuse_overlap(file, export, sources, aliases)
        elif file != target:
            _refuse_other_account(file, export)
    earlier = sorted(_rows_of(target)) if target.is_file() else []
    replaced = _replaced(earlier, export, options)
    warnings = list(export.warnings)
    if negative := sum(row.spend.startswith("-") for row in export.rows):
        warnings.append(f"rows with spend below 0: {negative}; the refresh will set them aside")
    warnings += _gone(replaced, export, settings.currency, None if options.replace else target.name)
    gone = set(replaced)
    rows = sorted([*(row for row in earlier if row not in gone), *export.rows])
    folder.mkdir(exist_ok=True)
    has_moved = found is not None and found.place != folder
    if found and has_moved:
        moved = found.place.rename(folder / found.place.name)
        sync(settings.raw_dir)
        warnings.append(f"{found.place} moved to {moved}; keep it up to date there")
    if rows != earlier:
        _write(target, rows)
    if settings.target == "postgres":
        # Whatever has changed: an earlier load may have ended before it came this far.
        postgres_table.put(settings, target.stem, rows)
    return Load(export, target, len(replaced), rows != earlier or has_moved, warnings)


def _replaced(earlier: Sequence[SpendRow], export: Export, options: Options) -> list[SpendRow]:
    """The earlier rows that lie in what the export covers.

    A platform's export is all of its account's money on its days. The generic form may hold one
    source today and another tomorrow, so there the pair of source and medium counts too.
    """
    first, last = export.days
    within = [row for row in earlier if first <= row.date <= last]
    if not PLATFORMS[options.platform].is_generic:
        return within
    pairs = {_pair(row) for row in export.rows}
    return [row for row in within if _pair(row) in pairs]


def _gone(
    replaced: Sequence[SpendRow], export: Export, currency: str, guarded: str | None
) -> Iterator[str]:
    """Says in words which money goes with campaigns that the export lacks.

    Raises:
        InputError: it is all that was there, and the file, ``guarded``, is not to lose that.
    """
    stay = {row.utm_campaign for row in export.rows}
    spent = [row for row in replaced if _money(row)]
    gone = [row for row in spent if row.utm_campaign not in stay]
    if gone and len(gone) == len(spent) and guarded:
        raise refusal("other account", guarded)
    if gone:
        yield (
            f"campaigns of earlier loads that this export lacks: "
            f"{len({row.utm_campaign for row in gone})}; their {currency} "
            f"{sum(map(_money, gone), Decimal(0)):f} on its days went. If the export is a part of "
            "the account, load all of it"
        )


def _refuse_overlap(
    file: Path, export: Export, sources: set[str], aliases: Mapping[str, str]
) -> None:
    """Refuses money that another file of the table already has."""
    first, last = export.days
    days = {
        row.date
        for row in _rows_of(file)
        if first <= row.date <= last and _source(row, aliases) in sources
    }
    if days:
        said = {"first": min(days), "last": max(days), "sources": ", ".join(sorted(sources))}
        raise refusal("counted twice", file, days=len(days), **said)


def _refuse_other_account(file: Path, export: Export) -> None:
    spent = {row for row in export.rows if _money(row)}
    if spent and 2 * len(spent.intersection(_rows_of(file))) > len(spent):
        raise refusal("loaded already", file)


def _rows_of(file: Path) -> Iterator[SpendRow]:
    """The rows of a CSV file of the table, whoever wrote it; only the day of a date."""
    try:
        with open_text(file) as lines:
            reader = csv.DictReader(lines, strict=True, restval="")
            reader.fieldnames = [name.lower() for name in reader.fieldnames or ()]
            for row in reader:
                day, *others = (row.get(column) or "" for column in SpendRow._fields)
                yield SpendRow(day.strip()[:10], *others)
    except (UnicodeDecodeError, EOFError, csv.Error) as error:
        raise refusal("no CSV", file) from error


def _write(target: Path, rows: Sequence[SpendRow]) -> None:
    # No reader takes a name that begins with a dot: the drafts that killed loads have left.
    for draft in target.parent.glob(f".{target.name}.*"):
        draft.unlink()
    with (
        replacing(target, 0o666) as draft,
        draft.open("w", encoding="utf-8", newline="") as stream,
    ):
        csv.writer(stream).writerows([SpendRow._fields, *rows])


def _money(row: SpendRow) -> Decimal:
    """What a row spent; nothing if somebody made it unreadable, as staging counts nothing then."""
    try:
        return Decimal(row.spend.strip() or 0)
    except InvalidOperation:
        return Decimal(0)


def _pair(row: SpendRow) -> tuple[str, str]:
    return row.utm_source.strip().casefold(), row.utm_medium.strip().casefold()


def _source(row: SpendRow, aliases: Mapping[str, str]) -> str:
    """A row's source near enough to staging's to find the same money in another file."""
    plain = "_".join(row.utm_source.casefold().split())
    return aliases.get(plain, plain)


def _aliases() -> dict[str, str]:
    with open_text(project_dir() / "seeds" / "utm_source_aliases.csv") as lines:
        return {row["alias"]: row["source"] for row in csv.DictReader(lines)}
