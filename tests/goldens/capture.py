"""Writes what a checkout of the project gives for the same raw files: its goldens.

Only public faces are asked: the command line, the HTTP server, the tables of the marts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import clock
import documents
import marts
import normalise
import questions as asked
import raw_tables
import shops
import web
from shops import ROOT, Shop
from store import Store
from terminal import Terminal, keep_files_open, undrawn

TEXT_FORMATS = {"text": "txt", "json": "json", "md": "md", "html": "html"}


DRAWN = "last_month"
"""The period whose charts are drawn, on one engine; all others hold their definitions."""


@dataclass(frozen=True)
class Job:
    """One shop on one engine, to be captured by a process of its own."""

    shop: Shop
    engine: str
    checkout: Path
    inputs: Path
    out: Path
    libpq: Mapping[str, str]
    """How PostgreSQL is reached."""

    @property
    def name(self) -> str:
        """For the log."""
        return f"{self.shop.name} on {self.engine}"

    @property
    def illustrated(self) -> Sequence[str]:
        """The periods of documents with charts, which take a second each."""
        if self.engine == "postgres":
            return (DRAWN,)
        return asked.PERIODS if self.shop == shops.SHOPS[0] else ("week", DRAWN, "all_time")


def main() -> int:
    """Captures a checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--inputs", type=Path, required=True, help="raw files; made if not there")
    parser.add_argument("--checkout", type=Path, default=ROOT, help="what to capture")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    parser.add_argument("--only", default="", help="a part of a job's name, such as 'hostile on'")
    given = parser.parse_args()
    capture(
        given.out.resolve(),
        given.inputs.resolve(),
        given.checkout.resolve(),
        jobs=given.jobs,
        only=given.only,
    )
    return 0


def capture(out: Path, inputs: Path, checkout: Path, *, jobs: int = 2, only: str = "") -> None:
    """Captures every shop on every engine, and what depends on no shop.

    Raises:
        FileExistsError: ``out`` is there already.
        RuntimeError: a command that must do its work did not.
    """
    out.mkdir(parents=True)
    shops.make_inputs(inputs)
    begun = time.monotonic()
    with raw_tables.server() as libpq:
        found = [
            Job(shop, engine, checkout, inputs, out, libpq)
            for shop, engine in product(shops.SHOPS, shops.ENGINES)
        ]
        found.append(Job(shops.SHOPS[0], "program", checkout, inputs, out, libpq))
        found = [job for job in found if only in job.name]
        # Processes of their own: each has the clock of its shop.
        with ProcessPoolExecutor(
            jobs, mp_context=get_context("spawn"), max_tasks_per_child=1
        ) as pool:
            for job, seconds in zip(found, pool.map(_captured, found), strict=True):
                print(f"{job.name}: {seconds:.0f} s", file=sys.stderr)
    count = sum(path.is_file() for path in out.rglob("*"))
    print(f"{count} files in {out}, {time.monotonic() - begun:.0f} s", file=sys.stderr)


