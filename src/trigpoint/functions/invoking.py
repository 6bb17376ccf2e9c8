"""Calls of functions, whatever their kind, with their logs."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from trigpoint.core.clock import Clock
from trigpoint.core.ids import request_id
from trigpoint.functions.endpoint import Endpoints
from trigpoint.functions.environment import Environments
from trigpoint.functions.log_files import CallLog, FunctionLogs
from trigpoint.functions.model import MAX_PAYLOAD_BYTES, Cause, Function, FunctionKind, Outcome
from trigpoint.functions.processes import FunctionProcesses, Program, Reply
from trigpoint.functions.registry import Functions
from trigpoint.functions.turns import Turns
from trigpoint.functions.wanted import CallUnwanted, IsWanted, always
from trigpoint.settings import Settings

ENDPOINT_CALLS = 16
"""HTTP calls need no process here, so more of them may run."""

MOST_MESSAGE_CHARACTERS = 1000


class Invoker:
    """Calls functions. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        functions: Functions,
        logs: FunctionLogs,
        environments: Environments,
        clock: Clock,
    ) -> None:
        self._functions = functions
        self._logs = logs
        self._environments = environments
        self._clock = clock
        self._turns = Turns(settings.max_function_calls)
        self._endpoint_turns = Turns(ENDPOINT_CALLS)
        self._processes = FunctionProcesses(settings.max_function_calls, settings.functions_dir / "running")
        self._endpoints = Endpoints()

    def invoke(
        self,
        function: Function,
        event: bytes,
        *,
        patience_s: float,
        call_id: str | None = None,
        is_wanted: IsWanted = always,
    ) -> Outcome:
        """Calls the function with an event, which is JSON, and waits for the outcome.

        patience_s: how long to wait while other calls run.
        is_wanted:  asked while the call runs; when it returns False, the call is broken off.
        Raises: CallsBusy: too many calls run. CallsStopped: the server is shutting down. CallUnwanted.
        """
        call_id = call_id or request_id()
        is_endpoint = function.kind is FunctionKind.HTTP
        turns = self._endpoint_turns if is_endpoint else self._turns
        with turns.turn(function.name, patience_s) as turn:
            log = self._logs.begin(function.name, turn)
            try:
                log.line(f"START RequestId: {call_id} Version: $LATEST")
                started_s = time.monotonic()
                reply = self._reply(function, call_id, event, turn, log, is_wanted)
                duration_s = time.monotonic() - started_s
                _finish(function, call_id, reply, duration_s, log)
            except CallUnwanted:
                log.line(f"{call_id} The call was broken off: nobody waits for its result.")
                raise
            finally:
                tail = log.close()
        return _outcome(function, call_id, reply, duration_s, tail)

    def retire(self, name: str) -> None:
        """Ends the idle processes of a function that was changed or removed."""
        self._processes.retire(name)

    def start(self) -> None:
        """Removes what earlier servers have left."""
        self._processes.remove_leftovers()

    def stop(self) -> None:
        """Kills all processes. Calls that run or wait raise CallsStopped."""
        self._turns.stop()
        self._endpoint_turns.stop()
        self._endpoints.stop()
        self._processes.stop()

    def pause(self, seconds: float) -> None:
        """Waits. Raises: CallsStopped: the server is shutting down."""
        self._turns.pause(seconds)

    def _reply(
        self, function: Function, call_id: str, event: bytes, turn: int, log: CallLog, is_wanted: IsWanted
    ) -> Reply:
        if function.kind is FunctionKind.HTTP:
            reply, line = self._endpoints.call(function, call_id, event, is_wanted)
            log.line(line)
            return reply
        stream = self._logs.stream_name(turn, self._clock.now())
        about = {"request_id": call_id, "arn": self._functions.arn(function.name), "log_stream": stream}
        program = self._program(function, stream)
        return self._processes.call(program, about, event, function.timeout_s, log.write, is_wanted)

    def _program(self, function: Function, stream: str) -> Program:
        if function.kind is FunctionKind.PACKAGE:
            code = self._functions.code.path(function.code)
            path: tuple[str, ...] = (str(code),)
        else:
            code, path = Path(sys.prefix), tuple(entry for entry in sys.path if entry)
        return Program(
            key=f"{function.name}/{function.revision}",
            name=function.name,
            handler=function.handler,
            path=path,
            directory=code,
            memory_mb=function.memory_mb,
            environment=lambda folder: self._environments.variables(function, stream, folder, code),
        )


def _finish(function: Function, call_id: str, reply: Reply, duration_s: float, log: CallLog) -> None:
    """Writes the last lines of the call's log."""
    if reply.cause not in (None, Cause.RAISED):
        log.line(f"{call_id} {_problem(function, call_id, reply)[1]}")
    duration_ms = duration_s * 1000
    log.line(f"END RequestId: {call_id}")
    log.line(
        f"REPORT RequestId: {call_id}\tDuration: {duration_ms:.2f} ms\tBilled Duration: {int(duration_ms) + 1} ms"
        f"\tMemory Size: {function.memory_mb} MB\tMax Memory Used: {reply.peak_mb} MB\t"
    )


def _outcome(function: Function, call_id: str, reply: Reply, duration_s: float, log_tail: bytes) -> Outcome:
    if reply.cause is None:
        return Outcome(call_id, reply.content, None, "", log_tail, duration_s)
    if reply.cause is Cause.RAISED:
        return Outcome(
            call_id, reply.content, reply.cause, _raised_message(reply.content), log_tail, duration_s
        )
    kind, message = _problem(function, call_id, reply)
    content = json.dumps({"errorType": kind, "errorMessage": f"{call_id} {message}"}).encode()
    return Outcome(call_id, content, reply.cause, message, log_tail, duration_s)


def _problem(function: Function, call_id: str, reply: Reply) -> tuple[str, str]:
    """AWS's type and the message of a call that has neither a result nor an exception."""
    if reply.cause is Cause.TIMED_OUT:
        return "Sandbox.Timedout", f"Task timed out after {function.timeout_s:.2f} seconds"
    if reply.cause is Cause.MEMORY:
        return (
            "Runtime.OutOfMemory",
            f"Error: Runtime exited: it used more than its {function.memory_mb} MB of memory",
        )
    if reply.cause is Cause.TOO_LARGE:
        return (
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD_BYTES} bytes).",
        )
    if function.kind is FunctionKind.HTTP:
        return "Endpoint.Unavailable", reply.detail
    return "Runtime.ExitError", f"Error: Runtime exited with error: {reply.detail}"


def _raised_message(content: bytes) -> str:
    """`<type>: <message>` of an exception that a process has described."""
    try:
        described = json.loads(content)
        text = f"{described['errorType']}: {described['errorMessage']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        text = "the function raised an exception that cannot be described"
    return text[:MOST_MESSAGE_CHARACTERS]
