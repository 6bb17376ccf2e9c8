"""A model of a training job, and the way from it to an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.core.errors import Invalid, LimitExceeded, NotFound
from trigpoint.language import translatable
from trigpoint.server.console.page import PageRequest

MOST_CHARACTERS = 63
TRIES = 50
INSTANCE_TYPE = "ml.m5.large"


def model_request(job: Mapping[str, Any], name: str) -> dict[str, Any]:
    """CreateModel for the artifact of a training job, which is the result of DescribeTrainingJob."""
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    container: dict[str, Any] = {"Image": job["AlgorithmSpecification"]["TrainingImage"]}
    if uri.endswith("/"):
        source = {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}
        container["ModelDataSource"] = {"S3DataSource": source}
    else:
        container["ModelDataUrl"] = uri
    return {"ModelName": name, "ExecutionRoleArn": job["RoleArn"], "PrimaryContainer": container}


def config_request(name: str, model: str, count: int = 1) -> dict[str, Any]:
    """CreateEndpointConfig with one variant."""
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InitialInstanceCount": count,
        "InstanceType": INSTANCE_TYPE,
        "InitialVariantWeight": 1.0,
    }
    return {"EndpointConfigName": name, "ProductionVariants": [variant]}


def deploy(page: PageRequest, job: Mapping[str, Any]) -> str:
    """Creates model, endpoint config and endpoint, or only notes the calls if the page wants them; the endpoint's name.

    All three get the job's name; a name that is taken gets a number.
    """
    name = job["TrainingJobName"]
    model = free_name(page, "DescribeModel", "ModelName", name)
    config = free_name(page, "DescribeEndpointConfig", "EndpointConfigName", name)
    endpoint = free_name(page, "DescribeEndpoint", "EndpointName", name)
    send = page.note if page.wants_call else page.call
    send("sagemaker", "CreateModel", **model_request(job, model))
    send("sagemaker", "CreateEndpointConfig", **config_request(config, model))
    send("sagemaker", "CreateEndpoint", EndpointName=endpoint, EndpointConfigName=config)
    return endpoint


def free_name(page: PageRequest, operation: str, member: str, wanted: str) -> str:
    """The wanted name, or the same with -2, -3, ... if it is taken.

    Raises: LimitExceeded: the first TRIES names are taken.
    """
    for number in range(1, TRIES + 1):
        suffix = "" if number == 1 else f"-{number}"
        name = wanted[: MOST_CHARACTERS - len(suffix)].rstrip("-") + suffix
        if not exists(page, operation, **{member: name}):
            return name
    raise LimitExceeded(translatable("all names from %(name)s on are taken; delete some", name=wanted))


def exists(page: PageRequest, operation: str, **request: Any) -> bool:
    """Whether a Describe operation finds what it is asked for. The page does not offer the call."""
    try:
        page.ask("sagemaker", operation, **request)
    except (Invalid, NotFound):
        return False
    return True
