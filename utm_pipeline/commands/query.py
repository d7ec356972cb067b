"""``query``: one query of the catalogue."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

import typer
from typer.core import TyperCommand, TyperGroup

from utm_pipeline import queries as catalogue
from utm_pipeline.commands import options, terminal
from utm_pipeline.commands.output import open_output, write_binary
from utm_pipeline.errors import WrongUseError
from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Param, Query, Table
from utm_pipeline.report import charts
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import Warehouse, health, open_warehouse

Format = Literal["table", "json", "csv", "png", "svg"]
Theme = Literal["light", "dark"]
_PICTURES = ("png", "svg")
_FILTERS = ("source", "utm_source")
_TOLD_BY = ("data-quality", "status")  # queries that are asked to learn what is wrong


class _Queries(options.LazyGroup):
    """One subcommand a query, with exactly its parameters."""

    names = tuple(QUERIES)

    def make(self, name: str) -> TyperCommand | TyperGroup:
        query = QUERIES[name]
        about = {"help": f"{query.title.en}: {query.about.en}.", "short_help": query.about.en}
        example = f"query {name} {query.example}".rstrip()
        return options.command(name, example, **about)(_asking(query))

    def unknown(self, ctx: Any, name: str, suggested: str) -> WrongUseError:  # noqa: ARG002
        return WrongUseError(
            f"there is no query {name!r}{suggested}", "", f"the queries are {', '.join(QUERIES)}"
        )


def _queries(
    context: typer.Context,
    wants_list: Annotated[
        bool, options.flag("--list", "List the queries with their parameters.")
    ] = False,
) -> None:
    """Ask one query of the catalogue."""
    if wants_list:
        typer.echo(_listing(options.settings_of(context).lang), nl=False)
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise WrongUseError(
            "no query was named", "utm-pipeline query", "see `utm-pipeline query --list`"
        )


command = options.group(
    _Queries,
    _queries,
    "query sources --period month --format json",
    invoke_without_command=True,
    subcommand_metavar="NAME [PARAMETERS]",
)


def _asking(query: Query) -> Callable[..., None]:
    """What the command of a query does; its signature has the query's parameters."""

    def ask(
        context: typer.Context,
        output_format: str,
        output: Path | None,
        theme: str = "light",
        **given: str | None,
    ) -> None:
        params = {name: value for name, value in given.items() if value is not None}
        values = query.bind(params)
        _check_format(query, values, output_format)
        settings = options.settings_of(context)
        drawn: str | bytes | None = None
        with open_warehouse(settings) as warehouse:
            options.warn_if_stale(warehouse, settings)
            for warning in health.warnings(warehouse, settings) if query.name in _TOLD_BY else ():
                terminal.warn(warning, settings.lang)
            tables = catalogue.fetch(warehouse, query.name, params, settings.lang)
            whole = _whole(warehouse, query.name, values) if output_format == "table" else None
            if output_format in _PICTURES:
                look = _look(warehouse, settings, values, theme)
                chart = charts.Chart(query.name, tables, look)
                drawn = chart.png() if output_format == "png" else chart.svg()
        if isinstance(drawn, bytes):
            write_binary(drawn, output, "a picture")
            return
        with open_output(output) as stream:
            if drawn is None:
                _write(tables, output_format, settings, stream, whole)
            else:
                stream.write(drawn)

    has_picture = query.name in charts.NAMES
    about = "How the answer is written." + ("" if has_picture else "  It has no picture.")
    written = options.choice(Format, about, "--format")
    parameters = {
        "context": (typer.Context, Parameter.empty),
        **{param.name: _asked(param) for param in query.params},
        "output_format": (Annotated[Format, written], "table"),
        "output": (options.OutputOption, None),
    }
    if has_picture:
        colours = options.choice(Theme, "Colours of a picture.")
        parameters["theme"] = (Annotated[Theme, colours], "light")
    signature = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in parameters.items()
    ]
    ask.__signature__ = Signature(signature)  # type: ignore[attr-defined]
    return ask


def _asked(param: Param) -> tuple[Any, Any]:
    """How a parameter is asked for, and its default here: the catalogue has its own.

    The catalogue checks the value too, so that every face gives the same answer to a wrong one.
    """
    if param.required:
        info = typer.Argument(metavar=param.name.upper(), hidden=True)
        return Annotated[str, info], Parameter.empty
    default = "no limit" if param.name == "limit" else "none"
    shown = default if param.default is None else param.default
    info = typer.Option(
        param.option,
        metavar=f"[{'|'.join(param.choices)}]" if param.choices else "VALUE",
        help=f"{param.about.en[0].upper()}{param.about.en[1:]}.  [default: {shown}]",
        autocompletion=lambda: list(param.choices),
    )
    return Annotated[str | None, info], None


def _look(warehouse: Warehouse, settings: Settings, values: Mapping[str, Any], theme: str) -> Any:
    """How the chart of an answer looks, with its period and filters in words."""
    from utm_pipeline.report.cells import Formats
    from utm_pipeline.report.charts.look import THEMES, Look, about

    formats = Formats(settings.lang, settings.currency)
    period = values.get("period")
    dates = () if period is None else catalogue.period_dates(warehouse, period)
    shown = about(formats, period, dates, [values.get(name) for name in _FILTERS])
    return Look(formats, THEMES[theme], shown)


def _check_format(query: Query, values: Mapping[str, object], output_format: str) -> None:
    """Refuses what cannot be written, before anything is asked.

    Raises:
        WrongUseError: the answer has not this format.
        ConfigError: pictures need an extra that is not installed.
    """
    if output_format in _PICTURES:
        charts.check(query.name, f"--format {output_format}")
    if output_format == "csv" and len(query.parts_for(values)) > 1:
        raise WrongUseError(
            f"the answer of {query.name} is no single table",
            "--format csv",
            "take --format json or table",
        )


def _whole(warehouse: Warehouse, name: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the rows are parts of, for the row of totals; nothing where a filter leaves some out."""
    from utm_pipeline.report.cells import PARTS

    is_filtered = any(values.get(param) for param in ("source", "campaign"))
    if name not in PARTS or is_filtered:
        return None
    period = {"period": values["period"]}
    return catalogue.fetch(warehouse, "general-stats", period)[0].dicts()[0]


def _write(
    tables: list[Table],
    output_format: str,
    settings: Settings,
    stream: TextIO,
    whole: Mapping[str, Any] | None,
) -> None:
    if output_format == "json":
        text = json.dumps(catalogue.to_json(tables), ensure_ascii=False, indent=2)
        stream.write(text + "\n")
        return
    if output_format == "csv":
        from utm_pipeline.report.csv import write_answer

        write_answer(stream, tables[0].columns, tables[0].rows)
        return
    from utm_pipeline.report.cells import Formats
    from utm_pipeline.report.paint import Paint, wants_colour
    from utm_pipeline.report.text import render_tables

    width = shutil.get_terminal_size().columns if stream.isatty() else None
    formats = Formats(settings.lang, settings.currency)
    stream.write(render_tables(tables, formats, width, Paint(wants_colour(stream)), whole))


def _listing(lang: str) -> str:
    lines = []
    for query in QUERIES.values():
        lines.append(f"{query.name}: {query.about.in_language(lang)}")
        for param in query.params:
            choices = f" ({', '.join(param.choices)})" if param.choices else ""
            default = "" if param.default is None else f" = {param.default}"
            about = param.about.in_language(lang)
            lines.append(f"    {param.option}{default}: {about}{choices}")
    return "\n".join(lines) + "\n"
