"""The rules of the house: which room imports which, and what only one module does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[2] / "utm_pipeline"
MOST_LINES = 350

TOOLS = {"causes", "errors", "settings", "state", "words"}
READING = TOOLS | {"project", "warehouse", "queries"}
WRITERS = {"extract", "spend", "refresh", "schedule"}
MAY_IMPORT: Mapping[str, set[str]] = {
    **dict.fromkeys(TOOLS, TOOLS),
    "errors": set(),
    "project": TOOLS,
    "warehouse": TOOLS,
    "queries": TOOLS | {"warehouse"},
    **dict.fromkeys(WRITERS, TOOLS | WRITERS | {"project", "warehouse"}),
    "refresh": READING | WRITERS,
    "report": READING,
    "delivery": READING | {"report"},
    "web": READING | {"report"},
    "commands": READING | WRITERS | {"report", "delivery", "web"},
    "cli": TOOLS | {"commands"},
    "__main__": {"cli"},
}
# What stands outside may be imported by these modules alone.
ENGINES = r"warehouse(\..*)?|extract(\..*)?|refresh\.publish_\w+"
ONLY_IN: Mapping[str, str] = {
    "duckdb": ENGINES,
    "psycopg": ENGINES,
    "dbt": r"refresh\.dbt\w*",
    "dbt_common": r"refresh\.dbt\w*",
    "fcntl": "state",
}
TERMINAL = "commands.terminal"

# Rooms that are not done yet; each line goes with the last fault of its kind.
EXCEPTIONS: set[tuple[str, str]] = set()


class Fault(NamedTuple):
    """A rule that a module breaks, and by what."""

    kind: str
    module: str
    what: str


def read_package() -> dict[str, str]:
    """The source of every module, by its name within the package; the package itself is ``""``."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path.read_text(encoding="utf-8")
    return found


@cache
def nodes(source: str) -> list[ast.AST]:
    """The parts of a module that the rules are about."""
    kinds = (ast.Import, ast.ImportFrom, ast.Attribute, ast.keyword)
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]


def imported(source: str, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a module imports, anywhere in it: modules of the package, and packages from outside."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package != PACKAGE.name:
                yield "outside", package
            else:
                # A module, or a name of the one that stands before it.
                yield "own", rest if rest in known else rest.rpartition(".")[0]


def faults(sources: Mapping[str, str]) -> Iterator[Fault]:
    graph: dict[str, set[str]] = {}
    for name, source in sources.items():
        found = list(imported(source, sources))
        graph[name] = {other for kind, other in found if kind == "own"} - {name, ""}
        yield from wrong_imports(name, found)
        yield from wrong_uses(name, source)
    yield from circles(graph)


def wrong_imports(name: str, found: list[tuple[str, str]]) -> Iterator[Fault]:
    room = name.partition(".")[0]
    for kind, other in found:
        target = other.partition(".")[0]
        if kind == "outside":
            if not re.fullmatch(ONLY_IN.get(other, ".*"), name):
                yield Fault("outside", name, other)
        elif room and target not in {"", room} | MAY_IMPORT[room]:
            yield Fault("room", name, other)


def wrong_uses(name: str, source: str) -> Iterator[Fault]:
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield Fault("room", name, "an import that does not say whose it is")
        used = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if name != "state" and re.search(r"\.(fsync|fdatasync|flock|lockf)$", used):
            yield Fault("sync", name, used)
        says = re.search(r"^sys\.__?stderr|^sys\.stderr$|\.print_exc(eption)?$", used)
        echoes = isinstance(node, ast.keyword) and node.arg == "err"
        if name != TERMINAL and (says or echoes):
            yield Fault("standard error", name, used or "err=")
    if re.search("[\u0400-\u04ff]", source):
        yield Fault("words", name, "Ukrainian")
    if (lines := len(source.splitlines())) > MOST_LINES:
        yield Fault("length", name, f"{lines} lines")


def circles(graph: dict[str, set[str]]) -> Iterator[Fault]:
    """Modules that import each other, whether at once or only for types."""
    left = {name: set(others) for name, others in graph.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = error.args[1]
            for name in circle[1:]:
                yield Fault("circle", name, " <- ".join(circle))
            # Without one of its links the next circle shows.
            left[circle[1]].discard(circle[0])
        else:
            return


PLANTED = {
    "a query knows a report": ("room", "queries.planted", "from utm_pipeline.report import text"),
    "a writer knows delivery": ("room", "spend.planted", "import utm_pipeline.delivery.guard"),
    "a report knows a writer": ("room", "report.planted", "from utm_pipeline import refresh"),
    "delivery knows the web": ("room", "delivery.planted", "from utm_pipeline.web import app"),
    "errors know settings": ("room", "errors", "from utm_pipeline.settings import Settings"),
    "a command knows the line": ("room", "commands.planted", "from utm_pipeline.cli import main"),
    "a neighbour by dots": ("room", "web.planted", "from .guard import is_this_machine"),
    "only for types": (
        "room",
        "words.planted",
        "if TYPE_CHECKING:\n    from utm_pipeline.queries.model import Query",
    ),
    "a circle": ("circle", "queries.numbers", "def f():\n    from utm_pipeline import queries"),
    "an engine in a report": ("outside", "report.planted", "import duckdb"),
    "an engine in a query": ("outside", "queries.planted", "from psycopg import sql"),
    "dbt in a command": ("outside", "commands.planted", "def f():\n    from dbt.cli import main"),
    "a lock": ("outside", "web.planted", "import fcntl"),
    "a sync": ("sync", "delivery.planted", "import os\nos.fsync(1)"),
    "standard error": ("standard error", "web.planted", "import sys\nsys.stderr.write('x')"),
    "an echo": ("standard error", "commands.planted", "import typer\ntyper.echo('x', err=True)"),
    "a traceback": ("standard error", "cli", "import traceback\ntraceback.print_exc()"),
    "Ukrainian": ("words", "web.planted", "TITLE = 'Звіт'"),
    "a long module": ("length", "web.planted", "x = 1\n" * 351),
}


@pytest.fixture(scope="module")
def package() -> dict[str, str]:
    return read_package()


def test_the_house_is_in_order(package: dict[str, str]) -> None:
    assert [fault for fault in faults(package) if fault[:2] not in EXCEPTIONS] == []


def test_no_exception_is_left_over(package: dict[str, str]) -> None:
    assert EXCEPTIONS - {fault[:2] for fault in faults(package)} == set()


@pytest.mark.parametrize(("kind", "module", "source"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(
    package: dict[str, str], kind: str, module: str, source: str
) -> None:
    planted = {**package, module: f"{source}\n{package.get(module, '')}"}
    assert (kind, module) in {fault[:2] for fault in faults(planted)} - EXCEPTIONS
