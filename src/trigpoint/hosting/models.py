"""Models: named pairs of an image and its data, for endpoints and transform jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trigpoint.builtin import HOSTED
from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Database
from trigpoint.hosting import store
from trigpoint.hosting.named import NamedRecords
from trigpoint.hosting.records import ContainerDefinition, Model
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.own_code.model import OwnProgram
from trigpoint.settings import Settings


class Models:
    """Creates, describes, lists and deletes models."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        find_program: Callable[[str], OwnProgram | None] = lambda image: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._find_program = find_program
        self._models = NamedRecords("model", "model", store.MODELS, settings)

    def create(
        self,
        name: str,
        containers: Sequence[ContainerDefinition],
        request: Mapping[str, Any],
        *,
        tags: Mapping[str, str] | None = None,
        region: str | None = None,
        isolated: bool = False,
    ) -> Model:
        """Adds a model. An isolated one has no network.

        Raises: Conflict: the name is taken. Invalid: Trigpoint cannot serve the containers.
        """
        containers = [self._with_program(each, isolated=isolated) for each in containers]
        _check(containers)
        arn = self._models.arn(name, region)
        model = Model(name, arn, list(containers), request, self._clock.now())
        with self._database.write() as connection:
            self._models.add(connection, model, tags)
        return model

    def _with_program(self, container: ContainerDefinition, *, isolated: bool) -> ContainerDefinition:
        if builtin_algorithm(container.image) in HOSTED:
            return container
        own = self._find_program(container.image)
        if own is None:
            return container
        if isolated and own.kind != "script":
            raise Invalid(
                f"EnableNetworkIsolation is served for scripts, and the image {container.image!r} runs a program that binds "
                "its own port, which nobody could reach; retry the request without it"
            )
        return replace(container, own=replace(own, isolated=isolated))

    def describe(self, name: str, *, region: str | None = None) -> Model:
        """The model.

        Raises: NotFound.
        """
        with self._database.read() as connection:
            return self._models.find(connection, name, region)

    def list(self, wanted: ListFilter) -> Page[Model]:
        """One page of models."""
        with self._database.read() as connection:
            return self._models.page(connection, wanted)

    def delete(self, name: str, *, region: str | None = None) -> None:
        """Deletes the model; its data and the endpoints that serve it stay.

        Raises: NotFound.
        """
        with self._database.write() as connection:
            self._models.remove(connection, name, region)


def _check(containers: Sequence[ContainerDefinition]) -> None:
    if len(containers) != 1:
        raise Invalid(
            f"a model of {len(containers)} containers cannot be served: Trigpoint has no inference pipelines; "
            "give one PrimaryContainer"
        )
    container = containers[0]
    if container.own is None and builtin_algorithm(container.image) not in HOSTED:
        raise Invalid(
            f"Trigpoint cannot serve the image {container.image!r}; it serves the built-in "
            f"{' and '.join(HOSTED)}, images of PyTorch and scikit-learn, those registered with `trigpoint image add`, "
            "and all others where docker or podman runs"
        )
    if container.data_uri is not None:
        parse_s3_uri(container.data_uri)
