"""The process of a function: runs its handler for one event after the other.

    python -P -m trigpoint.functions.host REQUESTS LIFE

REQUESTS is the descriptor of a socket to the server, LIFE the reading end of a pipe that the server keeps open. The
process that is started is a guard. It starts the host, which runs the handler, and kills the host's process group when
the pipe is closed: the server has ended, however it ended, or gives the host up. So nothing that a handler does, not
even a loop in C code, and nothing that it starts outlives the server.

The server believes nothing that comes from here: all messages are JSON and of limited length.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from types import FrameType
from typing import Any, NoReturn

MARGIN_BYTES = 1024 * 2**20
"""Of address space beyond the memory limit: Python, libraries and threads reserve more than they use."""
LARGEST_FILE_BYTES = 512 * 2**20
"""Source: the default size of /tmp on AWS Lambda."""
OPEN_FILES = 1024

RETURNED, RAISED = b"R", b"E"
LENGTH = struct.Struct("!Q")
PR_SET_PDEATHSIG = 1


def main(requests: int, life: int) -> NoReturn:
    """The guard."""
    woken, wake = os.pipe()
    for descriptor in (woken, wake):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _ignore)
    host = os.fork()
    if host == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in (woken, wake, life):
            os.close(descriptor)
        _host(requests)
    with contextlib.suppress(OSError):
        os.setpgid(host, host)  # the host does it too, whichever comes first
    os.close(requests)
    with open(os.devnull, "w") as nothing:  # noqa: PTH123 - loads less than pathlib
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    while life not in select.select([life, woken], [], [])[0]:
        with contextlib.suppress(BlockingIOError):
            os.read(woken, 4096)
        if os.waitid(os.P_PID, host, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            break
    # The host is not reaped yet, so the number of its group cannot belong to others.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(host, signal.SIGKILL)
    _, status = os.waitpid(host, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _host(requests: int) -> NoReturn:
    os.setpgid(0, 0)
    _die_with_the_guard()
    connection = socket.socket(fileno=requests)
    settings = json.loads(_received(connection))
    memory_bytes = settings["memory_bytes"] + MARGIN_BYTES
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit of the server stays
            resource.setrlimit(what, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit raises OSError instead
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    sys.path[:] = [*settings["path"], *(entry for entry in sys.path if entry not in settings["path"])]
    _set_up_logging()
    _send(connection, RETURNED, json.dumps({"pid": os.getpid()}).encode())
    handler: Callable[[Any, Any], Any] | None = None
    try:
        while True:
            about = json.loads(_received(connection))
            event = _received(connection)
            context = Context(about)
            _current["request_id"] = context.aws_request_id
            try:
                handler = handler or _loaded(settings["handler"])
                kind, reply = RETURNED, _as_json(handler(json.loads(event), context))
            except SystemExit as end:
                print(f"the function called sys.exit({end.code!r})", file=sys.stderr)
                sys.stderr.flush()
                os._exit(1)
            except BaseException as problem:  # noqa: BLE001 - the caller gets it as the outcome
                kind, reply = RAISED, _described(problem, context.aws_request_id)
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            _send(connection, kind, reply)
    except (EOFError, OSError):
        os._exit(0)  # the server is gone


class Context:
    """What a handler gets as its second argument, with AWS's names."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.aws_request_id: str = about["request_id"]
        self.invoked_function_arn: str = about["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name: str = about["log_stream"]
        self.client_context = None
        self.identity = None
        self._deadline_s: float = time.monotonic() + about["remaining_s"]

    def get_remaining_time_in_millis(self) -> int:
        """The time until the call is ended, in milliseconds."""
        return max(0, int((self._deadline_s - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Writes the message to the log."""
        print(message)


class HandlerMissing(Exception):
    """The handler cannot be imported; `kind` is AWS's word for it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _loaded(name: str) -> Callable[[Any, Any], Any]:
    module_name, _, function_name = name.rpartition(":" if ":" in name else ".")
    if not module_name:
        raise HandlerMissing(
            "Runtime.MalformedHandlerName", f"Bad handler '{name}': it must be module.function"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as problem:
        raise HandlerMissing(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {problem}"
        ) from problem
    except ImportError as problem:
        raise HandlerMissing(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {problem}"
        ) from problem
    handler = getattr(module, function_name, None)
    if not callable(handler):
        raise HandlerMissing(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        )
    found: Callable[[Any, Any], Any] = handler
    return found


class NotJson(Exception):
    """The handler returned something that is not JSON."""


def _as_json(result: Any) -> bytes:
    try:
        return json.dumps(result, allow_nan=False, default=_plain).encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise NotJson(f"Unable to marshal response: {problem}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


MOST_CHARACTERS = 32_000
"""Of an error message. The log has the whole text."""


def _described(problem: BaseException, request_id: str) -> bytes:
    """The error as AWS's runtime describes it; it is also written to the log."""
    kind = type(problem).__name__
    if isinstance(problem, HandlerMissing):
        kind = problem.kind
    elif isinstance(problem, NotJson):
        kind = "Runtime.MarshalError"
    try:
        message = str(problem)
    except BaseException:  # noqa: BLE001 - an exception whose text raises
        message = "(the exception has no text)"
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename != __file__]
    lines = traceback.format_list([frame for frame in frames if "importlib" not in frame.filename])
    print(f"[ERROR] {kind}: {message}", *(line.rstrip() for line in lines), sep="\n")
    described = {
        "errorMessage": message[:MOST_CHARACTERS],
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": lines[-20:],
    }
    return json.dumps(described).encode()


_current = {"request_id": ""}


def _set_up_logging() -> None:
    """A handler for the root logger, as AWS's runtime has it, so that `logging.getLogger().info` is seen."""

    class WithRequestId(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            record.aws_request_id = _current["request_id"]
            return True

    handler = logging.StreamHandler(sys.stdout)
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(WithRequestId())
    logging.getLogger().addHandler(handler)


def _received(connection: socket.socket) -> bytes:
    """The next message: its length, then so many bytes."""
    (size_bytes,) = LENGTH.unpack(_exactly(connection, LENGTH.size))
    return _exactly(connection, size_bytes)


def _exactly(connection: socket.socket, size_bytes: int) -> bytes:
    parts = bytearray()
    while len(parts) < size_bytes:
        part = connection.recv(min(1 << 20, size_bytes - len(parts)))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _send(connection: socket.socket, kind: bytes, content: bytes) -> None:
    connection.sendall(LENGTH.pack(len(content) + 1) + kind)
    connection.sendall(content)


def _die_with_the_guard() -> None:
    if sys.platform == "linux":
        import ctypes

        guard = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)


def _ignore(number: int, frame: FrameType | None) -> None:
    """A signal that only has to wake `select`."""


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
