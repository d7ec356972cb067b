"""The report of a period: what it asks, and its sections composed once for every format.

A section is an entry of ``SECTIONS``, and every number in it is one that ``query`` gives too. A
format takes the composed :class:`Block` and only writes cells, so a new entry appears in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.report.cells import Cell, Formats, Grid, about_change, grid, only, record
from utm_pipeline.report.sentences import insights, is_insights
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, health
from utm_pipeline.words import column_label, explanations, text

_EXPLAINED = (*("total_score", "ltv_per_customer", "ltv_cpa_ratio", "max_cpc", "rating", "target"),)
"""Names that the report explains; the page has all."""
COHORTS = "cohort-analysis"
"""The query that the report does not ask, and one of its charts shows."""


@dataclass(frozen=True)
class Section:
    """What a section of the report asks and what it shows; its title is the text of its key."""

    key: str
    queries: Mapping[str, Mapping[str, object]]
    """With their parameters, the period aside."""
    part: str | None = None
    """The part of the answer that is shown; all of it, if nothing else is said here."""
    is_compared: bool = False
    """Whether the other parts say what the values of the first were before."""
    total: str = ""
    """The query whose answer is the row under the others."""
    columns: tuple[str, ...] = ()
    """Those that are shown of a table, where not all are."""
    is_cut: bool = False
    """Whether formats with room show the other columns too."""
    short: Mapping[str, str] = field(default_factory=dict)
    """Texts for headings of columns; the full word would take the room of the names."""
    empty: str = "no_rows"
    """The text that stands for tables without rows, or without the ``needed`` number."""
    needed: str = ""
    chart: str = ""
    """The query whose chart belongs to it."""
    has_bars: bool = False
    """Whether a workbook draws its names and first numbers."""
    is_list: bool = False
    """Whether its rows are a numbered list of sentences."""
    # How plain text sets it, where all letters are as wide.
    name_cells: int = 0
    """What the name of a row may take; 0 for as much as it likes."""
    widths: tuple[int, ...] = ()
    """Of columns at fixed places, without a rule and without headings of the first two."""
    bar: int = 0
    """The place of the column whose numbers have a bar too, if there is one."""
    bar_cells: int = 12
    bar_whole: float | None = None
    """What the longest bar stands for; the column's largest number if nothing is said."""


SECTIONS = (
    Section(
        "general_stats",
        {"general-stats": {}, "compare": {}},
        is_compared=True,
        widths=(24, 16, 25, 13),
    ),
    Section(
        "top_sources",
        {"sources": {"limit": 5}},
        columns=("utm_source", "sessions", "conversion_rate", "orders", "revenue"),
        is_cut=True,
        short={"conversion_rate": "conversion_short"},
        empty="no_sources",
        chart="sources",
        has_bars=True,
        total="general-stats",
        name_cells=20,
        # The bar stands behind the last number, and is that number's.
        bar=4,
    ),
    Section(
        "top_ltv",
        {"ltv-comparison": {"limit": 5}},
        columns=("utm_source", "ltv_per_session", "new_customers", "ltv_per_customer", "max_cpc"),
        short={"max_cpc": "max_cpc_short"},
        empty="no_sources",
        has_bars=True,
        name_cells=14,
    ),
    Section(
        "repeat_purchases",
        {"repeat-rate": {}},
        empty="no_customers",
        needed="total_customers",
        chart=COHORTS,
    ),
    Section(
        "funnel",
        {"funnel": {}},
        part="steps",
        chart="funnel",
        has_bars=True,
        widths=(15, 10, 10, 24),
        bar=2,
        bar_cells=16,
        bar_whole=100,
    ),
    Section("insights", {"insights": {}}, empty="no_insights", is_list=True),
    Section("explained", {}, is_list=True),
)


@dataclass(frozen=True)
class Report:
    """A period's answers, with what is needed to say what they are about."""

    period: str
    first_date: date | None
    last_date: date | None
    compared: tuple[tuple[datetime, datetime], ...]
    """From when until when the period and the one before it are compared; in business time."""
    as_of: datetime
    """Aware, in business time."""
    timezone: str
    currency: str
    dashboard_url: str | None
    answers: Mapping[str, list[Table]]
    """The tables of each query, by its name."""
    data_until: datetime | None = None
    """When the newest session began; aware, in business time."""
    warnings: Sequence[str] = ()
    """What is missing in the data although the shop has it."""


