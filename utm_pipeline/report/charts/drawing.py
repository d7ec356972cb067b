"""From definitions to pictures, without a browser and without a network."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.sax.saxutils import quoteattr

import vl_convert

from utm_pipeline.report import fonts
from utm_pipeline.report.charts.look import SCALE

_HOW: dict[str, Any] = {"vl_version": "6.4", "allowed_base_urls": []}
"""Data is always within the definition; nothing may be fetched, whatever a definition says."""


def to_png(definition: dict[str, Any]) -> bytes:
    """The chart as a PNG, ``SCALE`` times its size."""
    _use_fonts()
    return _packed(vl_convert.vegalite_to_png(definition, scale=SCALE, **_HOW))


def to_svg(definition: dict[str, Any], described: str) -> str:
    """The chart as an SVG document, with a description for readers who do not see it."""
    _use_fonts()
    drawn: str = vl_convert.vegalite_to_svg(definition, **_HOW)
    return drawn.replace("<svg ", f'<svg role="img" aria-label={quoteattr(described)} ', 1) + "\n"


@cache
def _use_fonts() -> None:
    vl_convert.register_font_directory(str(fonts.folder()))


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
    place = 8
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += length + 12
