"""Access keys and their permissions."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from trigpoint.access import store
from trigpoint.access.secrets import SecretBox
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded, NotFound
from trigpoint.db import Database
from trigpoint.language import translatable

ROOT = "root"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_OWN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}")
_OPENED_SECRETS = 256
MAX_OWN_KEYS = 10


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key pair with which a client signs. GetCallerIdentity returns `identity`.

    `role` is that of the person whose key it is. Keys of the installation have none.
    """

    access_key_id: str
    secret_access_key: str
    name: str
    identity: str
    read_only: bool
    role: str | None = None


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key without its secret, which is shown only once."""

    name: str
    access_key_id: str
    read_only: bool
    created_at: datetime
    revoked_at: datetime | None


class AccessKeys:
    """The access keys of one installation.

    Decision: the name of a revoked key is free again, so that a new key can take it. The row stays, without its
    secret, so that an access key id in an old log can still be traced.
    """

    def __init__(self, db: Database, box: SecretBox, clock: Clock) -> None:
        self._db = db
        self._box = box
        # Only decryption is cached, by the sealed text. A key's row is read each time, so that revoking works.
        self._open_secret = lru_cache(_OPENED_SECRETS)(box.open)
        self._clock = clock

    def create(self, name: str, *, read_only: bool = False) -> AccessKey:
        """A new key.

        Raises: Invalid: the name breaks a rule. Conflict: a key of this name exists.
        """
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"{name!r} is not a valid name of an access key: use 1 to 63 letters, digits, dots, hyphens and "
                "underscores, and begin with a letter or digit"
            )
        key = AccessKey(new_key_id("AKIA"), new_secret(), name, name, read_only)
        with self._db.write() as connection:
            if store.find_key_named(connection, name):
                raise Conflict(
                    f"an access key named {name!r} already exists; choose another name, or revoke that key first"
                )
            store.add_key(connection, self._sealed(key))
        return key

    def create_for(self, owner_id: str, user_name: str, name: str) -> AccessKey:
        """A new key of a person, which can do what their role can at the time of each request.

        Raises: Invalid: the name breaks a rule. Conflict: they have a key of this name. LimitExceeded: they have 10.
        """
        if not _OWN_NAME.fullmatch(name):
            raise Invalid(
                translatable(
                    "use 1 to 24 letters, digits, dots, hyphens and underscores, and begin with a letter or digit"
                )
            )
        full_name = f"{_slug(user_name)}.{name}"
        key = AccessKey(new_key_id("AKIA"), new_secret(), full_name, full_name, read_only=False)
        with self._db.write() as connection:
            if len(store.keys_of(connection, owner_id)) >= MAX_OWN_KEYS:
                raise LimitExceeded(
                    translatable("you have %(count)d access keys: revoke one first", count=MAX_OWN_KEYS)
                )
            if store.find_key_named(connection, full_name):
                raise Conflict(
                    translatable("there is a key of this name: choose another, or revoke that key first")
                )
            store.add_key(connection, replace(self._sealed(key), owner_id=owner_id))
        return key

    def list_of(self, owner_id: str) -> list[ListedKey]:
        """The keys of a person that are in force, oldest first."""
        with self._db.read() as connection:
            return [_listed(key) for key in store.keys_of(connection, owner_id)]

    def revoke_of(self, owner_id: str, access_key_id: str) -> None:
        """Revokes a key of a person.

        Raises: NotFound: they have no such key.
        """
        with self._db.write() as connection:
            if access_key_id not in {key.access_key_id for key in store.keys_of(connection, owner_id)}:
                raise NotFound(translatable("you have no access key with this id; it may have been revoked"))
            store.revoke_key(connection, access_key_id, self._clock.now())

    def revoke(self, name: str) -> str:
        """Revokes a key and all temporary credentials issued to it. Returns its access key id.

        Raises: NotFound: there is no such key. Conflict: it is the root key.
        """
        if name == ROOT:
            raise Conflict(
                "the root key cannot be revoked, because the server signs with it; "
                "`trigpoint key rotate-root` replaces it"
            )
        with self._db.write() as connection:
            stored = store.find_key_named(connection, name)
            if stored is None:
                raise _no_such_key(name)
            store.revoke_key(connection, stored.access_key_id, self._clock.now())
        return stored.access_key_id

    def rotate_root(self) -> AccessKey:
        """A new root key. The former one and all temporary credentials issued to it end at once.

        Raises: NotFound: there is no root key yet.
        """
        key = AccessKey(new_key_id("AKIA"), new_secret(), ROOT, ROOT, read_only=False)
        with self._db.write() as connection:
            stored = store.find_key_named(connection, ROOT)
            if stored is None:
                raise _no_root()
            store.revoke_key(connection, stored.access_key_id, self._clock.now())
            store.add_key(connection, self._sealed(key))
        return key

    def replace_all(self) -> AccessKey:
        """A new root key, for the case that the secrets of all keys are lost. All other keys are revoked."""
        key = AccessKey(new_key_id("AKIA"), new_secret(), ROOT, ROOT, read_only=False)
        with self._db.write() as connection:
            for stored in store.all_keys(connection):
                if stored.revoked_at is None:
                    store.revoke_key(connection, stored.access_key_id, self._clock.now())
            store.add_key(connection, self._sealed(key))
        return key

    def list(self) -> list[ListedKey]:
        """All keys, revoked ones too, oldest first."""
        with self._db.read() as connection:
            found = store.all_keys(connection)
        return [_listed(key) for key in found]

    def root(self) -> AccessKey:
        """The root key, which the first start creates.

        Raises: NotFound: the data directory has not been started yet.
        """
        with self._db.read() as connection:
            stored = store.find_key_named(connection, ROOT)
        if stored is None:
            raise _no_root()
        return self._opened(stored)

    def named(self, name: str) -> AccessKey:
        """The key of this name.

        Raises: NotFound: there is none, or it was revoked.
        """
        with self._db.read() as connection:
            stored = store.find_key_named(connection, name)
        if stored is None:
            raise _no_root() if name == ROOT else _no_such_key(name)
        return self._opened(stored)

    def find(self, access_key_id: str) -> AccessKey | None:
        """The key of this id. None if it is unknown or revoked."""
        found = store.find_key(self._db, access_key_id)
        return None if found is None else replace(self._opened(found.key), role=found.owner_role)

    def is_in_force(self, access_key_id: str) -> bool:
        """Whether a key of this id exists and was not revoked."""
        return store.find_key(self._db, access_key_id) is not None

    def _sealed(self, key: AccessKey) -> store.StoredKey:
        secret = self._box.seal(key.secret_access_key)
        now = self._clock.now()
        return store.StoredKey(key.access_key_id, key.name, secret, key.identity, key.read_only, now, None)

    def _opened(self, stored: store.StoredKey) -> AccessKey:
        secret = self._open_secret(stored.secret_encrypted)
        return AccessKey(stored.access_key_id, secret, stored.name, stored.identity, stored.read_only)


def _listed(key: store.StoredKey) -> ListedKey:
    return ListedKey(key.identity, key.access_key_id, key.read_only, key.created_at, key.revoked_at)


def _slug(user_name: str) -> str:
    """The part of a key's name that says whose it is: up to 38 characters that names may have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", user_name)[:38].strip("-._") or "person"


def new_key_id(prefix: str) -> str:
    """An access key id in AWS's format: four letters for its kind and 16 random characters."""
    return prefix + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))


def new_secret() -> str:
    """A secret access key: 40 characters, 240 random bits."""
    return secrets.token_urlsafe(30)


def _no_such_key(name: str) -> NotFound:
    return NotFound(f"there is no access key named {name!r}; `trigpoint key list` shows the existing ones")


def _no_root() -> NotFound:
    return NotFound("there is no root access key; start `trigpoint serve` once on this data directory")
