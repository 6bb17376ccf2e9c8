"""How does a request reach a model and its answer the caller: choice of an instance, and forwarding."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.hosting.records import DeployedVariant, Deployment, Instance

if TYPE_CHECKING:
    import httpx  # loaded with the first invocation: it would take a fifth of the server's start

ANSWER_LIMIT_S = 60.0
"""Source: training.md 8.3."""
CONNECT_LIMIT_S = 5.0
DEATH_LOOK_S = 1.0
"""How long is looked whether a model server that closed a connection is dead."""
INSTANCE_WAIT_S = 8.0
"""How long a request waits for a model server that is being restarted."""

TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {hostname}. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


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


class Invoker:
    """Forwards requests to model servers. Thread-safe."""

    def __init__(self) -> None:
        self._turns = itertools.count()
        self._busy: Counter[str] = Counter()
        self._answered_at_s: dict[str, float] = {}
        self._lock = threading.Lock()

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
        deployment: Deployment,
        invocation: Invocation,
        ready_instances: Callable[[DeployedVariant], Sequence[Instance]],
        ask_for_look: Callable[[], None],
        kill: Callable[[Instance], None],
    ) -> Answer:
        """The model's answer. `ready_instances` is asked anew until one of them can be reached.

        A request that dies with its model server is sent to another instance, once: the built-in algorithms'
        answers have no effects, and at worst the request ends that one, too. Without another instance it has
        failed. A model server that hangs is killed.
        Raises: Invalid: no such variant. NoInstanceReady; ModelFailed.
        """
        variant = choose_variant(deployment, invocation.target_variant)
        instance = self._pick(variant, ready_instances, ask_for_look)
        while True:
            try:
                return self._forward(invocation, variant, instance)
            except _Unreachable:
                instance = self._pick(variant, ready_instances, ask_for_look)
            except _ConnectionLost as lost:
                ask_for_look()
                return self._forwarded_to_another(invocation, variant, instance, ready_instances, lost)
            except ModelFailed as error:
                if error.hangs:
                    kill(instance)
                if error.status == 0:
                    ask_for_look()
                raise

    def _pick(
        self,
        variant: DeployedVariant,
        ready_instances: Callable[[DeployedVariant], Sequence[Instance]],
        ask_for_look: Callable[[], None],
    ) -> Instance:
        """The instance whose turn it is, as soon as there is one.

        Raises: NoInstanceReady.
        """
        end = time.monotonic() + INSTANCE_WAIT_S
        instances = ready_instances(variant)
        if not instances:
            ask_for_look()
        while not instances:
            if time.monotonic() > end:
                message = f"no model server of variant {variant.name} is ready; try again in a moment"
                raise NoInstanceReady(message, variant.name)
            time.sleep(0.1)
            instances = ready_instances(variant)
        return instances[next(self._turns) % len(instances)]

    def _forwarded_to_another(
        self,
        invocation: Invocation,
        variant: DeployedVariant,
        dead: Instance,
        ready_instances: Callable[[DeployedVariant], Sequence[Instance]],
        lost: _ConnectionLost,
    ) -> Answer:
        """The answer of another instance to a request that died with `dead`. Raises `lost` when it lives."""
        end = time.monotonic() + DEATH_LOOK_S
        ready = ready_instances(variant)
        while dead.id in {each.id for each in ready}:
            if time.monotonic() > end:
                raise lost
            time.sleep(0.05)
            ready = ready_instances(variant)
        if not ready:
            raise lost
        try:
            return self._forward(invocation, variant, ready[next(self._turns) % len(ready)])
        except _Unreachable:
            raise lost from None

    def is_busy(self, instance: Instance) -> bool:
        """Whether requests of this process wait for an answer of the instance."""
        with self._lock:
            return self._busy[instance.id] > 0

    def _forward(self, invocation: Invocation, variant: DeployedVariant, instance: Instance) -> Answer:
        import httpx

        sent_at_s = time.monotonic()
        url = f"http://127.0.0.1:{instance.port}/invocations"
        try:
            with (
                self._in_flight(instance),
                self._http.stream(
                    "POST", url, content=invocation.body, headers=_headers(invocation)
                ) as response,
            ):
                body = _read_until(response, sent_at_s + ANSWER_LIMIT_S)
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            message = TIMED_OUT.format(hostname=variant.container.hostname)
            hangs = self._answered_at_s.get(instance.id, 0.0) < sent_at_s
            raise ModelFailed(message, 0, variant, instance, hangs=hangs) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Unreachable(str(error)) from error
        except httpx.TransportError as error:
            message = (
                f"The model server closed the connection before it had answered ({type(error).__name__})."
            )
            raise _ConnectionLost(message, 0, variant, instance) from error
        answered_at_s = self._answered_at_s[instance.id] = time.monotonic()
        if not response.is_success:
            raise ModelFailed(body.decode(errors="replace"), response.status_code, variant, instance)
        headers = response.headers
        return Answer(
            body=body,
            content_type=headers.get("Content-Type"),
            custom_attributes=headers.get(CUSTOM_ATTRIBUTES),
            variant=variant.name,
            model_s=answered_at_s - sent_at_s,
        )

    @contextmanager
    def _in_flight(self, instance: Instance) -> Iterator[None]:
        with self._lock:
            self._busy[instance.id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy[instance.id] -= 1
                if not self._busy[instance.id]:
                    del self._busy[instance.id]


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
