"""Endpoint configurations: the variants that an endpoint serves, with their weights and instance counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.hosting import store
from trigpoint.hosting.named import NamedRecords
from trigpoint.hosting.records import DeployedVariant, Deployment, EndpointConfig, Variant
from trigpoint.settings import Settings

MAX_INSTANCES = 32
"""Instances of one variant. Decision: each is a process of this machine, which a typing error must not overload."""


class EndpointConfigs:
    """Creates, describes, lists, deletes and deploys endpoint configurations."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._configs = NamedRecords("endpoint-config", "endpoint configuration", store.CONFIGS, settings)
        self._models = NamedRecords("model", "model", store.MODELS, settings)

    def create(
        self,
        name: str,
        variants: Sequence[Variant],
        request: Mapping[str, Any],
        *,
        tags: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> EndpointConfig:
        """Adds a configuration.

        Raises: Conflict: the name is taken. NotFound: a model does not exist. Invalid; LimitExceeded.
        """
        _check(variants)
        arn = self._configs.arn(name, region)
        config = EndpointConfig(name, arn, list(variants), request, self._clock.now())
        with self._database.write() as connection:
            for variant in variants:
                self._models.find(connection, variant.model_name, region)
            self._configs.add(connection, config, tags)
        return config

    def describe(self, name: str, *, region: str | None = None) -> EndpointConfig:
        """The configuration.

        Raises: NotFound.
        """
        with self._database.read() as connection:
            return self._configs.find(connection, name, region)

    def list(self, wanted: ListFilter) -> Page[EndpointConfig]:
        """One page of configurations."""
        with self._database.read() as connection:
            return self._configs.page(connection, wanted)

    def delete(self, name: str, *, region: str | None = None) -> None:
        """Deletes the configuration; endpoints that were created with it do not change.

        Raises: NotFound.
        """
        with self._database.write() as connection:
            self._configs.remove(connection, name, region)

    def deploy(self, connection: Connection, name: str, region: str | None) -> Deployment:
        """A new deployment of the configuration: a copy of everything that its model servers need.

        Raises: NotFound: the configuration or one of its models does not exist.
        """
        config = self._configs.find(connection, name, region)
        variants = [self._deployed(connection, variant, region) for variant in config.variants]
        return Deployment(new_id(), config.name, variants, self._clock.now())

    def _deployed(self, connection: Connection, variant: Variant, region: str | None) -> DeployedVariant:
        container = self._models.find(connection, variant.model_name, region).containers[0]
        return DeployedVariant(
            name=variant.name,
            container=container,
            algorithm=builtin_algorithm(container.image) or "",
            instance_count=variant.instance_count,
            weight=variant.weight,
            startup_timeout_s=variant.startup_timeout_s,
        )


def check_instance_count(variant_name: str, count: int) -> None:
    """Raises: Invalid: fewer than one. LimitExceeded: more than MAX_INSTANCES."""
    if count < 1:
        raise Invalid(f"variant {variant_name!r} would have {count} instances; it needs at least 1")
    if count > MAX_INSTANCES:
        raise LimitExceeded(
            f"variant {variant_name!r} would have {count} instances; the limit is {MAX_INSTANCES}, because "
            "each is a process of this machine"
        )


def _check(variants: Sequence[Variant]) -> None:
    names = [variant.name for variant in variants]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise Invalid(f"two production variants are named {twice!r}; names must be unique in a configuration")
    for variant in variants:
        check_instance_count(variant.name, variant.instance_count)
    if not any(variant.weight > 0 for variant in variants):
        raise Invalid(
            "all production variants have the weight 0, so none would get requests; give one a higher weight"
        )
