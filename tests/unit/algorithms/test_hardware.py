"""How many threads an algorithm uses."""

from __future__ import annotations

import os

import pytest

from trigpoint.algorithms.common.hardware import cores

AVAILABLE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("wanted", "used"),
    [
        (None, AVAILABLE),
        ("1", 1),
        ("100000", AVAILABLE),
        ("0", AVAILABLE),
        ("2,1", AVAILABLE),
        ("", AVAILABLE),
    ],
)
def test_omp_num_threads_limits_the_cores(
    wanted: str | None, used: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    if wanted is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    assert cores() == used
