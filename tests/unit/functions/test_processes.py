"""Handlers in processes of their own: results, errors, limits, reuse, and the end with the server."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from trigpoint.compute.bounded_calls import CallsStopped
from trigpoint.functions.model import MAX_PAYLOAD_BYTES, Cause
from trigpoint.functions.processes import FunctionProcesses, Program, Reply
from trigpoint.functions.wanted import CallUnwanted

ABOUT = {"request_id": "id-1", "arn": "arn:f", "log_stream": "stream"}
LIMIT_S = 60.0

CODE = """
import json, os, subprocess, sys, time, logging
count = 0

def echo(event, context):
    return {"event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(), "memory": context.memory_limit_in_mb}

def counting(event, context):
    global count
    count += 1
    return [count, os.getpid()]

def printing(event, context):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    logging.getLogger().warning("to the log")

def raising(event, context):
    raise KeyError("no such key")

def leaving(event, context):
    sys.exit(3)

def crashing(event, context):
    os.kill(os.getpid(), 11)

def hanging(event, context):
    print("begun", os.getpid(), flush=True)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    print("child", child.pid, flush=True)
    time.sleep(1000)

def greedy(event, context):
    hoard = []
    while True:
        hoard.append(bytearray(os.urandom(1024)) * 4096)

def large(event, context):
    return "x" * event

def endless_output(event, context):
    while True:
        print("x" * 1000)

def not_json(event, context):
    return {1, 2}

def not_a_number(event, context):
    return float("nan")

def changed(event, context):
    return dict(os.environ)
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "code_of_test.py").write_text(CODE)
    (folder / "signal.py").write_text("raise RuntimeError('a module of the standard library was replaced')")
    return folder


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[FunctionProcesses]:
    running = FunctionProcesses(4, tmp_path / "running")
    yield running
    running.stop()


@pytest.fixture
def program(code: Path) -> Callable[..., Program]:
    def make(handler: str, memory_mb: int = 256, module: str = "code_of_test") -> Program:
        variables = {
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
        }
        return Program(
            f"f/{handler}", "f", f"{module}.{handler}", (str(code),), code, memory_mb, lambda _: variables
        )

    return make


Run = Callable[..., tuple[Reply, str]]


@pytest.fixture
def run(processes: FunctionProcesses, program: Callable[..., Program]) -> Run:
    def call(handler: str, event: Any = None, limit_s: float = LIMIT_S, **options: Any) -> tuple[Reply, str]:
        output = bytearray()
        made = program(handler, **options)
        reply = processes.call(made, ABOUT, json.dumps(event).encode(), limit_s, output.extend)
        return reply, output.decode()

    return call


def test_a_handler_gets_the_event_and_a_context(run: Run) -> None:
    reply, _ = run("echo", {"a": [1, "é"]})
    found = json.loads(reply.content)
    assert (found["event"], found["id"], found["arn"]) == ({"a": [1, "é"]}, "id-1", "arn:f")
    assert 0 < found["left"] <= LIMIT_S * 1000 and found["memory"] == "256"
    assert reply.cause is None


def test_a_process_is_used_again(run: Run) -> None:
    (first, pid), (second, same) = (json.loads(run("counting")[0].content) for _ in range(2))
    assert (first, second) == (1, 2) and pid == same


def test_output_and_log_records_arrive_in_order(run: Run) -> None:
    _, output = run("printing")
    lines = output.splitlines()
    assert lines[:2] == ["to stdout", "to stderr"]
    level, _, request_id, text = lines[2].split("\t")
    assert (level, request_id, text) == ("[WARNING]", "id-1", "to the log")


def test_an_exception_is_described_as_by_aws_and_the_process_stays(run: Run) -> None:
    reply, output = run("raising")
    described = json.loads(reply.content)
    assert reply.cause is Cause.RAISED
    assert (described["errorType"], described["errorMessage"]) == ("KeyError", "'no such key'")
    assert "in raising" in described["stackTrace"][-1] and "[ERROR] KeyError" in output


@pytest.mark.parametrize(
    "handler, kind, text",
    [
        ("absent", "Runtime.HandlerNotFound", "Handler 'absent' missing on module"),
        ("not_json", "Runtime.MarshalError", "set is not JSON serializable"),
        ("not_a_number", "Runtime.MarshalError", "not JSON compliant"),
    ],
)
def test_a_faulty_handler_is_described(run: Run, handler: str, kind: str, text: str) -> None:
    reply, _ = run(handler)
    described = json.loads(reply.content)
    assert reply.cause is Cause.RAISED and described["errorType"] == kind
    assert text in described["errorMessage"]


