"""What becomes of an endpoint: created, updated, deleted, kept alive; and how it is invoked.

    Creating --ready--> InService <--done-- Updating, RollingBack
       |failed             | update            | failed: Updating -> RollingBack
       v                   v
     Failed             Updating            every status --delete--> Deleting --> gone

An operation writes what is wanted and returns; `reconcile` brings it about. During an update the old
deployment serves until every instance of the new one is ready.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trigpoint.compute.logs import LogStreams
from trigpoint.compute.metrics import RecordMetric
from trigpoint.compute.runner import MeasuredAs, Runner
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.core.ids import new_id
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.hosting import steps, store
from trigpoint.hosting.artifacts import ModelDataUnavailable
from trigpoint.hosting.configs import EndpointConfigs, check_instance_count
from trigpoint.hosting.instances import new_instance_id
from trigpoint.hosting.invocation import ANSWER_LIMIT_S, Answer, Invocation, Invoker, Serving
from trigpoint.hosting.metrics import InvocationMetrics
from trigpoint.hosting.named import Named
from trigpoint.hosting.records import DeployedVariant, Deployment, Endpoint, Instance
from trigpoint.hosting.servers import ModelServers, ServerCommand, algorithm_server
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings

KIND = "endpoint"
LOG_GROUP = "/aws/sagemaker/Endpoints/{name}"
USAGE_NAMESPACE = "/aws/sagemaker/Endpoints"
STARTING_LOOK_S = 0.25
STEADY_LOOK_S = 5.0
LEAVING_GRACE_S = ANSWER_LIMIT_S + 5.0
"""Decision: longer than AWS's 30 s, so that every request has its time: AWS first waits for the requests."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VariantChange:
    """A new weight or number of instances of a serving variant; None leaves it."""

    variant_name: str
    weight: float | None = None
    instance_count: int | None = None


