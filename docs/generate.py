"""Writes the parts of the documentation that the program itself says best.

``docs/cli.md`` is the help of every command, and the table of queries in ``README.md`` is the
catalogue. Run it after a change to either::

    python docs/generate.py            # writes both
    python docs/generate.py --check    # says whether they are up to date; the tests do the same
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup

from utm_pipeline.cli import app
from utm_pipeline.queries import QUERIES
from utm_pipeline.queries.model import Param

ROOT = Path(__file__).resolve().parents[1]
_PROGRAM = "utm-pipeline"
_WIDTH = 80
_BEGIN, _END = "<!-- queries:begin -->\n", "<!-- queries:end -->"

_HEAD = """\
# The command line

Written from the program's own help by `docs/generate.py`; a test compares the two.

Answers go to standard output; progress, warnings and errors go to standard error. An error is two
lines: `error: what, where` and `fix: what to do`. With `--debug` before the command a traceback
comes first.

`utm-pipeline --install-completion` lets bash, zsh and fish complete commands, queries, options and
their values.

| exit code | meaning |
| ---: | --- |
| 0 | done |
| 1 | the work failed: a model, a test, an extract or a delivery; what was served is kept |
| 2 | wrong use: an unknown command, option, query or value |
| 3 | a setting is wrong, an input is missing, or the warehouse or the shop cannot be opened |
| 4 | refused: the data is older than `UTM_FRESHNESS_MINUTES`, or no right report is in it |
| 5 | another refresh, extract, load-spend, email or notify is running |
| 130 | interrupted |
"""


def cli_reference() -> str:
    """``docs/cli.md``: the exit codes, then the help of every command and query."""
    blocks = [_HEAD]
    for names, command in _commands(app, (_PROGRAM,)):
        level = "#" * min(len(names) + 1, 4)
        blocks.append(f"{level} {' '.join(names)}\n\n```text\n{_help(command, names)}\n```\n")
    return "\n".join(blocks)


def query_table() -> str:
    """The table of all queries, as Markdown: name, what it answers, parameters with defaults."""
    lines = ["| query | what it answers | parameters |", "| --- | --- | --- |"]
    for query in QUERIES.values():
        parameters = ", ".join(map(_parameter, query.params)) or "none"
        lines.append(f"| `{query.name}` | {query.about.en} | {parameters} |")
    return "\n".join(lines) + "\n"


def with_query_table(readme: str) -> str:
    """The text of the README with the table between its marks made anew.

    Raises:
        ValueError: the marks are not there.
    """
    before, found, rest = readme.partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not (found and ended):
        message = f"README.md lacks {_BEGIN.strip()} or {_END}"
        raise ValueError(message)
    return f"{before}{_BEGIN}{query_table()}{_END}{after}"


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
    """Writes or checks both files.

    Returns:
        The exit code: 1 if ``--check`` found a page that is out of date.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, only compare")
    check = parser.parse_args().check
    readme = ROOT / "README.md"
    wanted = {
        ROOT / "docs" / "cli.md": cli_reference(),
        readme: with_query_table(readme.read_text(encoding="utf-8")),
    }
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
