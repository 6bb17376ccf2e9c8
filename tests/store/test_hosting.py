"""Endpoints with real model server processes: life cycle, failures, and what callers see."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from helpers.hosting import ACCOUNT, CONTEXT, IMAGE, HostingWorld, archive, hosting_world
from helpers.moody_store import moody_store
from helpers.processes import wait_for
from helpers.runner import wait_for_end
from trigpoint.compute import state
from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.db import Database
from trigpoint.db.tables.events import events
from trigpoint.db.tables.tags import get_tags
from trigpoint.hosting import endpoint_loop, forwarding, invoker, server_steps
from trigpoint.hosting.metrics import InvocationMetrics
from trigpoint.hosting.servers import algorithm_server
from trigpoint.remote import RemoteConfig
from trigpoint.services.dispatch import OperationTable
from trigpoint.settings import Settings
from trigpoint.wire.errors import AwsError

ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_steps, "FIRST_RETRY_S", 0.05)


@pytest.fixture
def world(database: Database, settings: Settings) -> Iterator[HostingWorld]:
    with hosting_world(database, settings) as world:
        yield world


def refused(code: str, call: Any, *arguments: Any) -> str:
    with pytest.raises(AwsError) as caught:
        call(*arguments)
    assert caught.value.code == code
    return caught.value.message


def test_an_endpoint_is_created_invoked_and_deleted(database: Database, settings: Settings) -> None:
    with hosting_world(database, settings) as world:
        world.serve("Cars")
        found = world.describe("cars")
        assert found["EndpointArn"] == f"{ARN}:endpoint/cars"
        assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 1
        answer = world.invoke("Cars", b"hello", ContentType="image/jpeg", CustomAttributes="trace=1")
        assert answer["InvokedProductionVariant"] == "AllTraffic"
        assert answer["ContentType"] == "application/json"
        assert answer["CustomAttributes"] == "seen trace=1"
        seen = json.loads(answer["Body"])
        assert (seen["body"], seen["headers"]["content-type"]) == ("hello", "image/jpeg")

        handle = world.instances("Cars")[0].handle
        assert handle
        world.api.delete_endpoint(CONTEXT, {"EndpointName": "Cars"})
        assert "not found" in refused("ValidationError", world.invoke, "Cars", b"x")
        wait_gone(world, "Cars")
        assert world.runner.poll(handle).phase == "lost", "the process is gone and forgotten"
        assert not list((settings.jobs_dir / "endpoints").iterdir())
        with database.read() as connection:
            seen_events = connection.execute(select(events.c.status).order_by(events.c.id)).scalars().all()
        assert seen_events == ["Creating", "InService", "Deleting", "Deleted"]


def kill(world: HostingWorld, name: str) -> None:
    """Sends a request that ends the endpoint's only model server."""
    handle = world.instances(name)[0].handle
    assert handle
    assert "closed the connection before it had answered" in refused("ModelError", world.invoke, name, b"die")
    wait_for_end(world.runner, handle)


def wait_gone(world: HostingWorld, name: str) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            world.describe(name)
        except AwsError as error:
            assert (error.code, error.message) == (
                "ValidationException",
                f'Could not find endpoint "{ARN}:endpoint/{name.lower()}".',
            )
            return
        time.sleep(0.02)
    raise AssertionError(f"{name} is still there")


