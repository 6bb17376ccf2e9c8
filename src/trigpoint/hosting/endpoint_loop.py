"""The loop that brings an endpoint's model servers and status to what its operations asked for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from trigpoint.compute.logs import LogStreams
from trigpoint.compute.runner import MeasuredAs
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.core.ids import new_id
from trigpoint.db import Connection, Database
from trigpoint.db.tables.events import record_event
from trigpoint.hosting import endpoint_steps, server_steps, store
from trigpoint.hosting.artifacts import ModelDataUnavailable
from trigpoint.hosting.exit_watch import ExitWatch
from trigpoint.hosting.forwarding import ANSWER_LIMIT_S
from trigpoint.hosting.instance_ids import new_instance_id
from trigpoint.hosting.named import NamedRecords
from trigpoint.hosting.records import DeployedVariant, Endpoint, ModelServer
from trigpoint.hosting.servers import ModelServers

KIND = "endpoint"
LOG_GROUP = "/aws/sagemaker/Endpoints/{name}"
USAGE_NAMESPACE = "/aws/sagemaker/Endpoints"
STARTING_LOOK_S = 0.25
STEADY_LOOK_S = 5.0
LEAVING_GRACE_S = ANSWER_LIMIT_S + 5.0
"""Decision: longer than AWS's 30 s, so that every request can be answered; AWS waits for the requests first."""

log = logging.getLogger(__name__)


