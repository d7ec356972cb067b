"""What comes with the extras, and is asked for before anything is made in vain."""

from __future__ import annotations

import importlib.util

from utm_pipeline.errors import ConfigError

PACKAGES = {
    "charts": {"pymupdf_fonts": "pymupdf_fonts", "vl_convert": "vl_convert"},
    "email": {"css_inline": "css-inline"},
    "pdf": {"fontTools": "fonttools", "pymupdf_fonts": "pymupdf-fonts", "typst": "typst"},
    "xlsx": {"xlsxwriter": "xlsxwriter"},
}
"""The modules of each extra, with the names of their packages."""
_WHO = {"email": "e-mails in HTML", "pdf": "PDF reports", "xlsx": "workbooks"}


def check(extra: str, asked_by: str, or_else: str = "") -> None:
    """Makes sure that an extra is installed; ``asked_by`` is named in the message.

    Raises:
        ConfigError: it is not.
    """
    modules = PACKAGES[extra].items()
    missing = [name for module, name in modules if not importlib.util.find_spec(module)]
    if missing:
        raise ConfigError(
            f"{_WHO.get(extra, extra)} need {' and '.join(missing)}",
            asked_by,
            f"run `pip install 'utm-pipeline[{extra}]'`{or_else}",
        )
