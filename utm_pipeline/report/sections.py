"""The report of a period: what it asks, and its sections composed once for every format.

A section is an entry of ``SECTIONS``, and every number in it is one that ``query`` gives too. A
format takes the composed :class:`Block` and only writes cells, so a new entry appears in all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from utm_pipeline import queries as catalogue
from utm_pipeline.queries.model import Table
from utm_pipeline.report.cells import Cell, Formats, Grid, Hints, grid, only, record
from utm_pipeline.report.sentences import insights, is_insights
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, health
from utm_pipeline.words import column_label, text

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
    changes: str | None = None
    """The part that says how the values of the first have changed."""
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
    hints: Hints = field(default_factory=Hints)


SECTIONS = (
    Section(
        "general_stats",
        {"general-stats": {}, "compare": {}},
        changes="change",
        hints=Hints(widths=(24, 22, 20)),
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
        hints=Hints(name=20, bar="sessions"),
    ),
    Section(
        "top_ltv",
        {"ltv-comparison": {"limit": 5}},
        columns=("utm_source", "ltv_per_session", "new_customers", "ltv_per_customer", "max_cpc"),
        empty="no_sources",
        has_bars=True,
        hints=Hints(name=14),
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
        hints=Hints(widths=(15, 10, 35, 18), bar="rate_of_total", bar_cells=22, bar_whole=100),
    ),
    Section("insights", {"insights": {}}, empty="no_insights", hints=Hints(is_list=True)),
)


@dataclass(frozen=True)
class Report:
    """A period's answers, with what is needed to say what they are about."""

    period: str
    first_date: date | None
    last_date: date | None
    as_of: datetime
    """Aware, in business time."""
    timezone: str
    currency: str
    dashboard_url: str | None
    answers: Mapping[str, list[Table]]
    """The tables of each query, by its name."""
    data_until: datetime | None = None
    """When the newest session began; aware, in business time."""
    warnings: tuple[str, ...] = ()
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
        warnings=health.warnings(warehouse, settings),
    )


def to_json(report: Report) -> dict[str, Any]:
    """The report as one JSON object: its stamp, then the answers by the queries' names."""
    return {
        "period": report.period,
        "first_date": report.first_date and report.first_date.isoformat(),
        "last_date": report.last_date and report.last_date.isoformat(),
        "as_of": report.as_of.isoformat(),
        "data_until": report.data_until and report.data_until.isoformat(),
        "warnings": list(report.warnings),
        "timezone": report.timezone,
        "currency": report.currency,
        "dashboard_url": report.dashboard_url,
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
    tables: tuple[Grid, ...] = ()
    note: str = ""

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The tables, or none where the note says it all."""
        return () if self.note else self.tables


def compose(report: Report, formats: Formats) -> list[Block]:
    """Every section of the report."""
    return [_block(section, report, formats) for section in SECTIONS]


def title(report: Report, formats: Formats) -> str:
    """``Report: last week, 24.03.2025 – 30.03.2025``."""
    lang = formats.lang
    name = f"{text('report', lang)}: {text(f'period.{report.period}', lang)}"
    dates = [formats.day(day) for day in (report.first_date, report.last_date) if day]
    return ", ".join([name, " – ".join(dict.fromkeys(dates))]) if dates else name


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
    ((table,), *_) = (block.grids for block in compose(report, formats))
    named = {row[0].text: " ".join(cell.text for cell in row[1:]) for row in table.rows}
    shown = (column_label(key, formats.lang) for key in ("total_sessions", "total_revenue"))
    return "; ".join(f"{name} {named[name]}" for name in shown)


def _block(section: Section, report: Report, formats: Formats) -> Block:
    answer = [table for name in section.queries for table in report.answers[name]]
    tables = answer
    if section.changes or section.part:
        tables = [answer[0] if section.changes else _part(answer, section.part)]
    changes = _part(answer, section.changes) if section.changes else None
    grids = [_grid(section, table, changes, formats) for table in tables if table.rows]
    is_empty = not grids or bool(section.needed and not tables[0].dicts()[0][section.needed])
    note = text(section.empty, formats.lang) if is_empty else ""
    return Block(section, text(section.key, formats.lang), tuple(grids), note)


def _part(answer: list[Table], key: str | None) -> Table:
    return next(table for table in answer if table.key == key)


def _grid(section: Section, table: Table, changes: Table | None, formats: Formats) -> Grid:
    if is_insights(table):
        made = _sentences(table, formats)
    elif not table.many:
        made = record(table, formats, changes)
    else:
        shown = only(table, section.columns) if section.columns else table
        made = grid(shown, formats, section.short)
        if section.is_cut:
            made = replace(made, wide=grid(table, formats))
    return replace(made, hints=section.hints)


def _sentences(table: Table, formats: Formats) -> Grid:
    headings = (column_label("position", formats.lang), text("insight", formats.lang))
    # Names from the outside are within the sentence.
    rows = (
        (Cell(f"{number}"), Cell(said, tone="outside"))
        for number, said in enumerate(insights(table, formats), start=1)
    )
    return Grid(tuple(map(Cell, headings)), tuple(rows))