def _captured(job: Job) -> float:
    """Captures one job; gives the seconds that it took."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="goldens-") as name:
        folder = Path(name).resolve()
        if job.engine == "program":
            _capture_program(job, folder)
        else:
            _capture_shop(job, folder)
    return time.monotonic() - begun


def _capture_shop(job: Job, folder: Path) -> None:
    shop, store = job.shop, Store(job.out / job.shop.name / job.engine)
    given = {**shop.settings, "UTM_WAREHOUSE": str(folder / "utm.duckdb")}
    options = ["--raw-dir", str(shop.raw(job.inputs))]
    if job.engine == "postgres":
        database = raw_tables.load(job.libpq, shop.name, shop.raw(job.inputs))
        given |= {"UTM_TARGET": "postgres", "UTM_RAW_SCHEMA": raw_tables.SCHEMA}
        given |= raw_tables.environment(database)
        options = []
    # Aside from everything else: it runs by the real clock.
    built = shops.run(job.checkout, folder, given, "refresh", "--as-of", shop.as_of, *options)
    store.put("refresh", "summary.txt", normalise.refresh_summary(built.stdout.decode()))
    found = (
        marts.postgres_marts(database)
        if job.engine == "postgres"
        else marts.duckdb_marts(folder / "utm.duckdb")
    )
    for mart in found:
        store.put("marts", f"{mart[0]}.csv", marts.as_csv(mart))
    terminal = _terminal(job, folder, store, given)
    with _stopped_clock(job, folder):
        sessions = _sessions(terminal)
        _ask_queries(terminal, shop, sessions)
        _ask_documents(terminal, job, folder)
        terminal.keep("doctor", "doctor.txt", "doctor", UTM_RAW_DIR=str(shop.raw(job.inputs)))
        if job.engine == "duckdb":
            _ask_charts(terminal)
    for lang in shops.LANGUAGES:
        environment = {**terminal.environment, "UTM_LANG": lang}
        with web.serving(environment, folder, shop.clock, store, terminal.places) as site:
            web.capture_api(site, shop, sessions, lang)
            if lang == "uk":
                web.capture_pages(site, shop, sessions)
    environment = {**terminal.environment, "UTM_API_TOKEN": web.TOKEN}
    with web.serving(environment, folder, shop.clock, store, terminal.places) as site:
        web.capture_closed(site)


def _capture_program(job: Job, folder: Path) -> None:
    """What depends on no shop: help, errors, the demo, plans, exports of ad platforms."""
    store = Store(job.out / "program" / "any")
    shown = shops.demo(job.checkout, folder, "en")
    raw = folder / "demo" / "raw"
    raw.mkdir(exist_ok=True)
    store.put("demo", "report.en.txt", shown.stdout)
    given = {
        "UTM_WAREHOUSE": str(folder / "demo" / "utm_demo.duckdb"),
        "UTM_RAW_DIR": str(raw),
        "UTM_LANG": "en",
    }
    terminal = _terminal(job, folder, store, given)
    with _stopped_clock(job, folder):
        _ask_help(terminal)
        for variables, arguments in asked.WRONG_USES:
            words = [*(f"{name}={value}" for name, value in variables.items()), *arguments]
            terminal.keep("errors", " ".join(words) or "nothing", *arguments, **variables)
        for options, lang in product(asked.SCHEDULES, shops.LANGUAGES):
            name = f"{' '.join(options)}.{lang}.txt"
            terminal.keep("schedule", name, "--lang", lang, "schedule", *options, "--print")
        _ask_spend(terminal, job.inputs / "spend", folder)


def _terminal(job: Job, folder: Path, store: Store, given: Mapping[str, str]) -> Terminal:
    places = normalise.Places(
        [
            (str(folder), "<work>"),
            (str(job.inputs), "<inputs>"),
            (str(job.checkout), "<checkout>"),
            (str(Path(sys.executable).parent), "<bin>"),
            (job.libpq["host"], "<socket>"),
        ]
    )
    return Terminal(store, places, shops.environment(job.checkout, folder, given))


@contextmanager
def _stopped_clock(job: Job, folder: Path) -> Iterator[None]:
    """Lets this process be the program, at the shop's instant. Only once in a process."""
    clock.freeze(job.shop.clock)
    os.environ["TZ"] = "UTC"
    time.tzset()
    sys.path.insert(0, str(job.checkout))
    sys.argv[:] = ["utm-pipeline"]
    before = Path.cwd()
    os.chdir(folder)
    if job.engine == "duckdb":
        keep_files_open()
    import utm_pipeline

    if not Path(utm_pipeline.__file__).is_relative_to(job.checkout):
        raise RuntimeError(f"the program is {utm_pipeline.__file__}, not of {job.checkout}")
    try:
        yield
    finally:
        os.chdir(before)


