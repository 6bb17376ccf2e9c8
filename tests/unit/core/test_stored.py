"""Dataclasses read from JSON, also by several threads at their first use."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from trigpoint.core.stored import stored


@dataclass(frozen=True, slots=True)
class Inner:
    names: list[str]


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner | None
    where: Path
    at: datetime


read = stored(Outer)


def test_what_was_stored_is_read_back() -> None:
    value = Outer(Inner(["a"]), Path("/x/y"), datetime(2026, 1, 2, tzinfo=UTC))
    assert read(msgspec.to_builtins(value, enc_hook=str)) == value


def test_a_value_of_another_shape_is_an_error_that_names_the_field() -> None:
    with pytest.raises(
        msgspec.ValidationError, match=r"Expected `str`, got `int` - at `\$.inner.names\[0\]`"
    ):
        read({"inner": {"names": [1]}, "where": "/", "at": "2026-01-02T00:00:00Z"})


FIRST_USE_IN_THREADS = """
import sys, threading
from dataclasses import dataclass
from trigpoint.core.stored import stored

sys.setswitchinterval(1e-6)
for _ in range(400):
    @dataclass
    class Inner:
        names: "list[str]"

    @dataclass
    class Outer:
        number: "int"
        inner: "Inner"
        again: "Inner | None"

    read, start = stored(Outer), threading.Barrier(4)

    def use():
        start.wait()
        read({"number": 1, "inner": {"names": ["a"]}, "again": None})

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_several_threads_may_read_a_type_at_its_first_use() -> None:
    """Without the lock of `stored` this program ends with a segmentation fault."""
    subprocess.run([sys.executable, "-c", FIRST_USE_IN_THREADS], check=True, timeout=120)
