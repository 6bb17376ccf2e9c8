"""The next step and the end of a training job: the pure part, as tables of situations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from trigpoint.compute.group import MemberResult, new_group
from trigpoint.compute.runner import ProcessState
from trigpoint.training import attempts, steps
from trigpoint.training.facts import InstanceFacts
from trigpoint.training.model import TrainingJob, TrainingSpec
from trigpoint.training.progress import InstanceResult, Phase
from trigpoint.training.steps import TrainingOutcome, TrainingStep
from trigpoint.training.transitions import enter, with_message

START = datetime(2026, 1, 1, tzinfo=UTC)
RUNNING, LOST = ProcessState("running"), ProcessState("lost")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def new_job(instances: int = 1) -> TrainingJob:
    group = new_group(instances)
    spec = TrainingSpec("object-detection", (), {}, {}, "s3://b/out/", True, "ml.p3.2xlarge", 60)
    job = TrainingJob("id", "j", "arn", spec, {}, 1, "InProgress", "Starting", (), START, START, group)
    return enter(job, "Starting", START)


def phases(*names: str) -> list[Phase]:
    return [Phase(name, at(k + 1)) for k, name in enumerate(names)]


def launched(job: TrainingJob) -> TrainingJob:
    handles = {member.number: f"handle-{member.number}" for member in job.group.members}
    return replace(job, group=job.group.started(handles))


def running(*names: str) -> InstanceFacts:
    return InstanceFacts(RUNNING, phases(*names), None)


def job_after(*names: str, instances: int = 1) -> TrainingJob:
    job = launched(new_job(instances))
    return steps.follow(job, {1: running(*names)})


def exited(result: InstanceResult | None = None, *names: str, code: int = 0) -> InstanceFacts:
    return InstanceFacts(ProcessState("exited", code), phases(*names), result)


@pytest.mark.parametrize(
    ("job", "facts", "step"),
    [
        (new_job(), None, TrainingStep.LAUNCH),
        (steps.request_stop(new_job(), at(1)), None, TrainingStep.FINISH),
        (launched(new_job()), running(), TrainingStep.WATCH),
        (job_after("Downloading", "Training"), running(), TrainingStep.WATCH),
        (steps.request_stop(job_after("Downloading"), at(9)), running(), TrainingStep.STOP),
        # an instance stops itself when its time is up
        (job_after("Downloading", "Training", "Stopping"), running(), TrainingStep.WATCH),
        (
            job_after("Downloading"),
            exited(InstanceResult(None, "no data"), "Downloading"),
            TrainingStep.FINISH,
        ),
        (launched(new_job()), exited(InstanceResult(0), "Downloading", "Training"), TrainingStep.UPLOAD),
        (job_after("Downloading", "Training"), InstanceFacts(LOST, [], None), TrainingStep.UPLOAD),
        (launched(new_job()), InstanceFacts(LOST, [], None), TrainingStep.FINISH),
    ],
)
def test_the_next_step(job: TrainingJob, facts: InstanceFacts | None, step: TrainingStep) -> None:
    known = {} if facts is None else {1: facts}
    assert steps.next_step(steps.follow(job, known), known) is step


FINISHED = job_after("Downloading", "Training")
STOPPED_BY_HAND = steps.request_stop(FINISHED, at(9))


@pytest.mark.parametrize(
    ("job", "facts", "end"),
    [
        (FINISHED, exited(InstanceResult(0)), TrainingOutcome("Completed", "Completed")),
        (
            STOPPED_BY_HAND,
            exited(InstanceResult(0, stopped_by="signal")),
            TrainingOutcome("Stopped", "Stopped"),
        ),
        (
            STOPPED_BY_HAND,
            exited(InstanceResult(1, stopped_by="signal")),
            TrainingOutcome("Stopped", "Stopped"),
        ),
        (STOPPED_BY_HAND, exited(code=-9), TrainingOutcome("Stopped", "Stopped")),
        (STOPPED_BY_HAND, InstanceFacts(LOST, [], None), TrainingOutcome("Stopped", "Stopped")),
        (steps.request_stop(new_job(), at(1)), None, TrainingOutcome("Stopped", "Stopped")),
        (
            FINISHED,
            exited(InstanceResult(0, stopped_by="max-runtime")),
            TrainingOutcome("Stopped", "MaxRuntimeExceeded"),
        ),
        (
            FINISHED,
            exited(InstanceResult(-9, stopped_by="max-runtime")),
            TrainingOutcome("Stopped", "MaxRuntimeExceeded"),
        ),
        (
            job_after("Downloading", "Training", "Stopping"),
            exited(),
            TrainingOutcome("Stopped", "MaxRuntimeExceeded"),
        ),
        (
            FINISHED,
            exited(InstanceResult(None, "ClientError: x")),
            TrainingOutcome("Failed", "Failed", "ClientError: x"),
        ),
        (
            STOPPED_BY_HAND,
            exited(InstanceResult(None, "ClientError: x")),
            TrainingOutcome("Failed", "Failed", "ClientError: x"),
        ),
    ],
)
def test_how_a_job_ends(job: TrainingJob, facts: InstanceFacts | None, end: TrainingOutcome) -> None:
    known = {} if facts is None else {1: facts}
    assert steps.outcome(steps.follow(job, known), known) == end


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (InstanceFacts(LOST, [], None), "was lost (the machine was restarted, or the process was killed)"),
        (exited(code=-9), "was killed by signal 9 while the job was in status Training"),
        (exited(code=1), "ended unexpectedly with exit code 1 while the job was in status Training"),
        (exited(InstanceResult(0, stopped_by="signal")), "was stopped from outside while the job ran"),
    ],
)
def test_an_instance_that_is_gone_without_a_result_fails_the_job_with_the_known_facts(
    facts: InstanceFacts, said: str
) -> None:
    known = {1: facts}
    end = steps.outcome(steps.follow(enter(FINISHED, "Uploading", at(9)), known), known)
    assert end.status == "Failed"
    assert (end.failure_reason or "").startswith("InternalServerError: ")
    assert said in (end.failure_reason or "")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (InstanceResult(2, failure_text="bad\n"), "ClientError: bad, exit code: 2"),
        (InstanceResult(2, failure_text="ClientError: bad"), "ClientError: bad, exit code: 2"),
        (InstanceResult(1, failure_text="oops"), "AlgorithmError: oops, exit code: 1"),
        (InstanceResult(1), "AlgorithmError: , exit code: 1"),
        (InstanceResult(1, failure_text="a\x00b\x1b[31m\r\nc"), "AlgorithmError: a b [31m \nc, exit code: 1"),
        (
            InstanceResult(-9),
            "AlgorithmError: the algorithm was killed by signal 9; if the machine had no memory left, lower mini_batch_size, "
            "exit code: -9",
        ),
        (InstanceResult(-11), "AlgorithmError: the algorithm was killed by signal 11, exit code: -11"),
        (InstanceResult(1, failure_text="x" * 2000), "AlgorithmError: " + "x" * 994 + ", exit code: 1"),
    ],
)
def test_a_failing_algorithm_gives_its_reason(result: InstanceResult, reason: str) -> None:
    assert steps.algorithm_failure(result) == reason
    assert len(reason) <= 1024


def test_phases_become_transitions_without_gaps() -> None:
    job = steps.finish(
        enter(job_after("Downloading", "Training"), "Uploading", at(5)),
        TrainingOutcome("Completed", "Completed"),
        at(8),
    )
    assert [(t.status, t.started_at, t.ended_at) for t in job.transitions] == [
        ("Starting", at(0), at(1)),
        ("Downloading", at(1), at(2)),
        ("Training", at(2), at(5)),
        ("Uploading", at(5), at(8)),
        ("Completed", at(8), at(8)),
    ]
    assert (job.started_at, job.ended_at, job.training_time_s) == (at(1), at(8), 7)


def test_phases_that_became_transitions_are_ignored() -> None:
    job = job_after("Downloading", "Training")
    assert steps.follow(job, {1: running("Downloading", "Training")}) == job


def test_a_stopping_job_does_not_go_back_to_training() -> None:
    job = steps.follow(
        steps.request_stop(launched(new_job()), at(0.5)), {1: running("Downloading", "Training")}
    )
    assert [t.status for t in job.transitions] == ["Starting", "Stopping"]
    assert job.started_at == at(1)


def test_a_clock_that_was_set_back_keeps_the_times_in_order() -> None:
    job = enter(new_job(), "Uploading", at(-5))
    assert job.transitions[-1].started_at == START


def test_a_message_replaces_that_of_the_current_transition() -> None:
    job = with_message(new_job(), "Preparing the instances for training")
    assert [(t.status, t.message) for t in job.transitions] == [
        ("Starting", "Preparing the instances for training")
    ]


def test_the_model_is_below_the_output_path() -> None:
    job = new_job()
    assert job.model_uri == "s3://b/out/j/output/model.tar.gz"
    plain = replace(job, spec=replace(job.spec, compress_output=False))
    assert plain.model_uri == "s3://b/out/j/output/model/"


# attempts

SPOT = replace(job_after("Downloading", "Training"), spec=replace(new_job().spec, max_wait_s=600))
TRIED_AGAIN = replace(SPOT, spec=replace(SPOT.spec, max_wait_s=None, retries=1))
LOST_INSTANCE = InstanceFacts(LOST, [], None)
BROKEN = exited(InstanceResult(None, "InternalServerError: x"))


@pytest.mark.parametrize(
    ("job", "facts", "status"),
    [
        (SPOT, LOST_INSTANCE, "Interrupted"),
        (SPOT, exited(InstanceResult(0, stopped_by="signal")), "Interrupted"),
        (SPOT, BROKEN, None),  # it failed by itself
        (SPOT, exited(InstanceResult(1)), None),
        (SPOT, exited(InstanceResult(0)), None),
        (replace(SPOT, spec=replace(SPOT.spec, retries=1)), BROKEN, "Restarting"),
        (TRIED_AGAIN, LOST_INSTANCE, "Restarting"),
        (TRIED_AGAIN, BROKEN, "Restarting"),
        (TRIED_AGAIN, exited(InstanceResult(2)), None),
        (FINISHED, LOST_INSTANCE, None),
        (steps.request_stop(SPOT, at(9)), LOST_INSTANCE, None),
        (enter(SPOT, "Uploading", at(9)), LOST_INSTANCE, None),
        (attempts.interrupted(SPOT, at(9)), exited(InstanceResult(0, stopped_by="signal")), "Interrupted"),
        (attempts.interrupted(SPOT, at(9)), exited(InstanceResult(1, stopped_by="signal")), "Interrupted"),
        (attempts.interrupted(SPOT, at(9)), LOST_INSTANCE, "Interrupted"),
        (replace(launched(new_job()), spec=SPOT.spec), LOST_INSTANCE, "Interrupted"),  # while it was Starting
        # it ended by itself before it was asked to
        (attempts.interrupted(SPOT, at(9)), exited(InstanceResult(0)), None),
        (attempts.interrupted(SPOT, at(9)), exited(InstanceResult(1)), None),
    ],
)
def test_a_job_whose_instances_are_gone_starts_again_or_ends(
    job: TrainingJob, facts: InstanceFacts, status: str | None
) -> None:
    known = {1: facts}
    job = steps.follow(job, known)
    assert attempts.next_status(job, known) == status
    assert (steps.next_step(job, known) is TrainingStep.SUSPEND) == (status is not None)
    if status is not None:
        waiting = attempts.suspended(job, known, at(20))
        assert (waiting.secondary_status, waiting.launched_at, waiting.stop_cause) == (status, None, None)
        assert steps.next_step(waiting, {}) is TrainingStep.RESTART
        again = enter(waiting, "Starting", at(21))
        assert steps.next_step(again, {}) is TrainingStep.LAUNCH
        ran_until = {"Interrupted": 9, "Starting": 1}.get(job.secondary_status, 20)
        assert again.ran_s == ran_until - 1
        facts_of_next = {1: running("Downloading")}
        assert steps.follow(launched(again), facts_of_next).secondary_status == "Downloading"


def test_a_job_is_tried_again_only_as_often_as_its_strategy_says() -> None:
    facts = {1: LOST_INSTANCE}
    again = enter(attempts.suspended(steps.follow(TRIED_AGAIN, facts), facts, at(20)), "Starting", at(21))
    job = steps.follow(launched(again), facts)
    assert attempts.next_status(job, facts) is None
    assert steps.outcome(job, facts).status == "Failed"


def test_pauses_between_attempts_double_and_have_a_bound() -> None:
    for count, pause_s in ((1, 1), (2, 2), (4, 8), (40, 300), (4000, 300)):
        transitions = (enter(SPOT, "Interrupted", START).transitions[-1],) * count
        waiting = replace(SPOT, transitions=transitions)
        assert attempts.next_attempt_at(waiting) == transitions[-1].started_at + timedelta(seconds=pause_s)


# groups of three instances


def three(**facts: InstanceFacts) -> dict[int, InstanceFacts]:
    """The facts about instances one, two and three; those not named run."""
    names = ("one", "two", "three")
    return {number: facts.get(name, running("Training")) for number, name in enumerate(names, 1)}


def test_a_job_trains_as_soon_as_its_first_instance_does() -> None:
    facts = three(one=running(), two=running("Downloading"), three=running("Downloading", "Training"))
    job = steps.follow(launched(new_job(3)), facts)
    assert [each.status for each in job.transitions] == ["Starting", "Downloading", "Training"]


def test_an_instance_that_fails_stops_the_others_and_its_reason_is_the_jobs() -> None:
    job = launched(new_job(3))
    facts = three(two=exited(InstanceResult(1, failure_text="out of memory"), "Training", code=0))
    job = steps.follow(job, facts)
    assert steps.next_step(job, facts) is TrainingStep.STOP
    assert [member.number for member in job.group.running] == [1, 3]
    stopped = exited(InstanceResult(143, stopped_by="signal"), "Training")
    facts = three(one=stopped, two=facts[2], three=stopped)
    job = steps.follow(job, facts)
    assert steps.next_step(job, facts) is TrainingStep.UPLOAD
    reason = "AlgorithmError: out of memory, exit code: 1"
    assert steps.outcome(job, facts) == TrainingOutcome("Failed", "Failed", reason)


def test_a_job_is_completed_when_all_its_instances_are_done() -> None:
    job = launched(new_job(3))
    done = exited(InstanceResult(0), "Training")
    facts = three(one=done, three=done)
    job = steps.follow(job, facts)
    assert steps.next_step(job, facts) is TrainingStep.WATCH
    facts = three(one=done, two=done, three=done)
    job = steps.follow(job, facts)
    assert steps.next_step(job, facts) is TrainingStep.UPLOAD
    assert [member.result for member in job.group.members] == [MemberResult("done")] * 3
    assert steps.outcome(job, facts) == TrainingOutcome("Completed", "Completed")


def test_a_stop_request_stops_all_instances() -> None:
    facts = three(two=exited(InstanceResult(0), "Training"))
    job = steps.request_stop(steps.follow(launched(new_job(3)), facts), at(9))
    assert steps.next_step(job, facts) is TrainingStep.STOP
    stopped = exited(InstanceResult(0, stopped_by="signal"), "Training")
    facts = three(one=stopped, two=facts[2], three=stopped)
    job = steps.follow(job, facts)
    assert steps.next_step(job, facts) is TrainingStep.UPLOAD
    assert steps.outcome(job, facts) == TrainingOutcome("Stopped", "Stopped")


def test_a_stop_request_after_a_failure_still_ends_the_job_as_stopped() -> None:
    facts = {1: exited(InstanceResult(1), "Training")}
    job = steps.request_stop(steps.follow(job_after("Training"), facts), at(9))
    assert steps.outcome(job, facts) == TrainingOutcome("Stopped", "Stopped")
    facts = {1: exited(InstanceResult(None, "ClientError: no data"), "Training")}
    job = steps.request_stop(steps.follow(job_after("Training"), facts), at(9))
    assert steps.outcome(job, facts) == TrainingOutcome("Failed", "Failed", "ClientError: no data")