def _sessions(terminal: Terminal) -> list[str]:
    """The ids of a few sessions: first, last, and some between."""
    answer = terminal.ask(
        *("query", "sessions", "--period=all_time", f"--limit={asked.NO_LIMIT}", "--format=json")
    )
    ids = sorted({int(row["id"]) for row in json.loads(answer.text)})
    return [str(ids[place * (len(ids) - 1) // 7]) for place in range(8)]


def _ask_queries(terminal: Terminal, shop: Shop, sessions: Sequence[str]) -> None:
    refused: set[str] = set()
    for question in asked.questions(shop, sessions):
        for kind, lang in product(("json", "csv", "table"), shops.LANGUAGES):
            is_long = question.params.get("limit") == asked.NO_LIMIT
            if (kind == "csv" and question.query in refused) or (kind == "table" and is_long):
                continue
            name = f"{question.name}.{lang}.{kind}"
            words = ("--lang", lang, *question.arguments(), "--format", kind)
            if terminal.keep(f"query-{kind}", name, *words).code and kind == "csv":
                # Its answer is no single table, in no period and language.
                refused.add(question.query)
    for kind, period, lang in product(asked.EXPORTS, asked.PERIODS, shops.LANGUAGES):
        name = f"{kind} {period}.{lang}.csv"
        terminal.keep("export", name, "--lang", lang, "export", kind, "--period", period)
    for lang in shops.LANGUAGES:
        terminal.keep("query-table", f"list.{lang}.txt", "--lang", lang, "query", "--list")


def _ask_documents(terminal: Terminal, job: Job, folder: Path) -> None:
    for period, lang in product(asked.PERIODS, shops.LANGUAGES):
        is_drawn = period == DRAWN and job.engine == "duckdb"
        kinds = list(TEXT_FORMATS)
        with nullcontext() if is_drawn else undrawn():
            if period in job.illustrated:
                _ask_email(terminal, folder, f"{period} html {lang}", lang, period, "--attach-csv")
            else:
                kinds.remove("html")
            _ask_report(terminal, period, lang, kinds)
        for service in ("slack", "telegram"):
            words = ("notify", service, "--period", period, "--dry-run")
            terminal.keep("notify", f"{service} {period}.{lang}.json", "--lang", lang, *words)
        if is_drawn:
            paper = terminal.ask("--lang", lang, "report", "--period", period, "--format", "pdf")
            terminal.store.put("pdf", f"{period}.{lang}.txt", documents.pdf(paper.out))
    _ask_email(terminal, folder, "plain", "uk", "month", "--format", "text")
    several = ("--recipients", "Олена <a@shop.example>,b@shop.example")
    _ask_email(terminal, folder, "several", "en", "last_week", "--format", "text", *several)


def _ask_report(terminal: Terminal, period: str, lang: str, kinds: Sequence[str]) -> None:
    name, words = f"{period}.{lang}", ("--lang", lang, "report", "--period", period, "--format")
    for kind in kinds:
        suffix = TEXT_FORMATS[kind]
        answer = terminal.ask(*words, kind)
        text, pictures = normalise.pictures(answer.text)
        terminal.store.put(f"report-{kind}", f"{name}.{suffix}", text)
        terminal.keep_rest(f"report-{kind}", f"{name}.{suffix}", answer)
        for number, (form, content) in enumerate(pictures, start=1):
            terminal.store.put("charts", f"report {name} {number}.{form}", content)
    book = terminal.ask(*words, "xlsx")
    terminal.store.put("xlsx", f"{name}.txt", documents.workbook(book.out))


def _ask_email(terminal: Terminal, folder: Path, name: str, lang: str, *options: str) -> None:
    period, *rest = options
    words = ("--lang", lang, "email", "--period", period, "--dry-run")
    terminal.keep("email", f"{name} told.txt", *words, *rest)
    for path in sorted(folder.glob("*.eml")):
        for part, content in documents.message(path.read_bytes()):
            category = "charts" if part.endswith(".png") else "email"
            terminal.store.put(category, f"{name} {path.stem} {part}", content)
        path.unlink()


def _ask_charts(terminal: Terminal) -> None:
    for query, lang in product(asked.CHARTS, shops.LANGUAGES):
        for kind, theme in (("svg", "light"), ("svg", "dark"), ("png", "light")):
            period = [] if query == asked.COHORTS else ["--period", "month"]
            words = ("--lang", lang, "query", query, *period, "--format", kind, "--theme", theme)
            answer = terminal.ask(*words)
            name = f"query {query} {theme}.{lang}.{kind}"
            terminal.store.put("charts", name, answer.out)
            terminal.keep_rest("charts", name, answer)


def _ask_help(terminal: Terminal) -> None:
    terminal.keep("help", "version", "--version")
    terminal.keep("help", "help", "--help")
    for command in asked.COMMANDS:
        terminal.keep("help", f"help {command}", command, "--help")
    for query in asked.QUERIES:
        terminal.keep("help", f"help query {query}", "query", query, "--help")


def _ask_spend(terminal: Terminal, exports: Path, folder: Path) -> None:
    for file, *options in asked.SPEND:
        name = " ".join([file, *options])
        raw = Path(tempfile.mkdtemp(dir=folder))
        for turn in ("first", "again"):
            called = replace(
                terminal,
                places=normalise.Places([(str(raw), "<raw>"), *terminal.places.names]),
            )
            called.keep(
                "spend",
                f"{name} {turn}.txt",
                *("load-spend", str(exports / file), *options, "--raw-dir", str(raw)),
            )
        for path in sorted(raw.rglob("*.csv")):
            terminal.store.put("spend", f"{name} {path.name}", path.read_bytes())


if __name__ == "__main__":
    raise SystemExit(main())
