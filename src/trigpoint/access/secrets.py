"""Encryption of the secrets in the database, with a key that is in a file outside of it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from trigpoint.core.errors import Invalid

_WAY_OUT = (
    "restore the key file of this database from your backup; if you have none, "
    "`trigpoint key rotate-root --lost-key-file` creates a new key file and a new root key"
)

log = logging.getLogger(__name__)


class SecretBox:
    """Seals and opens short texts with the key in `key_file` (Fernet: AES-128-CBC with HMAC-SHA256).

    Raises: Invalid: the key file is missing or not a key, or a sealed text was made with another key.
    """

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        try:
            self._fernet = Fernet(key_file.read_bytes().strip())
        except FileNotFoundError:
            raise Invalid(f"the key file {key_file} is missing; {_WAY_OUT}") from None
        except ValueError:
            raise Invalid(f"{key_file} does not contain a key; {_WAY_OUT}") from None
        if key_file.stat().st_mode & 0o077:
            log.warning("other users may read the key file %s; run: chmod 600 %s", key_file, key_file)

    @classmethod
    def create(cls, key_file: Path) -> SecretBox:
        """The box of `key_file`. If the file does not exist, creates it, readable only by its owner."""
        try:
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(key_file)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return cls(key_file)

    def seal(self, text: str) -> str:
        """The text encrypted, as ASCII."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text that was sealed."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii")).decode()
        except InvalidToken:
            raise Invalid(
                f"a secret in the database was encrypted with another key than {self._key_file}; {_WAY_OUT}"
            ) from None


class KeyFileSecrets:
    """A `SecretBox` that reads the key file only when it is used, for processes that may never need it."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file

    def seal(self, text: str) -> str:
        """The text encrypted, as ASCII."""
        return SecretBox(self._key_file).seal(text)

    def open(self, sealed: str) -> str:
        """The text that was sealed."""
        return SecretBox(self._key_file).open(sealed)
