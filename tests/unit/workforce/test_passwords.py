"""Password hashes and temporary passwords."""

from __future__ import annotations

import re

from trigpoint.workforce.passwords import Passwords, temporary_password


def test_a_hash_is_argon2id_and_fits_only_its_password() -> None:
    passwords = Passwords()
    hashed = passwords.hash("blue bicycle")
    assert hashed.startswith("$argon2id$")
    assert passwords.matches(hashed, "blue bicycle")
    assert not passwords.matches(hashed, "blue bicycle ")
    assert not passwords.matches(None, "blue bicycle")
    assert not passwords.matches("", "blue bicycle")


def test_temporary_passwords_are_easy_to_type_and_never_the_same() -> None:
    made = {temporary_password() for _ in range(200)}
    assert len(made) == 200
    assert all(
        re.fullmatch(r"([abcdefghjkmnpqrstuvwxyz2-9]{5}-){2}[abcdefghjkmnpqrstuvwxyz2-9]{5}", p) for p in made
    )
