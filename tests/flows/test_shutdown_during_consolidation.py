"""SIGTERM while a consolidation does not end: the server ends all the same, and the next one completes the job."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import psutil

from helpers.labeling_world import PortalWorker, World, invite, make_world, one_box
from helpers.server_process import ServerProcess


def test_a_consolidation_that_hangs_delays_neither_shutdown_nor_the_next_server(
    server: ServerProcess,
) -> None:
    world = make_world(server, 2, 1)
    bob = PortalWorker(server.url, *invite(server, "bob@example.com", world.team))
    answer_next(bob, world)
    wait_until(lambda: world.describe()["LabelCounters"]["TotalLabeled"] == 1)
    (helper,) = helpers_of(server)
    helper.send_signal(signal.SIGSTOP)
    answer_next(bob, world)
    assert server.stop() == 0
    assert not helper.is_running() or helper.status() == psutil.STATUS_ZOMBIE
    server.start()
    wait_until(lambda: world.describe()["LabelingJobStatus"] == "Completed")
    assert len(world.output_lines()) == 2


def helpers_of(server: ServerProcess) -> list[psutil.Process]:
    """The server's processes for bounded calls."""
    assert server.child is not None
    children = psutil.Process(server.child.pid).children()
    return [child for child in children if "trigpoint.compute.bounded_call_process" in child.cmdline()]


def answer_next(worker: PortalWorker, world: World) -> None:
    found: list[dict[str, object]] = []

    def has_task() -> bool:
        assignment = worker.next(world.job)
        found.extend([assignment] if assignment else [])
        return bool(found)

    wait_until(has_task)
    assert worker.submit(str(found[0]["assignmentId"]), one_box(5, 5, 30, 30)).status_code == 200


def wait_until(condition: Callable[[], bool], limit_s: float = 90) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {limit_s} s"
        time.sleep(0.1)