class Endpoints:
    """The endpoints of the installation and, as `configs`, their configurations."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        runner: Runner,
        enqueue: Queue,
        log_streams: LogStreams,
        settings: Settings,
        clock: Clock,
        *,
        model_server_command: ServerCommand = algorithm_server,
        record_metric: RecordMetric | None = None,
    ) -> None:
        self.configs = EndpointConfigs(database, clock, settings)
        self._endpoints = Named(KIND, "endpoint", store.ENDPOINTS, settings)
        self._database = database
        self._queue = enqueue
        self._log_streams = log_streams
        self._settings = settings
        self._clock = clock
        self._servers = ModelServers(objects, runner, settings, model_server_command)
        self._invoker = Invoker(self._servers)
        self._metrics = InvocationMetrics(record_metric, clock)

    # operations

    def create(
        self,
        name: str,
        config_name: str,
        *,
        tags: Mapping[str, str] | None = None,
        region: str | None = None,
    ) -> Endpoint:
        """Begins to deploy a configuration under a new name.

        Raises: Conflict: the name is taken. NotFound: the configuration or a model of it does not exist.
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

    def instances(self, endpoint: Endpoint) -> Sequence[Instance]:
        """The endpoint's model servers as they were last seen."""
        with self._database.read() as connection:
            return store.instances_of(connection, endpoint.id)

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
        """Begins to replace what the endpoint serves; variants of equal name can keep what was set by hand.

        Decision: the configuration may be the present one; its models are then deployed anew.
        Raises: NotFound: endpoint, configuration or model. Invalid: the endpoint is not InService.
        """
        with self._database.write() as connection:
            endpoint = self._updatable(connection, name, region)
            pending = self.configs.deploy(connection, config_name, region)
            if endpoint.serving:
                pending = _retain(pending, endpoint.serving, retain_weights, retain_instance_counts)
            endpoint = replace(endpoint, pending=pending, status="Updating", failure_reason=None)
            self._write(connection, endpoint)
        self._queue.poke()
        return endpoint

    def change_variants(
        self, name: str, changes: Sequence[VariantChange], *, region: str | None = None
    ) -> Endpoint:
        """Begins to change weights and numbers of instances of what is served.

        Raises: NotFound; Invalid: the endpoint is not InService, there is no such variant, a change of nothing, or
                of all weights to 0; LimitExceeded.
        """
        with self._database.write() as connection:
            endpoint = self._updatable(connection, name, region)
            assert endpoint.serving is not None
            serving = _changed(endpoint.serving, changes)
            endpoint = replace(endpoint, serving=serving, status="Updating", failure_reason=None)
            self._write(connection, endpoint)
        self._queue.poke()
        return endpoint

    def delete(self, name: str, *, region: str | None = None) -> None:
        """Begins to delete the endpoint, whatever it is doing. Does nothing while it is being deleted.

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
    ) -> Answer:
        """The model's answer to `body`.

        Raises: NotFound: there is no endpoint of this name that serves. Invalid: no such variant.
                NoInstanceReady; ModelFailed.
        """
        serving = self._serving(name)
        invocation = Invocation(body, content_type, accept, custom_attributes, target_variant)
        counts = {variant.name: variant.instance_count for variant in serving.deployment.variants}
        with self._metrics.measured(serving.endpoint_name, counts) as answered:
            answer = self._invoker.invoke(
                invocation,
                serving,
                lambda: self._serving(name),
                lambda: self._look_soon(serving.endpoint_id),
            )
            answered(answer)
        return answer

    # what the loop calls

    def reconcile(self, endpoint_id: str) -> float | None:
        """Takes the endpoint a step further; seconds until the next look, None when nothing is left to do."""
        with self._database.read() as connection:
            endpoint = store.endpoint_by_id(connection, endpoint_id)
            found = store.instances_of(connection, endpoint_id)
        if endpoint is None:
            return None
        wanted = steps.wanted_slots(endpoint)
        kept = [instance for instance in found if instance.slot in wanted]
        extra = [instance for instance in found if instance.slot not in wanted]
        leaving = [instance for instance in extra if not self._left(instance)]
        kept = [self._advanced(endpoint, instance) for instance in kept]
        kept += self._added(endpoint, [slot for slot in wanted if slot not in {i.slot for i in kept}])
        if endpoint.status == "Deleting" and not leaving:
            self._end(endpoint)
            return None
        transition = steps.next_step(endpoint, [*kept, *leaving])
        if transition:
            self._take(endpoint, transition)
            return 0.0
        return self._next_look_s(endpoint, kept, leaving)

    def _left(self, instance: Instance) -> bool:
        """Lets an instance that is not wanted any more end its requests, then itself; True when gone.

        No request is sent to it any more: what it serves was written to the database before.
        """
        if not self._servers.stop(instance, LEAVING_GRACE_S):
            return False
        self._servers.remove_files(instance)
        with self._database.write() as connection:
            store.remove_instance(connection, instance.id)
        return True

    def _added(self, endpoint: Endpoint, slots: Sequence[tuple[str, str, int]]) -> Sequence[Instance]:
        if not slots:
            return ()
        now = self._clock.now()
        added = [Instance(new_instance_id(), endpoint.id, *slot) for slot in slots]
        with self._database.write() as connection:
            store.add_instances(connection, added)
            for instance in added:
                stream = f"{instance.variant_name}/{instance.id}"
                group = LOG_GROUP.format(name=endpoint.name)
                self._log_streams.register(connection, group, stream, self._servers.log_path(instance), now)
        return added

    def _advanced(self, endpoint: Endpoint, instance: Instance) -> Instance:
        """The instance one step further: started, seen to be ready, or seen to have ended."""
        variant = _variant(endpoint, instance)
        if instance.phase == "new":
            return self._started(endpoint, instance, variant)
        if instance.phase == "failed":
            return instance
        now = self._clock.now()
        after = steps.next_instance(instance, variant.startup_timeout_s, self._servers.look(instance), now)
        if after.phase == "failed":
            after = replace(after, failure_reason=steps.ping_failure(variant, after.failure_reason or ""))
        if steps.hangs(after, now):
            log.warning(
                "model server hangs and is killed instance=%s endpoint=%s", instance.id, endpoint.name
            )
            self._servers.kill(instance)
        return self._saved(instance, after)

    def _started(self, endpoint: Endpoint, instance: Instance, variant: DeployedVariant) -> Instance:
        now = self._clock.now()
        if (instance.retry_at and instance.retry_at > now) or not self._servers.stop(instance):
            return instance
        try:
            fetched = self._servers.prepare(instance, variant)
        except ModelDataUnavailable as error:
            return self._saved(instance, steps.after_failed_fetch(instance, error.message, now))
        except Invalid as error:
            return self._saved(instance, steps.after_failed_start(instance, error.message, now, final=True))
        # The handle is stored before anything is started under it: a crash in between leaves nothing unknown.
        after = replace(instance, phase="starting", handle=new_id(), started_at=self._clock.now())
        after = replace(after, failures=0) if fetched else after
        self._saved(instance, after)
        dimensions = (("EndpointName", endpoint.name), ("VariantName", variant.name))
        self._servers.start(after, variant, MeasuredAs(USAGE_NAMESPACE, dimensions, instance.id))
        return after

    def _saved(self, before: Instance, after: Instance) -> Instance:
        if after != before:
            if after.phase != before.phase:
                reason = f" ({after.failure_reason})" if after.failure_reason else ""
                log.info("model server %s/%s is %s%s", after.variant_name, after.id, after.phase, reason)
            with self._database.write() as connection:
                if not store.save_instance(connection, before, after):
                    raise Conflict(f"model server {after.id} was changed by another process; looking again")
        return after

    def _take(self, endpoint: Endpoint, transition: steps.Transition) -> None:
        after = replace(endpoint, status=transition.status, failure_reason=transition.failure_reason)
        if transition.promote and endpoint.pending:
            after = replace(
                after, serving=endpoint.pending, config_name=endpoint.pending.config_name, pending=None
            )
        if transition.discard:
            after = replace(after, pending=None)
        if transition.serving:
            after = replace(after, serving=transition.serving)
        after = replace(after, updated_at=self._clock.now())
        with self._database.write() as connection:
            if store.save_endpoint(connection, after):
                self._record(connection, after)

    def _end(self, endpoint: Endpoint) -> None:
        self._servers.remove_owner_files(endpoint.id)
        with self._database.write() as connection:
            self._endpoints.remove(connection, endpoint.name, None)
            record_event(connection, KIND, endpoint.name, self._clock.now(), "Deleted")

    def _next_look_s(
        self, endpoint: Endpoint, kept: Sequence[Instance], leaving: Sequence[Instance]
    ) -> float | None:
        if endpoint.status == "Failed" and not leaving:
            return None
        if leaving or any(instance.phase == "starting" for instance in kept):
            return STARTING_LOOK_S
        now = self._clock.now()
        waits = [
            max(0.0, (instance.retry_at - now).total_seconds()) if instance.retry_at else 0.0
            for instance in kept
            if instance.phase == "new"
        ]
        return min([STEADY_LOOK_S, *waits])

    # shared by operations

    def _serving(self, name: str) -> Serving:
        with self._database.read() as connection:
            endpoint = store.ENDPOINTS.find(connection, name)
            found = store.instances_of(connection, endpoint.id) if endpoint else ()
        if endpoint is None or endpoint.serving is None or endpoint.status in ("Failed", "Deleting"):
            raise NotFound(f"Endpoint {name} of account {self._settings.account_id} not found.")
        wanted = steps.slots_of(endpoint.serving)
        ready = [instance for instance in found if instance.phase == "ready" and instance.slot in wanted]
        return Serving(endpoint.id, endpoint.name, endpoint.serving, ready)

    def _look_soon(self, endpoint_id: str) -> None:
        with self._database.write() as connection:
            self._queue.enqueue(connection, KIND, endpoint_id)
        self._queue.poke()

    def _updatable(self, connection: Connection, name: str, region: str | None) -> Endpoint:
        endpoint = self._endpoints.find(connection, name, region, lock=True)
        if endpoint.status == "Failed":
            raise Invalid(f'Cannot update failed endpoint "{endpoint.arn}"; delete it and create it anew.')
        if endpoint.status != "InService":
            raise Invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        return endpoint

    def _write(self, connection: Connection, endpoint: Endpoint) -> None:
        """Saves what an operation wants; the endpoint was read and locked in the same transaction."""
        endpoint = replace(endpoint, updated_at=self._clock.now())
        saved = store.save_endpoint(connection, endpoint)
        assert saved
        self._announce(connection, endpoint)

    def _announce(self, connection: Connection, endpoint: Endpoint) -> None:
        self._record(connection, endpoint)
        self._queue.enqueue(connection, KIND, endpoint.id)

    def _record(self, connection: Connection, endpoint: Endpoint) -> None:
        reason = endpoint.failure_reason or ""
        record_event(connection, KIND, endpoint.name, endpoint.updated_at, endpoint.status, reason)


def _variant(endpoint: Endpoint, instance: Instance) -> DeployedVariant:
    return next(
        variant
        for deployment in endpoint.deployments
        for variant in deployment.variants
        if (deployment.id, variant.name) == (instance.deployment_id, instance.variant_name)
    )


def _retain(pending: Deployment, serving: Deployment, weights: bool, counts: bool) -> Deployment:
    old = {variant.name: variant for variant in serving.variants}
    return replace(
        pending,
        variants=[
            replace(
                variant,
                weight=old[variant.name].weight if weights else variant.weight,
                instance_count=old[variant.name].instance_count if counts else variant.instance_count,
            )
            if variant.name in old
            else variant
            for variant in pending.variants
        ],
    )


def _changed(serving: Deployment, changes: Sequence[VariantChange]) -> Deployment:
    """Decision: a change that would leave no variant with a weight is refused, as a configuration of that kind is."""
    variants = {variant.name: variant for variant in serving.variants}
    twice = [name for name, count in Counter(change.variant_name for change in changes).items() if count > 1]
    if twice:
        raise Invalid(f"variant {twice[0]!r} is named twice; name each variant once")
    for change in changes:
        if change.variant_name not in variants:
            names = ", ".join(variants)
            raise Invalid(
                f'Could not find variant "{change.variant_name}"; the endpoint\'s variants are {names}.'
            )
        variants[change.variant_name] = _changed_variant(variants[change.variant_name], change)
    if not any(variant.weight > 0 for variant in variants.values()):
        raise Invalid("all variants would have the weight 0, so none would get requests; give one more")
    return replace(serving, variants=list(variants.values()))


def _changed_variant(variant: DeployedVariant, change: VariantChange) -> DeployedVariant:
    if change.weight is None and change.instance_count is None:
        raise Invalid(f"variant {variant.name!r} is to change neither DesiredWeight nor DesiredInstanceCount")
    count = variant.instance_count if change.instance_count is None else change.instance_count
    check_instance_count(variant.name, count)
    weight = variant.weight if change.weight is None else change.weight
    return replace(variant, weight=weight, instance_count=count)
