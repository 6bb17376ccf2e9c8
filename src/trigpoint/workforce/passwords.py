"""Password rules, argon2 hashes and temporary passwords."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trigpoint.core.errors import Invalid
from trigpoint.language import translatable

MIN_LENGTH = 8
MAX_LENGTH = 256
TEMPORARY_DAYS = 7
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that look alike
# fmt: off
_COMMON = frozenset({
    "password", "password1", "passw0rd", "12345678", "123456789", "1234567890", "qwertyui",
    "qwertyuiop", "qwerty123", "iloveyou", "sunshine", "princess", "football", "baseball",
    "trustno1", "superman", "letmein1", "welcome1", "changeme", "abcdefgh", "abcd1234",
    "1q2w3e4r", "1qaz2wsx", "asdfghjk", "trigpoint", "labeling",
})
# fmt: on


class Passwords:
    """Hashes and verifies passwords with argon2id (64 MiB, 3 passes: the second recommendation of RFC 9106).

    At most `parallel` run at a time, so that many people who sign in together cannot use up the memory.
    """

    def __init__(self, hasher: PasswordHasher | None = None, parallel: int = 4) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(parallel)
        self._nobodys: str | None = None
        self._making = threading.Lock()

    def hash(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(password)

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether the password is the hashed one. Without a hash it is not, and finding out takes the same time."""
        nobodys = self._nobodys_hash()
        with self._turns:
            try:
                return self._hasher.verify(hashed or nobodys, password) and hashed is not None
            except (VerificationError, InvalidHashError):
                return False

    def _nobodys_hash(self) -> str:
        """The hash that passwords of unknown users are compared with."""
        # Made by the first attempt of anybody, so that its time reveals nothing. Making it when the server
        # starts would slow the start down by a tenth of a second.
        with self._making:
            if self._nobodys is None:
                self._nobodys = self._hasher.hash(secrets.token_urlsafe())
            return self._nobodys


def temporary_password() -> str:
    """A password that is easy to type once: three groups of five letters and digits, 74 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))


def check_new_password(password: str, user_name: str) -> None:
    """Raises: Invalid: the password is too short, too long, common, or the user's own name."""
    if len(password) < MIN_LENGTH:
        raise Invalid(
            translatable("the new password is too short: use at least %(count)d characters", count=MIN_LENGTH)
        )
    if len(password) > MAX_LENGTH:
        raise Invalid(
            translatable("the new password is too long: use at most %(count)d characters", count=MAX_LENGTH)
        )
    plain = password.casefold()
    if plain in _COMMON or len(set(plain)) < 3:
        raise Invalid(translatable("the new password is too easy to guess: choose another"))
    if plain in (user_name.casefold(), user_name.casefold().split("@")[0]):
        raise Invalid(translatable("the new password must not be your user name: choose another"))
