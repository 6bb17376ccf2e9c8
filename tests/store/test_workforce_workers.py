"""Workers on both databases: invitations, passwords, sessions, throttling."""

from __future__ import annotations

import threading

import pytest

from helpers.cast import PASSWORD, make_cast, quick_passwords
from trigpoint.core.clock import FakeClock
from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound
from trigpoint.db import Database
from trigpoint.db.tables import load_all
from trigpoint.settings import Settings
from trigpoint.workforce.people import Invitation
from trigpoint.workforce.throttle import SignInThrottled
from trigpoint.workforce.workers import TemporaryPasswordExpired, Worker, Workers

HOUR_S = 3600.0


@pytest.fixture
def workers(database: Database, settings: Settings, clock: FakeClock) -> Workers:
    return Workers(database, settings, clock, passwords=quick_passwords())


def password(invitation: Invitation) -> str:
    assert invitation.temporary_password is not None
    return invitation.temporary_password


def joined(workers: Workers, email: str = "bob@example.com") -> Worker:
    invitation = workers.invite(email, "street")
    return workers.change_password(invitation.worker, password(invitation), PASSWORD)


def test_an_invited_worker_signs_in_with_the_temporary_password_and_must_change_it(workers: Workers) -> None:
    invitation = workers.invite("bob@example.com", "street")
    assert invitation.portal_url == "http://127.0.0.1:8400/portal/"
    assert (invitation.user_name, invitation.team) == ("bob@example.com", "street")
    worker = workers.authenticate("bob@example.com", password(invitation))
    assert worker == invitation.worker
    assert worker is not None
    assert worker.must_change_password
    changed = workers.change_password(worker, password(invitation), PASSWORD)
    assert not changed.must_change_password
    assert workers.authenticate("bob@example.com", PASSWORD) == changed
    assert workers.authenticate("bob@example.com", password(invitation)) is None


def test_ids_have_the_shape_that_payloads_need(workers: Workers) -> None:
    worker = joined(workers)
    assert len(worker.id) == 16
    assert int(worker.id, 16) >= 0
    assert len(worker.sub) == 36
    identity = workers.identity_of(worker)
    assert identity.provider_type == "Cognito"
    assert identity.issuer.startswith("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_")
    assert identity.sub == worker.sub


def test_inviting_again_before_the_first_sign_in_gives_a_new_temporary_password(workers: Workers) -> None:
    first = workers.invite("bob@example.com", "street")
    second = workers.invite("bob@example.com", "harbour")
    assert second.worker == first.worker
    assert workers.authenticate("bob@example.com", password(first)) is None
    assert workers.authenticate("bob@example.com", password(second)) == first.worker


def test_inviting_somebody_with_a_password_of_his_own_only_adds_him_to_the_team(
    workers: Workers, database: Database, settings: Settings, clock: FakeClock
) -> None:
    cast = make_cast(database, settings, clock)
    again = cast.workers.invite("bob@example.com", "harbour")
    assert again.temporary_password is None
    assert workers.authenticate("bob@example.com", PASSWORD) == cast.bob
    assert [arn.rsplit("/")[-1] for arn in cast.teams.team_arns_of(cast.bob.id)] == ["harbour", "street"]


def test_addresses_keep_their_case_and_sign_in_forgives_it_where_it_is_clear(workers: Workers) -> None:
    upper = joined(workers, "Bob@Example.com")
    assert workers.authenticate(" bob@example.com ", PASSWORD) == upper
    lower = joined(workers, "bob@example.com")
    assert lower.id != upper.id
    assert workers.authenticate("bob@example.com", PASSWORD) == lower
    assert workers.authenticate("Bob@Example.com", PASSWORD) == upper
    assert workers.authenticate("BOB@example.com", PASSWORD) is None


@pytest.mark.parametrize("email", ["", "bob", "@x", "bob@", "a b@example.com", "bob@exa\nmple.com"])
def test_what_is_no_address_is_not_invited(workers: Workers, email: str) -> None:
    with pytest.raises(Invalid, match="not an e-mail address"):
        workers.invite(email, "street")
    assert workers.list() == []


@pytest.mark.parametrize("team", ["", "two words", "-x", "x-", "x" * 64, "é"])
def test_nobody_is_invited_to_a_team_that_cannot_be_named_so(workers: Workers, team: str) -> None:
    with pytest.raises(Invalid, match="cannot name a work team"):
        workers.invite("bob@example.com", team)
    assert workers.list() == []


