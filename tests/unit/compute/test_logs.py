"""Reading the files of log streams forwards, backwards and from a given time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from trigpoint.compute import logs
from trigpoint.compute.logs import events_before, events_from, first_at, read_lines


def write(path: Path, seed: int, count: int) -> None:
    draw = random.Random(seed)
    ms = 1000
    with path.open("w") as file:
        for n in range(count):
            ms += draw.choice([0, 0, 1, 5])
            file.write(f"{ms}\tline {n} {'x' * draw.randrange(40)}\n")


def test_reading_continues_where_the_last_read_ended(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert read_lines(path, 0) == ([], 0)
    path.write_bytes(b"1\ta\n2\tb\tc\n3\tunfin")
    found, offset = read_lines(path, 0)
    assert found == [(1, "a"), (2, "b\tc")]
    assert read_lines(path, offset) == ([], offset)
    with path.open("ab") as file:
        file.write(b"ished\n4\t\n")
    assert read_lines(path, offset)[0] == [(3, "unfinished"), (4, "")]
    assert read_lines(path, 0, most_bytes=5) == ([(1, "a"), (2, "b\tc")], 10)


@pytest.mark.parametrize("seed", range(6))
def test_reading_backwards_gives_the_same_events_as_reading_forwards(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    write(path, seed, 60)
    with path.open("a") as file:
        file.write("9999\tnot finished")
    forwards = list(events_from(path, 0))
    assert len(forwards) == 60
    for block in (1, 7, 50, 4096):
        monkeypatch.setattr(logs, "_BLOCK_BYTES", block)
        assert list(events_before(path)) == forwards[::-1]
        assert list(events_before(path, forwards[20].offset)) == forwards[19::-1]
    assert list(events_before(path, 0)) == []
    assert list(events_before(tmp_path / "none")) == []


@pytest.mark.parametrize("seed", range(6))
def test_the_first_event_at_a_time_is_the_one_that_a_linear_search_finds(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(path, seed, 80)
    with path.open("a") as file:
        file.write("9999\tnot finished")
    events = list(events_from(path, 0))
    for ms in range(990, events[-1].ms + 10):
        expected = next((event.offset for event in events if event.ms >= ms), events[-1].end)
        assert first_at(path, ms) == expected
    assert first_at(tmp_path / "none", 5) == 0
