"""From definitions to pictures, without a browser and without a network."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

import altair as alt
import vl_convert

SCALE = 2
"""Pixels of a PNG to a pixel of the definition, for screens that have many."""
# Of the definitions' own version, so that both packages mean the same.
_VERSION = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
# Data is always within the definition; nothing may be fetched, whatever a definition says.
_NOWHERE: list[str] = []


def to_png(chart: alt.LayerChart) -> bytes:
    """The chart as a PNG, ``SCALE`` times its size."""
    drawn: bytes = vl_convert.vegalite_to_png(
        _definition(chart), vl_version=_VERSION, scale=SCALE, allowed_base_urls=_NOWHERE
    )
    return _packed(drawn)


def to_svg(chart: alt.LayerChart, described: str) -> str:
    """The chart as an SVG document, with a description for readers who do not see it."""
    drawn: str = vl_convert.vegalite_to_svg(
        _definition(chart), vl_version=_VERSION, allowed_base_urls=_NOWHERE
    )
    return drawn.replace("<svg ", f'<svg role="img" aria-label={quoteattr(described)} ', 1) + "\n"


def _definition(chart: alt.LayerChart) -> dict[str, Any]:
    definition: dict[str, Any] = chart.to_dict()
    return definition


def _packed(picture: bytes) -> bytes:
    """The same PNG in a third of the size, since it goes into e-mails; not one pixel changes.

    The chunks and their checksums are those of the PNG specification (W3C, third edition, 5.3).
    """
    chunks = list(_chunks(picture))
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    before = [chunk for chunk in chunks if chunk[0] not in {b"IDAT", b"IEND"}]
    packed = [*before, (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return picture[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in packed
    )


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk of a PNG."""
    place = 8
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += length + 12
