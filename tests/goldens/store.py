"""Where goldens lie: ``OUT/<shop>/<engine>/<category>/<name>``, one output a file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_PLAIN = re.compile(r"[^\w.=,-]+")
_LONGEST = 120


@dataclass(frozen=True)
class Store:
    """The goldens of one shop on one engine."""

    folder: Path

    def put(self, category: str, name: str, content: bytes | str) -> None:
        """Keeps one output.

        Raises:
            FileExistsError: two outputs would have one name.
        """
        path = self.folder / category / _file_name(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        with path.open("xb") as file:
            file.write(data)


def _file_name(name: str) -> str:
    """Readable, and different for different names."""
    plain = _PLAIN.sub("_", name)
    if plain == name.replace(" ", "_") and len(plain) <= _LONGEST:
        return plain
    stem, dot, suffix = plain[:_LONGEST].rpartition(".")
    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{stem or plain}~{mark}{dot}{suffix}" if dot else f"{plain[:_LONGEST]}~{mark}"
