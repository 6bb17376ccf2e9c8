"""How does the server log: one line an event on stderr, the event first, its fields after."""

from __future__ import annotations

import logging
import sys


def configure(*, verbose: bool = False) -> None:
    """Sends Trigpoint's own log to stderr; libraries speak only when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("trigpoint").setLevel(logging.DEBUG if verbose else logging.INFO)
