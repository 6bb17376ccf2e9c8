"""The last resort against a shutdown that does not end."""

from __future__ import annotations

import logging
import os
import threading

log = logging.getLogger(__name__)


def exit_within(limit_s: float) -> None:
    """Ends this process after `limit_s` seconds, as a crash would, unless it has ended by then.

    Python waits without a limit for threads that were not started as daemons, such as those of HTTP requests.
    """
    timer = threading.Timer(limit_s, _exit, (limit_s,))
    timer.daemon = True
    timer.start()


def _exit(limit_s: float) -> None:
    log.error("shutdown did not end in time limit_s=%g", limit_s)
    os._exit(1)
