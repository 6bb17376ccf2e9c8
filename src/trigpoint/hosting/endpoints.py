"""Operations on endpoints: create, describe, list, update, delete, invoke.

An operation stores what is wanted and returns. `endpoint_loop` then does the work.

    Creating --ready--> InService <--done-- Updating, RollingBack
       |failed             | update            | failed: Updating -> RollingBack
       v                   v
     Failed             Updating            every status --delete--> Deleting --> gone

During an update the old deployment serves until every instance of the new one is ready.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trigpoint.compute.logs import LogStreams
from trigpoint.compute.metrics import RecordMetric
from trigpoint.compute.runner import Runner
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.hosting import endpoint_steps, store
from trigpoint.hosting.configs import EndpointConfigs
from trigpoint.hosting.endpoint_loop import KIND, EndpointLoop, record_status
from trigpoint.hosting.exit_watch import ExitWatch
from trigpoint.hosting.invocation import Invocation, InvokeReply, Serving
from trigpoint.hosting.invoker import Invoker
from trigpoint.hosting.metrics import InvocationMetrics
from trigpoint.hosting.named import NamedRecords
from trigpoint.hosting.records import Endpoint, ModelServer
from trigpoint.hosting.servers import ModelServers, ServerCommand, algorithm_server
from trigpoint.hosting.variants import VariantChange, with_changes, with_retained
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings


class Endpoints:
    """The endpoints of the installation and, as `configs`, their configurations."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        runner: Runner,
        queue: Queue,
        log_streams: LogStreams,
        settings: Settings,
        clock: Clock,
        *,
        model_server_command: ServerCommand = algorithm_server,
        record_metric: RecordMetric | None = None,
    ) -> None:
        self.configs = EndpointConfigs(database, clock, settings)
        self._endpoints = NamedRecords(KIND, "endpoint", store.ENDPOINTS, settings)
        self._database = database
        self._queue = queue
        self._settings = settings
        self._clock = clock
        self._servers = ModelServers(objects, runner, settings, model_server_command)
        self.exits = ExitWatch(lambda handle: runner.poll(handle).phase == "running", self._look_soon)
        self._loop = EndpointLoop(database, self._endpoints, self._servers, log_streams, clock, self.exits)
        self._invoker = Invoker(self._servers)
        self._metrics = InvocationMetrics(record_metric, clock)

    def create(
        self,
        name: str,
        config_name: str,
        *,
        tags: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> Endpoint:
        """Begins to deploy a configuration under a new name.

        Raises: Conflict: the name is taken. NotFound: the configuration or one of its models does not exist.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            pending = self.configs.deploy(connection, config_name, region)
            endpoint = Endpoint(
                id=new_id(),
                name=name,
                arn=self._endpoints.arn(name, region),
                config_name=pending.config_name,
                status="Creating",
                failure_reason=None,
                serving=None,
                pending=pending,
                revision=0,
                created_at=now,
                updated_at=now,
            )
            self._endpoints.add(connection, endpoint, tags)
            self._announce(connection, endpoint)
        self._queue.poke()
        return endpoint

    def describe(self, name: str, *, region: str | None = None) -> Endpoint:
        """The endpoint.

        Raises: NotFound.
        """
        with self._database.read() as connection:
            return self._endpoints.find(connection, name, region)

    def instances(self, endpoint: Endpoint) -> Sequence[ModelServer]:
        """The endpoint's model servers in their last observed state."""
        with self._database.read() as connection:
            return store.servers_of(connection, endpoint.id)

    def list(self, wanted: ListFilter) -> Page[Endpoint]:
        """One page of endpoints."""
        with self._database.read() as connection:
            return self._endpoints.page(connection, wanted)

    def update(
        self,
        name: str,
        config_name: str,
        *,
        retain_weights: bool = False,
        retain_instance_counts: bool = False,
        region: str | None = None,
    ) -> Endpoint:
        """Begins to replace the serving deployment; variants of the same name can keep their present settings.

        Decision: the configuration may be the present one; its models are then deployed again.
        Raises: NotFound: endpoint, configuration or model. Invalid: the endpoint is not InService.
        """
        with self._database.write() as connection:
            endpoint = self._updatable(connection, name, region)
            pending = self.configs.deploy(connection, config_name, region)
            if endpoint.serving:
                pending = with_retained(
                    pending, endpoint.serving, weights=retain_weights, counts=retain_instance_counts
                )
            endpoint = replace(endpoint, pending=pending, status="Updating", failure_reason=None)
            self._write(connection, endpoint)
        self._queue.poke()
        return endpoint

    def change_variants(
        self, name: str, changes: Sequence[VariantChange], *, region: str | None = None
    ) -> Endpoint:
        """Begins to change weights and instance counts of the serving variants.

        Raises: NotFound. LimitExceeded. Invalid: the endpoint is not InService, a variant does not exist, a change
                changes nothing, or all weights would be 0.
        """
        with self._database.write() as connection:
            endpoint = self._updatable(connection, name, region)
            assert endpoint.serving is not None
            serving = with_changes(endpoint.serving, changes)
            endpoint = replace(endpoint, serving=serving, status="Updating", failure_reason=None)
            self._write(connection, endpoint)
        self._queue.poke()
        return endpoint

    def delete(self, name: str, *, region: str | None = None) -> None:
        """Begins to delete the endpoint, in every status. Idempotent while it is being deleted.

        Raises: NotFound.
        """
        with self._database.write() as connection:
            endpoint = self._endpoints.find(connection, name, region, lock=True)
            if endpoint.status == "Deleting":
                return
            self._write(connection, replace(endpoint, status="Deleting", pending=None))
        self._queue.poke()

    def invoke(
        self,
        name: str,
        body: bytes,
        content_type: str | None = None,
        accept: str | None = None,
        custom_attributes: str | None = None,
        target_variant: str | None = None,
    ) -> InvokeReply:
        """The model's reply to `body`.

        Raises: NotFound: no endpoint of this name serves. Invalid: the variant does not exist.
                NoInstanceReady; ModelFailed.
        """
        serving = self._serving(name)
        invocation = Invocation(body, content_type, accept, custom_attributes, target_variant)
        counts = {variant.name: variant.instance_count for variant in serving.deployment.variants}
        with self._metrics.measured(serving.endpoint_name, counts) as record:
            reply = self._invoker.invoke(
                invocation,
                serving,
                lambda: self._serving(name),
                lambda: self._look_soon(serving.endpoint_id),
            )
            record(reply)
        return reply

    def reconcile(self, endpoint_id: str) -> float | None:
        """Takes the endpoint one step further; the seconds until the next look, None when nothing is left to do."""
        return self._loop.reconcile(endpoint_id)

    def _serving(self, name: str) -> Serving:
        with self._database.read() as connection:
            endpoint = store.ENDPOINTS.find(connection, name)
            found = store.servers_of(connection, endpoint.id) if endpoint else ()
        if endpoint is None or endpoint.serving is None or endpoint.status in ("Failed", "Deleting"):
            raise NotFound(f"Endpoint {name} of account {self._settings.account_id} not found.")
        wanted = endpoint_steps.slots_of(endpoint.serving)
        ready = [server for server in found if server.phase == "ready" and server.slot in wanted]
        return Serving(endpoint.id, endpoint.name, endpoint.serving, ready)

    def _look_soon(self, endpoint_id: str) -> None:
        with self._database.write() as connection:
            self._queue.enqueue(connection, KIND, endpoint_id)
        self._queue.poke()

    def _updatable(self, connection: Connection, name: str, region: str | None) -> Endpoint:
        endpoint = self._endpoints.find(connection, name, region, lock=True)
        if endpoint.status == "Failed":
            raise Invalid(
                f'Cannot update failed endpoint "{endpoint.arn}"; delete the endpoint and create it again.'
            )
        if endpoint.status != "InService":
            raise Invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        return endpoint

    def _write(self, connection: Connection, endpoint: Endpoint) -> None:
        """Saves the endpoint, which was read and locked in the same transaction."""
        endpoint = replace(endpoint, updated_at=self._clock.now())
        saved = store.save_endpoint(connection, endpoint)
        assert saved
        self._announce(connection, endpoint)

    def _announce(self, connection: Connection, endpoint: Endpoint) -> None:
        record_status(connection, endpoint)
        self._queue.enqueue(connection, KIND, endpoint.id)
