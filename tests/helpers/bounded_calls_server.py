"""A server that makes a call in a process of its own, and waits for it very long; prints the process's number."""

from __future__ import annotations

from helpers import bounded_functions
from trigpoint.compute.bounded_calls import BoundedCalls

if __name__ == "__main__":
    calls = BoundedCalls(count=1)
    print(calls.call(bounded_functions.process_id, limit_s=60), flush=True)
    calls.call(bounded_functions.endless_inside_one_instruction, limit_s=600)