def test_a_temporary_password_serves_seven_days(workers: Workers, clock: FakeClock) -> None:
    invitation = workers.invite("bob@example.com", "street")
    clock.advance(7 * 24 * HOUR_S - 1)
    assert workers.authenticate("bob@example.com", password(invitation)) is not None
    clock.advance(1)
    with pytest.raises(TemporaryPasswordExpired, match="ask the person who invited you"):
        workers.authenticate("bob@example.com", password(invitation))
    assert workers.authenticate("bob@example.com", "wrong") is None


def test_there_is_one_administrator(workers: Workers) -> None:
    admin = workers.create_admin(PASSWORD)
    assert (admin.user_name, admin.role, admin.must_change_password) == ("admin", "admin", False)
    assert workers.authenticate("admin", PASSWORD) == admin
    with pytest.raises(Conflict):
        workers.create_admin(PASSWORD)
    with pytest.raises(Conflict):
        workers.disable(admin.id)


@pytest.mark.parametrize(
    ("new", "complaint"),
    [
        ("short12", "at least 8"),
        ("x" * 257, "at most 256"),
        ("Password1", "anybody would try"),
        ("aaaaaaaaaaa", "anybody would try"),
        ("Robert.Paulson@example.com", "user name"),
        ("robert.paulson", "user name"),
    ],
)
def test_a_bad_new_password_is_refused_with_the_reason(workers: Workers, new: str, complaint: str) -> None:
    worker = joined(workers, "robert.paulson@example.com")
    with pytest.raises(Invalid, match=complaint):
        workers.change_password(worker, PASSWORD, new)
    with pytest.raises(Invalid, match="current one"):
        workers.change_password(worker, PASSWORD, PASSWORD)
    assert workers.authenticate(worker.user_name, PASSWORD) == worker


def test_changing_a_password_needs_the_old_one_and_ends_all_sessions(workers: Workers) -> None:
    worker = joined(workers)
    token = workers.open_session(worker)
    with pytest.raises(Denied, match="current password is wrong"):
        workers.change_password(worker, "wrong", "another bicycle")
    assert workers.worker_of_session(token) == worker
    workers.change_password(worker, PASSWORD, "another bicycle")
    assert workers.worker_of_session(token) is None


def test_a_reset_password_is_a_temporary_one(workers: Workers) -> None:
    worker = joined(workers)
    token = workers.open_session(worker)
    temporary = workers.reset_password("bob@example.com")
    assert workers.worker_of_session(token) is None
    found = workers.authenticate("bob@example.com", temporary)
    assert found is not None
    assert found.must_change_password
    with pytest.raises(NotFound):
        workers.reset_password("nobody@example.com")


def test_a_disabled_worker_cannot_sign_in_and_can_again_when_enabled(workers: Workers) -> None:
    worker = joined(workers)
    token = workers.open_session(worker)
    entry = workers.entry_token(worker, 60)
    workers.disable(worker.id)
    assert workers.worker_of_session(token) is None
    assert workers.enter(entry) is None
    assert workers.authenticate("bob@example.com", PASSWORD) is None
    with pytest.raises(Conflict, match="enable"):
        workers.invite("bob@example.com", "street")
    workers.enable(worker.id)
    assert workers.authenticate("bob@example.com", PASSWORD) == worker


def test_only_a_disabled_worker_is_deleted_and_nothing_personal_stays(
    workers: Workers, database: Database
) -> None:
    worker = joined(workers, "roberta@example.com")
    with pytest.raises(Conflict, match="disable"):
        workers.delete(worker.id)
    workers.disable(worker.id)
    workers.delete(worker.id)
    with pytest.raises(NotFound):
        workers.get(worker.id)
    assert workers.list() == []
    with database.read() as connection:
        everything = repr([connection.execute(table.select()).all() for table in load_all().sorted_tables])
    assert "roberta" not in everything
    assert worker.sub in everything
    assert workers.invite("roberta@example.com", "street").worker.id != worker.id


def test_a_session_lasts_twelve_hours_after_its_last_use(workers: Workers, clock: FakeClock) -> None:
    worker = joined(workers)
    token = workers.open_session(worker)
    for _ in range(5):
        clock.advance(11 * HOUR_S)
        assert workers.worker_of_session(token) == worker
    clock.advance(12 * HOUR_S)
    assert workers.worker_of_session(token) is None
    assert workers.worker_of_session("made up") is None


def test_signing_out_ends_one_session(workers: Workers) -> None:
    worker = joined(workers)
    here, there = workers.open_session(worker), workers.open_session(worker)
    workers.close_session(here)
    assert workers.worker_of_session(here) is None
    assert workers.worker_of_session(there) == worker


