"""Takes the automated labeling of jobs forward, one step at a time.

The reconcile loop calls `reconcile`. Every step is files and jobs whose names and contents follow from what is recorded,
then one transaction. So the process may be killed at any point, and calling `reconcile` again completes the step.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace

from trigpoint.autolabel import store, tree
from trigpoint.autolabel.deciding import Decision, decide
from trigpoint.autolabel.learners import learner_of
from trigpoint.autolabel.model import FIRST_SAMPLE_FAILURES, MOST_FAILURES, Phase, RoundResult, State
from trigpoint.autolabel.predicting import INPUT_OF_LINES, Prediction, read_predictions
from trigpoint.autolabel.requests import round_name
from trigpoint.autolabel.results import machine_labels, round_result, sentence, write_files, write_report
from trigpoint.autolabel.round_data import UNLABELED, VALIDATION, RoundData
from trigpoint.autolabel.round_jobs import FINISHED, RoundJobs
from trigpoint.autolabel.samples import first_batch, initial_model, outside_validation
from trigpoint.autolabel.sizes import any_of, batch_size
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound, TrigpointError
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.labeling import steps
from trigpoint.labeling.batches import begin_chosen
from trigpoint.labeling.metrics import JobMetrics
from trigpoint.labeling.model import KIND, Job, JobStatus, ObjectStatus
from trigpoint.labeling.object_figures import figures_of_members
from trigpoint.labeling.progress import JobProgress
from trigpoint.labeling.store import data_objects, held_objects, jobs, object_figures, rounds
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.remote import RemoteUnavailable
from trigpoint.settings import Settings

PEOPLE_LOOK_S = 1.0
JOBS_LOOK_S = 0.5
STORE_RETRY_S = 5.0
_WORKING = (ObjectStatus.CHOSEN, ObjectStatus.OPEN, ObjectStatus.READY)

log = logging.getLogger(__name__)


class AutomatedLabeling:
    """The automated labeling of all jobs that have it."""

    def __init__(
        self,
        db: Database,
        objects: ObjectStore,
        progress: JobProgress,
        round_jobs: RoundJobs,
        metrics: JobMetrics,
        queue: Queue,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db = db
        self._objects = objects
        self._progress = progress
        self._round_jobs = round_jobs
        self._metrics = metrics
        self._queue = queue
        self._settings = settings
        self._clock = clock

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job forward. Returns the seconds until it is due again, None when there is nothing left to do."""
        with self._db.read() as connection:
            job, state = jobs.find(connection, job_id), store.get(connection, job_id)
        if job is None:
            return None
        if job.status not in (JobStatus.INITIALIZING, JobStatus.IN_PROGRESS):
            self._abandon(job, state)
            return None
        if not job.inputs_read:
            return PEOPLE_LOOK_S
        if state is None:
            self._begin(job)
            return 0.0
        try:
            match state.phase:
                case Phase.PEOPLE:
                    return self._people(job, state)
                case Phase.TRAIN:
                    return self._train(job, state)
                case Phase.INFER:
                    return self._infer(job, state)
                case Phase.LABEL:
                    return self._label(job, state)
                case Phase.DONE:
                    return None
        except RemoteUnavailable as problem:
            log.warning("automated_labeling_waits_for_store job=%s reason=%s", job.name, problem.message)
            return STORE_RETRY_S
        except TrigpointError as problem:
            return self._trouble(job, state, problem.message)

    def _begin(self, job: Job) -> None:
        with self._db.write() as connection:
            if store.get(connection, job.id) is None:
                store.add(connection, State(job.id, first=min(batch_size(job), job.counters.unlabeled)))

    # people

    def _people(self, job: Job, state: State) -> float | None:
        """Waits for people; then gives them another batch, or begins a round."""
        with self._db.read() as connection:
            present = data_objects.unfinished_statuses(connection, job.id)
            if any(each in present for each in _WORKING) or rounds.unfinished(connection, job.id):
                return PEOPLE_LOOK_S
            held = held_objects.indexes(connection, job.id, ObjectStatus.HELD)
            labeled = held_objects.count_by_iteration(connection, job.id, ObjectStatus.LABELED)
            failed = held_objects.count_by_iteration(connection, job.id, ObjectStatus.FAILED)
        if not held:
            self._save(state, replace(state, phase=Phase.DONE))
            return None
        if state.number == 0:
            sampled_failed = outside_validation(failed, state)
            if sampled_failed > FIRST_SAMPLE_FAILURES * state.first:
                self._progress.fail(
                    job,
                    f"{sampled_failed} of the first {state.first} data objects could not be labeled; automated labeling "
                    "goes on only if at most 10 % fail. See the job's log for the reasons",
                )
                return None
            wanted, is_validation = first_batch(job, state, labeled, failed)
            if wanted:
                allowed = min(wanted, steps.batch_size(job))
                if allowed <= 0:
                    self._release(job, state)
                    return None
                chosen = any_of(held, allowed, f"{job.id}/{job.iteration}")
                return self._give(job, state, chosen, is_validation=is_validation)
        following = replace(state, phase=Phase.TRAIN, number=state.number + 1, transforms={})
        if state.number == 0 and initial_model(job) is not None:
            following = replace(following, phase=Phase.INFER, model_name=initial_model(job))
        self._save(state, following)
        return 0.0

    def _give(self, job: Job, state: State, chosen: list[int], *, is_validation: bool) -> float:
        """Gives people a batch before the first round."""
        now = self._clock.now()
        following = state
        if is_validation:
            following = replace(
                state, validation_iterations=(*state.validation_iterations, job.iteration + 1)
            )
        with self._db.write() as connection:
            if begin_chosen(connection, job.id, chosen, now) == job.iteration + 1:
                if not store.replace(connection, following):
                    raise RuntimeError(f"another process has begun a batch of {job.name}")
                self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()
        return PEOPLE_LOOK_S

    # machine

    def _train(self, job: Job, state: State) -> float | None:
        """Trains the round's model, and makes it a model that can be served."""
        learner = learner_of(job.task_type, self._settings.weights_dir)
        status = self._round_jobs.training_status(job, state.number)
        if status is None:
            data = RoundData(self._db, self._objects, job, learner)
            train, validation = (data.training_lines(each) for each in data.labeled(state))
            for name, lines in (("train", train), ("validation", validation)):
                if not lines:
                    raise Invalid(f"there is no labeled object for the channel {name!r}")
                uri = tree.training_uri(job, state.number, "data", f"{name}.manifest")
                tree.write_lines(self._objects, uri, lines)
            self._round_jobs.start_training(job, learner, state.number, len(train))
            return JOBS_LOOK_S
        if status not in FINISHED:
            return JOBS_LOOK_S
        if status != "Completed":
            raise Invalid(self._round_jobs.training_failure(job, state.number))
        model = self._round_jobs.add_model(job, learner, state.number)
        with self._db.write() as connection:
            if store.replace(connection, replace(state, phase=Phase.INFER, model_name=model.name)):
                jobs.set_final_model(connection, job.id, model.arn)
        return 0.0

    def _infer(self, job: Job, state: State) -> float | None:
        """Lets the model predict the validation set and the held objects."""
        assert state.model_name is not None
        if state.transforms:
            return self._wait_for_transforms(job, state)
        learner = learner_of(job.task_type, self._settings.weights_dir)
        data = RoundData(self._db, self._objects, job, learner)
        _, validation = data.labeled(state)
        names: dict[str, str] = {}
        for name, found in ((VALIDATION, [each.stored for each in validation]), (UNLABELED, data.held())):
            for sent in data.sent(name, found):
                file = "input.manifest" if learner.manifest else INPUT_OF_LINES
                uri = tree.inference_uri(job, state.number, sent.name, "input", file)
                self._objects.write_uri(uri, sent.content, tree.JSON)
                names[sent.name] = self._round_jobs.start_transform(
                    job, learner, state.model_name, state.number, sent.name
                )
        if not names:
            raise Invalid("no data object can be read")
        self._save(state, replace(state, transforms=names))
        return JOBS_LOOK_S

    def _wait_for_transforms(self, job: Job, state: State) -> float:
        statuses = [self._round_jobs.transform_status(name) for name in state.transforms.values()]
        if not all(status in FINISHED for status in statuses):
            return JOBS_LOOK_S
        self._save(state, replace(state, phase=Phase.LABEL))
        return 0.0

    def _label(self, job: Job, state: State) -> float | None:
        """Labels what the model is sure of, and gives people the next batch."""
        learner = learner_of(job.task_type, self._settings.weights_dir)
        data = RoundData(self._db, self._objects, job, learner)
        _, validation = data.labeled(state)
        held = data.held()
        predictions: dict[int, Prediction] = {}
        for name, found in ((VALIDATION, [each.stored for each in validation]), (UNLABELED, held)):
            for sent in data.sent(name, found):
                uri = tree.inference_uri(job, state.number, sent.name, "output")
                predictions.update(read_predictions(self._objects, uri, sent, len(job.labels)))
        if not predictions:
            raise Invalid("the model has made no predictions; see the logs of its transform jobs")
        decision = decide(
            validation,
            state.retired,
            state.accepted,
            [each.index for each in held],
            predictions,
            steps.allowed_labels(job),
            min(batch_size(job), steps.batch_size(job)),
            f"{job.id}/{state.number}",
        )
        results = machine_labels(job, decision, self._clock.now())
        result = round_result(job, state, decision)
        write_files(self._objects, job, data, state, decision, results, result)
        return self._finish_round(job, state, decision, results, result)

    def _finish_round(
        self,
        job: Job,
        state: State,
        decision: Decision,
        results: dict[int, str],
        result: RoundResult,
    ) -> float | None:
        now = self._clock.now()
        figures = figures_of_members(job, results)
        following = replace(
            state,
            phase=Phase.PEOPLE,
            retired=(*state.retired, *decision.retired),
            accepted=decision.accepted,
            rounds=(*state.rounds, result),
            failures=0,
            trouble=None,
        )
        with self._db.write() as connection:
            jobs.lock(connection, job.id)
            if jobs.get(connection, job.id).status is not JobStatus.IN_PROGRESS:
                return 0.0
            if not store.replace(connection, following):
                return 0.0
            held_objects.label(connection, job.id, results)
            object_figures.insert_new(connection, job.id, figures)
            jobs.add_auto_labeled(connection, job.id, len(results), now)
            self._metrics.labeled(connection, job, jobs.get(connection, job.id).counters, now)
            record_event(connection, KIND, job.id, now, "RoundOfAutomatedLabeling", sentence(result))
            if decision.people:
                begin_chosen(connection, job.id, decision.people, now)
            elif len(results) < job.counters.unlabeled:
                self._release_held(connection, job)  # a stopping condition is met
            self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()
        return 0.0

    # ends

    def _trouble(self, job: Job, state: State, reason: str) -> float | None:
        """After a round that came to nothing: people get a batch at random, or everything."""
        log.warning(
            "automated_labeling_round_failed job=%s round=%s reason=%s", job.name, state.number, reason
        )
        now = self._clock.now()
        following = replace(state, phase=Phase.PEOPLE, failures=state.failures + 1, trouble=reason[:1000])
        with self._db.write() as connection:
            record_event(
                connection,
                KIND,
                job.id,
                now,
                "RoundOfAutomatedLabelingFailed",
                f"round {state.number}: {reason}",
            )
            held = held_objects.indexes(connection, job.id, ObjectStatus.HELD)
        size = min(batch_size(job), steps.batch_size(job))
        if following.failures >= MOST_FAILURES or size <= 0 or not held:
            self._release(job, replace(state, failures=following.failures, trouble=following.trouble))
            return None
        with self._db.write() as connection:
            if store.replace(connection, following):
                chosen = any_of(held, size, f"{job.id}/{job.iteration}")
                begin_chosen(connection, job.id, chosen, now)
                self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()
        return 0.0

    def _release(self, job: Job, state: State) -> None:
        """Gives the rest to people; the labeling job goes on without automated labeling, or stops by itself."""
        with suppress(TrigpointError):
            write_report(self._objects, job, state)
        with self._db.write() as connection:
            if store.replace(connection, replace(state, phase=Phase.DONE)):
                self._release_held(connection, job)
                self._queue.enqueue(connection, KIND, job.id)
        self._queue.poke()

    def _release_held(self, connection: Connection, job: Job) -> None:
        held_objects.release(connection, job.id)

    def _abandon(self, job: Job, state: State | None) -> None:
        """Stops the jobs of the current round, because the labeling job ends."""
        if state is None or state.phase is Phase.DONE or not state.number:
            return
        name = round_name(job, state.number)
        for stop, of in (
            (self._round_jobs.stop_training, [name]),
            (self._round_jobs.stop_transform, list(state.transforms.values())),
        ):
            for each in of:
                with suppress(NotFound, Conflict):
                    stop(each)

    def _save(self, seen: State, changed: State) -> bool:
        """Writes the state; False when another process has changed it. The caller then looks again."""
        with self._db.write() as connection:
            return store.replace(connection, replace(changed, revision=seen.revision))
