"""Proposals of masks by a model of the operator's, for the object that a worker points at.

The model gets the part of the image around the object, at most MOST_SIDE pixels long, and answers with a mask of it.
docs/assistant.md describes the contract. Nothing of the request but numbers comes from the worker: the image is that of
their own open task.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from trigpoint.compute.bounded_calls import BoundedCalls, CallFailed
from trigpoint.core.errors import Invalid, LimitExceeded, TrigpointError
from trigpoint.labeling import proposal_work
from trigpoint.labeling.proposal_work import Pointing, Proposal
from trigpoint.labeling.task_types.image_facts import MAX_IMAGE_BYTES
from trigpoint.labeling.tasks import Tasks
from trigpoint.language import translatable
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.workforce.people import Worker

MOST_AT_ONCE = 4
"""Proposals of all workers of a server at the same time. Each may keep a thread for as long as the model takes."""
WORK_S = 20.0
"""Seconds of processor time for decoding the image, and for reading the mask."""
PATIENCE_S = 10.0

T = TypeVar("T")
Predict = Callable[[bytes], bytes]
"""The model's reply to the body of a request. Raises TrigpointError when there is none."""

log = logging.getLogger(__name__)


class NoProposal(TrigpointError):
    """The model gave no mask that can be used."""

    def __init__(self) -> None:
        super().__init__(translatable("the model could not propose a mask"))


class MaskProposals:
    """Asks the model. Thread-safe. Without `predict`, there are no proposals."""

    def __init__(
        self, tasks: Tasks, objects: ObjectStore, calls: BoundedCalls, predict: Predict | None
    ) -> None:
        self._tasks = tasks
        self._objects = objects
        self._calls = calls
        self._predict = predict
        self._lock = threading.Lock()
        self._asking: set[str] = set()

    @property
    def are_made(self) -> bool:
        """Whether the operator has registered a model."""
        return self._predict is not None

    def propose(self, worker: Worker, assignment_id: str, pointing: Pointing) -> Proposal:
        """The model's mask of the object that the worker points at.

        Raises: NotFound, Conflict: it is not an open task of theirs. LimitExceeded: they, or too many others, wait
                for a proposal. Invalid: the task has no image. NoProposal: the log has the reason.
        """
        if self._predict is None:
            raise Invalid("this installation has no model for masks; set TRIGPOINT_SEGMENTATION_ENDPOINT")
        task_input = self._tasks.get(worker, assignment_id).task_input
        with self._turn(worker.id):
            try:
                return self._asked(self._image(_image_uri(task_input)), pointing, self._predict)
            except (TrigpointError, CallFailed) as problem:
                log.warning("the model for masks gave no proposal: %s", str(problem)[:500])
                raise NoProposal from problem

    def _asked(self, content: bytes, pointing: Pointing, predict: Predict) -> Proposal:
        prepared = self._done(proposal_work.prepare, content, pointing)
        return self._done(proposal_work.read, predict(prepared.body), prepared.part)

    def _done(self, work: Callable[..., T | str], *arguments: Any) -> T:
        done = self._calls.call(work, *arguments, limit_s=WORK_S, patience_s=PATIENCE_S)
        if isinstance(done, str):
            raise Invalid(done)
        return done

    def _image(self, uri: str) -> bytes:
        found = self._objects.open_object(*parse_s3_uri(uri))
        with found.file as file:
            if found.info.size_bytes > MAX_IMAGE_BYTES:
                raise Invalid(f"the image has more than {MAX_IMAGE_BYTES} bytes")
            return file.read()

    @contextmanager
    def _turn(self, worker_id: str) -> Iterator[None]:
        with self._lock:
            if worker_id in self._asking or len(self._asking) >= MOST_AT_ONCE:
                raise LimitExceeded(translatable("the model is still busy; try again in a moment"))
            self._asking.add(worker_id)
        try:
            yield
        finally:
            with self._lock:
                self._asking.discard(worker_id)


def _image_uri(task_input: Mapping[str, Any]) -> str:
    """The image of the task: `taskObject` of the built-in task types, else the manifest's `source-ref`."""
    uri = task_input.get("taskObject", task_input.get("source-ref"))
    if not isinstance(uri, str) or not uri.startswith("s3://"):
        raise Invalid("the task has no image at s3://")
    return uri