def test_no_token_and_no_password_can_be_read_from_the_database(workers: Workers, database: Database) -> None:
    worker = joined(workers)
    secrets = [workers.open_session(worker), workers.entry_token(worker, 60), PASSWORD]
    workers.authenticate("typed my secret as the name", "x", "192.0.2.1")
    with database.read() as connection:
        everything = repr([connection.execute(table.select()).all() for table in load_all().sorted_tables])
    assert [secret for secret in [*secrets, "typed my secret"] if secret in everything] == []


def test_an_entry_token_lets_in_once_and_not_late(workers: Workers, clock: FakeClock) -> None:
    worker = joined(workers)
    token = workers.entry_token(worker, 60)
    assert workers.enter(token) == worker
    assert workers.enter(token) is None
    late = workers.entry_token(worker, 60)
    clock.advance(60)
    assert workers.enter(late) is None


def test_of_many_who_use_an_entry_token_at_once_one_gets_in(workers: Workers) -> None:
    token = workers.entry_token(joined(workers), 60)
    entered: list[Worker | None] = []
    threads = [threading.Thread(target=lambda: entered.append(workers.enter(token))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([worker for worker in entered if worker is not None]) == 1


def test_failures_slow_down_and_never_lock_out(workers: Workers, clock: FakeClock) -> None:
    worker = joined(workers)
    for _ in range(5):
        assert workers.authenticate("bob@example.com", "guess", "192.0.2.1") is None
    with pytest.raises(SignInThrottled, match="try again in 1 s"):
        workers.authenticate("bob@example.com", PASSWORD, "192.0.2.1")
    waits = []
    for _ in range(10):
        try:
            workers.authenticate("bob@example.com", "guess", "192.0.2.1")
        except SignInThrottled as throttled:
            waits.append(throttled.retry_after_s)
            clock.advance(throttled.retry_after_s)
            workers.authenticate("bob@example.com", "guess", "192.0.2.1")
    assert waits == sorted(waits)
    assert max(waits) == 60
    clock.advance(60)
    assert workers.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker
    for _ in range(4):
        assert workers.authenticate("bob@example.com", "guess", "192.0.2.1") is None
    assert workers.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker


def test_failures_elsewhere_do_not_keep_the_worker_out(workers: Workers) -> None:
    worker = joined(workers)
    for _ in range(6):
        try:
            workers.authenticate("bob@example.com", "guess", "198.51.100.7")
        except SignInThrottled:
            break
    else:
        pytest.fail("the stranger was never slowed down")
    assert workers.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker


def test_trying_many_names_from_one_address_is_slowed_down(workers: Workers) -> None:
    with pytest.raises(SignInThrottled):
        for i in range(40):
            assert workers.authenticate(f"name{i}@example.com", "guess", "198.51.100.7") is None
    assert workers.authenticate("name1@example.com", "guess", "192.0.2.1") is None


def test_what_others_get_wrong_costs_a_person_seconds_only(workers: Workers, clock: FakeClock) -> None:
    worker = joined(workers)
    for i in range(60):
        for name, address in ((f"name{i}", "192.0.2.1"), ("bob@example.com", f"198.51.100.{i}")):
            try:
                workers.authenticate(name, "guess", address)
            except SignInThrottled as throttled:
                assert throttled.retry_after_s <= 5
                clock.advance(throttled.retry_after_s)
    clock.advance(5)
    assert workers.authenticate("bob@example.com", PASSWORD, "192.0.2.1") == worker


def test_people_signing_in_from_one_office_do_not_slow_each_other_down(workers: Workers) -> None:
    for i in range(20):
        person = joined(workers, f"p{i}@example.com")
        for _ in range(3):
            assert workers.authenticate(person.user_name, PASSWORD, "192.0.2.1") == person


def test_guesses_at_the_same_time_count_each(workers: Workers) -> None:
    joined(workers)
    looked_at: list[bool] = []

    def guess() -> None:
        try:
            looked_at.append(workers.authenticate("bob@example.com", "guess", "192.0.2.1") is None)
        except SignInThrottled:
            looked_at.append(False)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(looked_at) == 5


def test_wrong_old_passwords_are_slowed_down_too(workers: Workers) -> None:
    worker = joined(workers)
    with pytest.raises(SignInThrottled):
        for _ in range(7):
            try:
                workers.change_password(worker, "guess", "another bicycle")
            except Denied:
                continue
