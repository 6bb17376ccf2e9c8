"""What happens next to a training job: the pure part, one table of situations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from trigpoint.compute.runner import ProcessState
from trigpoint.training import steps
from trigpoint.training.model import TrainingJob, TrainingSpec
from trigpoint.training.progress import Phase, Result
from trigpoint.training.steps import Facts, Outcome, Step

START = datetime(2026, 1, 1, tzinfo=UTC)
RUNNING, LOST = ProcessState("running"), ProcessState("lost")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def new_job() -> TrainingJob:
    spec = TrainingSpec("object-detection", (), {}, {}, "s3://b/out/", True, "ml.p3.2xlarge", 60)
    job = TrainingJob("id", "j", "arn", spec, {}, 1, "InProgress", "Starting", (), START, START)
    return steps.enter(job, "Starting", START)


def phases(*names: str) -> list[Phase]:
    return [Phase(name, at(k + 1)) for k, name in enumerate(names)]


def job_after(*names: str) -> TrainingJob:
    return steps.follow(new_job(), phases(*names))


def exited(result: Result | None = None, *names: str, code: int = 0) -> Facts:
    return Facts(ProcessState("exited", code), phases(*names), result)


@pytest.mark.parametrize(
    ("job", "facts", "step"),
    [
        (new_job(), None, Step.LAUNCH),
        (steps.request_stop(new_job(), at(1)), None, Step.FINISH),
        (new_job(), Facts(RUNNING, [], None), Step.WATCH),
        (job_after("Downloading", "Training"), Facts(RUNNING, [], None), Step.WATCH),
        (steps.request_stop(job_after("Downloading"), at(9)), Facts(RUNNING, [], None), Step.STOP),
        # an instance that stops itself because of the time is left to it
        (job_after("Downloading", "Training", "Stopping"), Facts(RUNNING, [], None), Step.WATCH),
        (job_after("Downloading"), exited(Result(None, "no data"), "Downloading"), Step.FINISH),
        (new_job(), exited(Result(0), "Downloading", "Training"), Step.UPLOAD),
        (job_after("Downloading", "Training"), Facts(LOST, [], None), Step.UPLOAD),
        (new_job(), Facts(LOST, [], None), Step.FINISH),
    ],
)
def test_the_next_step(job: TrainingJob, facts: Facts | None, step: Step) -> None:
    assert steps.next_step(job, facts) is step


FINISHED = job_after("Downloading", "Training")
STOPPED_BY_HAND = steps.request_stop(FINISHED, at(9))


@pytest.mark.parametrize(
    ("job", "facts", "end"),
    [
        (FINISHED, exited(Result(0)), Outcome("Completed", "Completed")),
        (STOPPED_BY_HAND, exited(Result(0, stopped_by="signal")), Outcome("Stopped", "Stopped")),
        (STOPPED_BY_HAND, exited(Result(1, stopped_by="signal")), Outcome("Stopped", "Stopped")),
        (STOPPED_BY_HAND, exited(code=-9), Outcome("Stopped", "Stopped")),
        (STOPPED_BY_HAND, Facts(LOST, [], None), Outcome("Stopped", "Stopped")),
        (steps.request_stop(new_job(), at(1)), None, Outcome("Stopped", "Stopped")),
        (FINISHED, exited(Result(0, stopped_by="max-runtime")), Outcome("Stopped", "MaxRuntimeExceeded")),
        (FINISHED, exited(Result(-9, stopped_by="max-runtime")), Outcome("Stopped", "MaxRuntimeExceeded")),
        (
            job_after("Downloading", "Training", "Stopping"),
            exited(),
            Outcome("Stopped", "MaxRuntimeExceeded"),
        ),
        (FINISHED, exited(Result(None, "ClientError: x")), Outcome("Failed", "Failed", "ClientError: x")),
        (
            STOPPED_BY_HAND,
            exited(Result(None, "ClientError: x")),
            Outcome("Failed", "Failed", "ClientError: x"),
        ),
    ],
)
def test_how_a_job_ends(job: TrainingJob, facts: Facts | None, end: Outcome) -> None:
    assert steps.outcome(job, facts) == end


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(LOST, [], None), "was lost (the machine was restarted, or the process was killed)"),
        (exited(code=-9), "was killed by signal 9 while the job was in status Training"),
        (exited(code=1), "ended unexpectedly with exit code 1 while the job was in status Training"),
        (exited(Result(0, stopped_by="signal")), "was stopped from outside while the job ran"),
    ],
)
def test_an_instance_that_is_gone_without_a_word_fails_the_job_with_what_is_known(
    facts: Facts, said: str
) -> None:
    end = steps.outcome(steps.enter(FINISHED, "Uploading", at(9)), facts)
    assert end.status == "Failed"
    assert (end.failure_reason or "").startswith("InternalServerError: ")
    assert said in (end.failure_reason or "")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (Result(2, failure_text="bad\n"), "ClientError: bad, exit code: 2"),
        (Result(2, failure_text="ClientError: bad"), "ClientError: bad, exit code: 2"),
        (Result(1, failure_text="oops"), "AlgorithmError: oops, exit code: 1"),
        (Result(1), "AlgorithmError: , exit code: 1"),
        (Result(-9), "AlgorithmError: the algorithm was killed by signal 9, exit code: -9"),
        (Result(1, failure_text="x" * 2000), "AlgorithmError: " + "x" * 994 + ", exit code: 1"),
    ],
)
def test_a_failing_algorithm_gives_its_reason(result: Result, reason: str) -> None:
    assert steps.algorithm_failure(result) == reason
    assert len(reason) <= 1024


def test_phases_become_transitions_without_gaps() -> None:
    job = steps.finish(
        steps.enter(job_after("Downloading", "Training"), "Uploading", at(5)),
        Outcome("Completed", "Completed"),
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


def test_phases_that_were_taken_over_are_not_taken_again() -> None:
    job = job_after("Downloading", "Training")
    assert steps.follow(job, phases("Downloading", "Training")) == job


def test_a_stopping_job_does_not_go_back_to_training() -> None:
    job = steps.follow(steps.request_stop(new_job(), at(0.5)), phases("Downloading", "Training"))
    assert [t.status for t in job.transitions] == ["Starting", "Stopping"]
    assert job.started_at == at(1)


def test_a_clock_that_went_back_leaves_the_times_in_order() -> None:
    job = steps.enter(new_job(), "Uploading", at(-5))
    assert job.transitions[-1].started_at == START


def test_a_message_changes_in_its_place() -> None:
    job = steps.say(new_job(), "Preparing the instances for training")
    assert [(t.status, t.message) for t in job.transitions] == [
        ("Starting", "Preparing the instances for training")
    ]


def test_the_model_lies_below_the_output_path() -> None:
    job = new_job()
    assert job.model_uri == "s3://b/out/j/output/model.tar.gz"
    plain = replace(job, spec=replace(job.spec, compress_output=False))
    assert plain.model_uri == "s3://b/out/j/output/model/"
