"""The words of the pages."""

from __future__ import annotations

from utm_pipeline.words import Words
from utm_pipeline.words import words as named


class PageWords:
    """The words in one language, by name; the page's own where it has one."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def __getitem__(self, name: str) -> str:
        """A word; KeyError where there is none."""
        try:
            found: Words = named(f"page.{name}")
        except KeyError:
            found = named(name)
        return found.in_language(self._lang)


def words(lang: str) -> PageWords:
    """The words in ``uk`` or ``en``."""
    return PageWords(lang)
