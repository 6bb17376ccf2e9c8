"""The table of operations: from the wire name to the method that serves it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name

from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Coverage, Fields
from trigpoint.services.errors import unknown_operation
from trigpoint.services.next_tokens import tied_to_query
from trigpoint.wire.model import Operation, operation_model, service_model

Handler = Callable[[RequestContext, dict[str, Any]], dict[str, Any] | None]

# Operations with these names change no stored data; a read-only key may call them. AssumeRole gives a read-only key
# read-only credentials. InvokeEndpointAsync writes its reply into a bucket,
# and a function of Lambda does what its code says.
_READING = re.compile(
    r"(?!InvokeEndpointAsync|Invoke$)"
    r"(Assume|Describe|List|Get|Search|Query|Filter|Simulate|Render|Invoke|BatchGet|BatchDescribe)(?=[A-Z]|$)"
)


@dataclass(frozen=True, slots=True)
class Served:
    """An operation and the method that serves it."""

    service: str
    name: str
    model: Operation
    handler: Handler
    fields: Mapping[str, Coverage]
    """Declarations of its input fields, by path; other fields are served."""

    @property
    def reads_only(self) -> bool:
        """Whether a read-only key may call it."""
        return _READING.match(self.name) is not None


class OperationTable:
    """All served operations: `{service: [objects]}`, each object with one method per operation.

    Methods have botocore's snake_case names of the operations; other methods are ignored. `FIELDS`, which is
    optional, declares input fields that are not served (see `coverage`). The model of a service is loaded when the
    service is first used, to keep the server's start fast.
    Raises: ValueError, from the first `find` or `names` of a service: two objects serve the same operation, an
            object serves none, or it declares fields of an operation that it does not serve.
    """

    def __init__(self, services: Mapping[str, Iterable[object]]) -> None:
        self._waiting = {service: list(objects) for service, objects in services.items()}
        self._served: dict[tuple[str, str], Served] = {}
        self._loading = threading.Lock()

    def find(self, service: str, operation: str) -> Served:
        """The operation of this wire name.

        Raises: AwsError: it is not served (UnknownOperationException; InvalidAction with STS and IAM).
        """
        self._load(service)
        served = self._served.get((service, operation))
        if served is None:
            raise unknown_operation(service, operation, in_model=_in_model(service, operation))
        return served

    def serves(self, service: str) -> bool:
        """Whether any operation of the service is served."""
        return service in self._waiting or any(of == service for of, _ in self._served)

    @property
    def services(self) -> list[str]:
        """The services with served operations, sorted."""
        for service in list(self._waiting):
            self._load(service)
        return sorted({service for service, _ in self._served})

    def names(self, service: str) -> list[str]:
        """The wire names of a service's served operations, sorted."""
        self._load(service)
        return sorted(name for of, name in self._served if of == service)

    def _load(self, service: str) -> None:
        if service not in self._waiting:
            return
        with self._loading:
            if service not in self._waiting:
                return  # another thread was first
            names = {xform_name(name): name for name in service_model(service).operation_names}
            for instance in self._waiting[service]:
                self._add(service, instance, names)
            del self._waiting[service]

    def _add(self, service: str, instance: object, names: Mapping[str, str]) -> None:
        methods = [name for name in names if callable(getattr(instance, name, None))]
        if not methods:
            raise ValueError(f"{type(instance).__name__} serves no operation of {service}")
        fields: Fields = getattr(instance, "FIELDS", {})
        strangers = sorted(fields.keys() - {names[method] for method in methods})
        if strangers:
            raise ValueError(
                f"{type(instance).__name__} declares fields of {strangers}, but does not serve them"
            )
        for method in methods:
            key = service, names[method]
            if key in self._served:
                raise ValueError(
                    f"{service} {names[method]} is served twice, again by {type(instance).__name__}"
                )
            model = operation_model(*key)
            handler: Handler = getattr(instance, method)
            if service == "sagemaker":  # tokens of the other services have other rules
                handler = tied_to_query(model, handler)
            self._served[key] = Served(*key, model, handler, fields.get(names[method], {}))


def _in_model(service: str, operation: str) -> bool:
    try:
        return operation_model(service, operation) is not None
    except KeyError:
        return False
