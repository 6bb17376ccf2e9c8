"""Tests of the algorithms use one thread, so that several test runs can share a small machine."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trigpoint.algorithms.common.hardware.cores", lambda: 1)
