"""The training and transform jobs of a round: ordinary jobs, which DescribeTrainingJob and its like show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trigpoint.autolabel.learners import Learner
from trigpoint.autolabel.tree import inference_uri, training_uri
from trigpoint.compute.image_uris import builtin_image
from trigpoint.hosting.records import ContainerDefinition
from trigpoint.hosting.transform.model import TransformSpec
from trigpoint.labeling.algorithm_specs import ALGORITHM_OF
from trigpoint.labeling.model import Job
from trigpoint.own_code.model import OwnProgram
from trigpoint.training.model import Channel, TrainingSpec

LONGEST_TRAINING_S: Final = 86_400
CONCURRENT: Final = 4
"""Requests of a transform job at the same time: one is computed while others are read and written."""

TRAINING_INSTANCE: Final = {
    "image-classification": "ml.p3.2xlarge",
    "text-classification": "ml.c5.2xlarge",
    "object-detection": "ml.p3.2xlarge",
    "semantic-segmentation": "ml.p3.2xlarge",
}
TRANSFORM_INSTANCE: Final = {
    "image-classification": "ml.c5.xlarge",
    "text-classification": "ml.m4.xlarge",
    "object-detection": "ml.c5.4xlarge",
    "semantic-segmentation": "ml.p3.2xlarge",
}
"""What the jobs are described with; they run on this machine. Source: ground-truth.md 5.5."""

_MOST_NAME_CHARACTERS = 36


def round_name(job: Job, number: int) -> str:
    """The name of the round's training job and of its model; transform jobs add a suffix."""
    return f"{job.name[:_MOST_NAME_CHARACTERS].rstrip('-')}-{job.id[:8].lower()}-{number}"


def training_spec(
    job: Job, learner: Learner, number: int, settings: Mapping[str, str], own: OwnProgram | None
) -> TrainingSpec:
    """The training of a round with these hyperparameters. own: the program of the learner's image, if it has one."""
    extra = {} if own is None else {"label_attribute": job.spec.label_attribute}
    return TrainingSpec(
        algorithm=learner.algorithm if own is None else "",
        channels=tuple(_channel(job, learner, number, name) for name in ("train", "validation")),
        hyperparameters={**settings, **extra},
        environment={},
        own=own,
        role_arn="" if own is None else job.spec.role_arn,
        output_uri=training_uri(job, number, "model"),
        compress_output=True,
        instance_type=TRAINING_INSTANCE[_kind(job)],
        max_runtime_s=LONGEST_TRAINING_S,
    )


def _channel(job: Job, learner: Learner, number: int, name: str) -> Channel:
    """A channel of the training. Programs of requesters get the manifest itself, as a file."""
    uri = training_uri(job, number, "data", f"{name}.manifest")
    if learner.image:
        return Channel(name, "S3Prefix", uri, "File", content_type="application/jsonlines")
    return Channel(
        name,
        "AugmentedManifestFile",
        uri,
        "Pipe",
        attributes=(learner.source, job.spec.label_attribute),
        content_type="application/x-recordio",
        record_wrapper="RecordIO",
    )


def training_request(job: Job, spec: TrainingSpec, name: str, region: str) -> dict[str, Any]:
    """The request that would create the same training, for descriptions."""
    return {
        "TrainingJobName": name,
        "LabelingJobArn": job.arn,
        "AlgorithmSpecification": {
            "TrainingImage": spec.own.image if spec.own else builtin_image(spec.algorithm, region),
            "TrainingInputMode": spec.channels[0].input_mode,
        },
        "RoleArn": job.spec.role_arn,
        "HyperParameters": dict(spec.hyperparameters),
        "InputDataConfig": [
            {
                "ChannelName": each.name,
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": each.data_type,
                        "S3Uri": each.uri,
                        "S3DataDistributionType": each.distribution,
                        **({"AttributeNames": list(each.attributes)} if each.attributes else {}),
                    }
                },
                "ContentType": each.content_type,
                "CompressionType": "None",
                "RecordWrapperType": each.record_wrapper,
                "InputMode": each.input_mode,
            }
            for each in spec.channels
        ],
        "OutputDataConfig": {"S3OutputPath": spec.output_uri},
        "ResourceConfig": {"InstanceType": spec.instance_type, "InstanceCount": 1, "VolumeSizeInGB": 50},
        "StoppingCondition": {"MaxRuntimeInSeconds": spec.max_runtime_s},
    }


def container_of(learner: Learner, model_uri: str, region: str) -> ContainerDefinition:
    """The container of the round's model."""
    return ContainerDefinition(learner.image or builtin_image(learner.algorithm, region), model_uri)


def model_request(job: Job, container: ContainerDefinition, name: str) -> dict[str, Any]:
    """The CreateModel request, for descriptions."""
    return {
        "ModelName": name,
        "PrimaryContainer": {"Image": container.image, "ModelDataUrl": container.data_uri},
        "ExecutionRoleArn": job.spec.role_arn,
    }


def transform_spec(
    job: Job,
    container: ContainerDefinition,
    algorithm: str,
    model_name: str,
    number: int,
    folder: str,
    learner: Learner,
) -> TransformSpec:
    """The transform of one input of the round."""
    name = "input.manifest" if learner.manifest else "texts.jsonl"
    return TransformSpec(
        model_name=model_name,
        container=container,
        algorithm=algorithm,
        input_uri=inference_uri(job, number, folder, "input", name),
        output_uri=inference_uri(job, number, folder, "output"),
        manifest=learner.manifest,
        content_type=learner.content_type,
        accept=learner.accept,
        split_type="None" if learner.manifest else "Line",
        assemble_with="None" if learner.manifest else "Line",
        max_concurrent=CONCURRENT if learner.manifest else 1,
        strategy=None if learner.manifest else "MultiRecord",
    )


def transform_request(job: Job, spec: TransformSpec, name: str) -> Mapping[str, Any]:
    """The request that would create the same transform, for descriptions."""
    kind = "ManifestFile" if spec.manifest else "S3Prefix"
    return {
        "TransformJobName": name,
        "ModelName": spec.model_name,
        "LabelingJobArn": job.arn,
        "MaxConcurrentTransforms": spec.max_concurrent,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": kind, "S3Uri": spec.input_uri}},
            "ContentType": spec.content_type,
            "SplitType": spec.split_type,
        },
        "TransformOutput": {
            "S3OutputPath": spec.output_uri,
            "Accept": spec.accept,
            "AssembleWith": spec.assemble_with,
        },
        "TransformResources": {"InstanceType": TRANSFORM_INSTANCE[_kind(job)], "InstanceCount": 1},
    }


def _kind(job: Job) -> str:
    return ALGORITHM_OF[job.task_type]