def assemble(warehouse: Warehouse, settings: Settings, period: str) -> Report:
    """Asks everything that the report of a period shows.

    Raises:
        ParameterError: there is no such period.
        WarehouseError: the marts are incomplete.
    """
    first, last = catalogue.period_dates(warehouse, period)
    return Report(
        period=period,
        first_date=first,
        last_date=last,
        compared=catalogue.compared(warehouse, period),
        as_of=warehouse.as_of.astimezone(warehouse.zone),
        timezone=warehouse.zone.key,
        currency=settings.currency,
        dashboard_url=settings.dashboard_url,
        answers={
            name: catalogue.fetch(warehouse, name, {"period": period, **params})
            for section in SECTIONS
            for name, params in section.queries.items()
        },
        data_until=health.sessions_until(warehouse),
        warnings=list(health.warnings(warehouse, settings)),
    )


def to_json(report: Report) -> dict[str, Any]:
    """The report as one JSON object: its stamp, then the answers by the queries' names."""
    said = {k: v for k, v in vars(report).items() if k not in {"answers", "compared"}}
    return {
        **{
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in said.items()
        },
        **{
            name.replace("-", "_"): catalogue.to_json(tables)
            for name, tables in report.answers.items()
        },
    }


@dataclass(frozen=True)
class Block:
    """A section composed: its title and tables, and the note that stands for them if any."""

    section: Section
    title: str
    tables: Sequence[Grid] = ()
    note: str = ""

    @property
    def grids(self) -> Sequence[Grid]:
        """The tables, or none where the note says it all."""
        return () if self.note else self.tables


def compose(report: Report, formats: Formats) -> list[Block]:
    """Every section of the report."""
    return [_block(section, report, formats) for section in SECTIONS]


def dated(report: Report, formats: Formats) -> str:
    """``last week, 24.03.2025 – 30.03.2025``."""
    return formats.dated(report.period, (report.first_date, report.last_date))


def title(report: Report, formats: Formats) -> str:
    """``Report: last week, 24.03.2025 – 30.03.2025``."""
    return f"{text('report', formats.lang)}: {dated(report, formats)}"


def stamp(report: Report, formats: Formats) -> str:
    """What instant the data describes, when its newest session began, and what is missing in it."""
    lang = formats.lang
    said = f"{text('as_of', lang)} {formats.moment(report.as_of)} ({report.timezone})"
    if report.data_until is not None:
        said += text("newest_session", lang, moment=formats.moment(report.data_until))
    return ". ".join([said, *(f"⚠ {warning}" for warning in report.warnings)])


def dashboard(report: Report, formats: Formats) -> str:
    """The dashboard with its address; empty where there is none."""
    url = report.dashboard_url
    return f"{text('dashboard', formats.lang)}: {url}" if url else ""


def headline(report: Report, formats: Formats) -> str:
    """Sessions and revenue with their change, for the line that a list of e-mails shows."""
    ((table,), *_) = (block.grids for block in compose(report, formats.brief))
    named = {row[0].text: " ".join(row[at].text for at in (0, 1, -1)) for row in table.rows}
    shown = (column_label(key, formats.lang) for key in ("total_sessions", "total_revenue"))
    return "; ".join(named[name] for name in shown)


def _block(section: Section, report: Report, formats: Formats) -> Block:
    if not section.queries:
        said = (f"{name}: {about}" for name, about in explanations(formats.lang, _EXPLAINED))
        made = _list("explained.heading", map(Cell, said), formats)
        return Block(section, text(section.key, formats.lang), [made])
    answer = [table for name in section.queries for table in report.answers[name]]
    parts = {table.key: table for table in answer}
    tables = answer[:1] if section.is_compared else answer
    if section.part:
        tables = [parts[section.part]]
    grids = [_grid(section, table, report, formats) for table in tables if table.rows]
    is_empty = not grids or bool(section.needed and not tables[0].dicts()[0][section.needed])
    note = text(section.empty, formats.lang) if is_empty else ""
    return Block(section, text(section.key, formats.lang), grids, note)


def _list(heading: str, said: Iterable[Cell], formats: Formats) -> Grid:
    headings = [Cell(column_label("position", formats.lang)), Cell(text(heading, formats.lang))]
    return Grid(headings, [[Cell(str(n)), cell] for n, cell in enumerate(said, start=1)])


def _grid(section: Section, table: Table, report: Report, formats: Formats) -> Grid:
    if is_insights(table):
        # Names from the outside are within the sentence.
        said = (Cell(sentence, tone="outside") for sentence in insights(table, formats.brief))
        return _list("insight", said, formats)
    if section.is_compared:
        parts = {part.key: part for part in report.answers["compare"]}
        made = record(table, formats, parts)
        return replace(made, notes=about_change(made.rows, report.compared, formats))
    if not table.many:
        return record(table, formats)
    whole = report.answers[section.total][0].dicts()[0] if section.total else None
    shown = only(table, section.columns) if section.columns else table
    made = grid(shown, formats, section.short, whole)
    return replace(made, wide=grid(table, formats, whole=whole)) if section.is_cut else made
