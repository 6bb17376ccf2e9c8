"""The fields of CreateTrainingJob and UpdateTrainingJob that are refused, ignored or served in part."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.services.coverage import Coverage, IgnoredField, PartlyServedField, RefusedField

_OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"
_SOURCE = "InputDataConfig[].DataSource."
_NO_DEBUGGER = "no debugger or profiler runs with a job; the SDKs send this by default"
CREATE_FIELDS: Mapping[str, Coverage] = {
    "AlgorithmSpecification.TrainingImage": PartlyServedField(
        "images of the built-in algorithms, of PyTorch and scikit-learn, and registered ones; all others where docker or "
        "podman runs",
        refused=_OWN_IMAGE,
    ),
    "AlgorithmSpecification.AlgorithmName": PartlyServedField(
        "names of the built-in algorithms; there are no algorithm resources", refused="my-algorithm"
    ),
    "AlgorithmSpecification.MetricDefinitions": PartlyServedField(
        "of people's own code; the built-in algorithms have their own, as on AWS",
        refused=[{"Name": "loss", "Regex": "loss=(.*)"}],
    ),
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": IgnoredField(
        "metrics are always kept as time series"
    ),
    "AlgorithmSpecification.ContainerEntrypoint": PartlyServedField(
        "of people's own code; the built-in algorithms have their own", refused=["sh"]
    ),
    "AlgorithmSpecification.ContainerArguments": PartlyServedField(
        "of people's own code; the built-in algorithms have their own", refused=["-c"]
    ),
    "AlgorithmSpecification.TrainingImageConfig": IgnoredField("no image is pulled"),
    "RoleArn": IgnoredField("its name is in the credentials of people's own code; it grants nothing"),
    _SOURCE + "S3DataSource.S3DataType": PartlyServedField(
        "S3Prefix, ManifestFile and AugmentedManifestFile", refused="Converse"
    ),
    _SOURCE + "S3DataSource.ModelAccessConfig": IgnoredField("no model has a licence that must be accepted"),
    _SOURCE + "S3DataSource.HubAccessConfig": RefusedField("there is no model hub"),
    _SOURCE + "FileSystemDataSource": RefusedField(
        "use `trigpoint bucket link` to show a folder as a bucket",
        {
            "FileSystemId": "fs-12345678",
            "FileSystemAccessMode": "ro",
            "FileSystemType": "EFS",
            "DirectoryPath": "/data",
        },
    ),
    _SOURCE + "DatasetSource": RefusedField("there are no dataset resources"),
    "OutputDataConfig.KmsKeyId": IgnoredField("there is no key service; encrypt the disk"),
    "ResourceConfig.InstanceType": IgnoredField(
        "jobs run on the server's machine; the algorithm sees the name"
    ),
    "ResourceConfig.InstanceCount": PartlyServedField(
        "all run on the server's machine, up to TRIGPOINT_MAX_INSTANCES", refused=1_000_000
    ),
    "ResourceConfig.VolumeKmsKeyId": IgnoredField("there is no key service; encrypt the disk"),
    "ResourceConfig.KeepAlivePeriodInSeconds": IgnoredField("a job starts at once, so nothing is kept warm"),
    "ResourceConfig.TrainingPlanArn": RefusedField(
        "there are no training plans", "arn:aws:sagemaker:us-east-1:111122223333:training-plan/mine"
    ),
    "ResourceConfig.InstancePlacementConfig": RefusedField(
        "jobs run on the server's machine", {"EnableMultipleJobs": True}
    ),
    "ResourceConfig.InstancePreferences": RefusedField("jobs run on the server's machine"),
    "ResourceConfig.SelectedInstanceType": RefusedField("only SageMaker sets this", "ml.m5.large"),
    "ResourceConfig.SelectedInstanceCount": RefusedField("only SageMaker sets this", 1),
    "VpcConfig": IgnoredField("jobs run in the server's own network"),
    "StoppingCondition.MaxPendingTimeInSeconds": IgnoredField("no job waits for capacity"),
    "EnableInterContainerTrafficEncryption": IgnoredField(
        "instances run on one machine and exchange data through its loopback interface"
    ),
    "CheckpointConfig.LocalPath": PartlyServedField(
        "paths below /opt/ml; no files outside belong to a job", refused="/tmp/checkpoints"
    ),
    "DebugHookConfig": IgnoredField(_NO_DEBUGGER),
    "DebugRuleConfigurations": IgnoredField(_NO_DEBUGGER),
    "TensorBoardOutputConfig": IgnoredField("the built-in algorithms write no TensorBoard files, as on AWS"),
    "ExperimentConfig": IgnoredField("there are no experiments; the value is shown again"),
    "ProfilerConfig": IgnoredField(_NO_DEBUGGER),
    "ProfilerRuleConfigurations": IgnoredField(_NO_DEBUGGER),
    "RemoteDebugConfig": IgnoredField("the server's own machine needs no remote access"),
    "InfraCheckConfig": IgnoredField("the server's own machine is not checked"),
    "SessionChainingConfig": IgnoredField("there are no session tags"),
    "ServerlessJobConfig": RefusedField(
        "there are no serverless jobs",
        {
            "JobType": "FineTuning",
            "BaseModelArn": "arn:aws:sagemaker:us-east-1:aws:hub-content/Hub/Model/llama",
        },
    ),
    "MlflowConfig": RefusedField("there is no MLflow server"),
    "ModelPackageConfig": RefusedField("there are no model packages"),
}
UPDATE_FIELDS: Mapping[str, Coverage] = {
    "ProfilerConfig": IgnoredField(_NO_DEBUGGER),
    "ProfilerRuleConfigurations": IgnoredField(_NO_DEBUGGER),
    "ResourceConfig.KeepAlivePeriodInSeconds": IgnoredField("a job starts at once, so nothing is kept warm"),
    "RemoteDebugConfig": IgnoredField("the server's own machine needs no remote access"),
}
