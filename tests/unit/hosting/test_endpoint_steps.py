"""The next states of endpoints and model servers, without processes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from trigpoint.compute.runner import ProcessState
from trigpoint.core.errors import Invalid
from trigpoint.hosting.endpoint_steps import EndpointTransition, next_step, wanted_slots
from trigpoint.hosting.invoker import choose_variant
from trigpoint.hosting.records import ContainerDefinition, DeployedVariant, Deployment, Endpoint, ModelServer
from trigpoint.hosting.server_steps import ServerFacts, after_failed_fetch, hangs, next_server

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUNS, ENDED, LOST = ProcessState("running"), ProcessState("exited", 1), ProcessState("lost")
KILLED = ProcessState("exited", -9)


def variant(name: str = "v", count: int = 1, weight: float = 1.0) -> DeployedVariant:
    return DeployedVariant(
        name, ContainerDefinition("object-detection"), "object-detection", count, weight, 240
    )


def deployment(id: str, *variants: DeployedVariant) -> Deployment:
    return Deployment(id, f"config-{id}", variants or [variant()], NOW)


def endpoint(status: str, serving: Deployment | None, pending: Deployment | None) -> Endpoint:
    return Endpoint("e", "e", "arn", "c", status, None, serving, pending, 0, NOW, NOW)  # type: ignore[arg-type]


def instance(
    deployment_id: str = "new", phase: str = "starting", number: int = 0, **fields: object
) -> ModelServer:
    made = ModelServer(f"i-{deployment_id}-{number}", "e", deployment_id, "v", number, phase)  # type: ignore[arg-type]
    return replace(made, started_at=NOW, **fields)  # type: ignore[arg-type]


OLD, NEW = deployment("old"), deployment("new")


def test_a_starting_server_is_ready_as_soon_as_its_ping_answers() -> None:
    assert next_server(instance(), 240, ServerFacts(RUNS), NOW) == instance()
    after = next_server(instance(), 240, ServerFacts(RUNS, 4711), NOW)
    assert (after.phase, after.port, after.ready_at) == ("ready", 4711, NOW)


def test_a_first_start_that_ends_with_an_error_has_failed_at_once_with_the_last_line_of_its_log() -> None:
    failed = next_server(instance(), 240, ServerFacts(ENDED, last_words="no model_algo_1.json"), NOW)
    assert failed.phase == "failed"
    assert failed.failure_reason == "the model server ended with exit code 1: no model_algo_1.json"


def test_a_first_start_that_is_killed_three_times_or_takes_too_long_has_failed() -> None:
    one = instance()
    for failures, delay_s in ((1, 1), (2, 2)):
        one = next_server(replace(one, phase="starting"), 240, ServerFacts(KILLED), NOW)
        assert (one.phase, one.failures) == ("new", failures)
        assert one.retry_at == NOW + timedelta(seconds=delay_s)
    one = next_server(replace(one, phase="starting"), 240, ServerFacts(KILLED), NOW)
    assert one.phase == "failed"
    assert one.failure_reason == "the model server was killed by signal 9"
    late = NOW + timedelta(seconds=240)
    assert next_server(instance(), 240, ServerFacts(RUNS), late - timedelta(seconds=1)).phase == "starting"
    assert next_server(instance(), 240, ServerFacts(RUNS), late).phase == "failed"


def test_a_server_that_has_served_for_ten_seconds_is_restarted_at_once_each_time_that_it_is_killed() -> None:
    one = instance(phase="ready", ready_at=NOW, failures=3)
    now = NOW + timedelta(seconds=10)
    after = next_server(one, 240, ServerFacts(KILLED), now)
    assert (after.phase, after.failures, after.retry_at) == ("new", 1, now)


def test_a_server_that_has_served_is_restarted_without_limit_after_growing_pauses() -> None:
    one = instance(phase="ready", ready_at=NOW)
    waits: list[float] = []
    for _ in range(9):
        one = next_server(replace(one, phase="ready"), 240, ServerFacts(LOST), NOW)
        assert one.phase == "new"
        assert one.retry_at is not None
        waits.append((one.retry_at - NOW).total_seconds())
    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    stopped = next_server(
        instance(phase="ready", failures=5), 240, ServerFacts(ProcessState("exited", 0)), NOW
    )
    assert (stopped.failures, stopped.retry_at) == (5, NOW), "it ended because the installation was stopped"
    late = next_server(
        instance(phase="ready", failures=9), 240, ServerFacts(RUNS), NOW + timedelta(seconds=60)
    )
    assert late.failures == 0


def test_a_ready_server_that_is_silent_for_half_a_minute_hangs_until_it_answers_again() -> None:
    ready = instance(phase="ready", ready_at=NOW, port=1)
    silent = next_server(ready, 240, ServerFacts(RUNS), NOW)
    assert silent.silent_since == NOW
    later = NOW + timedelta(seconds=30)
    assert next_server(silent, 240, ServerFacts(RUNS), later).silent_since == NOW
    assert not hangs(silent, later - timedelta(seconds=1))
    assert hangs(silent, later)
    assert not hangs(next_server(silent, 240, ServerFacts(RUNS, 1), later), later)
    assert next_server(silent, 240, ServerFacts(ENDED), later).silent_since is None


def test_a_new_endpoint_serves_when_all_instances_are_ready_and_fails_when_one_fails() -> None:
    two = deployment("new", variant(count=2))
    creating = endpoint("Creating", None, two)
    ready, starting = instance(phase="ready"), instance(number=1)
    assert wanted_slots(creating) == [("new", "v", 0), ("new", "v", 1)]
    assert next_step(creating, [ready]) is None
    assert next_step(creating, [ready, starting]) is None
    assert next_step(creating, [ready, replace(starting, phase="ready")]) == EndpointTransition(
        "InService", promote=True
    )
    failed = replace(starting, phase="failed", failure_reason="why")
    assert next_step(creating, [ready, failed]) == EndpointTransition("Failed", "why", discard=True)


def test_an_update_is_promoted_when_it_is_ready_and_rolled_back_when_it_fails() -> None:
    updating = endpoint("Updating", OLD, NEW)
    old = instance("old", "ready")
    assert wanted_slots(updating) == [("old", "v", 0), ("new", "v", 0)]
    assert next_step(updating, [old, instance()]) is None
    assert next_step(updating, [old, instance(phase="ready")]) == EndpointTransition(
        "InService", promote=True
    )
    failed = instance(phase="failed", failure_reason="why")
    assert next_step(updating, [old, failed]) == EndpointTransition("RollingBack", "why", discard=True)
    rolling = replace(endpoint("RollingBack", OLD, None), failure_reason="why")
    assert next_step(rolling, [old, failed]) is None
    assert next_step(rolling, [old]) == EndpointTransition("InService", "why")


def test_a_change_of_instance_counts_is_complete_when_exactly_the_wanted_instances_are_ready() -> None:
    updating = endpoint("Updating", deployment("old", variant(count=2)), None)
    ready = [instance("old", "ready", number) for number in range(3)]
    assert next_step(updating, ready[:1]) is None
    assert next_step(updating, ready) is None, "one is still to be stopped"
    assert next_step(updating, ready[:2]) == EndpointTransition("InService")


def test_when_an_additional_instance_fails_the_instances_before_it_and_the_reason_stay() -> None:
    updating = endpoint("Updating", deployment("old", variant(count=4), variant("w", count=2)), None)
    ready = [instance("old", "ready", number) for number in range(2)]
    failed = instance("old", "failed", 2, failure_reason="why")
    step = next_step(updating, [*ready, failed, instance("old", "ready", 3)])
    assert step
    assert (step.status, step.failure_reason) == ("RollingBack", "why")
    assert step.serving
    assert [(each.name, each.instance_count) for each in step.serving.variants] == [("v", 2), ("w", 2)]
    rolling = replace(endpoint("RollingBack", step.serving, None), failure_reason="why")
    assert next_step(rolling, [*ready, failed]) is None, "it is still to be removed"
    assert next_step(rolling, ready) == EndpointTransition("InService", "why")


def test_model_data_that_cannot_be_downloaded_are_tried_again_for_half_a_minute() -> None:
    one = replace(instance(phase="new"), retry_at=None)
    waits = []
    while one.phase == "new":
        one = after_failed_fetch(one, "the store is away", NOW)
        waits.append((one.retry_at - NOW).total_seconds() if one.retry_at else 0)
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert (len(waits), one.phase, one.failure_reason) == (6, "failed", "the store is away")
    served = replace(instance(phase="new", ready_at=NOW), failures=99)
    assert after_failed_fetch(served, "away", NOW).phase == "new", (
        "a server that has served is tried without limit"
    )


@pytest.mark.parametrize("status", ["Failed", "Deleting"])
def test_a_failed_or_deleted_endpoint_wants_no_instances(status: str) -> None:
    assert wanted_slots(endpoint(status, OLD, None)) == []


def test_a_ready_server_that_dies_leaves_the_endpoint_in_service() -> None:
    assert next_step(endpoint("InService", OLD, None), [instance("old", "new")]) is None


class Draws(random.Random):
    """A source of random numbers that returns the given number."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self._number = number

    def random(self) -> float:
        return self._number


def test_variants_are_chosen_by_weight_unless_the_target_is_named() -> None:
    three = deployment("d", variant("a", weight=1), variant("b", weight=0), variant("c", weight=3))
    chosen = Counter(choose_variant(three, None, Draws(n / 100)).name for n in range(100))
    assert chosen == {"a": 25, "c": 75}
    assert choose_variant(three, "b").name == "b"
    with pytest.raises(Invalid, match="Variant z not found"):
        choose_variant(three, "z")
    with pytest.raises(Invalid, match="weight 0"):
        choose_variant(deployment("d", variant(weight=0)), None)


@pytest.mark.parametrize("weights", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (0, 0.1, 0), (1, 0, 0)])
def test_a_variant_of_weight_0_is_never_drawn(weights: tuple[float, ...]) -> None:
    """At both ends of the range of draws, at the border between two variants, and anywhere else."""
    made = [variant(f"v{number}", weight=weight) for number, weight in enumerate(weights)]
    weighted = {each.name for each in made if each.weight}
    border = weights[0] / sum(weights)
    draws = [0.0, border, 1 - 2**-53, *(n / 97 for n in range(97))]
    chosen = {choose_variant(deployment("d", *made), None, Draws(draw)).name for draw in draws}
    assert chosen == weighted
