"""Temporary credentials for people's code: functions, and jobs with code of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trigpoint.access.keys import AccessKeys
from trigpoint.access.temporary import TemporaryKeys


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """Temporary credentials for code that is not ours."""

    access_key_id: str
    secret_access_key: str
    session_token: str


IssueKeys = Callable[[str, int], SessionKeys]
"""Makes credentials for the role session `<role>/<name>`, valid for so many seconds."""


def issuer(keys: AccessKeys, temporary_keys: TemporaryKeys, account_id: str) -> IssueKeys:
    """Makes the credentials of functions and jobs: sessions of their roles that may read all, and change only objects."""

    def issue(session: str, lifetime_s: int) -> SessionKeys:
        arn = f"arn:aws:sts::{account_id}:assumed-role/{session}"
        root = keys.root().access_key_id
        issued = temporary_keys.issue(arn, root, lifetime_s, read_only=False, objects_only=True)
        return SessionKeys(issued.access_key_id, issued.secret_access_key, issued.session_token)

    return issue
