"""Writes the parts of the documentation that the program itself says best.

``docs/cli.md`` is the help of every command. In other pages a part between ``<!-- NAME:begin -->``
and ``<!-- NAME:end -->`` is made here: the tables of queries, settings, vars and seeds, and the
periods. Run it after a change to any of them::

    python docs/generate.py            # writes all
    python docs/generate.py --check    # says whether they are up to date; the tests do the same

Names and defaults come from the code, meanings are written in the page by hand: a row keeps its
meaning, and a new one waits for it with an empty cell, which the tests refuse.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import typer
import yaml
from typer.core import TyperCommand, TyperGroup

from utm_pipeline.cli import app
from utm_pipeline.errors import ExitCode
from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Param
from utm_pipeline.queries.params import PERIODS
from utm_pipeline.settings import SETTINGS
from utm_pipeline.words import text

ROOT = Path(__file__).resolve().parents[1]
_PROGRAM = "utm-pipeline"
_WIDTH = 80
_HEAD = """\
# The command line

Written from the program's own help by `docs/generate.py`; a test compares the two.

Answers go to standard output; progress, warnings and errors go to standard error. An error is two
lines: `error: what, where` and `fix: what to do`, in the language of `UTM_LANG`; what has no
Ukrainian so far is English. With `--debug` before the command a traceback comes first.

`utm-pipeline --install-completion` lets bash, zsh and fish complete commands, queries, options and
their values.
"""


def cli_reference() -> str:
    """``docs/cli.md``: commands, periods, exit codes, and the help of each."""
    codes = [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    commands = [
        f"| [`{names[1]}`](#utm-pipeline-{names[1]}) | {_about(command)} |"
        for names, command in _commands(app, (_PROGRAM,))
        if len(names) == 2
    ]
    periods = [f"| `{period}` | {text(f'period.{period}', 'en')} |" for period in PERIODS]
    blocks = [
        _HEAD,
        "## Commands\n",
        _table("| command | does |\n| --- | --- |", commands),
        "## Periods\n",
        _table("| period | is |\n| --- | --- |", periods),
        "[metrics.md](metrics.md#1-time) says where each begins and ends.\n",
        "## Exit codes\n",
        _table("| exit code | meaning |\n| ---: | --- |", codes),
    ]
    for names, command in _commands(app, (_PROGRAM,)):
        level = "#" * min(len(names) + 1, 4)
        blocks.append(f"{level} {' '.join(names)}\n\n```text\n{_help(command, names)}\n```\n")
    return "\n".join(blocks)


def query_table() -> str:
    """The table of all queries, as Markdown: name, what it answers, parameters with defaults."""
    rows = []
    for query in QUERIES.values():
        parameters = ", ".join(map(_parameter, query.params)) or "none"
        rows.append(f"| `{query.name}` | {query.about.en} | {parameters} |")
    return _table("| query | what it answers | parameters |\n| --- | --- | --- |", rows)


def periods_line() -> str:
    """The named periods in a sentence."""
    *most, last = (f"`{period}`" for period in PERIODS)
    return f"Periods are {', '.join(most)} and {last}.\n"


def settings_table(page: str) -> str:
    """Every setting with its default."""
    named = {v.name: "" if v.default is None else v.default for v in SETTINGS.values()}
    # What differs from machine to machine has a word.
    shown = {name: f"`{default}`" if default else "" for name, default in named.items()}
    shown["UTM_THREADS"] = "cores"
    return _kept("| variable | default | meaning |\n| --- | --- | --- |", shown, page)


def vars_table(page: str) -> str:
    """Every var with its default."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    defaults = {name: json.dumps(default) for name, default in project["vars"].items()}
    return _kept("| var | default | meaning |\n| --- | ---: | --- |", defaults, page)


def seeds_table(page: str) -> str:
    """Every seed."""
    names = dict.fromkeys(sorted(path.stem for path in ROOT.glob("seeds/*.csv")))
    return _kept("| seed | what it says |\n| --- | --- |", names, page)


PARTS: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "README.md": {"queries": lambda _: query_table(), "periods": lambda _: periods_line()},
    "docs/settings.md": {
        "settings": settings_table,
        "vars": vars_table,
        "seeds": seeds_table,
    },
}
"""The parts of each page that are made here."""


def made_anew(name: str) -> str:
    """The text of a page with all its parts made anew.

    Raises:
        ValueError: the marks of a part are not there.
    """
    page = (ROOT / name).read_text(encoding="utf-8")
    for part, make in PARTS[name].items():
        page = with_part(page, part, make(page))
    return page


def with_part(page: str, part: str, made: str) -> str:
    """The page with this between the marks of a part; ValueError where it has none."""
    begin, end = f"<!-- {part}:begin -->\n", f"<!-- {part}:end -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        message = f"the page lacks {begin.strip()} or {end}"
        raise ValueError(message)
    return f"{before}{begin}{made}{end}{after}"


def _kept(head: str, rows: Mapping[str, str | None], page: str) -> str:
    """A table whose last cells are those that the page has for the same names."""
    written = dict(re.findall(r"^\| `(\w+)` \|(?:.*\|)? ?(.*?) \|$", page, re.MULTILINE))
    lines = []
    for name, cell in rows.items():
        cells = [f"`{name}`", *([] if cell is None else [cell]), written.get(name, "")]
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return _table(head, lines)


def _table(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def _about(command: TyperCommand | TyperGroup) -> str:
    return command.get_short_help_str(limit=200).rstrip(".")


def _commands(
    command: TyperCommand | TyperGroup, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], TyperCommand | TyperGroup]]:
    yield names, command
    if isinstance(command, TyperGroup):
        context = typer.Context(command, info_name=" ".join(names))
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _commands(child, (*names, name))


def _help(command: TyperCommand | TyperGroup, names: tuple[str, ...]) -> str:
    # The width is fixed, so that no terminal changes the page.
    context = typer.Context(
        command, info_name=" ".join(names), terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    return command.get_help(context).rstrip()


def _parameter(param: Param) -> str:
    if param.required:
        return f"`{param.name.upper()}`"
    return f"`{param.option}`" + ("" if param.default is None else f" (`{param.default}`)")


def main() -> int:
    """Writes or checks all pages.

    Returns:
        The exit code: 1 if ``--check`` found a page that is out of date.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    check = parser.parse_args().check
    wanted = {ROOT / name: made_anew(name) for name in PARTS}
    wanted[ROOT / "docs" / "cli.md"] = cli_reference()
    outdated = [
        path
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in outdated:
        if check:
            sys.stderr.write(f"out of date: {path.relative_to(ROOT)}; run docs/generate.py\n")
        else:
            path.write_text(wanted[path], encoding="utf-8")
    return 1 if check and outdated else 0


if __name__ == "__main__":
    raise SystemExit(main())
