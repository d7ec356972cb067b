"""The key of the hashes of personal data: read, or made on first use, and split for HMAC.

HMAC-SHA-256 (RFC 2104) is ``sha256(opad || sha256(ipad || value))``; SQL gets the two pads.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from utm_pipeline.errors import ConfigError

KEY_FILE = ".utm_pii_key"
_BLOCK = 64


class Pads(NamedTuple):
    """The inner and outer pad of a key, 64 bytes each."""

    ipad: bytes
    opad: bytes


def pads(key: str) -> Pads:
    """The pads of a key: padded with zeros to a block, XORed with 0x36 and 0x5c (RFC 2104)."""
    data = key.encode()
    if len(data) > _BLOCK:
        data = hashlib.sha256(data).digest()
    block = data.ljust(_BLOCK, b"\0")
    return Pads(bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block))


def read_or_create_key(warehouse: Path) -> str:
    """The key kept beside the warehouse, made with mode 0600 where there is none.

    Raises:
        ConfigError: the key file is unreadable, empty or cannot be made.
    """
    path = warehouse.parent / KEY_FILE
    try:
        if not path.exists():
            _create(path)
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the key of the hashes cannot be read or made ({type(error).__name__})",
            str(path),
            "make the file readable for you, or set UTM_PII_KEY",
        ) from error
    if not key:
        raise ConfigError(
            "the file of the hashes' key is empty",
            str(path),
            "restore it from a backup, or set UTM_PII_KEY; another key changes every person_id",
        )
    return key


def _create(path: Path) -> None:
    """Makes the key file whole or not at all; if another process was first, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A hard link fails if the name exists, so that nobody's key is ever overwritten.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
