"""How does a request reach a model and its answer the caller: choice of an instance, and forwarding."""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.hosting.records import DeployedVariant, Deployment, Instance
from trigpoint.hosting.servers import ModelServers

if TYPE_CHECKING:
    import httpx  # loaded with the first invocation: it would take a fifth of the server's start

ANSWER_LIMIT_S = 60.0
"""Source: training.md 8.3."""
CONNECT_LIMIT_S = 5.0
DEATH_LOOK_S = 1.0
"""How long is looked whether a model server that closed a connection is dead."""
INSTANCE_WAIT_S = 8.0
"""How long a request waits for a model server that is being restarted."""
LOOK_S = 0.05
"""The pause between two looks for one."""

TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {hostname}. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invocation:
    """A request to an endpoint, as far as the model may see it."""

    body: bytes
    content_type: str | None = None
    accept: str | None = None
    custom_attributes: str | None = None
    target_variant: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, which variant it was, and how long the model took."""

    body: bytes
    content_type: str | None
    custom_attributes: str | None
    variant: str
    model_s: float


class NoInstanceReady(TrigpointError):
    """No model server of the variant could be reached in time."""

    def __init__(self, message: str, variant: str) -> None:
        super().__init__(message)
        self.variant = variant


class ModelFailed(TrigpointError):
    """The model answered with an error, or not at all: `status` 0. `message` is the model's own.

    `hangs`: it has not answered anybody for as long as this request was waited for.
    """

    def __init__(
        self, message: str, status: int, variant: DeployedVariant, instance: Instance, *, hangs: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.variant = variant.name
        self.hostname = variant.container.hostname
        self.log_stream = f"{variant.name}/{instance.id}"
        self.hangs = hangs


class _ConnectionLost(ModelFailed):
    """The model server closed the connection before it had answered."""


class _Unreachable(Exception):
    """Nobody listens where the model server should."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What an endpoint serves at a moment: its deployment, and the model servers of it that were ready when they were
    last looked at, by whichever server process.
    """

    endpoint_id: str
    endpoint_name: str
    deployment: Deployment
    instances: Sequence[Instance]

    def of(self, variant: DeployedVariant) -> list[Instance]:
        """The instances of the variant."""
        return [instance for instance in self.instances if instance.variant_name == variant.name]


class Invoker:
    """Forwards requests to model servers. Thread-safe; any number of processes may do so at the same time."""

    def __init__(self, servers: ModelServers) -> None:
        self._servers = servers
        self._turns = itertools.count()

    @cached_property
    def _http(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            timeout=httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S),
            trust_env=False,  # a proxy from the environment must not see requests to our own processes
            # no connection is kept: one to a server that has been restarted would fail a request
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def invoke(
        self,
        invocation: Invocation,
        serving: Serving,
        look: Callable[[], Serving],
        ask_for_look: Callable[[], None],
    ) -> Answer:
        """The model's answer. `look` says what is served now, whenever no model server could be reached.

        A model server that is replaced answers what has reached it and refuses the rest, which then goes to its
        successor. A request that dies with its model server is sent to another instance, once: the built-in
        algorithms' answers have no effects, and at worst the request ends that one, too. Without another instance it
        has failed. A model server that hangs is killed.
        Raises: Invalid: no such variant. NoInstanceReady; ModelFailed; what `look` raises.
        """
        end = time.monotonic() + INSTANCE_WAIT_S
        variant = choose_variant(serving.deployment, invocation.target_variant)
        asked = False
        while True:
            instance = self._next(serving.of(variant))
            if instance is not None:
                try:
                    return self._answered(invocation, variant, instance, look, ask_for_look)
                except _Unreachable:
                    log.info("model server %s cannot be reached; looking for another", instance.id)
            elif not asked:
                ask_for_look()
                asked = True
            if time.monotonic() > end:
                message = f"no model server of variant {variant.name} is ready; try again in a moment"
                raise NoInstanceReady(message, variant.name)
            time.sleep(LOOK_S)
            serving = look()
            variant = _successor(variant, serving.deployment, invocation.target_variant)

    def _next(self, instances: Sequence[Instance]) -> Instance | None:
        """The instance whose turn it is."""
        running = [instance for instance in instances if self._servers.runs(instance)]
        return running[next(self._turns) % len(running)] if running else None

    def _answered(
        self,
        invocation: Invocation,
        variant: DeployedVariant,
        instance: Instance,
        look: Callable[[], Serving],
        ask_for_look: Callable[[], None],
    ) -> Answer:
        """The answer of this instance; of another one if it dies of it or with it."""
        try:
            return self._forward(invocation, variant, instance)
        except _ConnectionLost as lost:
            ask_for_look()
            return self._forwarded_to_another(invocation, variant, instance, look, lost)
        except ModelFailed as error:
            if error.hangs:
                self._servers.kill(instance)
            if error.status == 0:
                ask_for_look()
            raise

    def _forwarded_to_another(
        self,
        invocation: Invocation,
        variant: DeployedVariant,
        dead: Instance,
        look: Callable[[], Serving],
        lost: _ConnectionLost,
    ) -> Answer:
        """The answer of another instance to a request that died with `dead`. Raises `lost` when it lives."""
        end = time.monotonic() + DEATH_LOOK_S
        serving = look()
        while dead.handle in {each.handle for each in serving.instances} and self._servers.runs(dead):
            if time.monotonic() > end:
                raise lost
            time.sleep(LOOK_S)
            serving = look()
        variant = _successor(variant, serving.deployment, invocation.target_variant)
        instance = self._next(serving.of(variant))
        if instance is None:
            raise lost
        try:
            return self._forward(invocation, variant, instance)
        except _Unreachable:
            raise lost from None

    def _forward(self, invocation: Invocation, variant: DeployedVariant, instance: Instance) -> Answer:
        import httpx

        sent_at, sent_at_s = time.time(), time.monotonic()
        url = f"http://127.0.0.1:{instance.port}/invocations"
        headers = _headers(invocation)
        try:
            with self._http.stream("POST", url, content=invocation.body, headers=headers) as response:
                body = _read_until(response, sent_at_s + ANSWER_LIMIT_S)
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            message = TIMED_OUT.format(hostname=variant.container.hostname)
            hangs = self._servers.answered_at(instance) < sent_at
            raise ModelFailed(message, 0, variant, instance, hangs=hangs) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Unreachable(str(error)) from error
        except httpx.TransportError as error:
            message = (
                f"The model server closed the connection before it had answered ({type(error).__name__})."
            )
            raise _ConnectionLost(message, 0, variant, instance) from error
        model_s = time.monotonic() - sent_at_s
        self._servers.note_answer(instance)
        if not response.is_success:
            raise ModelFailed(body.decode(errors="replace"), response.status_code, variant, instance)
        return Answer(
            body=body,
            content_type=response.headers.get("Content-Type"),
            custom_attributes=response.headers.get(CUSTOM_ATTRIBUTES),
            variant=variant.name,
            model_s=model_s,
        )


def choose_variant(
    deployment: Deployment, target: str | None, draw: Callable[[], float] = random.random
) -> DeployedVariant:
    """The variant that was asked for, else one at random by the weights."""
    if target is not None:
        named = next((variant for variant in deployment.variants if variant.name == target), None)
        if named is None:
            names = ", ".join(variant.name for variant in deployment.variants)
            raise Invalid(
                f"Variant {target} not found for this request; the endpoint's variants are {names}."
            )
        return named
    point = draw() * sum(variant.weight for variant in deployment.variants)
    for variant in deployment.variants:
        point -= variant.weight
        if point < 0:
            return variant
    raise Invalid("All variants of the endpoint have the weight 0; name one as the target variant.")


def _successor(variant: DeployedVariant, deployment: Deployment, target: str | None) -> DeployedVariant:
    """The variant of this name in what is served now; after an update to other variants one of those."""
    same = next((each for each in deployment.variants if each.name == variant.name), None)
    return same or choose_variant(deployment, target)


def _headers(invocation: Invocation) -> dict[str, str]:
    """Content-Type, Accept and Custom-Attributes reach the model, nothing else (training.md 8.3)."""
    headers = {"Accept": invocation.accept or "*/*"}
    if invocation.content_type:
        headers["Content-Type"] = invocation.content_type
    if invocation.custom_attributes:
        headers[CUSTOM_ATTRIBUTES] = invocation.custom_attributes
    return headers


def _read_until(response: httpx.Response, end: float) -> bytes:
    import httpx

    parts: list[bytes] = []
    for part in response.iter_bytes():
        parts.append(part)
        if time.monotonic() > end:
            raise httpx.ReadTimeout("the answer did not end in time")
    return b"".join(parts)
