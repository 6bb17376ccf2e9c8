"""Fields of models, endpoint configurations and endpoints that have no effect or are refused, and why."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.services.coverage import Coverage, IgnoredField, PartlyServedField, RefusedField

_NO_KEYS = IgnoredField("there is no key service; encrypt the disk")
_OWN_NETWORK = IgnoredField("model servers listen on the server's own machine only")
_OWN_RIGHTS = IgnoredField("model servers run with the rights of the server")
_ISOLATED = IgnoredField("the built-in algorithms open no connection")
_ONE_MACHINE = IgnoredField("each instance is a process of the server's machine")
_NO_PACKAGES = RefusedField(
    "there are no model packages", "arn:aws:sagemaker:us-east-1:111122223333:model-package/p"
)
_NO_HUB = RefusedField("there is no model hub")
_NO_MULTI = RefusedField("a container serves one model; make a model for each")

_CONTAINER: Mapping[str, Coverage] = {
    "Image": PartlyServedField(
        "images of the built-in algorithms, of PyTorch and scikit-learn, and registered ones; all others where docker or "
        "podman runs",
        refused="123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1",
    ),
    "ImageConfig": IgnoredField("no image is pulled"),
    "Mode": PartlyServedField("SingleModel", refused="MultiModel"),
    "ModelDataSource.S3DataSource.ModelAccessConfig": IgnoredField(
        "no model requires the acceptance of a licence"
    ),
    "ModelDataSource.S3DataSource.HubAccessConfig": _NO_HUB,
    "ModelDataSource.S3DataSource.ManifestS3Uri": RefusedField("give the prefix itself", "s3://b/manifest"),
    "ModelDataSource.S3DataSource.ETag": RefusedField("versions of model data are not compared", "abc"),
    "ModelDataSource.S3DataSource.ManifestEtag": RefusedField(
        "versions of model data are not compared", "abc"
    ),
    "AdditionalModelDataSources": _NO_MULTI,
    "ModelPackageName": _NO_PACKAGES,
    "InferenceSpecificationName": RefusedField("there are no model packages", "specification"),
    "MultiModelConfig": _NO_MULTI,
    "ContainerMetricsConfig": IgnoredField("the built-in algorithms publish no metrics of their own"),
}
MODEL_FIELDS: Mapping[str, Coverage] = {
    **{f"PrimaryContainer.{path}": coverage for path, coverage in _CONTAINER.items()},
    **{f"Containers[].{path}": coverage for path, coverage in _CONTAINER.items()},
    "InferenceExecutionConfig": IgnoredField("a model has one container, so there is no order of containers"),
    "ExecutionRoleArn": _OWN_RIGHTS,
    "VpcConfig": _OWN_NETWORK,
}

_ASYNC = {"OutputConfig": {"S3OutputPath": "s3://lab/async"}}
_EXPLAINER = {"ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": "1"}}}}
_VARIANT: Mapping[str, Coverage] = {
    "InstanceType": _ONE_MACHINE,
    "InstancePools": RefusedField("each instance is a process of the server's machine"),
    "VariantInstanceProvisionTimeoutInSeconds": _ONE_MACHINE,
    "AcceleratorType": _ONE_MACHINE,
    "CoreDumpConfig": IgnoredField("model servers leave no core dumps"),
    "ServerlessConfig": IgnoredField("served by one process that always runs"),
    "VolumeSizeInGB": IgnoredField("model data may use the disk of the data directory"),
    "ModelDataDownloadTimeoutInSeconds": IgnoredField("model data are copied from the local object store"),
    "EnableSSMAccess": _ONE_MACHINE,
    "ManagedInstanceScaling": IgnoredField("the number of instances does not change by itself"),
    "RoutingConfig": IgnoredField("instances take turns"),
    "InferenceAmiVersion": _ONE_MACHINE,
    "CapacityReservationConfig": _ONE_MACHINE,
    "AcceleratorPartitionLayouts": _ONE_MACHINE,
}
CONFIG_FIELDS: Mapping[str, Coverage] = {
    **{f"ProductionVariants[].{path}": coverage for path, coverage in _VARIANT.items()},
    "DataCaptureConfig.EnableCapture": PartlyServedField(
        "false: requests and replies are not stored", refused=True
    ),
    **{
        f"DataCaptureConfig.{name}": IgnoredField("requests and replies are not stored")
        for name in (
            "InitialSamplingPercentage",
            "DestinationS3Uri",
            "KmsKeyId",
            "CaptureOptions",
            "CaptureContentTypeHeader",
        )
    },
    "KmsKeyId": _NO_KEYS,
    "AsyncInferenceConfig": RefusedField(
        "endpoints reply at once; use a transform job for many objects", _ASYNC
    ),
    "ExplainerConfig": RefusedField("there is no explainer", _EXPLAINER),
    "ShadowProductionVariants": RefusedField("each request goes to one production variant"),
    "ExecutionRoleArn": _OWN_RIGHTS,
    "VpcConfig": _OWN_NETWORK,
    "EnableNetworkIsolation": _ISOLATED,
    "MetricsConfig": IgnoredField("metrics are always published in the same way"),
    "CrossRegionTrafficConfig": IgnoredField("there is one Region"),
}

_ALL_AT_ONCE = IgnoredField(
    "an update replaces all instances when the new ones are ready, and rolls back if not"
)
ENDPOINT_FIELDS: Mapping[str, Coverage] = {"DeploymentConfig": _ALL_AT_ONCE}
UPDATE_FIELDS: Mapping[str, Coverage] = {
    "DeploymentConfig": _ALL_AT_ONCE,
    "RetainDeploymentConfig": _ALL_AT_ONCE,
}
WEIGHT_FIELDS: Mapping[str, Coverage] = {
    "DesiredWeightsAndCapacities[].ServerlessUpdateConfig": IgnoredField(
        "served by processes that always run"
    )
}
