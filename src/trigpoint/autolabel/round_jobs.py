"""Starts, observes and stops the training and transform jobs of a round. Every call can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from trigpoint.autolabel.learners import Learner
from trigpoint.autolabel.requests import (
    container_of,
    model_request,
    round_name,
    training_request,
    training_spec,
    transform_request,
    transform_spec,
)
from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.hosting.models import Models
from trigpoint.hosting.records import Model
from trigpoint.hosting.transform.jobs import TransformJobs
from trigpoint.labeling.model import Job
from trigpoint.own_code.model import OwnProgram
from trigpoint.settings import Settings
from trigpoint.training.jobs import TrainingJobs

FINISHED: Final = ("Completed", "Failed", "Stopped")


class RoundJobs:
    """The jobs of all rounds."""

    def __init__(
        self,
        training: TrainingJobs,
        models: Models,
        transforms: TransformJobs,
        settings: Settings,
        find_program: Callable[[str], OwnProgram | None],
    ) -> None:
        self._find_program = find_program
        self._training = training
        self._models = models
        self._transforms = transforms
        self._region = settings.region

    def training_status(self, job: Job, number: int) -> str | None:
        """The status of the round's training job; None before it was created."""
        try:
            return self._training.describe(round_name(job, number)).status
        except NotFound:
            return None

    def training_failure(self, job: Job, number: int) -> str:
        """Why the training came to nothing."""
        found = self._training.describe(round_name(job, number))
        return f"the training job {found.name} is {found.status}: {found.failure_reason or 'it was stopped'}"

    def start_training(self, job: Job, learner: Learner, number: int, settings: Mapping[str, str]) -> None:
        name = round_name(job, number)
        own = self._find_program(learner.image) if learner.image else None
        if learner.image and own is None:
            raise Invalid(f"no program runs for the image {learner.image!r} any more")
        spec = training_spec(job, learner, number, settings, own)
        request = training_request(job, spec, name, self._region)
        with suppress(Conflict):  # it was created before a crash
            self._training.create(name, spec, request, {})

    def add_model(self, job: Job, learner: Learner, number: int) -> Model:
        """The round's model, from its training job."""
        name = round_name(job, number)
        container = container_of(learner, self._training.describe(name).model_uri, self._region)
        with suppress(Conflict):
            return self._models.create(name, [container], model_request(job, container, name))
        return self._models.describe(name)

    def start_transform(self, job: Job, learner: Learner, model_name: str, number: int, folder: str) -> str:
        """Starts the transform of one input; its name.

        Raises: Invalid: there is no such model.
        """
        try:
            container = self._models.describe(model_name).containers[0]
        except NotFound:
            raise Invalid(f"there is no model {model_name!r}") from None
        algorithm = builtin_algorithm(container.image) or ""
        name = f"{round_name(job, number)}-{folder}"
        spec = transform_spec(job, container, algorithm, model_name, number, folder, learner)
        with suppress(Conflict):
            self._transforms.create(name, spec, transform_request(job, spec, name))
        return name

    def transform_status(self, name: str) -> str:
        """The status of a transform job that was started."""
        return self._transforms.describe(name).status

    def stop_training(self, name: str) -> None:
        """Raises: NotFound, Conflict: there is nothing to stop."""
        self._training.stop(name)

    def stop_transform(self, name: str) -> None:
        """Raises: NotFound, Conflict: there is nothing to stop."""
        self._transforms.stop(name)
