"""CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration, GetFunction, ListFunctions, DeleteFunction."""

from __future__ import annotations

from typing import Any, ClassVar

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.core.paging import decode_position, encode_token
from trigpoint.functions.code import MAX_ZIP_BYTES, sha256_of
from trigpoint.functions.model import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_S, FunctionKind
from trigpoint.functions.registry import PAGE, Functions
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import s3_uri
from trigpoint.remote import RemoteUnavailable
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, PartlyServedField, RefusedField, refuse_declared
from trigpoint.services.lambda_.fields import (
    CONFIGURATION,
    QUALIFIER,
    SHOWN,
    Request,
    checked_runtime,
    configuration,
    function_name,
)

_NO_IMAGES = "container images are not run; upload a zip archive"
_ONE_VERSION = IgnoredField("a function has one version, $LATEST, which every change changes")
_NOT_VERSIONED = IgnoredField("objects have no versions")


class FunctionOperations:
    """Translates between the wire and the registry of functions."""

    FIELDS: ClassVar[Fields] = {
        "CreateFunction": {
            **CONFIGURATION,
            "Code.S3ObjectVersion": _NOT_VERSIONED,
            "Code.S3ObjectStorageMode": IgnoredField("the archive is copied"),
            "Code.ImageUri": RefusedField(
                _NO_IMAGES, "111122223333.dkr.ecr.us-east-1.amazonaws.com/function:1"
            ),
            "Code.SourceKMSKeyArn": IgnoredField("there is no key service"),
            "PackageType": PartlyServedField(f"only Zip: {_NO_IMAGES}", refused="Image"),
            "Publish": _ONE_VERSION,
            "PublishTo": _ONE_VERSION,
            "CodeSigningConfigArn": IgnoredField("signatures of code are not checked"),
            "TenancyConfig": RefusedField("functions have no tenants"),
        },
        "UpdateFunctionCode": {
            "S3ObjectVersion": _NOT_VERSIONED,
            "S3ObjectStorageMode": IgnoredField("the archive is copied"),
            "ImageUri": RefusedField(_NO_IMAGES, "111122223333.dkr.ecr.us-east-1.amazonaws.com/function:1"),
            "Architectures": IgnoredField("functions run on the machine of the server"),
            "Publish": _ONE_VERSION,
            "PublishTo": _ONE_VERSION,
            "SourceKMSKeyArn": IgnoredField("there is no key service"),
        },
        "UpdateFunctionConfiguration": CONFIGURATION,
        "GetFunction": {"Qualifier": QUALIFIER},
        "GetFunctionConfiguration": {"Qualifier": QUALIFIER},
        "DeleteFunction": {"Qualifier": QUALIFIER},
        "ListFunctions": {
            "MasterRegion": IgnoredField("there is one Region"),
            "FunctionVersion": _ONE_VERSION,
        },
    }

    def __init__(self, functions: Functions, objects: ObjectStore) -> None:
        self._functions = functions
        self._objects = objects

    def create_function(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        refuse_declared(request, self.FIELDS["CreateFunction"])
        if request.get("PackageType", "Zip") != "Zip":
            raise Invalid(f"PackageType {request['PackageType']}: {_NO_IMAGES}")
        runtime = checked_runtime(request)
        archive = self._archive(request["Code"], "Code.")
        if archive is None:
            raise Invalid("Code must have ZipFile, or S3Bucket and S3Key")
        made = self._functions.add(
            FunctionKind.PACKAGE,
            function_name(request),
            tags=request.get("Tags") or {},
            archive=archive,
            handler=request.get("Handler") or "",
            runtime=runtime,
            role_arn=request["Role"],
            description=request.get("Description") or "",
            timeout_s=request.get("Timeout") or DEFAULT_TIMEOUT_S,
            memory_mb=request.get("MemorySize") or DEFAULT_MEMORY_MB,
            environment=(request.get("Environment") or {}).get("Variables") or {},
            shown=_shown(request),
        )
        return configuration(made, self._functions)

    def update_function_code(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        refuse_declared(request, self.FIELDS["UpdateFunctionCode"])
        name = function_name(request)
        function = self._functions.get(name)
        archive = self._archive(request, "")
        if archive is None:
            raise Invalid("Please provide a source for function code: ZipFile, or S3Bucket and S3Key")
        if request.get("DryRun"):
            return {
                **configuration(function, self._functions),
                "CodeSha256": sha256_of(archive),
                "CodeSize": len(archive),
            }
        changed = self._functions.change(name, revision=request.get("RevisionId"), archive=archive)
        return configuration(changed, self._functions)

    def update_function_configuration(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        refuse_declared(request, self.FIELDS["UpdateFunctionConfiguration"])
        fields: dict[str, Any] = {}
        if request.get("Runtime"):
            fields["runtime"] = checked_runtime(request)
        for name, field in (
            ("Role", "role_arn"),
            ("Handler", "handler"),
            ("Description", "description"),
            ("Timeout", "timeout_s"),
            ("MemorySize", "memory_mb"),
        ):
            if request.get(name) is not None:
                fields[field] = request[name]
        if request.get("Environment") is not None:
            fields["environment"] = request["Environment"].get("Variables") or {}
        name = function_name(request)
        before = self._functions.get(name)
        changed = self._functions.change(
            name, revision=request.get("RevisionId"), shown={**before.shown, **_shown(request)}, **fields
        )
        return configuration(changed, self._functions)

    def get_function(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        """The configuration. Decision: without a link to the archive, which is not kept."""
        function = self._functions.get(function_name(request))
        found: dict[str, Any] = {
            "Configuration": configuration(function, self._functions),
            "Code": {"RepositoryType": "S3"},
        }
        tags = self._functions.tags(function.name)
        return {**found, "Tags": tags} if tags else found

    def get_function_configuration(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        return configuration(self._functions.get(function_name(request)), self._functions)

    def list_functions(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        """One page, by name; functions that the operator registered belong to it."""
        limit = min(request.get("MaxItems") or PAGE, PAGE)
        marker = request.get("Marker")
        after: str = decode_position(marker, {"name": str})[0] if marker else ""
        found = self._functions.list(after, limit + 1)
        page: dict[str, Any] = {
            "Functions": [configuration(function, self._functions) for function in found[:limit]]
        }
        if len(found) > limit:
            page["NextMarker"] = encode_token({"name": found[limit - 1].name})
        return page

    def delete_function(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        self._functions.remove(function_name(request))
        return {"StatusCode": 204}

    def list_tags(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        function = self._functions.get(function_name({"FunctionName": request["Resource"]}))
        return {"Tags": self._functions.tags(function.name)}

    def _archive(self, code: Request, path: str) -> bytes | None:
        """The zip archive of the request, read from S3 if it is there.

        Raises: Invalid: it cannot be read, or is too large.
        """
        archive: bytes | None = code.get("ZipFile")
        if archive is not None or not (code.get("S3Bucket") and code.get("S3Key")):
            return archive
        uri = s3_uri(code["S3Bucket"], code["S3Key"])
        try:
            if self._objects.head_uri(uri).size_bytes > MAX_ZIP_BYTES:
                raise Invalid(f"it has more than {MAX_ZIP_BYTES} bytes (50 MiB)")
            return self._objects.read_uri(uri)
        except RemoteUnavailable:
            raise
        except TrigpointError as problem:
            raise Invalid(f"{path}S3Key: {uri} cannot be read: {problem.message}") from None


def _shown(request: Request) -> dict[str, Any]:
    """The fields that are only shown again, as the service model has them in a configuration."""
    return {name: request[name] for name in SHOWN if request.get(name)}
