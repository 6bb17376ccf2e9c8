"""What the credentials of jobs reach, looked up by their jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from cachetools import TTLCache

from trigpoint.wire.scope import Scope

KNOWN_S = 1.0
"""How long a look at a job is good for: an ended job's credentials are refused after this time at the latest."""
KNOWN_JOBS = 1000

FindScope = Callable[[str], Scope | None]
"""The scope of the job with this id; None when it has ended or there is none."""


class JobScopes:
    """The scopes of jobs, by kind. Thread-safe."""

    def __init__(self, kinds: Mapping[str, FindScope]) -> None:
        self._kinds = kinds
        self._known: TTLCache[str, tuple[Scope | None]] = TTLCache(KNOWN_JOBS, KNOWN_S)
        self._lock = threading.Lock()

    def __call__(self, job: str) -> Scope | None:
        """The scope of a job (training-job/<id>); None when it has ended or there is none."""
        with self._lock:
            known: tuple[Scope | None] | None = self._known.get(job)
        if known is not None:
            return known[0]
        kind, _, job_id = job.partition("/")
        find = self._kinds.get(kind)
        scope = find(job_id) if find is not None else None
        with self._lock:
            self._known[job] = (scope,)
        return scope
