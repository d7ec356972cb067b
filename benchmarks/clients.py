"""Many clients of a running server at once, as fast as it answers; prints what they waited.

A process of its own, so that the clients take no time from what publishes beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Waited:
    """What happened to the requests."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By endpoint."""
    errors: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tags: set[str] = field(default_factory=set)


async def _client(
    address: tuple[str, int], paths: list[tuple[str, str]], until: float, waited: Waited
) -> None:
    """Asks one path after the other over one connection, in an order of its own."""
    order = random.Random(id(asyncio.current_task()))  # noqa: S311 - no secret
    host, port = address
    reader, writer = await asyncio.open_connection(host, port)
    while time.perf_counter() < until:
        name, path = order.choice(paths)
        begin = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        await reader.readexactly(int(lines["content-length"]))
        waited.milliseconds[name].append(1000 * (time.perf_counter() - begin))
        status = head.split(" ", 2)[1]
        if status != "200":
            waited.errors[f"{name} {status}"] += 1
        if name == "sources" and path.endswith("limit=1"):
            waited.tags.add(lines["etag"])
    writer.close()


async def _run(args: argparse.Namespace, paths: list[tuple[str, str]]) -> Waited:
    waited = Waited()
    parts = urlsplit(args.url)
    address = str(parts.hostname), int(parts.port or 80)
    until = time.perf_counter() + args.seconds
    clients = [_client(address, paths, until, waited) for _ in range(args.clients)]
    for outcome in await asyncio.gather(*clients, return_exceptions=True):
        if isinstance(outcome, BaseException):
            waited.errors[type(outcome).__name__] += 1
    return waited


def main() -> None:
    """Reads the paths as JSON from standard input; writes the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    args = parser.parse_args()
    paths = [(name, path) for name, path in json.load(sys.stdin)]
    waited = asyncio.run(_run(args, paths))
    found = {
        "milliseconds": waited.milliseconds,
        "errors": waited.errors,
        "publishes_seen": len(waited.tags),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
