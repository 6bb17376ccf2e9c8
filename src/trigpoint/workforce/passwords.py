"""What is a good password, and how does it rest in the database: rules, argon2 hashes, temporary ones."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trigpoint.core.errors import Invalid

MIN_LENGTH = 8
MAX_LENGTH = 256
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
# fmt: off
_COMMON = frozenset({
    "password", "password1", "passw0rd", "12345678", "123456789", "1234567890", "qwertyui",
    "qwertyuiop", "qwerty123", "iloveyou", "sunshine", "princess", "football", "baseball",
    "trustno1", "superman", "letmein1", "welcome1", "changeme", "abcdefgh", "abcd1234",
    "1q2w3e4r", "1qaz2wsx", "asdfghjk", "trigpoint", "labeling",
})
# fmt: on


class Passwords:
    """Hashes and verifies passwords with argon2id (64 MiB, 3 passes: RFC 9106's second choice).

    At most `parallel` at a time, so that a crowd signing in together cannot take all memory.
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
        """Whether the password is the hashed one. Takes the same time when there is no hash, and says no."""
        nobodys = self._nobodys_hash()
        with self._turns:
            try:
                return self._hasher.verify(hashed or nobodys, password) and hashed is not None
            except (VerificationError, InvalidHashError):
                return False

    def _nobodys_hash(self) -> str:
        """What unknown users' passwords are held against; made by the first attempt, whoever's it is, so that its
        time tells nothing, and not at the start, which it would slow down by a tenth of a second."""
        with self._making:
            if self._nobodys is None:
                self._nobodys = self._hasher.hash(secrets.token_urlsafe())
            return self._nobodys


def temporary_password() -> str:
    """A password that is easy to type once: three groups of five letters and digits, 74 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))


def check_new_password(password: str, user_name: str) -> None:
    """Raises: Invalid: the password is too short, too long, well known or the user's own name."""
    if len(password) < MIN_LENGTH:
        raise Invalid(f"the new password is too short: use at least {MIN_LENGTH} characters")
    if len(password) > MAX_LENGTH:
        raise Invalid(f"the new password is too long: use at most {MAX_LENGTH} characters")
    plain = password.casefold()
    if plain in _COMMON or len(set(plain)) < 3:
        raise Invalid("the new password is one of the first that anybody would try: choose another")
    if plain in (user_name.casefold(), user_name.casefold().split("@")[0]):
        raise Invalid("the new password must not be your user name: choose another")
