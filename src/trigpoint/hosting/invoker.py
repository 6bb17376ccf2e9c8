"""Choice of the variant and model server that get a request, and what happens when one cannot be reached."""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections.abc import Callable, Sequence

from trigpoint.core.errors import Invalid
from trigpoint.hosting.forwarding import Forwarder
from trigpoint.hosting.invocation import (
    ConnectionLost,
    Invocation,
    InvokeReply,
    ModelFailed,
    NoInstanceReady,
    Serving,
    Unreachable,
)
from trigpoint.hosting.records import DeployedVariant, Deployment, ModelServer
from trigpoint.hosting.servers import ModelServers

INSTANCE_WAIT_S = 8.0
"""How long a request waits for a model server that is being restarted."""
DEATH_LOOK_S = 1.0
"""How long to wait for the end of a model server that closed a connection."""
LOOK_S = 0.05
"""The pause between two looks at what serves."""

log = logging.getLogger(__name__)


class Invoker:
    """Forwards requests to model servers. Thread-safe; several processes may do it at the same time."""

    def __init__(self, servers: ModelServers) -> None:
        self._servers = servers
        self._forwarder = Forwarder(servers)
        self._turns = itertools.count()

    def invoke(
        self,
        invocation: Invocation,
        serving: Serving,
        look: Callable[[], Serving],
        ask_for_look: Callable[[], None],
    ) -> InvokeReply:
        """The model's reply.

        A model server that is being replaced replies to the requests it has and refuses others, which then go to
        its successor. If a model server ends while it handles a request, the request is sent to another instance,
        once. That is safe, because predictions have no side effects; at worst the request ends that instance too.
        If there is no other instance, the request fails. A model server that hangs is killed.

        Args:    look: reads what serves now; called when no model server could be reached.
                 ask_for_look: asks the loop to look at the endpoint soon.
        Raises:  Invalid: the variant does not exist. NoInstanceReady; ModelFailed; what `look` raises.
        """
        # Not tenacity: each attempt reads again what serves, and the pauses are waits for another process.
        end = time.monotonic() + INSTANCE_WAIT_S
        variant = choose_variant(serving.deployment, invocation.target_variant)
        asked = False
        while True:
            server = self._next(serving.of(variant))
            if server is not None:
                try:
                    return self._reply_of(invocation, variant, server, look, ask_for_look)
                except Unreachable:
                    log.info("model server %s cannot be reached; looking for another", server.id)
            elif not asked:
                ask_for_look()
                asked = True
            if time.monotonic() > end:
                message = f"no model server of variant {variant.name} is ready; try again in a moment"
                raise NoInstanceReady(message, variant.name)
            time.sleep(LOOK_S)
            serving = look()
            variant = _successor(variant, serving.deployment, invocation.target_variant)

    def _next(self, servers: Sequence[ModelServer]) -> ModelServer | None:
        """The running servers take turns."""
        running = [server for server in servers if self._servers.runs(server)]
        return running[next(self._turns) % len(running)] if running else None

    def _reply_of(
        self,
        invocation: Invocation,
        variant: DeployedVariant,
        server: ModelServer,
        look: Callable[[], Serving],
        ask_for_look: Callable[[], None],
    ) -> InvokeReply:
        """The reply of this server, or of another one if it ends before it replies."""
        try:
            return self._forwarder.forward(invocation, variant, server)
        except ConnectionLost as lost:
            ask_for_look()
            return self._reply_of_another(invocation, variant, server, look, lost)
        except ModelFailed as error:
            if error.hangs:
                self._servers.kill(server)
            if error.status == 0:
                ask_for_look()
            raise

    def _reply_of_another(
        self,
        invocation: Invocation,
        variant: DeployedVariant,
        dead: ModelServer,
        look: Callable[[], Serving],
        lost: ConnectionLost,
    ) -> InvokeReply:
        """The reply of another server after `dead` has ended. Raises `lost` if it goes on running."""
        end = time.monotonic() + DEATH_LOOK_S
        serving = look()
        while dead.handle in {each.handle for each in serving.servers} and self._servers.runs(dead):
            if time.monotonic() > end:
                raise lost
            time.sleep(LOOK_S)
            serving = look()
        variant = _successor(variant, serving.deployment, invocation.target_variant)
        server = self._next(serving.of(variant))
        if server is None:
            raise lost
        try:
            return self._forwarder.forward(invocation, variant, server)
        except Unreachable:
            raise lost from None


def choose_variant(
    deployment: Deployment, target: str | None, source: random.Random | None = None
) -> DeployedVariant:
    """The target variant, or a random one by the weights. A variant of weight 0 only serves as the target.

    Raises: Invalid: the target does not exist; without a target, all weights are 0.
    """
    if target is not None:
        named = next((variant for variant in deployment.variants if variant.name == target), None)
        if named is None:
            names = ", ".join(variant.name for variant in deployment.variants)
            raise Invalid(
                f"Variant {target} not found for this request; the endpoint's variants are {names}."
            )
        return named
    # Variants of weight 0 are left out before the draw: a draw that rounds up to the sum of the weights takes
    # the last variant.
    weighted = [variant for variant in deployment.variants if variant.weight > 0]
    if not weighted:
        raise Invalid("All variants of the endpoint have the weight 0; name one as the target variant.")
    weights = [variant.weight for variant in weighted]
    return (source or _random).choices(weighted, weights)[0]


_random = random.Random()


def _successor(variant: DeployedVariant, deployment: Deployment, target: str | None) -> DeployedVariant:
    """The variant of this name in the deployment; if an update removed it, another one."""
    same = next((each for each in deployment.variants if each.name == variant.name), None)
    return same or choose_variant(deployment, target)