def test_a_module_that_cannot_be_imported_is_described(run: Run) -> None:
    described = json.loads(run("f", module="absent_module")[0].content)
    assert described["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'absent_module'" in described["errorMessage"]


@pytest.mark.parametrize("handler, detail", [("leaving", "exit status 1"), ("crashing", "signal: 11")])
def test_a_process_that_ends_in_its_call_is_reported(run: Run, handler: str, detail: str) -> None:
    reply, _ = run(handler)
    assert (reply.cause, reply.detail) == (Cause.ENDED, detail)
    assert run("echo")[0].cause is None, "the next call has a new process"


def test_a_call_that_takes_too_long_ends_with_all_that_it_started(run: Run) -> None:
    reply, output = run("hanging", limit_s=3.0)
    assert reply.cause is Cause.TIMED_OUT
    numbers = [int(line.split()[1]) for line in output.splitlines()]
    assert len(numbers) == 2, output
    assert_end(numbers)


def test_a_call_that_needs_too_much_memory_is_ended(run: Run) -> None:
    reply, _ = run("greedy", memory_mb=128)
    assert reply.cause is Cause.MEMORY


def test_a_response_may_have_six_mebibytes_and_not_more(run: Run) -> None:
    fits, _ = run("large", MAX_PAYLOAD_BYTES - 2)
    assert fits.cause is None and len(fits.content) == MAX_PAYLOAD_BYTES
    assert run("large", MAX_PAYLOAD_BYTES)[0].cause is Cause.TOO_LARGE


def test_endless_output_does_not_outlast_the_limit(processes: FunctionProcesses, program: Any) -> None:
    counted = [0]

    def count(data: bytes) -> None:
        counted[0] += len(data)

    reply = processes.call(program("endless_output"), ABOUT, b"null", 2.0, count)
    assert reply.cause is Cause.TIMED_OUT and counted[0] > 0


def test_stop_ends_a_running_call(processes: FunctionProcesses, program: Any) -> None:
    begun, raised = threading.Event(), []

    def call() -> None:
        try:
            processes.call(program("hanging"), ABOUT, b"null", LIMIT_S, lambda data: begun.set())
        except CallsStopped as stopped:
            raised.append(stopped)

    thread = threading.Thread(target=call)
    thread.start()
    assert begun.wait(LIMIT_S)
    processes.stop()
    thread.join(LIMIT_S)
    assert raised and not thread.is_alive()
    with pytest.raises(CallsStopped):
        processes.call(program("echo"), ABOUT, b"null", LIMIT_S, lambda data: None)


def test_a_call_that_nobody_waits_for_ends_with_all_that_it_started(
    processes: FunctionProcesses, program: Any
) -> None:
    output = bytearray()
    with pytest.raises(CallUnwanted):
        processes.call(
            program("hanging"), ABOUT, b"null", LIMIT_S, output.extend, lambda: output.count(b"\n") < 2
        )
    assert_end([int(line.split()[1]) for line in output.splitlines()])


def test_a_function_that_has_changed_gets_a_new_process(run: Run, processes: FunctionProcesses) -> None:
    before = json.loads(run("counting")[0].content)
    processes.retire("f")
    after = json.loads(run("counting")[0].content)
    assert before[0] == after[0] == 1
    assert_end([before[1]])


def test_at_most_so_many_processes_are_kept(run: Run, tmp_path: Path) -> None:
    for handler in ("counting", "echo", "printing", "raising", "changed", "not_json"):
        run(handler)
    assert len(list((tmp_path / "running").iterdir())) <= 4


def test_nothing_of_the_servers_environment_reaches_a_function(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_SERVER", "x")
    assert "A_SECRET_OF_THE_SERVER" not in json.loads(run("changed")[0].content)


def test_temporary_folders_of_dead_servers_are_removed(processes: FunctionProcesses, tmp_path: Path) -> None:
    dead, own = tmp_path / "running" / "4194305-1", tmp_path / "running" / f"{os.getpid()}-1"
    for folder in (dead, own):
        folder.mkdir(parents=True)
    processes.remove_leftovers()
    assert (dead.exists(), own.exists()) == (False, True)


def assert_end(pids: list[int]) -> None:
    """Waits until these processes are gone."""
    end = time.monotonic() + LIMIT_S
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids):
        assert time.monotonic() < end, f"still there: {pids}"
        time.sleep(0.02)
