"""Notices the end of model servers at once, so that they are restarted before the next regular look."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

LOOK_S = 0.2
"""A look costs no query: only the state files of the processes are read."""

STOP_LIMIT_S = 5.0

log = logging.getLogger(__name__)


class ExitWatch:
    """Looks at the processes of ready model servers from a thread. Thread-safe.

    Args:   runs: whether the process with a handle runs.
            report: called with the id of an owner once for each of its processes that has ended.
    """

    def __init__(self, runs: Callable[[str], bool], report: Callable[[str], None]) -> None:
        self._runs = runs
        self._report = report
        self._handles: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, owner_id: str, handles: Collection[str]) -> None:
        """Watches these processes of the owner, and no others of it."""
        with self._lock:
            if handles:
                self._handles[owner_id] = frozenset(handles)
            else:
                self._handles.pop(owner_id, None)

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="exit-watch", daemon=True)
        self._thread.start()

    def stop(self, limit_s: float = STOP_LIMIT_S) -> None:
        """Ends the thread. Does nothing if it was not started.

        A thread that is still reporting after `limit_s` ends with the process.
        """
        self._stopping.set()
        if self._thread is None:
            return
        self._thread.join(limit_s)
        if self._thread.is_alive():
            log.error("the watch for ended model servers did not end in time limit_s=%g", limit_s)
        self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self._look()
            except Exception:  # the database may be unreachable for a while; the regular looks go on, too
                log.exception("reporting the end of a model server failed")

    def _look(self) -> None:
        with self._lock:
            watched = list(self._handles.items())
        for owner_id, handles in watched:
            ended = frozenset(handle for handle in handles if not self._runs(handle))
            if ended:
                with self._lock:
                    if self._handles.get(owner_id) == handles:
                        self._handles[owner_id] = handles - ended
                self._report(owner_id)
