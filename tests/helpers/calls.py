"""The processes for bounded calls that all tests of a test process share, because starting one takes a second."""

from __future__ import annotations

import atexit
from functools import cache

from trigpoint.compute.bounded_calls import BoundedCalls


@cache
def shared_calls() -> BoundedCalls:
    """Calls that no test stops."""
    calls = BoundedCalls(count=1)
    atexit.register(calls.stop)
    return calls
