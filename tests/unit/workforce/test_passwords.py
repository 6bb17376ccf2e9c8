"""Password hashes and temporary passwords."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from trigpoint.workforce.passwords import Passwords, temporary_password


def test_a_hash_is_argon2id_and_matches_only_its_password() -> None:
    passwords = Passwords()
    hashed = passwords.hash("blue bicycle")
    assert hashed.startswith("$argon2id$")
    assert passwords.matches(hashed, "blue bicycle")
    assert not passwords.matches(hashed, "blue bicycle ")
    assert not passwords.matches(None, "blue bicycle")
    assert not passwords.matches("", "blue bicycle")


def test_temporary_passwords_are_easy_to_type_and_unique() -> None:
    made = {temporary_password() for _ in range(200)}
    assert len(made) == 200
    assert all(
        re.fullmatch(r"([abcdefghjkmnpqrstuvwxyz2-9]{5}-){2}[abcdefghjkmnpqrstuvwxyz2-9]{5}", p) for p in made
    )


class CountingHasher(PasswordHasher):
    """Counts its calls."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.made = self.verified = 0

    def hash(self, password: str | bytes, **rest: Any) -> str:
        self.made += 1
        return super().hash(password, **rest)

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        self.verified += 1
        return super().verify(hash, password)


def test_no_password_is_hashed_at_the_start() -> None:
    hasher = CountingHasher()
    Passwords(hasher)
    assert hasher.made == 0


@pytest.mark.parametrize("known_first", [True, False])
def test_an_attempt_costs_the_same_for_known_and_unknown_users(known_first: bool) -> None:
    """This includes the first attempt after the start, which makes the hash that is compared for unknown users."""
    stored = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("blue bicycle")
    costs = []
    for known in (known_first, not known_first, known_first):
        hasher = CountingHasher()
        passwords = Passwords(hasher)
        passwords.matches(stored if known else None, "wrong")
        passwords.matches(stored if known else None, "wrong")
        costs.append((hasher.made, hasher.verified))
    assert costs == [(1, 2)] * 3


def test_many_first_attempts_at_once_share_one_hash() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda _: passwords.matches(None, "wrong"), range(16)))
    assert hasher.made == 1
