"""Simulated workers who ask for tasks and submit answers over HTTP, as the portal's page does. One process.

Reads its orders as JSON from standard input and prints what it measured as JSON. asyncio and bare HTTP/1.1 keep its own
share of the processor small; the share is part of the result.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

POLL_S = 0.1
"""A worker without a task asks again after this time."""


@dataclass
class Taken:
    """What the workers measured.

    Args:   latencies_ms: of each request that submitted an answer and brought the next task.
            wait_s: seconds in which workers had no task, in all.
            twice: tasks that were given to a worker although another answer was not wanted.
    """

    latencies_ms: list[float] = field(default_factory=list)
    wait_s: float = 0.0
    twice: int = 0
    elapsed_s: float = 0.0
    own_cpu_s: float = 0.0
    errors: list[str] = field(default_factory=list)


class Session:
    """A kept connection with a worker's cookie."""

    def __init__(self, host: str, port: int, headers: str) -> None:
        self._host, self._port, self._headers = host, port, headers

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON body of the response."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{self._headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answered = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        size = next(
            int(line.split(":")[1])
            for line in answered.split("\r\n")
            if line.lower().startswith("content-length:")
        )
        received = await self._reader.readexactly(size)
        if not answered.split(" ", 2)[1].startswith("2"):
            raise RuntimeError(f"{method} {path} returned {answered.split(chr(13))[0]}: {received[:300]!r}")
        return json.loads(received) if received else None

    def close(self) -> None:
        self._writer.close()


async def _portal_worker(orders: dict[str, Any], headers: str, until: float, taken: Taken) -> None:
    """Works until the time is over; the first task and pauses are not part of the latencies."""
    session = Session(orders["host"], orders["port"], headers)
    await session.open()
    job, answer = orders["job"], orders["answer"]
    task = None
    while time.perf_counter() < until:
        if task is None:
            begun = time.perf_counter()
            task = (await session.call("POST", f"/portal/api/jobs/{job}/next", {}))["assignment"]
            if task is None:
                await asyncio.sleep(POLL_S)
                taken.wait_s += time.perf_counter() - begun
                continue
        if orders["think_s"]:
            await asyncio.sleep(orders["think_s"])
        begun = time.perf_counter()
        path = f"/portal/api/assignments/{task['assignmentId']}/submit"
        task = (await session.call("POST", path, {"answer": answer, "timeSpentSeconds": 1.5}))["next"]
        taken.latencies_ms.append((time.perf_counter() - begun) * 1e3)
    session.close()


async def _label_studio_worker(
    orders: dict[str, Any], headers: str, until: float, taken: Taken, seen: set[int]
) -> None:
    """As `_portal_worker`: an annotation is sent, then the next task is asked for."""
    session = Session(orders["host"], orders["port"], headers)
    await session.open()
    project = orders["job"]
    following = f"/api/projects/{project}/next"
    task = await session.call("GET", following)
    while time.perf_counter() < until:
        taken.twice += task["id"] in seen
        seen.add(task["id"])
        if orders["think_s"]:
            await asyncio.sleep(orders["think_s"])
        begun = time.perf_counter()
        body = {"result": orders["answer"], "lead_time": 1.5}
        await session.call("POST", f"/api/tasks/{task['id']}/annotations?project={project}", body)
        task = await session.call("GET", following)
        taken.latencies_ms.append((time.perf_counter() - begun) * 1e3)
    session.close()


async def _run(orders: dict[str, Any]) -> Taken:
    taken = Taken()
    begun, cpu = time.perf_counter(), time.process_time()
    until = begun + orders["seconds"]
    seen: set[int] = set()
    if orders["peer"]:
        workers = [_label_studio_worker(orders, each, until, taken, seen) for each in orders["headers"]]
    else:
        workers = [_portal_worker(orders, each, until, taken) for each in orders["headers"]]
    for found in await asyncio.gather(*workers, return_exceptions=True):
        if isinstance(found, BaseException):
            taken.errors.append(f"{type(found).__name__}: {found}")
    taken.elapsed_s = time.perf_counter() - begun
    taken.own_cpu_s = time.process_time() - cpu
    return taken


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_run(json.load(sys.stdin))))))
