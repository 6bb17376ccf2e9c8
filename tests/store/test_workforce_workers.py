"""Workers on both databases: invitations, passwords, sessions, throttling."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from helpers.cast import PASSWORD, People, make_cast, make_people
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound
from trigpoint.db import Database
from trigpoint.db.tables import load_all
from trigpoint.db.tables.workforce import sign_in_attempts
from trigpoint.settings import Settings
from trigpoint.workforce import throttle
from trigpoint.workforce.people import Invitation, Worker
from trigpoint.workforce.sign_in import AccountDisabled, TemporaryPasswordExpired
from trigpoint.workforce.throttle import SignInThrottled

HOUR_S = 3600.0


@pytest.fixture
def people(database: Database, settings: Settings, clock: FakeClock) -> People:
    return make_people(database, settings, clock)


def password(invitation: Invitation) -> str:
    assert invitation.temporary_password is not None
    return invitation.temporary_password


def joined(people: People, email: str = "bob@example.com") -> Worker:
    invitation = people.workers.invite(email, "street")
    return people.sign_in.change_password(invitation.worker, password(invitation), PASSWORD)


def test_an_invited_worker_signs_in_with_the_temporary_password_and_must_change_it(people: People) -> None:
    invitation = people.workers.invite("bob@example.com", "street")
    assert invitation.portal_url == "http://127.0.0.1:8400/portal/"
    assert (invitation.user_name, invitation.team) == ("bob@example.com", "street")
    worker = people.sign_in.authenticate("bob@example.com", password(invitation))
    assert worker == invitation.worker
    assert worker is not None
    assert worker.must_change_password
    changed = people.sign_in.change_password(worker, password(invitation), PASSWORD)
    assert not changed.must_change_password
    assert people.sign_in.authenticate("bob@example.com", PASSWORD) == changed
    assert people.sign_in.authenticate("bob@example.com", password(invitation)) is None


def test_ids_have_the_format_of_aws(people: People) -> None:
    worker = joined(people)
    assert len(worker.id) == 16
    assert int(worker.id, 16) >= 0
    assert len(worker.sub) == 36
    identity = people.workers.identity_of(worker)
    assert identity.provider_type == "Cognito"
    assert identity.issuer.startswith("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_")
    assert identity.sub == worker.sub


def test_inviting_again_before_the_first_sign_in_gives_a_new_temporary_password(people: People) -> None:
    first = people.workers.invite("bob@example.com", "street")
    second = people.workers.invite("bob@example.com", "harbour")
    assert second.worker == first.worker
    assert people.sign_in.authenticate("bob@example.com", password(first)) is None
    assert people.sign_in.authenticate("bob@example.com", password(second)) == first.worker


def test_inviting_a_worker_who_has_a_password_only_adds_them_to_the_team(
    people: People, database: Database, settings: Settings, clock: FakeClock
) -> None:
    cast = make_cast(database, settings, clock)
    again = cast.people.workers.invite("bob@example.com", "harbour")
    assert again.temporary_password is None
    assert people.sign_in.authenticate("bob@example.com", PASSWORD) == cast.bob
    assert [arn.rsplit("/")[-1] for arn in cast.people.teams.team_arns_of(cast.bob.id)] == [
        "harbour",
        "street",
    ]


def test_addresses_keep_their_case_and_sign_in_ignores_it_when_unambiguous(people: People) -> None:
    upper = joined(people, "Bob@Example.com")
    assert people.sign_in.authenticate(" bob@example.com ", PASSWORD) == upper
    lower = joined(people, "bob@example.com")
    assert lower.id != upper.id
    assert people.sign_in.authenticate("bob@example.com", PASSWORD) == lower
    assert people.sign_in.authenticate("Bob@Example.com", PASSWORD) == upper
    assert people.sign_in.authenticate("BOB@example.com", PASSWORD) is None


@pytest.mark.parametrize("email", ["", "bob", "@x", "bob@", "a b@example.com", "bob@exa\nmple.com"])
def test_an_invalid_address_is_not_invited(people: People, email: str) -> None:
    with pytest.raises(Invalid, match="not an e-mail address"):
        people.workers.invite(email, "street")
    assert people.workers.list() == []


@pytest.mark.parametrize("team", ["", "two words", "-x", "x-", "x" * 64, "é"])
def test_an_invitation_to_an_invalid_team_name_is_refused(people: People, team: str) -> None:
    with pytest.raises(Invalid, match="not a valid work team name"):
        people.workers.invite("bob@example.com", team)
    assert people.workers.list() == []


def test_a_temporary_password_is_valid_for_seven_days(people: People, clock: FakeClock) -> None:
    invitation = people.workers.invite("bob@example.com", "street")
    clock.advance(7 * 24 * HOUR_S - 1)
    assert people.sign_in.authenticate("bob@example.com", password(invitation)) is not None
    clock.advance(1)
    with pytest.raises(TemporaryPasswordExpired, match="ask the person who invited you"):
        people.sign_in.authenticate("bob@example.com", password(invitation))
    assert people.sign_in.authenticate("bob@example.com", "wrong") is None


def test_there_is_one_administrator(people: People) -> None:
    admin = people.workers.create_admin(PASSWORD)
    assert (admin.user_name, admin.role, admin.must_change_password) == ("admin", "admin", False)
    assert people.sign_in.authenticate("admin", PASSWORD) == admin
    with pytest.raises(Conflict):
        people.workers.create_admin(PASSWORD)
    with pytest.raises(Conflict):
        people.workers.disable(admin.id)


@pytest.mark.parametrize(
    ("new", "complaint"),
    [
        ("short12", "at least 8"),
        ("x" * 257, "at most 256"),
        ("Password1", "too easy to guess"),
        ("aaaaaaaaaaa", "too easy to guess"),
        ("Robert.Paulson@example.com", "user name"),
        ("robert.paulson", "user name"),
    ],
)
def test_an_unsuitable_new_password_is_refused_with_the_reason(
    people: People, new: str, complaint: str
) -> None:
    worker = joined(people, "robert.paulson@example.com")
    with pytest.raises(Invalid, match=complaint):
        people.sign_in.change_password(worker, PASSWORD, new)
    with pytest.raises(Invalid, match="current one"):
        people.sign_in.change_password(worker, PASSWORD, PASSWORD)
    assert people.sign_in.authenticate(worker.user_name, PASSWORD) == worker


def test_changing_a_password_needs_the_old_one_and_ends_all_sessions(people: People) -> None:
    worker = joined(people)
    token = people.sessions.open(worker)
    with pytest.raises(Denied, match="current password is wrong"):
        people.sign_in.change_password(worker, "wrong", "another bicycle")
    assert people.sessions.worker(token) == worker
    people.sign_in.change_password(worker, PASSWORD, "another bicycle")
    assert people.sessions.worker(token) is None


def test_a_reset_creates_a_temporary_password(people: People) -> None:
    worker = joined(people)
    token = people.sessions.open(worker)
    temporary = people.workers.reset_password("bob@example.com")
    assert people.sessions.worker(token) is None
    found = people.sign_in.authenticate("bob@example.com", temporary)
    assert found is not None
    assert found.must_change_password
    with pytest.raises(NotFound, match="did you mean bob@example"):
        people.workers.reset_password("bobby@example.com")


def test_a_reset_ends_the_wait_after_failed_sign_ins_elsewhere(people: People) -> None:
    joined(people)
    for attempt in range(30):
        people.sign_in.authenticate("bob@example.com", "wrong", f"10.0.0.{attempt}")
    with pytest.raises(SignInThrottled):
        people.sign_in.authenticate("bob@example.com", PASSWORD, "10.0.1.1")
    temporary = people.workers.reset_password("bob@example.com")
    assert people.sign_in.authenticate("bob@example.com", temporary, "10.0.1.1") is not None


def test_a_disabled_worker_cannot_sign_in_until_they_are_enabled_again(people: People) -> None:
    worker = joined(people)
    token = people.sessions.open(worker)
    entry = people.sessions.entry_token(worker, 60)
    people.workers.disable(worker.id)
    assert people.sessions.worker(token) is None
    assert people.sessions.enter(entry) is None
    assert people.sign_in.authenticate("bob@example.com", "wrong") is None
    with pytest.raises(AccountDisabled):
        people.sign_in.authenticate("bob@example.com", PASSWORD)
    with pytest.raises(Conflict, match="enable"):
        people.workers.reset_password("bob@example.com")
    with pytest.raises(Conflict, match="enable"):
        people.workers.invite("bob@example.com", "street")
    people.workers.enable(worker.id)
    assert people.sign_in.authenticate("bob@example.com", PASSWORD) == worker


def test_only_a_disabled_worker_can_be_deleted_and_no_personal_data_is_kept(
    people: People, database: Database
) -> None:
    worker = joined(people, "roberta@example.com")
    with pytest.raises(Conflict, match="disable"):
        people.workers.delete(worker.id)
    people.workers.disable(worker.id)
    people.workers.delete(worker.id)
    with pytest.raises(NotFound):
        people.workers.get(worker.id)
    assert people.workers.list() == []
    with database.read() as connection:
        everything = repr([connection.execute(table.select()).all() for table in load_all().sorted_tables])
    assert "roberta" not in everything
    assert worker.sub in everything
    assert people.workers.invite("roberta@example.com", "street").worker.id != worker.id


def test_a_session_expires_twelve_hours_after_its_last_use(people: People, clock: FakeClock) -> None:
    worker = joined(people)
    token = people.sessions.open(worker)
    for _ in range(5):
        clock.advance(11 * HOUR_S)
        assert people.sessions.worker(token) == worker
    clock.advance(12 * HOUR_S)
    assert people.sessions.worker(token) is None
    assert people.sessions.worker("made up") is None


def test_signing_out_ends_one_session(people: People) -> None:
    worker = joined(people)
    here, there = people.sessions.open(worker), people.sessions.open(worker)
    people.sessions.close(here)
    assert people.sessions.worker(here) is None
    assert people.sessions.worker(there) == worker


def test_the_database_contains_no_token_and_no_password(people: People, database: Database) -> None:
    worker = joined(people)
    secrets = [people.sessions.open(worker), people.sessions.entry_token(worker, 60), PASSWORD]
    people.sign_in.authenticate("typed my secret as the name", "x", "192.0.2.1")
    with database.read() as connection:
        everything = repr([connection.execute(table.select()).all() for table in load_all().sorted_tables])
    assert [secret for secret in [*secrets, "typed my secret"] if secret in everything] == []


def test_an_entry_token_is_accepted_once_before_it_expires(people: People, clock: FakeClock) -> None:
    worker = joined(people)
    token = people.sessions.entry_token(worker, 60)
    assert people.sessions.enter(token) == worker
    assert people.sessions.enter(token) is None
    late = people.sessions.entry_token(worker, 60)
    clock.advance(60)
    assert people.sessions.enter(late) is None


def test_one_of_many_concurrent_uses_of_an_entry_token_succeeds(people: People) -> None:
    token = people.sessions.entry_token(joined(people), 60)
    entered: list[Worker | None] = []
    threads = [
        threading.Thread(target=lambda: entered.append(people.sessions.enter(token))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([worker for worker in entered if worker is not None]) == 1


def test_failed_sign_ins_are_slowed_down_but_never_locked_out(people: People, clock: FakeClock) -> None:
    worker = joined(people)
    for _ in range(5):
        assert people.sign_in.authenticate("bob@example.com", "guess", "192.0.2.1") is None
    with pytest.raises(SignInThrottled, match="try again in 1 s"):
        people.sign_in.authenticate("bob@example.com", PASSWORD, "192.0.2.1")
    waits = []
    for _ in range(10):
        try:
            people.sign_in.authenticate("bob@example.com", "guess", "192.0.2.1")
        except SignInThrottled as throttled:
            waits.append(throttled.retry_after_s)
            clock.advance(throttled.retry_after_s)
            people.sign_in.authenticate("bob@example.com", "guess", "192.0.2.1")
    assert waits == sorted(waits)
    assert max(waits) == 60
    clock.advance(60)
    assert people.sign_in.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker
    for _ in range(4):
        assert people.sign_in.authenticate("bob@example.com", "guess", "192.0.2.1") is None
    assert people.sign_in.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker


def test_failures_from_another_address_do_not_block_the_worker(people: People) -> None:
    worker = joined(people)
    for _ in range(6):
        try:
            people.sign_in.authenticate("bob@example.com", "guess", "198.51.100.7")
        except SignInThrottled:
            break
    else:
        pytest.fail("the stranger was never slowed down")
    assert people.sign_in.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker


def test_trying_many_names_from_one_address_is_slowed_down(people: People) -> None:
    with pytest.raises(SignInThrottled):
        for i in range(40):
            assert people.sign_in.authenticate(f"name{i}@example.com", "guess", "198.51.100.7") is None
    assert people.sign_in.authenticate("name1@example.com", "guess", "192.0.2.1") is None


def test_a_flood_of_names_is_forgotten_before_the_wait_of_somebody_who_guesses(
    people: People, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MAX_COUNTS", 12)
    monkeypatch.setattr(throttle, "COUNTED_EVERY", 1)
    for _ in range(20):
        try:
            people.sign_in.authenticate("bob@example.com", "guess", "192.0.2.1")
        except SignInThrottled as throttled:
            if throttled.retry_after_s > 30:
                break
            clock.advance(throttled.retry_after_s)
    for number in range(30):
        assert people.sign_in.authenticate(f"name{number}", "guess", f"198.51.100.{number}") is None
        clock.advance(0.01)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(sign_in_attempts)).scalar_one() <= 12
    with pytest.raises(SignInThrottled):
        people.sign_in.authenticate("bob@example.com", "guess", "192.0.2.1")


def test_all_addresses_of_one_ipv6_network_count_as_one(people: People, clock: FakeClock) -> None:
    worker = joined(people)
    for number in range(5):
        assert people.sign_in.authenticate("bob@example.com", "guess", f"2001:db8:0:7::{number:x}") is None
    with pytest.raises(SignInThrottled):
        people.sign_in.authenticate("bob@example.com", PASSWORD, "2001:db8:0:7:ffff::1")
    assert people.sign_in.authenticate("bob@example.com", PASSWORD, "2001:db8:0:8::1") == worker
    clock.advance(60)
    assert people.sign_in.authenticate("bob@example.com", PASSWORD, "2001:db8:0:7:ffff::1") == worker


def test_failures_of_others_delay_a_sign_in_by_at_most_five_seconds(people: People, clock: FakeClock) -> None:
    worker = joined(people)
    for i in range(60):
        for name, address in ((f"name{i}", "192.0.2.1"), ("bob@example.com", f"198.51.100.{i}")):
            try:
                people.sign_in.authenticate(name, "guess", address)
            except SignInThrottled as throttled:
                assert throttled.retry_after_s <= 5
                clock.advance(throttled.retry_after_s)
    clock.advance(5)
    assert people.sign_in.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker


def test_successful_sign_ins_from_one_address_are_not_slowed_down(people: People) -> None:
    for i in range(20):
        person = joined(people, f"p{i}@example.com")
        for _ in range(3):
            assert people.sign_in.authenticate(person.user_name, PASSWORD, "192.0.2.1") == person


def test_concurrent_guesses_are_counted_separately(people: People) -> None:
    joined(people)
    looked_at: list[bool] = []

    def guess() -> None:
        try:
            looked_at.append(people.sign_in.authenticate("bob@example.com", "guess", "192.0.2.1") is None)
        except SignInThrottled:
            looked_at.append(False)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(looked_at) == 5


def test_wrong_current_passwords_are_slowed_down(people: People) -> None:
    worker = joined(people)
    with pytest.raises(SignInThrottled):
        for _ in range(7):
            try:
                people.sign_in.change_password(worker, "guess", "another bicycle")
            except Denied:
                continue