class EndpointLoop:
    """Takes endpoints from step to step. It may be killed anywhere; every step can be repeated."""

    def __init__(
        self,
        database: Database,
        endpoints: NamedRecords[Endpoint],
        servers: ModelServers,
        log_streams: LogStreams,
        clock: Clock,
        exits: ExitWatch,
    ) -> None:
        self._database = database
        self._endpoints = endpoints
        self._servers = servers
        self._log_streams = log_streams
        self._clock = clock
        self._exits = exits

    def reconcile(self, endpoint_id: str) -> float | None:
        """Takes the endpoint one step further; the seconds until the next look, None when nothing is left to do."""
        with self._database.read() as connection:
            endpoint = store.endpoint_by_id(connection, endpoint_id)
            found = store.servers_of(connection, endpoint_id)
        if endpoint is None:
            self._exits.watch(endpoint_id, ())
            return None
        wanted = endpoint_steps.wanted_slots(endpoint)
        kept = [server for server in found if server.slot in wanted]
        extra = [server for server in found if server.slot not in wanted]
        leaving = [server for server in extra if not self._left(server)]
        kept = [self._advanced(endpoint, server) for server in kept]
        kept += self._added(endpoint, [slot for slot in wanted if slot not in {s.slot for s in kept}])
        self._exits.watch(endpoint_id, [s.handle for s in kept if s.handle and s.phase == "ready"])
        if endpoint.status == "Deleting" and not leaving:
            self._remove(endpoint)
            return None
        transition = endpoint_steps.next_step(endpoint, [*kept, *leaving])
        if transition:
            self._take(endpoint, transition)
            return 0.0
        return self._next_look_s(endpoint, kept, leaving)

    def _left(self, server: ModelServer) -> bool:
        """Stops a server that is no longer wanted, after its requests; True when it is gone.

        It gets no new requests: the database already says what serves now.
        """
        if not self._servers.stop(server, LEAVING_GRACE_S):
            return False
        self._servers.remove_files(server)
        with self._database.write() as connection:
            store.remove_server(connection, server.id)
        return True

    def _added(self, endpoint: Endpoint, slots: Sequence[tuple[str, str, int]]) -> Sequence[ModelServer]:
        if not slots:
            return ()
        now = self._clock.now()
        added = [ModelServer(new_instance_id(), endpoint.id, *slot) for slot in slots]
        with self._database.write() as connection:
            store.add_servers(connection, added)
            for server in added:
                stream = f"{server.variant_name}/{server.id}"
                group = LOG_GROUP.format(name=endpoint.name)
                self._log_streams.register(connection, group, stream, self._servers.log_path(server), now)
        return added

    def _advanced(self, endpoint: Endpoint, server: ModelServer) -> ModelServer:
        variant = _variant_of(endpoint, server)
        if server.phase == "new":
            return self._started(endpoint, server, variant)
        if server.phase == "failed":
            return server
        now = self._clock.now()
        facts = self._servers.look(server)
        after = server_steps.next_server(server, variant.startup_timeout_s, facts, now)
        if after.phase == "failed":
            reason = endpoint_steps.ping_failure(variant, after.failure_reason or "")
            after = replace(after, failure_reason=reason)
        if server_steps.hangs(after, now):
            log.warning("model server hangs and is killed instance=%s endpoint=%s", server.id, endpoint.name)
            self._servers.kill(server)
        return self._saved(server, after)

    def _started(self, endpoint: Endpoint, server: ModelServer, variant: DeployedVariant) -> ModelServer:
        now = self._clock.now()
        if (server.retry_at and server.retry_at > now) or not self._servers.stop(server):
            return server
        try:
            fetched = self._servers.prepare(server, variant)
        except ModelDataUnavailable as error:
            return self._saved(server, server_steps.after_failed_fetch(server, error.message, now))
        except Invalid as error:
            failed = server_steps.after_failed_start(server, error.message, now, final=True)
            return self._saved(server, failed)
        # The handle is stored before the process is started under it, so that a crash leaves no unknown process.
        after = replace(server, phase="starting", handle=new_id(), started_at=self._clock.now())
        after = replace(after, failures=0) if fetched else after
        self._saved(server, after)
        dimensions = (("EndpointName", endpoint.name), ("VariantName", variant.name))
        self._servers.start(after, variant, MeasuredAs(USAGE_NAMESPACE, dimensions, server.id))
        return after

    def _saved(self, before: ModelServer, after: ModelServer) -> ModelServer:
        if after != before:
            if after.phase != before.phase:
                reason = f" ({after.failure_reason})" if after.failure_reason else ""
                log.info("model server %s/%s is %s%s", after.variant_name, after.id, after.phase, reason)
            with self._database.write() as connection:
                if not store.save_server(connection, before, after):
                    raise Conflict(f"model server {after.id} was changed by another process; looking again")
        return after

    def _take(self, endpoint: Endpoint, transition: endpoint_steps.EndpointTransition) -> None:
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
                record_status(connection, after)

    def _remove(self, endpoint: Endpoint) -> None:
        self._servers.remove_owner_files(endpoint.id)
        with self._database.write() as connection:
            self._endpoints.remove(connection, endpoint.name, None)
            record_event(connection, KIND, endpoint.name, self._clock.now(), "Deleted")

    def _next_look_s(
        self, endpoint: Endpoint, kept: Sequence[ModelServer], leaving: Sequence[ModelServer]
    ) -> float | None:
        if endpoint.status == "Failed" and not leaving:
            return None
        if leaving or any(server.phase == "starting" for server in kept):
            return STARTING_LOOK_S
        now = self._clock.now()
        waits = [
            max(0.0, (server.retry_at - now).total_seconds()) if server.retry_at else 0.0
            for server in kept
            if server.phase == "new"
        ]
        return min([STEADY_LOOK_S, *waits])


def record_status(connection: Connection, endpoint: Endpoint) -> None:
    """Adds the endpoint's status to the event log."""
    reason = endpoint.failure_reason or ""
    record_event(connection, KIND, endpoint.name, endpoint.updated_at, endpoint.status, reason)


def _variant_of(endpoint: Endpoint, server: ModelServer) -> DeployedVariant:
    return next(
        variant
        for deployment in endpoint.deployments
        for variant in deployment.variants
        if (deployment.id, variant.name) == (server.deployment_id, server.variant_name)
    )
