"""Which access keys exist and what they may do."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass

from trigpoint.access import store
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db import Database

ROOT = "root"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair with which a client signs; `identity` is the name that GetCallerIdentity answers."""

    access_key_id: str
    secret_access_key: str
    name: str
    identity: str
    read_only: bool


class AccessKeys:
    """The access keys of one installation."""

    def __init__(self, db: Database, box: SecretBox, clock: Clock) -> None:
        self._db = db
        self._box = box
        self._clock = clock

    def create(self, name: str, *, read_only: bool = False) -> AccessKey:
        """A new key.

        Raises: Conflict: a key of this name exists.
        """
        key = AccessKey(_new_id(), secrets.token_urlsafe(30), name, name, read_only)
        with self._db.write() as connection:
            if store.find_key_named(connection, name):
                raise Conflict(f"an access key named {name!r} exists; choose another name")
            store.add_key(
                connection,
                store.StoredKey(
                    key.access_key_id,
                    name,
                    self._box.seal(key.secret_access_key),
                    key.identity,
                    read_only,
                    self._clock.now(),
                    None,
                ),
            )
        return key

    def root(self) -> AccessKey:
        """The key made at the first start.

        Raises: NotFound: the data directory has not been started yet, or the key was revoked.
        """
        with self._db.read() as connection:
            stored = store.find_key_named(connection, ROOT)
        if stored is None:
            raise NotFound("there is no root access key; start `trigpoint serve` once on this data directory")
        return self._opened(stored)

    def find(self, access_key_id: str) -> AccessKey | None:
        """The key of this id, unless it is unknown or revoked."""
        with self._db.read() as connection:
            stored = store.find_key(connection, access_key_id)
        return self._opened(stored) if stored else None

    def _opened(self, stored: store.StoredKey) -> AccessKey:
        secret = self._box.open(stored.secret_encrypted)
        return AccessKey(stored.access_key_id, secret, stored.name, stored.identity, stored.read_only)


def _new_id() -> str:
    return "AKIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))
