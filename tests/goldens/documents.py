"""Files that are no text, as text: workbooks, PDF files, messages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default


def workbook(content: bytes) -> str:
    """Every cell of every sheet: its place, kind, value and number format."""
    from openpyxl import load_workbook

    lines = []
    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        lines.append(f"== {sheet.title} {sheet.dimensions} frozen={sheet.freeze_panes}")
        lines += [f"merged {area}" for area in sorted(map(str, sheet.merged_cells.ranges))]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    kind = f"{cell.data_type} {cell.number_format}"
                    lines.append(f"{cell.coordinate} [{kind}] {cell.value!r}")
        lines.append(f"charts: {len(sheet._charts)}")
    return "\n".join(lines) + "\n"


def pdf(content: bytes) -> str:
    """The text of every page."""
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(content)).pages
    return "".join(
        f"== page {number}\n{page.extract_text()}\n" for number, page in enumerate(pages, 1)
    )


def message(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The parts of a message: first all headers, then the content of each part by its name."""
    whole = BytesParser(policy=default).parsebytes(content)
    lines, parts = [], []
    for number, part in enumerate(whole.walk()):
        assert isinstance(part, EmailMessage)
        lines.append(f"== part {number}")
        # A boundary may be chosen at random.
        part.del_param("boundary")
        lines += [f"{name}: {value}" for name, value in part.items()]
        if not part.is_multipart():
            suffix = {"plain": "txt", "html": "html"}.get(part.get_content_subtype(), "")
            name = part.get_filename() or f"body.{suffix}"
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            parts.append((name, payload))
    yield "headers.txt", ("\n".join(lines) + "\n").encode()
    yield from parts
