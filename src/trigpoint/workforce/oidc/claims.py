"""Who has signed in: the claims that an identity provider must make about a worker.

Source: ground-truth.md 6.5. `:` and `-` are equal in the names. Decisions, where it is silent: a value that breaks a
rule refuses the sign-in and names the claim; an address that is not verified, or is no address, counts as none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.smtp_url import is_mail_address
from trigpoint.workforce.oidc.problems import SignInRefused

MAX_GROUPS = 10
MAX_GROUP_CHARACTERS = 63
MAX_SUB_CHARACTERS = 255
MAX_NAME_CHARACTERS = 100
_CLIENT_ID = re.compile(r"[\w+-]{1,128}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the identity provider has identified. `email` is empty if there is none to write to."""

    sub: str
    name: str
    groups: tuple[str, ...]
    email: str


def person_in(claims: Mapping[str, Any], client_id: str) -> Person:
    """The person of whom these claims are.

    Raises: SignInRefused: a claim is missing or breaks a rule, or the claims were made for another client.
    """
    client = _text(claims, "client_id")
    if not _CLIENT_ID.fullmatch(client) or client != client_id:
        raise _refused("client_id", "is not the ClientId of this workforce")
    sub = _text(claims, "sub")
    if len(sub) > MAX_SUB_CHARACTERS or not sub.isprintable():
        raise _refused("sub", f"must be at most {MAX_SUB_CHARACTERS} printable characters")
    name = " ".join("".join(c if c.isprintable() else " " for c in _text(claims, "name")).split())
    return Person(sub, name[:MAX_NAME_CHARACTERS] or sub, _groups(claims), _email(claims))


def _groups(claims: Mapping[str, Any]) -> tuple[str, ...]:
    value = _claim(claims, "groups")
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(group, str) for group in found):
        raise _refused("groups", "must be a text or a list of texts")
    if not 1 <= len(found) <= MAX_GROUPS:
        raise _refused("groups", f"has {len(found)} groups; it must have 1 to {MAX_GROUPS}")
    for group in found:
        # letters, marks, symbols, numbers and punctuation
        if not 1 <= len(group) <= MAX_GROUP_CHARACTERS or any(
            unicodedata.category(c)[0] not in "LMSNP" for c in group
        ):
            raise _refused(
                "groups", f"has a group that is not 1 to {MAX_GROUP_CHARACTERS} characters without spaces"
            )
    return tuple(dict.fromkeys(found))


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    verified = claims.get("email_verified", True) in (True, "true")  # some providers write booleans as texts
    return email if isinstance(email, str) and verified and is_mail_address(email) else ""


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = _claim(claims, name)
    if not isinstance(value, str) or not value:
        raise _refused(name, "must be a text")
    return value


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    for key in (f"sagemaker:{name}", f"sagemaker-{name}"):
        if key in claims:
            return claims[key]
    raise _refused(name, "is missing")


def _refused(name: str, why: str) -> SignInRefused:
    return SignInRefused(
        f"your organization's sign-in provider does not describe your account as this portal needs it: the claim "
        f"sagemaker:{name} {why}. Show this to the person who runs the provider"
    )