def test_existing_and_missing_names_are_refused_with_the_messages_of_aws(world: HostingWorld) -> None:
    world.serve("a")
    model = {"ModelName": "A", "PrimaryContainer": {"Image": IMAGE}}
    assert refused("ValidationException", world.models_api.create_model, CONTEXT, model) == (
        f'Cannot create already existing model "{ARN}:model/a".'
    )
    assert refused("ValidationException", world.config, "a") == (
        f'Cannot create already existing endpoint configuration "{ARN}:endpoint-config/a".'
    )
    assert refused("ValidationException", world.create, "a") == (
        f'Cannot create already existing endpoint "{ARN}:endpoint/a".'
    )
    assert refused("ValidationException", world.create, "b", "none") == (
        f'Could not find endpoint configuration "{ARN}:endpoint-config/none".'
    )
    update = {"EndpointName": "a", "EndpointConfigName": "none"}
    assert refused("ValidationException", world.api.update_endpoint, CONTEXT, update) == (
        f'Could not find endpoint configuration "{ARN}:endpoint-config/none".'
    )
    variant = {"VariantName": "v", "ModelName": "none"}
    assert refused("ValidationException", world.config, "c", variant) == (
        f'Could not find model "{ARN}:model/none".'
    )
    for call, request in (
        (world.models_api.describe_model, {"ModelName": "none"}),
        (world.models_api.delete_model, {"ModelName": "none"}),
        (world.api.describe_endpoint_config, {"EndpointConfigName": "none"}),
        (world.api.delete_endpoint_config, {"EndpointConfigName": "none"}),
        (world.api.describe_endpoint, {"EndpointName": "none"}),
        (world.api.delete_endpoint, {"EndpointName": "none"}),
    ):
        assert "Could not find" in refused("ValidationException", call, CONTEXT, request)


def test_unsupported_models_and_configurations_are_refused(world: HostingWorld) -> None:
    def create(**container: Any) -> None:
        request = {"ModelName": "m", "PrimaryContainer": container}
        world.models_api.create_model(CONTEXT, request)

    for container in (
        {"Image": "example.org/mine:1"},
        {"Image": "semantic-segmentation"},
        {"ModelPackageName": "p"},
        {"Image": IMAGE, "Mode": "MultiModel"},
        {"Image": IMAGE, "ModelDataUrl": "http://elsewhere/model.tar.gz"},
    ):
        with pytest.raises(Invalid):
            create(**container)
    with pytest.raises(Invalid, match="Exactly one"):
        world.models_api.create_model(CONTEXT, {"ModelName": "m"})
    with pytest.raises(Invalid, match="pipelines"):
        containers = [{"Image": IMAGE}, {"Image": IMAGE}]
        world.models_api.create_model(CONTEXT, {"ModelName": "m", "Containers": containers})
    world.model("m")
    twice = {"VariantName": "v", "ModelName": "m"}
    with pytest.raises(Invalid, match="unique"):
        world.config("c", twice, twice)
    with pytest.raises(LimitExceeded, match="32"):
        world.config("c", twice | {"InitialInstanceCount": 33})
    with pytest.raises(Invalid, match="weight 0"):
        world.config("c", twice | {"InitialVariantWeight": 0})


def test_descriptions_contain_the_request_without_tags_and_empty_structures(world: HostingWorld) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {}}
    request = {"ModelName": "m", "ExecutionRoleArn": "role", "PrimaryContainer": container, "VpcConfig": {}}
    world.models_api.create_model(CONTEXT, {**request, "Tags": [{"Key": "k", "Value": "v"}]})
    found = world.models_api.describe_model(CONTEXT, {"ModelName": "m"})
    assert (found["PrimaryContainer"], found["ExecutionRoleArn"]) == (container, "role")
    assert "Tags" not in found
    assert "VpcConfig" not in found
    with world.database.read() as connection:
        assert get_tags(connection, found["ModelArn"]) == {"k": "v"}
    world.config("c", {"VariantName": "v", "ModelName": "m"})
    found = world.api.describe_endpoint_config(CONTEXT, {"EndpointConfigName": "c"})
    assert found["ProductionVariants"] == [
        {
            "VariantName": "v",
            "ModelName": "m",
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "InitialVariantWeight": 1.0,
        }
    ]


