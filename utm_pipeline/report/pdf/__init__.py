"""The report as a PDF: A4, with bookmarks, charts and the same tables as everywhere.

What is on the pages comes from ``render.views``, so a new section appears by itself.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from utm_pipeline.errors import ConfigError
from utm_pipeline.report.illustrations import Illustration
from utm_pipeline.report.sections import Report

_PACKAGES = {"fpdf": "fpdf2", "pymupdf_fonts": "pymupdf-fonts"}


def check(asked_by: str) -> None:
    """Makes sure that a PDF can be written. ``asked_by`` is named in the message.

    Raises:
        ConfigError: the extra is not installed.
    """
    missing = [name for module, name in _PACKAGES.items() if not importlib.util.find_spec(module)]
    if missing:
        raise ConfigError(
            f"PDF reports need {' and '.join(missing)}",
            asked_by,
            "run `pip install 'utm-pipeline[pdf]'`",
        )


def render_report(report: Report, lang: str, illustrations: Sequence[Illustration]) -> bytes:
    """The report as a PDF file; the same report always gives the same bytes.

    Args:
        report: the answers.
        lang: ``uk`` or ``en``.
        illustrations: the charts of its sections.

    Raises:
        ConfigError: the extra for PDF is not installed, or that for charts and there are some.
    """
    check("report")
    from utm_pipeline.report.pdf.pages import written

    return written(report, lang, illustrations)
