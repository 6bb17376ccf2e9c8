"""InvokeEndpoint: the SageMaker runtime."""

from __future__ import annotations

from typing import Any, ClassVar

from trigpoint.core.arn import Arn
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.hosting.endpoint_loop import LOG_GROUP
from trigpoint.hosting.endpoints import Endpoints
from trigpoint.hosting.invocation import InvokeReply, ModelFailed, NoInstanceReady
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, RefusedField
from trigpoint.wire.errors import AwsError

MAX_BODY_BYTES = 6_291_456
MAX_QUOTED_CHARACTERS = 1024


class RuntimeOperations:
    """Operations on serving endpoints."""

    FIELDS: ClassVar[Fields] = {
        "InvokeEndpoint": {
            "TargetModel": RefusedField("endpoints serve single models", "model.tar.gz"),
            "TargetContainerHostname": RefusedField("endpoints serve single models", "first"),
            "InferenceComponentName": RefusedField("there are no inference components", "component"),
            "InferenceId": IgnoredField("data capture is not served"),
            "EnableExplanations": IgnoredField("there is no explainer"),
            "SessionId": IgnoredField("the built-in algorithms keep no sessions"),
            "PrefixAwareId": IgnoredField("a request goes to any instance of the variant"),
        }
    }

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    def invoke_endpoint(self, ctx: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        body: bytes = request.get("Body") or b""
        if len(body) > MAX_BODY_BYTES:
            raise AwsError(
                "ValidationError",
                "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have "
                f"length less than or equal to {MAX_BODY_BYTES}",
            )
        for name in ("TargetModel", "TargetContainerHostname", "InferenceComponentName"):
            if request.get(name):
                raise AwsError(
                    "ValidationError",
                    f"{name} was given, but the endpoint {request['EndpointName']} serves single models.",
                )
        return _to_wire(self._invoke(ctx, request, body))

    def _invoke(self, ctx: RequestContext, request: dict[str, Any], body: bytes) -> InvokeReply:
        try:
            return self._endpoints.invoke(
                request["EndpointName"],
                body,
                content_type=request.get("ContentType"),
                accept=request.get("Accept"),
                custom_attributes=request.get("CustomAttributes"),
                target_variant=request.get("TargetVariant"),
            )
        except (NotFound, Invalid) as error:
            raise AwsError("ValidationError", error.message) from error
        except NoInstanceReady as error:
            raise AwsError("ServiceUnavailable", error.message, 503) from error
        except ModelFailed as error:
            raise _model_error(ctx, request["EndpointName"], error) from error


def _to_wire(reply: InvokeReply) -> dict[str, Any]:
    wire: dict[str, Any] = {"Body": reply.body, "InvokedProductionVariant": reply.variant}
    if reply.content_type:
        wire["ContentType"] = reply.content_type
    if reply.custom_attributes:
        wire["CustomAttributes"] = reply.custom_attributes
    return wire


def _model_error(ctx: RequestContext, endpoint_name: str, error: ModelFailed) -> AwsError:
    """The ModelError of InvokeEndpoint. Source: training.md 8.3."""
    group = LOG_GROUP.format(name=endpoint_name)
    kind = "client" if 400 <= error.status < 500 else "server"
    console = f"https://{ctx.region}.console.aws.amazon.com/cloudwatch/home?region={ctx.region}"
    message = (
        f"Received {kind} error ({error.status}) from {error.hostname} with message "
        f'"{error.message[:MAX_QUOTED_CHARACTERS]}". See {console}#logEventViewer:group={group} in account '
        f"{ctx.account_id} for more information."
    )
    stream = f"log-group:{group}:log-stream:{error.log_stream}"
    fields = {
        "OriginalStatusCode": error.status,
        "OriginalMessage": error.message,
        "LogStreamArn": str(Arn("logs", ctx.region, ctx.account_id, stream)),
    }
    return AwsError("ModelError", message, 424, fields)