def test_an_endpoint_whose_server_exits_at_once_fails_with_the_documented_reason(
    world: HostingWorld,
) -> None:
    world.model("bad", "ends")
    world.config("bad")
    world.create("bad")
    found = world.wait("bad", "Failed")
    assert found["FailureReason"] == (
        "The primary container for production variant AllTraffic did not pass the ping health check. Please "
        "check CloudWatch logs for this endpoint. (the model server ended with exit code 3: this model is broken)"
    )
    group = "/aws/sagemaker/Endpoints/bad"
    answer = world.logs.filter_log_events(CONTEXT, {"logGroupName": group})
    assert [event["message"] for event in answer["events"]] == ["this model is broken"]
    assert answer["events"][0]["logStreamName"].startswith("AllTraffic/i-")
    update = {"EndpointName": "bad", "EndpointConfigName": "bad"}
    with pytest.raises(Invalid, match="Cannot update failed endpoint"):
        world.api.update_endpoint(CONTEXT, update)
    assert "not found" in refused("ValidationError", world.invoke, "bad", b"x")
    world.api.delete_endpoint(CONTEXT, {"EndpointName": "bad"})
    wait_gone(world, "bad")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            None,
            'Failed to download model data for container "primary" from URL: "s3://models/m/model.tar.gz"',
        ),
        (b"no archive", "Failed to extract model data archive"),
        (archive({"behaviour": b"x" * 9999})[:-20], "Failed to extract model data archive"),
        (archive({"../behaviour": b"good"}), "'../behaviour' would be outside"),
    ],
    ids=["missing", "no-archive", "cut", "climbing"],
)
def test_missing_or_damaged_model_data_fail_the_endpoint_with_a_reason(
    world: HostingWorld, data: bytes | None, reason: str
) -> None:
    world.model("m")
    if data is None:
        world.objects.delete("models", "m/model.tar.gz")
    else:
        world.objects.write_uri("s3://models/m/model.tar.gz", data)
    world.config("m")
    world.create("m")
    assert reason in world.wait("m", "Failed")["FailureReason"]


def test_a_server_whose_ping_never_answers_fails_after_the_timeout(world: HostingWorld) -> None:
    world.model("mute", "mute")
    world.config(
        "mute",
        # below the API's minimum of 60 s, to keep the test short
        {"VariantName": "v", "ModelName": "mute", "ContainerStartupHealthCheckTimeoutInSeconds": 1},
    )
    world.create("mute")
    assert "/ping did not answer within 1 s" in world.wait("mute", "Failed")["FailureReason"]
    end = time.monotonic() + 20
    while world.instances("mute"):
        assert time.monotonic() < end, "the mute server was not stopped"
        time.sleep(0.05)


