"""``query``: one query of the catalogue."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any

import click

from utm_pipeline.commands._shared import (
    Globals,
    example,
    pass_globals,
    warn_if_stale,
)
from utm_pipeline.core import catalogue
from utm_pipeline.core.catalogue import QUERIES, get_query
from utm_pipeline.core.catalogue.model import Param, Query, Table
from utm_pipeline.core.settings import Settings
from utm_pipeline.core.warehouse import open_warehouse
from utm_pipeline.errors import WrongUseError


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
    def ask(app: Globals, /, output_format: str, **given: str | None) -> None:
        params = {name: value for name, value in given.items() if value is not None}
        values = query.bind(params)
        if output_format == "csv" and len(query.parts_for(values)) > 1:
            raise WrongUseError(
                f"the answer of {query.name} is no single table",
                "--format csv",
                "take --format json or table",
            )
        settings = app.settings()
        with open_warehouse(settings) as warehouse:
            warn_if_stale(warehouse, settings)
            tables = catalogue.fetch(warehouse, query.name, params, settings.lang)
        _write(tables, output_format, settings)

    return click.Command(
        query.name,
        callback=ask,
        params=[*map(_parameter, query.params), _format_option()],
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


def _format_option() -> click.Option:
    return click.Option(
        ["--format", "output_format"],
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="How the answer is written.",
    )


def _write(tables: list[Table], output_format: str, settings: Settings) -> None:
    if output_format == "json":
        text = json.dumps(catalogue.to_json(tables), ensure_ascii=False, indent=2)
        sys.stdout.write(text + "\n")
    elif output_format == "csv":
        from utm_pipeline.render.csv import write_answer

        write_answer(sys.stdout, tables[0].columns, tables[0].rows)
    else:
        from utm_pipeline.render.formats import Formats
        from utm_pipeline.render.paint import Paint, wants_colour
        from utm_pipeline.render.text import render_tables

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        formats = Formats(settings.lang, settings.currency)
        paint = Paint(wants_colour(sys.stdout))
        sys.stdout.write(render_tables(tables, formats, width, paint))


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
