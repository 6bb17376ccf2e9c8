"""Outages are recognized by their error numbers, and the log counts them instead of repeating tracebacks."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import exc

from trigpoint.core.errors import Conflict, OutOfSpace, TrigpointError, Unavailable
from trigpoint.core.log import REPEAT_S, OutageFilter
from trigpoint.core.outage import outage_of
from trigpoint.db.outages import database_outage
from trigpoint.services.errors import outage_error


@pytest.mark.parametrize(
    ("number", "kind", "word"),
    [
        (errno.ENOSPC, OutOfSpace, "full"),
        (errno.EDQUOT, OutOfSpace, "quota"),
        (errno.EFBIG, OutOfSpace, "ulimit -f"),
        (errno.EROFS, Unavailable, "read-only"),
        (errno.EIO, Unavailable, "errors"),
        (errno.EMFILE, Unavailable, "ulimit -n"),
    ],
)
def test_an_error_of_the_disk_is_an_outage_without_a_path(
    number: int, kind: type[Unavailable], word: str
) -> None:
    outage = outage_of(OSError(number, "words", "/srv/secret/path"))
    assert type(outage) is kind
    assert word in outage.message and "secret" not in outage.message


@pytest.mark.parametrize(
    "problem", [FileNotFoundError(errno.ENOENT, "x"), ConnectionResetError(), Conflict("x"), KeyError("x")]
)
def test_another_error_is_no_outage(problem: Exception) -> None:
    assert outage_of(problem) is None


class _DriverError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("words of the driver")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "word"),
    [
        (None, "does not answer"),
        ("57P01", "does not answer"),
        ("57P03", "does not answer"),
        ("08006", "does not answer"),
        ("53100", "full"),
        ("53300", "max_connections"),
        ("25006", "read-only"),
        ("XX001", "damaged"),
        ("40P01", ""),
        ("42P01", ""),
    ],
)
def test_an_error_of_postgresql_is_an_outage_by_its_state(sqlstate: str | None, word: str) -> None:
    outage = database_outage(exc.OperationalError("SELECT secret", {}, _DriverError(sqlstate)))
    assert (outage is None) == (not word)
    assert outage is None or (word in outage.message and "secret" not in outage.message)


def test_a_mistake_in_a_statement_is_no_outage(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT * FROM nowhere")
    connection.close()
    assert database_outage(caught.value) is None
    assert database_outage(exc.TimeoutError("QueuePool limit")) is not None


def test_an_outage_has_a_status_of_the_server_and_fails_no_job() -> None:
    assert outage_error(OutOfSpace("full")).status == 507
    assert outage_error(Unavailable("down")).status == 503
    assert not issubclass(
        Unavailable, TrigpointError
    )  # handlers of jobs take those for the fault of the request


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(now=0.0)


@pytest.fixture
def logged(clock: SimpleNamespace) -> Iterator[list[str]]:
    """The lines of a log with the filter."""
    found: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(self.format(record))

    handler = Handler()
    handler.addFilter(OutageFilter(lambda: clock.now))
    logger = logging.getLogger("test.outage")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def _fail(problem: Exception) -> None:
    try:
        raise problem
    except Exception:
        logging.getLogger("test.outage").exception("request.failed number=%d", 7)


def test_an_outage_is_logged_once_and_counted_while_it_goes_on(
    logged: list[str], clock: SimpleNamespace
) -> None:
    for _ in range(200):
        _fail(OSError(errno.ENOSPC, "No space left", "/srv/x"))
    clock.now = REPEAT_S
    _fail(OSError(errno.ENOSPC, "No space left", "/srv/x"))
    assert len(logged) == 2
    assert "failures=1 " in logged[0] and "/srv/x" in logged[0] and "request.failed number=7" in logged[0]
    assert "failures=200 " in logged[1]
    assert not any("Traceback" in line for line in logged)


def test_another_outage_and_a_bug_are_logged_in_the_meantime(logged: list[str]) -> None:
    _fail(OSError(errno.ENOSPC, "x"))
    _fail(OSError(errno.EMFILE, "x"))
    for _ in range(2):
        _fail(KeyError("bug"))
    assert len(logged) == 4
    assert sum("Traceback" in line for line in logged) == 2
