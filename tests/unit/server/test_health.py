"""Readiness reports what does not work, in words, in bounded time, and without load from those who ask."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from helpers.live_server import serving
from trigpoint.core.errors import OutOfSpace, Unavailable
from trigpoint.datadir import working
from trigpoint.datadir.working import check_objects, check_space
from trigpoint.db import Database
from trigpoint.db.check import DatabaseCheck
from trigpoint.server.health import Readiness, build_health
from trigpoint.settings import Settings


@contextmanager
def asking(readiness: Readiness) -> Iterator[Callable[[], httpx.Response]]:
    with serving(build_health(readiness)) as url, httpx.Client(base_url=url) as http:
        yield lambda: http.get("/health")


def _fails(problem: Exception) -> Callable[[], None]:
    def check() -> None:
        raise problem

    return check


def test_all_checks_that_pass_make_the_server_ready() -> None:
    with asking(Readiness({"a": lambda: None, "b": lambda: None})) as ask:
        answer = ask()
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.json() == {"status": "ok", "checks": {"a": "ok", "b": "ok"}}


def test_each_check_that_fails_has_its_reason_and_no_path() -> None:
    checks = {
        "good": lambda: None,
        "outage": _fails(Unavailable("the database is down")),
        "disk": _fails(OSError(errno.ENOSPC, "no space", "/srv/secret")),
        "bug": _fails(KeyError("/srv/secret")),
    }
    with asking(Readiness(checks)) as ask:
        answer = ask()
    assert answer.status_code == 503 and answer.json()["status"] == "unavailable"
    found = answer.json()["checks"]
    assert (found["good"], found["outage"]) == ("ok", "the database is down")
    assert "full" in found["disk"] and "log" in found["bug"] and "secret" not in answer.text


def test_a_check_that_hangs_is_reported_and_never_started_twice() -> None:
    release, calls = threading.Event(), []

    def hang() -> None:
        calls.append(1)
        release.wait()

    with asking(Readiness({"store": hang}, check_s=0.05, known_s=0)) as ask:
        try:
            for _ in range(3):
                answer = ask()
                assert answer.status_code == 503
                assert answer.json()["checks"]["store"] == "did not answer within 0.05 s"
            assert len(calls) == 1
            live = httpx.get(answer.url.join("/health/live"), trust_env=False)
            assert (live.status_code, live.json()) == (200, {"status": "ok"})
        finally:
            release.set()


def test_many_who_ask_at_once_run_each_check_once() -> None:
    calls: list[int] = []

    async def ask_often() -> None:
        readiness = Readiness({"a": lambda: calls.append(1)}, known_s=3600)
        found = await asyncio.gather(*(readiness() for _ in range(100)))
        assert all(one["status"] == "ok" for one in found)
        await readiness()

    asyncio.run(ask_often())
    assert len(calls) == 1


def test_a_server_is_ready_again_when_the_cause_is_gone() -> None:
    problems: list[Exception] = [Unavailable("down")]

    def check() -> None:
        if problems:
            raise problems[0]

    with asking(Readiness({"a": check}, known_s=0)) as ask:
        assert ask().status_code == 503
        problems.clear()
        assert ask().status_code == 200


def test_a_disk_with_little_space_is_reported(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.data_dir.mkdir()
    check_space(settings)
    monkeypatch.setattr(working, "LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(OutOfSpace, match="almost full"):
        check_space(settings)


def test_an_object_folder_that_is_gone_is_reported(settings: Settings, tmp_path: Path) -> None:
    settings.objects_dir.mkdir(parents=True)
    check_objects(settings)
    assert list(settings.objects_dir.iterdir()) == []
    with pytest.raises(Unavailable, match="is gone"):
        check_objects(replace(settings, data_dir=tmp_path / "none"))


def test_a_database_file_that_is_removed_or_replaced_is_reported(sqlite_database: Database) -> None:
    check = DatabaseCheck(sqlite_database)
    check()
    file = Path(sqlite_database.url.removeprefix("sqlite:///"))
    moved = file.rename(file.with_name("moved"))
    for _ in range(2):
        with pytest.raises(Unavailable, match="was removed"):
            check()
        with pytest.raises(Unavailable, match="cannot be opened"), sqlite_database.read():
            pass
    moved.rename(file)
    check()
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    copy.replace(file)
    with pytest.raises(Unavailable, match="was replaced"):
        check()
    check()
