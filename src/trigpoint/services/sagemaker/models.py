"""CreateModel, DescribeModel, ListModels, DeleteModel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from trigpoint.core.errors import Invalid
from trigpoint.hosting.models import Models
from trigpoint.hosting.records import ContainerDefinition, Model
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, refuse_declared
from trigpoint.services.sagemaker.hosting_fields import MODEL_FIELDS
from trigpoint.services.sagemaker.hosting_requests import listed, validation_errors, without_tags
from trigpoint.services.sagemaker.tags import tags_of


class ModelOperations:
    """Operations on models."""

    FIELDS: ClassVar[Fields] = {"CreateModel": MODEL_FIELDS}

    def __init__(self, models: Models) -> None:
        self._models = models

    def create_model(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        refuse_declared(request, MODEL_FIELDS)
        with validation_errors():
            model = self._models.create(
                request["ModelName"],
                _containers(request),
                without_tags(request),
                tags=tags_of(request),
                region=ctx.region,
                isolated=bool(request.get("EnableNetworkIsolation")),
            )
        return {"ModelArn": model.arn}

    def describe_model(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with validation_errors():
            model = self._models.describe(request["ModelName"], region=ctx.region)
        return {
            "EnableNetworkIsolation": False,
            **model.request,
            "ModelArn": model.arn,
            "CreationTime": model.created_at,
        }

    def list_models(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        return listed(request, self._models.list, "Models", _summary)

    def delete_model(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with validation_errors():
            self._models.delete(request["ModelName"], region=ctx.region)
        return {}


def _summary(model: Model) -> dict[str, Any]:
    return {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": model.created_at}


def _containers(request: Mapping[str, Any]) -> list[ContainerDefinition]:
    primary, several = request.get("PrimaryContainer"), request.get("Containers")
    if bool(primary) == bool(several):
        raise Invalid("Exactly one of PrimaryContainer or Containers must be specified.")
    return [_container(definition) for definition in (several or [primary])]


def _container(definition: Mapping[str, Any]) -> ContainerDefinition:
    if not definition.get("Image"):
        raise Invalid(
            "The container definition has no Image; Trigpoint has no model packages, so give an Image."
        )
    if definition.get("Mode") == "MultiModel":
        raise Invalid(
            "Trigpoint does not serve multi-model containers; use Mode SingleModel and one model each."
        )
    if definition.get("ModelDataUrl") and definition.get("ModelDataSource"):
        raise Invalid("ModelDataUrl and ModelDataSource cannot both be specified.")
    source = (definition.get("ModelDataSource") or {}).get("S3DataSource") or {}
    return ContainerDefinition(
        image=definition["Image"],
        data_uri=definition.get("ModelDataUrl") or source.get("S3Uri"),
        data_is_prefix=_is_prefix(source),
        hostname=definition.get("ContainerHostname") or "primary",
        environment=dict(definition.get("Environment") or {}),
    )


def _is_prefix(source: Mapping[str, Any]) -> bool:
    kind = (source.get("S3DataType"), source.get("CompressionType"))
    if source and kind not in (("S3Object", "Gzip"), ("S3Prefix", "None")):
        raise Invalid(
            f"ModelDataSource with S3DataType {kind[0]} and CompressionType {kind[1]} cannot be served; "
            "use S3Object with Gzip or S3Prefix with None."
        )
    return kind[0] == "S3Prefix"
