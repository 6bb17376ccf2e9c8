"""Two servers on one database and one data directory: neither loses a request to an endpoint."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from helpers.hosting import CONTEXT, HostingWorld, hosting_world
from helpers.processes import wait_for
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.hosting import forwarding
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError

Pair = tuple[HostingWorld, HostingWorld]


@pytest.fixture
def pair(database: Database, settings: Settings) -> Iterator[Pair]:
    """Two servers that are connected only by the database; either may advance an endpoint."""
    with hosting_world(database, settings) as one, hosting_world(database, settings) as other:
        yield one, other


class Load:
    """Sends requests through both servers without a pause until the block ends."""

    def __init__(self, pair: Pair, name: str) -> None:
        self._pair, self._name = pair, name
        self._over = threading.Event()
        self.models: Counter[str] = Counter()
        self.variants: Counter[str] = Counter()
        self.failures: list[Exception] = []

    def _ask(self, world: HostingWorld) -> None:
        while not self._over.is_set():
            try:
                answer = world.invoke(self._name, b"x")
            except Exception as error:
                self.failures.append(error)
                return
            self.variants[answer["InvokedProductionVariant"]] += 1
            self.models[json.loads(answer["Body"])["model"]] += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(world,)) for world in self._pair * 2]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(30)


def update(world: HostingWorld, name: str, config: str) -> None:
    world.api.update_endpoint(CONTEXT, {"EndpointName": name, "EndpointConfigName": config})


def test_updates_under_load_from_two_servers_lose_no_request(pair: Pair) -> None:
    one, other = pair
    one.serve("busy")
    one.model("next", "other")
    one.config("next", {"VariantName": "renamed", "ModelName": "next"})
    load = Load(pair, "busy")
    with load.running():
        for world, config in ((other, "next"), (one, "busy"), (other, "next")):
            update(world, "busy", config)
            assert one.wait("busy")["EndpointConfigName"] == config
            wait_for(lambda: len(one.instances("busy")) == 1, "the end of the old model server")
    assert not load.failures
    assert set(load.models) == {"good", "other"}
    assert set(load.variants) == {"AllTraffic", "renamed"}


def test_a_request_of_one_server_is_answered_while_another_replaces_its_model_server(pair: Pair) -> None:
    one, other = pair
    other.reconciler.stop()  # so that the server that replaces the model server is not the one that waits
    one.serve("slow")
    one.model("next", "other")
    one.config("next")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.invoke, "slow", b"sleep 3")
        wait_for(lambda: "invocation sleep 3" in messages(one, "slow"), "the request")
        update(one, "slow", "next")
        one.wait("slow")
        assert json.loads(one.invoke("slow", b"x")["Body"])["model"] == "other"
        assert waiting.result(20)["Body"] == b"slept"
    wait_for(lambda: len(one.instances("slow")) == 1, "the end of the old model server")


def test_a_request_of_one_server_is_answered_while_another_deletes_the_endpoint(pair: Pair) -> None:
    one, other = pair
    other.reconciler.stop()
    one.serve("e")
    [handle] = [instance.handle for instance in one.instances("e")]
    assert handle
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.invoke, "e", b"sleep 1")
        wait_for(lambda: "invocation sleep 1" in messages(one, "e"), "the request")
        one.api.delete_endpoint(CONTEXT, {"EndpointName": "e"})
        with pytest.raises(AwsError, match="not found"):
            other.invoke("e", b"x")
        assert waiting.result(20)["Body"] == b"slept"
    wait_for(lambda: one.runner.poll(handle).phase == "lost", "the end of the model server")


def test_reducing_the_instance_count_loses_no_request(pair: Pair) -> None:
    one, other = pair
    one.model("m")
    one.config("shrinking", {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 3})
    one.create("shrinking")
    one.wait("shrinking")
    load = Load(pair, "shrinking")
    with load.running():
        for world, count in ((other, 1), (one, 2), (other, 1)):
            resize(world, "shrinking", count)
            assert one.wait("shrinking")["ProductionVariants"][0]["CurrentInstanceCount"] == count
    assert not load.failures
    assert sum(load.models.values()) > 10


def test_a_model_server_that_answers_another_server_does_not_count_as_hung(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair
    one.serve("e")
    [before] = one.instances("e")
    monkeypatch.setattr(forwarding, "ANSWER_LIMIT_S", 1.5)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.invoke, "e", b"sleep 4")
        wait_for(lambda: "invocation sleep 4" in messages(one, "e"), "the request")
        one.invoke("e", b"x")
        with pytest.raises(AwsError, match="timed out"):
            waiting.result(20)
    assert json.loads(one.invoke("e", b"x")["Body"])["body"] == "x"
    assert [instance.handle for instance in one.instances("e")] == [before.handle]


def test_of_two_updates_at_the_same_time_one_is_refused(pair: Pair) -> None:
    one, _ = pair
    one.serve("e")

    def attempt(world: HostingWorld) -> str:
        try:
            update(world, "e", "e")
        except Invalid as error:
            return error.message
        return "done"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(attempt, pair))
    assert found[1] == "done"
    assert found[0].startswith("Cannot update in-progress endpoint")
    one.wait("e")


def resize(world: HostingWorld, name: str, count: int) -> None:
    change = {"VariantName": "v", "DesiredInstanceCount": count}
    request: dict[str, Any] = {"EndpointName": name, "DesiredWeightsAndCapacities": [change]}
    world.api.update_endpoint_weights_and_capacities(CONTEXT, request)


def messages(world: HostingWorld, name: str) -> list[str]:
    """The log lines of the endpoint's model servers."""
    group = {"logGroupName": f"/aws/sagemaker/Endpoints/{name}"}
    return [event["message"] for event in world.logs.filter_log_events(CONTEXT, group)["events"]]
