"""``query``: one query of the catalogue."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click

from utm_pipeline import queries as catalogue
from utm_pipeline.commands._shared import (
    Globals,
    example,
    open_output,
    pass_globals,
    warn_if_stale,
)
from utm_pipeline.errors import WrongUseError
from utm_pipeline.queries import QUERIES, get_query
from utm_pipeline.queries.model import Param, Query, Table
from utm_pipeline.report import charts
from utm_pipeline.settings import Settings
from utm_pipeline.warehouse import open_warehouse

_TEXTS = ("table", "json", "csv")
_PICTURES = ("png", "svg")


class _Queries(click.Group):
    """One subcommand a query, with exactly its parameters, made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(QUERIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002
        return _command(get_query(cmd_name))


@click.command(
    "query",
    cls=_Queries,
    invoke_without_command=True,
    subcommand_metavar="NAME [PARAMETERS]",
    epilog=example("query sources --period month --format json"),
)
@click.option("--list", "wants_list", is_flag=True, help="List the queries with their parameters.")
@click.pass_context
def command(context: click.Context, *, wants_list: bool) -> None:
    """Ask one query of the catalogue."""
    if wants_list:
        settings = context.ensure_object(Globals).settings()
        click.echo(_listing(settings.lang), nl=False)
        context.exit()
    if context.invoked_subcommand is None:
        raise WrongUseError(
            "no query was named", "utm-pipeline query", "see `utm-pipeline query --list`"
        )


def _command(query: Query) -> click.Command:
    @pass_globals
    def ask(
        app: Globals,
        /,
        output_format: str,
        output: Path | None,
        theme: str = "light",
        **given: str | None,
    ) -> None:
        params = {name: value for name, value in given.items() if value is not None}
        values = query.bind(params)
        _check_format(query, values, output_format)
        settings = app.settings()
        look = None
        with open_warehouse(settings) as warehouse:
            warn_if_stale(warehouse, settings)
            tables = catalogue.fetch(warehouse, query.name, params, settings.lang)
            if output_format in _PICTURES:
                from utm_pipeline.commands import _pictures

                look = _pictures.look_of(warehouse, settings, values, theme)
        if look is not None:
            _pictures.write_picture(query.name, tables, look, output_format, output)
            return
        with open_output(output) as stream:
            _write(tables, output_format, settings, stream)

    return click.Command(
        query.name,
        callback=ask,
        params=[*map(_parameter, query.params), *_options(query)],
        help=f"{query.title.en}: {query.about.en}.",
        short_help=query.about.en,
        epilog=example(f"query {query.name} {query.example}".rstrip()),
    )


def _parameter(param: Param) -> click.Parameter:
    # The catalogue checks the value, so that every face gives the same answer to a wrong one.
    if param.required:
        return click.Argument([param.name], required=True)
    default = "no limit" if param.name == "limit" else "none"
    shown = default if param.default is None else param.default
    return click.Option(
        [param.option, param.name],
        metavar=f"[{'|'.join(param.choices)}]" if param.choices else "VALUE",
        help=f"{param.about.en[0].upper()}{param.about.en[1:]}.  [default: {shown}]",
    )


def _options(query: Query) -> list[click.Parameter]:
    """The options that are about how the answer is written."""
    drawn = query.name in charts.NAMES
    options: list[click.Parameter] = [
        click.Option(
            ["--format", "output_format"],
            type=click.Choice([*_TEXTS, *_PICTURES]),
            default="table",
            show_default=True,
            help="How the answer is written." + ("" if drawn else "  It has no picture."),
        ),
        click.Option(
            ["--output"],
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Write to this file instead of standard output.",
        ),
    ]
    if drawn:
        options.append(
            click.Option(
                ["--theme"],
                type=click.Choice(["light", "dark"]),
                default="light",
                show_default=True,
                help="Colours of a picture.",
            )
        )
    return options


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


def _write(tables: list[Table], output_format: str, settings: Settings, stream: TextIO) -> None:
    if output_format == "json":
        text = json.dumps(catalogue.to_json(tables), ensure_ascii=False, indent=2)
        stream.write(text + "\n")
    elif output_format == "csv":
        from utm_pipeline.report.csv import write_answer

        write_answer(stream, tables[0].columns, tables[0].rows)
    else:
        from utm_pipeline.report.formats import Formats
        from utm_pipeline.report.paint import Paint, wants_colour
        from utm_pipeline.report.text import render_tables

        width = shutil.get_terminal_size().columns if stream.isatty() else None
        formats = Formats(settings.lang, settings.currency)
        paint = Paint(wants_colour(stream))
        stream.write(render_tables(tables, formats, width, paint))


def _listing(lang: str) -> str:
    lines = []
    for query in QUERIES.values():
        lines.append(f"{query.name}: {query.about.in_language(lang)}")
        lines += [f"    {_described(param, lang)}" for param in query.params]
    return "\n".join(lines) + "\n"


def _described(param: Param, lang: str) -> str:
    choices = f" ({', '.join(param.choices)})" if param.choices else ""
    default: Any = "" if param.default is None else f" = {param.default}"
    return f"{param.option}{default}: {param.about.in_language(lang)}{choices}"
