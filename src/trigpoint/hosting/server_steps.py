"""The next state of a model server: pure decisions, no effects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trigpoint.compute.runner import ProcessState
from trigpoint.hosting.records import ModelServer

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
STABLE_S = 10.0
"""Decision: a server that has run for this time is restarted at once, as one that was killed by chance."""
MAX_LAST_WORDS = 300
HUNG_S = 30.0
"""Decision: a ready server that does not answer /ping for this time is killed; AWS documents no time."""
MAX_FAILED_STARTS = 3
"""Decision: AWS tries until the timeout; a server that was killed three times is not expected to recover.

A server that ends by itself with an error, before it was ever ready, has failed at once: its model is damaged or its
program is wrong, and neither changes.
"""
MAX_FAILED_FETCHES = 6
"""Decision: the pauses between six attempts add up to half a minute, in which the model data's store may recover."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """The observed state of a model server's process, and the port on which /ping answered.

    `last_words` is the last line of the log of a process that has ended.
    """

    process: ProcessState
    answering_port: int | None = None
    last_words: str = ""


def next_server(
    server: ModelServer, startup_timeout_s: float, facts: ServerFacts, now: datetime
) -> ModelServer:
    """The starting or ready server after its process was observed."""
    if server.phase == "ready":
        return _next_ready(server, facts, now)
    if facts.process.phase != "running":
        by_itself = (facts.process.exit_code or 0) > 0
        return after_failed_start(server, _end_of(facts), now, final=by_itself)
    if facts.answering_port is not None:
        return replace(
            server, phase="ready", port=facts.answering_port, ready_at=server.ready_at or now, retry_at=None
        )
    assert server.started_at is not None
    if now - server.started_at >= timedelta(seconds=startup_timeout_s):
        late = f"/ping did not answer within {startup_timeout_s} s"
        return after_failed_start(server, late, now, final=True)
    return server


def hangs(server: ModelServer, now: datetime) -> bool:
    """Whether a ready server has been silent for so long that it must be killed."""
    return server.silent_since is not None and now - server.silent_since >= timedelta(seconds=HUNG_S)


def after_failed_start(
    server: ModelServer, reason: str, now: datetime, *, final: bool = False
) -> ModelServer:
    """The server after a failed start: to be started again later, or failed.

    A server that was ready before is restarted without limit: only its first start decides about the endpoint.
    """
    most = 0 if final else MAX_FAILED_STARTS
    return _failed_or_again(server, server.failures + 1, most, reason, now)


def after_failed_fetch(server: ModelServer, reason: str, now: datetime) -> ModelServer:
    """The server whose model data could not be downloaded: to be started again later, or failed."""
    return _failed_or_again(server, server.failures + 1, MAX_FAILED_FETCHES, reason, now)


def _failed_or_again(
    server: ModelServer, failures: int, most: int, reason: str, now: datetime
) -> ModelServer:
    if server.ready_at is None and failures >= most:
        return replace(server, phase="failed", port=None, failures=failures, failure_reason=reason)
    return _to_be_started(server, failures, _delay_s(failures), now)


def _next_ready(server: ModelServer, facts: ServerFacts, now: datetime) -> ModelServer:
    stable = server.started_at and now - server.started_at >= timedelta(seconds=STABLE_S)
    failures = 0 if stable else server.failures
    if facts.process.phase == "running":
        silent_since = None if facts.answering_port is not None else server.silent_since or now
        return replace(server, failures=failures, silent_since=silent_since)
    if facts.process.exit_code == 0:  # it was asked to end: the whole installation was stopped
        return _to_be_started(server, failures, 0.0, now)
    # The first restart after a period of service is immediate; later ones are delayed more and more.
    return _to_be_started(server, failures + 1, _delay_s(failures) if failures else 0.0, now)


def _to_be_started(server: ModelServer, failures: int, delay_s: float, now: datetime) -> ModelServer:
    retry_at = now + timedelta(seconds=delay_s)
    return replace(server, phase="new", port=None, failures=failures, retry_at=retry_at, silent_since=None)


# Not tenacity: the count and the time of the next attempt are columns, so that any process may make it.
def _delay_s(failures: int) -> float:
    return float(min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(failures - 1, 30)))


def _end_of(facts: ServerFacts) -> str:
    """How the process ended, and why, as far as its log says so."""
    code = facts.process.exit_code
    if code is None:
        return "the model server was killed"
    if code < 0:
        return f"the model server was killed by signal {-code}"
    words = facts.last_words[:MAX_LAST_WORDS]
    return f"the model server ended with exit code {code}{f': {words}' if words else ''}"