def test_model_errors_timeouts_and_limits_are_those_of_sagemaker(
    world: HostingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.serve("e")
    with pytest.raises(AwsError) as caught:
        world.invoke("e", b"fail 400")
    error = caught.value
    assert (error.code, error.status) == ("ModelError", 424)
    assert error.message == (
        'Received client error (400) from primary with message "cannot do 400". See '
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:"
        f"group=/aws/sagemaker/Endpoints/e in account {ACCOUNT} for more information."
    )
    assert error.fields["OriginalStatusCode"] == 400
    assert error.fields["OriginalMessage"] == "cannot do 400"
    assert error.fields["LogStreamArn"].startswith(
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/e:log-stream:AllTraffic/i-"
    )
    assert refused("ModelError", world.invoke, "e", b"fail 500").startswith(
        "Received server error (500) from"
    )
    assert "not found" in refused("ValidationError", world.invoke, "none", b"x")
    assert "length less than or equal to 6291456" in refused(
        "ValidationError", world.invoke, "e", b"x" * 6_291_457
    )
    assert json.loads(world.invoke("e", b"x" * 6_291_456)["Body"])["body"] == "x" * 6_291_456

    monkeypatch.setattr(forwarding, "ANSWER_LIMIT_S", 0.3)
    world.endpoints._invoker = invoker.Invoker(world.endpoints._servers)
    with pytest.raises(AwsError) as caught:
        world.invoke("e", b"sleep 5")
    assert caught.value.fields["OriginalStatusCode"] == 0
    assert (
        "Your invocation timed out while waiting for a response from container primary"
        in caught.value.message
    )


@pytest.mark.parametrize("operation", ["InvokeEndpointAsync", "InvokeEndpointWithResponseStream"])
def test_other_invoke_operations_are_refused_and_the_message_names_invoke_endpoint(
    world: HostingWorld, operation: str
) -> None:
    table = OperationTable({"sagemaker-runtime": [world.runtime]})
    assert f"{operation} is not served by Trigpoint; use InvokeEndpoint" in refused(
        "UnknownOperationException", table.find, "sagemaker-runtime", operation
    )


def test_the_container_environment_and_host_name_are_used(world: HostingWorld) -> None:
    world.model("env", Environment={"COLOUR": "red"}, ContainerHostname="detector")
    world.config("env")
    world.create("env")
    world.wait("env")
    assert world.invoke("env", b"env COLOUR")["Body"] == b"red"
    assert "error (418) from detector with" in refused("ModelError", world.invoke, "env", b"fail 418")


def test_a_server_that_ends_is_restarted_and_requests_wait_for_it(world: HostingWorld) -> None:
    world.serve("phoenix")
    before = world.instances("phoenix")[0]
    assert "closed the connection before it had answered" in refused(
        "ModelError", world.invoke, "phoenix", b"die"
    )
    assert world.describe("phoenix")["EndpointStatus"] == "InService"
    assert json.loads(world.invoke("phoenix", b"again")["Body"])["body"] == "again"
    after = world.instances("phoenix")[0]
    assert (after.id, after.phase) == (before.id, "ready")
    assert after.handle != before.handle


def test_a_request_whose_server_ends_is_answered_by_another_instance(world: HostingWorld) -> None:
    world.model("two", "upper")
    world.config("two", {"VariantName": "v", "ModelName": "two", "InitialInstanceCount": 2})
    world.create("two")
    world.wait("two")
    first = [world.instances("two")[number].handle for number in range(2)]
    survivor_only = b"die once"  # ends the first server that gets it; a server that it ended before answers
    for instance in world.instances("two")[:1]:
        folder = world.endpoints._servers.owner_folder(instance.owner_id) / instance.id
        (folder / "died").touch()
    answers = {world.invoke("two", survivor_only)["Body"] for _ in range(2)}
    assert answers == {b"risen"}
    world.wait("two")
    assert world.instances("two")[0].handle == first[0]


def test_the_end_of_a_model_server_is_noticed_without_a_request_and_before_the_next_regular_look(
    world: HostingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint_loop, "STEADY_LOOK_S", 3600.0)
    world.serve("watched")
    before = world.instances("watched")[0]
    world.endpoints.exits.start()
    try:
        assert before.handle is not None
        world.runner.stop(before.handle, 0)
        wait_for(lambda: world.instances("watched")[0].handle != before.handle, "a new model server")
        world.wait("watched")
    finally:
        world.endpoints.exits.stop()


def test_a_server_that_answers_no_request_until_the_timeout_is_killed_and_restarted(
    world: HostingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.serve("stuck")
    before = world.instances("stuck")[0]
    monkeypatch.setattr(forwarding, "ANSWER_LIMIT_S", 0.5)
    world.endpoints._invoker = invoker.Invoker(world.endpoints._servers)
    assert "timed out" in refused("ModelError", world.invoke, "stuck", b"sleep 60")
    assert json.loads(world.invoke("stuck", b"again")["Body"])["body"] == "again"
    assert world.instances("stuck")[0].handle != before.handle


def test_each_invocation_is_recorded_in_the_metrics(world: HostingWorld) -> None:
    found: list[tuple[str, float, str]] = []

    def record(
        namespace: str, name: str, dimensions: Mapping[str, str], value: float, unit: str, at: datetime
    ) -> None:
        assert (namespace, dict(dimensions)) == (
            "AWS/SageMaker",
            {"EndpointName": "e", "VariantName": "AllTraffic"},
        )
        found.append((name, value, unit))

    world.model("e")
    world.config("e", {"VariantName": "AllTraffic", "ModelName": "e", "InitialInstanceCount": 2})
    world.create("e")
    world.wait("e")
    world.endpoints._metrics = InvocationMetrics(record, SystemClock())
    world.invoke("e", b"sleep 0.05")
    counts = {
        "Invocations": 1,
        "InvocationsPerInstance": 0.5,
        "Invocation4XXErrors": 0,
        "Invocation5XXErrors": 0,
        "InvocationModelErrors": 0,
    }
    assert {name: value for name, value, unit in found if unit == "Count"} == counts
    latency = {name: value for name, value, unit in found if unit == "Microseconds"}
    assert 50_000 < latency["ModelLatency"] < 5_000_000
    assert 0 < latency["OverheadLatency"] < 5_000_000
    for status, name in ((400, "Invocation4XXErrors"), (500, "Invocation5XXErrors")):
        found.clear()
        refused("ModelError", world.invoke, "e", f"fail {status}".encode())
        present = {"Invocations", "InvocationsPerInstance", name, "InvocationModelErrors"}
        assert {n for n, value, _ in found if value} == present


def test_a_restarted_service_keeps_running_servers_and_restarts_ended_ones(
    database: Database, settings: Settings
) -> None:
    with hosting_world(database, settings) as first:
        first.serve("alive")
        first.serve("dead")
        first.reconciler.stop()  # the service stops, but its child processes continue
        alive, dead = first.instances("alive")[0], first.instances("dead")[0]
        assert dead.handle
        identity = state.read_json(settings.jobs_dir / "processes" / dead.handle / state.SUPERVISOR)
        os.kill(identity["pid"], signal.SIGKILL)
        with hosting_world(database, settings) as second:
            assert json.loads(second.invoke("alive", b"1")["Body"])["body"] == "1"
            assert json.loads(second.invoke("dead", b"2")["Body"])["body"] == "2"
            assert second.instances("alive")[0].handle == alive.handle
            assert second.instances("dead")[0].handle != dead.handle


def test_a_request_gets_503_while_no_server_is_ready(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoker, "INSTANCE_WAIT_S", 0.3)
    with hosting_world(database, settings) as world:
        world.serve("e")
        world.reconciler.stop()
        world.runner.stop_all(grace_s=0)
        with pytest.raises(AwsError) as caught:
            world.invoke("e", b"x")
        assert (caught.value.code, caught.value.status) == ("ServiceUnavailable", 503)


def test_an_update_has_no_downtime_and_a_failed_update_is_rolled_back(world: HostingWorld) -> None:
    world.serve("u")
    world.model("next", "other")
    world.config("next")
    world.model("broken", "ends")
    world.config("broken")
    failures: list[Exception] = []
    models: Counter[str] = Counter()
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            try:
                models[json.loads(world.invoke("u", b"x")["Body"])["model"]] += 1
            except Exception as error:
                failures.append(error)
                return

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        world.api.update_endpoint(CONTEXT, {"EndpointName": "u", "EndpointConfigName": "next"})
        with pytest.raises(Invalid, match="Cannot update in-progress endpoint"):
            world.api.update_endpoint(CONTEXT, {"EndpointName": "u", "EndpointConfigName": "next"})
        found = world.describe("u")
        assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("Updating", "u")
        assert found["PendingDeploymentSummary"]["EndpointConfigName"] == "next"
        assert world.wait("u")["EndpointConfigName"] == "next"
        time.sleep(0.5)
        world.api.update_endpoint(CONTEXT, {"EndpointName": "u", "EndpointConfigName": "broken"})
        found = world.wait("u")
        assert found["EndpointConfigName"] == "next"
        assert "did not pass the ping health check" in found["FailureReason"]
    finally:
        stop.set()
        asking.join()
    assert not failures
    assert set(models) == {"good", "other"}
    assert len(world.instances("u")) == 1


def test_requests_are_distributed_by_weight_and_instances_take_turns(world: HostingWorld) -> None:
    world.model("one")
    world.model("two", "other")
    world.config(
        "w",
        {"VariantName": "a", "ModelName": "one", "InitialInstanceCount": 2, "InitialVariantWeight": 1},
        {"VariantName": "b", "ModelName": "two", "InitialVariantWeight": 0},
    )
    world.create("w")
    world.wait("w")
    chosen = [world.invoke("w", b"x")["InvokedProductionVariant"] for _ in range(6)]
    assert chosen == ["a"] * 6
    assert world.invoke("w", b"x", TargetVariant="b")["InvokedProductionVariant"] == "b"
    assert "Variant c not found" in refused(
        "ValidationError", lambda: world.invoke("w", b"x", TargetVariant="c")
    )
    streams = {f"a/{i.id}" for i in world.instances("w") if i.variant_name == "a"}
    request = {"logGroupName": "/aws/sagemaker/Endpoints/w", "logStreamNamePrefix": "a/"}
    counts = Counter(e["logStreamName"] for e in world.logs.filter_log_events(CONTEXT, request)["events"])
    assert counts == dict.fromkeys(streams, 3)

    changes = [
        {"VariantName": "a", "DesiredWeight": 0.0, "DesiredInstanceCount": 1},
        {"VariantName": "b", "DesiredWeight": 1.0},
    ]
    request = {"EndpointName": "w", "DesiredWeightsAndCapacities": changes}
    world.api.update_endpoint_weights_and_capacities(CONTEXT, request)
    found = world.wait("w")
    assert [
        (v["VariantName"], v["CurrentWeight"], v["CurrentInstanceCount"]) for v in found["ProductionVariants"]
    ] == [("a", 0.0, 1), ("b", 1.0, 1)]
    assert world.invoke("w", b"x")["InvokedProductionVariant"] == "b"
    with pytest.raises(Invalid, match='Could not find variant "z"'):
        world.api.update_endpoint_weights_and_capacities(
            CONTEXT, {"EndpointName": "w", "DesiredWeightsAndCapacities": [{"VariantName": "z"}]}
        )


def test_an_endpoint_is_deleted_in_every_status_and_leaves_no_process(world: HostingWorld) -> None:
    world.serve("updating")
    world.model("mute", "mute")
    world.config("mute")
    for name in ("creating", "again"):
        world.create(name, "mute")
    update = {"EndpointName": "updating", "EndpointConfigName": "mute"}
    world.api.update_endpoint(CONTEXT, update)
    for name, status in (("creating", "Creating"), ("updating", "Updating")):
        wait_for(lambda name=name: handles(world, name), "its processes")
        started = handles(world, name)
        assert world.describe(name)["EndpointStatus"] == status
        world.api.delete_endpoint(CONTEXT, {"EndpointName": name})
        world.api.delete_endpoint(CONTEXT, {"EndpointName": name})
        for call in (world.api.update_endpoint, world.api.update_endpoint_weights_and_capacities):
            request = {**update, "EndpointName": name, "DesiredWeightsAndCapacities": []}
            with pytest.raises(
                (Invalid, AwsError), match=r"Cannot update in-progress|Could not find endpoint"
            ):
                call(CONTEXT, request)
        wait_gone(world, name)
        assert {world.runner.poll(handle).phase for handle in started} == {"lost"}
    update = {"EndpointName": "again", "EndpointConfigName": "mute"}
    with pytest.raises(Invalid, match=f'Cannot update in-progress endpoint "{ARN}:endpoint/again".'):
        world.api.update_endpoint(CONTEXT, update)
    assert "Cannot create already existing endpoint" in refused(
        "ValidationException", world.create, "again", "mute"
    )
    assert "not found" in refused("ValidationError", world.invoke, "again", b"x")
    none = {"EndpointName": "none", "EndpointConfigName": "mute", "DesiredWeightsAndCapacities": []}
    for call in (world.api.update_endpoint, world.api.update_endpoint_weights_and_capacities):
        assert refused("ValidationException", call, CONTEXT, none) == (
            f'Could not find endpoint "{ARN}:endpoint/none".'
        )


def test_invalid_changes_of_weights_and_instance_counts_are_refused(world: HostingWorld) -> None:
    world.serve("e")

    def change(*changes: dict[str, Any]) -> None:
        request = {"EndpointName": "e", "DesiredWeightsAndCapacities": list(changes)}
        world.api.update_endpoint_weights_and_capacities(CONTEXT, request)

    variant = {"VariantName": "AllTraffic"}
    for changes, why in (
        ([{"VariantName": "z", "DesiredWeight": 1.0}], 'Could not find variant "z"; .* AllTraffic'),
        ([variant], "neither DesiredWeight nor DesiredInstanceCount"),
        ([variant | {"DesiredWeight": 0.0}], "all variants would have the weight 0"),
        ([variant | {"DesiredInstanceCount": 0}], "needs at least 1"),
        ([variant | {"DesiredWeight": 1.0}, variant | {"DesiredWeight": 2.0}], "named twice"),
    ):
        with pytest.raises(Invalid, match=why):
            change(*changes)
    with pytest.raises(LimitExceeded, match="the limit is 32"):
        change(variant | {"DesiredInstanceCount": 33})
    assert world.describe("e")["EndpointStatus"] == "InService", "nothing of it has begun"


def test_a_description_shows_the_progress_of_an_update(world: HostingWorld) -> None:
    world.serve("e")
    world.model("mute", "mute")
    world.config("mute")
    world.reconciler.stop()
    change = {"VariantName": "AllTraffic", "DesiredWeight": 2.0, "DesiredInstanceCount": 2}
    request: dict[str, Any] = {"EndpointName": "e", "DesiredWeightsAndCapacities": [change]}
    world.api.update_endpoint_weights_and_capacities(CONTEXT, request)
    found = world.describe("e")
    [variant] = found["ProductionVariants"]
    assert found["EndpointStatus"] == "Updating"
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (1, 2)
    assert variant["VariantStatus"] == [{"Status": "Updating"}]
    world.reconciler.start()
    [variant] = world.wait("e")["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 2)
    assert "VariantStatus" not in variant
    world.api.update_endpoint(CONTEXT, {"EndpointName": "e", "EndpointConfigName": "mute"})
    found = world.describe("e")
    [pending] = found["PendingDeploymentSummary"]["ProductionVariants"]
    assert (pending["CurrentInstanceCount"], pending["VariantStatus"][0]["Status"]) == (0, "Creating")
    assert "VariantStatus" not in found["ProductionVariants"][0]


def test_an_additional_instance_that_does_not_start_is_removed_and_the_others_keep_serving(
    world: HostingWorld,
) -> None:
    world.serve("e")
    world.objects.delete("models", "e/model.tar.gz")
    change = {"VariantName": "AllTraffic", "DesiredInstanceCount": 3}
    request: dict[str, Any] = {"EndpointName": "e", "DesiredWeightsAndCapacities": [change]}
    world.api.update_endpoint_weights_and_capacities(CONTEXT, request)
    found = world.wait("e")
    assert "Failed to download model data" in found["FailureReason"]
    assert found["ProductionVariants"][0]["DesiredInstanceCount"] == 1
    assert json.loads(world.invoke("e", b"x")["Body"])["body"] == "x"
    assert len(world.instances("e")) == 1


def test_model_data_are_downloaded_when_their_store_answers_again(
    world: HostingWorld,
) -> None:
    with moody_store({"/far/m.tar.gz": archive({"behaviour": b"good"})}) as store:
        world.objects.add_remote_bucket("far", RemoteConfig(store.url), "far")
        world.model("m", ModelDataUrl="s3://far/m.tar.gz")
        world.config("m")
        store.is_down = True
        world.create("m")
        wait_for(lambda: store.refused > 3, "an attempt")
        assert world.describe("m")["EndpointStatus"] == "Creating"
        store.is_down = False
        world.wait("m")
        store.is_down = True
        world.api.update_endpoint(CONTEXT, {"EndpointName": "m", "EndpointConfigName": "m"})
        found = world.wait("m", limit_s=60)
        assert (
            'Failed to download model data for container "primary" from URL: "s3://far/m.tar.gz"'
            in (found["FailureReason"])
        )
        assert "answered ServiceUnavailable" in found["FailureReason"]


def handles(world: HostingWorld, name: str) -> set[str]:
    """The running processes of the endpoint."""
    found = {instance.handle for instance in world.instances(name) if instance.phase == "starting"}
    return {handle for handle in found if handle and world.runner.poll(handle).phase == "running"}


def test_models_and_configurations_can_be_deleted_while_an_endpoint_serves_them(world: HostingWorld) -> None:
    world.serve("e")
    world.api.delete_endpoint_config(CONTEXT, {"EndpointConfigName": "e"})
    world.models_api.delete_model(CONTEXT, {"ModelName": "e"})
    world.objects.delete("models", "e/model.tar.gz")
    kill(world, "e")
    assert json.loads(world.invoke("e", b"x")["Body"])["body"] == "x"


def test_lists_are_filtered_sorted_and_paged(database: Database, settings: Settings) -> None:
    world = HostingWorld(database, settings)
    for name in ("b-1", "A-1", "c-2", "d-1"):
        world.model(name)
        world.config(name)
        world.create(name)  # the reconcile loop does not run, so they stay Creating

    def names(call: Any, member: str, key: str, **request: Any) -> list[str]:
        found: list[str] = []
        while True:
            answer = call(CONTEXT, {"MaxResults": 2, **request})
            assert len(answer[member]) <= 2
            found += [each[key] for each in answer[member]]
            if "NextToken" not in answer:
                return found
            request["NextToken"] = answer["NextToken"]

    lists = (
        (world.models_api.list_models, "Models", "ModelName"),
        (world.api.list_endpoint_configs, "EndpointConfigs", "EndpointConfigName"),
        (world.api.list_endpoints, "Endpoints", "EndpointName"),
    )
    for each in lists:
        assert names(*each) == ["d-1", "c-2", "A-1", "b-1"]
        assert names(*each, SortOrder="Ascending") == ["b-1", "A-1", "c-2", "d-1"]
        assert names(*each, SortBy="Name", SortOrder="Ascending") == ["A-1", "b-1", "c-2", "d-1"]
        assert names(*each, NameContains="-1") == ["d-1", "A-1", "b-1"]
        created = each[0](CONTEXT, {"NameContains": "c-2"})[each[1]][0]["CreationTime"]
        assert names(*each, CreationTimeAfter=created) == ["d-1", "c-2"]
        assert names(*each, CreationTimeBefore=created) == ["A-1", "b-1"]
        with pytest.raises(Invalid, match="NextToken"):
            each[0](CONTEXT, {"NextToken": "other"})
    assert names(*lists[2], StatusEquals="Creating", SortBy="Status") == ["d-1", "c-2", "b-1", "A-1"]
    assert names(*lists[2], StatusEquals="InService") == []


def test_an_endpoint_serves_the_built_in_detector(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="the built-in algorithms need trigpoint[train]")
    from trigpoint.algorithms.object_detection.artifacts import save_model
    from trigpoint.algorithms.object_detection.ssd import SSD

    save_model(tmp_path / "model", SSD("resnet-10", 300, 3), {"num_classes": "3"})
    files = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    with hosting_world(sqlite_database, settings, algorithm_server) as world:
        world.model("ssd")
        world.objects.write_uri("s3://models/ssd/model.tar.gz", archive(files))
        world.config("ssd")
        world.create("ssd")
        world.wait("ssd", limit_s=120)
        answer = world.invoke("ssd", picture.getvalue(), ContentType="image/jpeg")
        assert answer["ContentType"] == "application/json"
        assert all(len(row) == 6 for row in json.loads(answer["Body"])["prediction"])
        message = refused("ModelError", lambda: world.invoke("ssd", b"no picture", ContentType="image/jpeg"))
        assert message.startswith("Received client error (400) from primary with message")
