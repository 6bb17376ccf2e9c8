"""A flood of sign-ins waits in its own queue."""

from __future__ import annotations

import threading
from functools import partial

import anyio
import pytest
from anyio import to_thread

from trigpoint.core.networks import network_of
from trigpoint.server.web.sign_in_queue import MAX_WAITING, MAX_WAITING_PER_ADDRESS, THREADS, SignInQueue
from trigpoint.workforce.throttle import SignInThrottled


async def flooded(queue: SignInQueue, addresses: list[str]) -> tuple[int, int]:
    """How many of the sign-ins are refused and how many run at a time, while none of them can end."""
    may_end, running, most = threading.Event(), [0], [0]
    refused = 0

    def check() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        may_end.wait(60)
        running[0] -= 1

    async def sign_in(address: str) -> None:
        nonlocal refused
        try:
            await queue.run(address, check)
        except SignInThrottled:
            refused += 1

    async with anyio.create_task_group() as group:
        for address in addresses:
            group.start_soon(sign_in, address)
        await anyio.wait_all_tasks_blocked()
        assert await to_thread.run_sync(lambda: "another request") == "another request"
        may_end.set()
    return refused, most[0]


def test_one_address_cannot_fill_the_queue() -> None:
    refused, most = anyio.run(flooded, SignInQueue(), ["192.0.2.1"] * 200)
    assert refused == 200 - MAX_WAITING_PER_ADDRESS
    assert most <= THREADS


def test_all_addresses_together_are_limited_too() -> None:
    addresses = [f"192.0.2.{number}" for number in range(200)]
    refused, most = anyio.run(flooded, SignInQueue(), addresses)
    assert refused == 200 - MAX_WAITING
    assert most <= THREADS


def test_the_queue_is_free_again_after_a_flood() -> None:
    queue = SignInQueue()

    async def floods() -> str:
        await flooded(queue, ["2001:db8::1"] * 200)
        return await queue.run("2001:db8::2", partial(str, "in"))

    assert anyio.run(floods) == "in"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_ipv6_customer_is_one_client(address: str, network: str) -> None:
    assert network_of(address) == network
