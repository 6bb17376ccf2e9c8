"""The server's log: one line per event on stderr, first the event, then its fields."""

from __future__ import annotations

import logging
import sys


def configure(*, verbose: bool = False) -> None:
    """Sends Trigpoint's own log to stderr, and of libraries only warnings and errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("trigpoint").setLevel(logging.DEBUG if verbose else logging.INFO)
