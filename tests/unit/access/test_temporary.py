"""Temporary credentials: their token holds everything, and it cannot be changed or used with another key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from trigpoint.access.keys import AccessKeys
from trigpoint.access.secrets import SecretBox
from trigpoint.access.temporary import TemporaryKeys
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.wire.claims import ClaimRefused, Reason
from trigpoint.wire.sigv4 import check_session_token

ARN = "arn:aws:sts::111122223333:assumed-role/Trainer/alice"


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox.create(tmp_path / "secret.key")


@pytest.fixture
def keys(sqlite_database: Database, box: SecretBox, clock: FakeClock) -> AccessKeys:
    return AccessKeys(sqlite_database, box, clock)


@pytest.fixture
def sessions(keys: AccessKeys, box: SecretBox, clock: FakeClock) -> TemporaryKeys:
    return TemporaryKeys(box, keys.is_in_force, clock)


def test_credentials_are_read_back_from_their_token(
    keys: AccessKeys, sessions: TemporaryKeys, clock: FakeClock
) -> None:
    parent = keys.create("robot")
    issued = sessions.issue(ARN, parent.access_key_id, 900, read_only=True)
    assert issued.access_key_id.startswith("ASIA") and len(issued.access_key_id) == 20
    assert issued.expires_at == clock.now() + timedelta(seconds=900)
    assert (issued.identity_arn, issued.read_only, issued.issued_to) == (ARN, True, parent.access_key_id)
    assert sessions.open(issued.access_key_id, issued.session_token) == issued


def test_a_token_does_not_reveal_its_content(keys: AccessKeys, sessions: TemporaryKeys) -> None:
    issued = sessions.issue(ARN, keys.create("robot").access_key_id, 900, read_only=False)
    assert issued.secret_access_key not in issued.session_token
    again = sessions.issue(ARN, issued.issued_to, 900, read_only=False)
    assert replace(again, session_token="", access_key_id="", secret_access_key="") == replace(
        issued, session_token="", access_key_id="", secret_access_key=""
    )
    assert len({issued.secret_access_key, again.secret_access_key}) == 2


def test_a_token_with_one_character_changed_is_refused(keys: AccessKeys, sessions: TemporaryKeys) -> None:
    issued = sessions.issue(ARN, keys.create("robot").access_key_id, 900, read_only=False)
    token = issued.session_token
    for position in range(0, len(token), 7):
        other = "A" if token[position] != "A" else "B"
        changed = token[:position] + other + token[position + 1 :]
        with pytest.raises(ClaimRefused) as caught:
            sessions.open(issued.access_key_id, changed)
        assert caught.value.reason is Reason.WRONG_TOKEN
    for strange in (token + "!", token[:-4], token + "\n", "é" * 40, "", "=" * 8):
        with pytest.raises(ClaimRefused):
            sessions.open(issued.access_key_id, strange)


def test_a_token_of_another_key_is_refused(keys: AccessKeys, sessions: TemporaryKeys) -> None:
    parent = keys.create("robot").access_key_id
    one, other = (sessions.issue(ARN, parent, 900, read_only=False) for _ in range(2))
    with pytest.raises(ClaimRefused):
        sessions.open(one.access_key_id, other.session_token)


def test_a_token_of_another_installation_is_refused(
    keys: AccessKeys, sessions: TemporaryKeys, clock: FakeClock, tmp_path: Path
) -> None:
    elsewhere = TemporaryKeys(SecretBox.create(tmp_path / "other.key"), lambda _: True, clock)
    issued = elsewhere.issue(ARN, keys.create("robot").access_key_id, 900, read_only=False)
    with pytest.raises(ClaimRefused):
        sessions.open(issued.access_key_id, issued.session_token)


def test_a_text_sealed_for_another_purpose_is_not_a_token(
    keys: AccessKeys, sessions: TemporaryKeys, box: SecretBox
) -> None:
    for text in ("plain secret", "[]", '{"purpose": "session"}', '["other",1,2,3,4,5,6]', "7"):
        with pytest.raises(ClaimRefused):
            sessions.open("ASIAAAAAAAAAAAAAAAAA", box.seal(text))


def test_credentials_end_when_their_permanent_key_is_revoked(
    keys: AccessKeys, sessions: TemporaryKeys
) -> None:
    issued = sessions.issue(ARN, keys.create("robot").access_key_id, 900, read_only=False)
    keys.revoke("robot")
    assert sessions.open(issued.access_key_id, issued.session_token) is None
    keys.create("robot")
    assert sessions.open(issued.access_key_id, issued.session_token) is None


def test_the_id_of_a_permanent_key_is_unknown(sessions: TemporaryKeys) -> None:
    assert sessions.open("AKIAUNKNOWNUNKNOWN00", "whatever") is None


def test_a_token_is_valid_until_just_before_it_expires(keys: AccessKeys, sessions: TemporaryKeys) -> None:
    issued = sessions.issue(ARN, keys.create("robot").access_key_id, 900, read_only=False)
    assert issued.expires_at is not None
    check_session_token(issued.session_token, issued, issued.expires_at - timedelta(microseconds=1))
    for late in (issued.expires_at, issued.expires_at + timedelta(microseconds=1)):
        with pytest.raises(ClaimRefused) as caught:
            check_session_token(issued.session_token, issued, late)
        assert caught.value.reason is Reason.EXPIRED_TOKEN
