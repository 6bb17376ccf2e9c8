"""Operations and shapes of services: botocore's models, from botocore's own files.

botocore's parts are imported with the first model: they take a fifth of a second of a server's start.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import botocore

# Our name of a service is its signing name, but for the runtime, which signs as `sagemaker` too.
BOTOCORE_NAMES = {"monitoring": "cloudwatch"}

Shape = Any  # botocore ships no types
Operation = Any


@cache
def service_model(service: str) -> Any:
    """The model of a service; files that a user keeps in ~/.aws/models do not count.

    Raises: KeyError: botocore does not know the service.
    """
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    data = Path(botocore.__file__).parent / "data"
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    name = BOTOCORE_NAMES.get(service, service)
    if not (data / name).is_dir():
        raise KeyError(service)
    return ServiceModel(loader.load_service_model(name, "service-2"), name)


@cache
def operation_model(service: str, operation: str) -> Operation | None:
    """The model of an operation by its wire name, None when the service has none of that name."""
    model = service_model(service)
    return model.operation_model(operation) if operation in model.operation_names else None


def members(shape: Shape) -> dict[str, Shape]:
    """The members of a structure by name."""
    found: dict[str, Shape] = shape.members
    return found
