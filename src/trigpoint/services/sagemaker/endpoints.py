"""Operations on endpoint configurations and endpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from trigpoint.core.errors import Invalid
from trigpoint.hosting.endpoints import Endpoints
from trigpoint.hosting.records import (
    STARTUP_TIMEOUT_S,
    DeployedVariant,
    Deployment,
    Endpoint,
    EndpointConfig,
    Variant,
)
from trigpoint.hosting.variants import VariantChange
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, refuse_declared
from trigpoint.services.sagemaker.hosting_fields import (
    CONFIG_FIELDS,
    ENDPOINT_FIELDS,
    UPDATE_FIELDS,
    WEIGHT_FIELDS,
)
from trigpoint.services.sagemaker.hosting_requests import listed, validation_errors, without_tags
from trigpoint.services.sagemaker.tags import tags_of


class EndpointOperations:
    """CreateEndpointConfig to DeleteEndpoint."""

    FIELDS: ClassVar[Fields] = {
        "CreateEndpointConfig": CONFIG_FIELDS,
        "CreateEndpoint": ENDPOINT_FIELDS,
        "UpdateEndpoint": UPDATE_FIELDS,
        "UpdateEndpointWeightsAndCapacities": WEIGHT_FIELDS,
    }

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._configs = endpoints.configs

    # configurations

    def create_endpoint_config(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        refuse_declared(request, CONFIG_FIELDS)
        _refuse_capture(request)
        variants = [_variant(variant) for variant in request["ProductionVariants"]]
        with validation_errors():
            config = self._configs.create(
                request["EndpointConfigName"],
                variants,
                _config_description(request),
                tags=tags_of(request),
                region=ctx.region,
            )
        return {"EndpointConfigArn": config.arn}

    def describe_endpoint_config(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with validation_errors():
            config = self._configs.describe(request["EndpointConfigName"], region=ctx.region)
        return {**config.request, "EndpointConfigArn": config.arn, "CreationTime": config.created_at}

    def list_endpoint_configs(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        return listed(request, self._configs.list, "EndpointConfigs", _config_summary)

    def delete_endpoint_config(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with validation_errors():
            self._configs.delete(request["EndpointConfigName"], region=ctx.region)
        return {}

    # endpoints

    def create_endpoint(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with validation_errors():
            endpoint = self._endpoints.create(
                request["EndpointName"],
                request["EndpointConfigName"],
                tags=tags_of(request),
                region=ctx.region,
            )
        return {"EndpointArn": endpoint.arn}

    def describe_endpoint(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with validation_errors():
            endpoint = self._endpoints.describe(request["EndpointName"], region=ctx.region)
        answer: dict[str, Any] = {
            "EndpointName": endpoint.name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": endpoint.config_name,
            "EndpointStatus": endpoint.status,
            "CreationTime": endpoint.created_at,
            "LastModifiedTime": endpoint.updated_at,
        }
        if endpoint.failure_reason:
            answer["FailureReason"] = endpoint.failure_reason
        ready = self._ready_counts(endpoint)
        if endpoint.serving:
            answer["ProductionVariants"] = _summaries(endpoint.serving, ready, "Updating")
        if endpoint.pending and endpoint.serving:
            answer["PendingDeploymentSummary"] = {
                "EndpointConfigName": endpoint.pending.config_name,
                "ProductionVariants": _summaries(endpoint.pending, ready, "Creating"),
                "StartTime": endpoint.pending.started_at,
            }
        return answer

    def list_endpoints(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        return listed(request, self._endpoints.list, "Endpoints", _endpoint_summary)

    def update_endpoint(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        retain = bool(request.get("RetainAllVariantProperties"))
        excluded = {
            item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties") or ()
        }
        with validation_errors():
            endpoint = self._endpoints.update(
                request["EndpointName"],
                request["EndpointConfigName"],
                retain_weights=retain and "DesiredWeight" not in excluded,
                retain_instance_counts=retain and "DesiredInstanceCount" not in excluded,
                region=ctx.region,
            )
        return {"EndpointArn": endpoint.arn}

    def update_endpoint_weights_and_capacities(
        self, ctx: RequestContext, request: dict[str, Any]
    ) -> dict[str, Any]:
        changes = [
            VariantChange(item["VariantName"], item.get("DesiredWeight"), item.get("DesiredInstanceCount"))
            for item in request["DesiredWeightsAndCapacities"]
        ]
        with validation_errors():
            endpoint = self._endpoints.change_variants(request["EndpointName"], changes, region=ctx.region)
        return {"EndpointArn": endpoint.arn}

    def delete_endpoint(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with validation_errors():
            self._endpoints.delete(request["EndpointName"], region=ctx.region)
        return {}

    def _ready_counts(self, endpoint: Endpoint) -> Counter[tuple[str, str]]:
        return Counter(
            (instance.deployment_id, instance.variant_name)
            for instance in self._endpoints.instances(endpoint)
            if instance.phase == "ready"
        )


def _config_summary(config: EndpointConfig) -> dict[str, Any]:
    return {
        "EndpointConfigName": config.name,
        "EndpointConfigArn": config.arn,
        "CreationTime": config.created_at,
    }


def _endpoint_summary(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "CreationTime": endpoint.created_at,
        "LastModifiedTime": endpoint.updated_at,
        "EndpointStatus": endpoint.status,
    }


def _refuse_capture(request: Mapping[str, Any]) -> None:
    capture = request.get("DataCaptureConfig")
    if capture and capture.get("EnableCapture", True):
        raise Invalid(
            "DataCaptureConfig.EnableCapture: Trigpoint does not store requests and replies; set it to false, or "
            "remove DataCaptureConfig"
        )


def _variant(definition: Mapping[str, Any]) -> Variant:
    if not definition.get("ModelName"):
        raise Invalid(
            f"Production variant {definition['VariantName']} has no ModelName; Trigpoint has no inference "
            "components, so give a ModelName."
        )
    return Variant(
        name=definition["VariantName"],
        model_name=definition["ModelName"],
        instance_count=definition.get("InitialInstanceCount", 1),
        weight=float(definition.get("InitialVariantWeight", 1.0)),
        startup_timeout_s=definition.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_TIMEOUT_S),
    )


def _config_description(request: Mapping[str, Any]) -> dict[str, Any]:
    variants = [{"InitialVariantWeight": 1.0, **variant} for variant in request["ProductionVariants"]]
    return without_tags(request) | {"ProductionVariants": variants}


def _summaries(
    deployment: Deployment, ready: Counter[tuple[str, str]], until_ready: str
) -> list[dict[str, Any]]:
    return [
        _summary(deployment, variant, ready[deployment.id, variant.name], until_ready)
        for variant in deployment.variants
    ]


def _summary(
    deployment: Deployment, variant: DeployedVariant, ready: int, until_ready: str
) -> dict[str, Any]:
    """Decision: VariantStatus is there only while current and desired instance count differ."""
    image = variant.container.image
    status = {} if ready == variant.instance_count else {"VariantStatus": [{"Status": until_ready}]}
    return status | {
        "VariantName": variant.name,
        "DeployedImages": [
            {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": deployment.started_at}
        ],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        "CurrentInstanceCount": ready,
        "DesiredInstanceCount": variant.instance_count,
    }
