"""Where the first values of the form of a training job come from: an address, or another job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.builtin import ALGORITHMS
from trigpoint.compute.image_uris import builtin_algorithm
from trigpoint.server.console.pairs import write_pairs, write_tags
from trigpoint.server.console.training.channels import MOST_CHANNELS, channel_values
from trigpoint.server.console.training.form import OWN_CODE, TrainingForm, training_form
from trigpoint.server.console.training.hyperparameters import as_typed
from trigpoint.server.console.training.own_code import values_of_job

_FIRST_CHANNEL = {"c0_name": "train", "c0_type": "S3Prefix"}


def values_of_query(query: Mapping[str, str]) -> dict[str, str]:
    """The first values, from the address: `name`, `input`, `validation`, `attribute`, `samples`, `classes`, `output`."""
    values = {"channels": "1", **_FIRST_CHANNEL, "input_mode": "File"}
    algorithm = ALGORITHMS.get(query.get("algorithm", ""))
    source = query.get("attribute", "")
    places = [
        (name, query[key])
        for name, key in (("train", "input"), ("validation", "validation"))
        if query.get(key)
    ]
    for number, (name, uri) in enumerate(places):
        values |= {f"c{number}_name": name, f"c{number}_uri": uri}
        if source or uri.endswith((".manifest", ".jsonl")):
            shown = algorithm.attributes[0] if algorithm is not None else "source-ref"
            attributes = f"{shown}, {source}" if source else ""
            values |= {
                f"c{number}_type": "AugmentedManifestFile",
                f"c{number}_attributes": attributes,
                f"c{number}_wrapper": "RecordIO",
                f"c{number}_content": "application/x-recordio",
            }
            values["input_mode"] = "Pipe"
    values["channels"] = str(max(1, len(places)))
    if source and places:
        values["c0_seed"] = "1"
    named = {
        "name": "name",
        "output": "output",
        "hp_num_training_samples": "samples",
        "hp_num_classes": "classes",
    }
    values |= {name: query[key] for name, key in named.items() if query.get(key)}
    if algorithm is not None and query.get("multi") and algorithm.name == "image-classification":
        values["hp_multi_label"] = "True"
    samples = query.get("samples", "")
    if samples.isdecimal() and len(samples) < 10:
        values["hp_mini_batch_size"] = str(max(1, min(32, int(samples) // 4)))
    return values


def form_of_job(job: Mapping[str, Any], name: str) -> TrainingForm:
    """The form of a job like another, under another name. `job` is the result of DescribeTrainingJob."""
    specification = job["AlgorithmSpecification"]
    image = specification.get("TrainingImage") or specification.get("AlgorithmName") or ""
    algorithm = builtin_algorithm(image) or OWN_CODE
    resources, stop = job["ResourceConfig"], job.get("StoppingCondition") or {}
    checkpoints = job.get("CheckpointConfig") or {}
    channels: Sequence[Mapping[str, Any]] = job.get("InputDataConfig") or ()
    given = job.get("HyperParameters") or {}
    values = {
        "name": name,
        "image": image,
        "input_mode": specification["TrainingInputMode"],
        "instance_type": resources.get("InstanceType", ""),
        "instance_count": str(resources.get("InstanceCount", "")),
        "volume": str(resources.get("VolumeSizeInGB", "")),
        "output": job["OutputDataConfig"]["S3OutputPath"],
        "compression": job["OutputDataConfig"].get("CompressionType", "GZIP"),
        "checkpoints": checkpoints.get("S3Uri", ""),
        "checkpoints_path": checkpoints.get("LocalPath", ""),
        "retries": str((job.get("RetryStrategy") or {}).get("MaximumRetryAttempts", "")),
        "tags": write_tags(job.get("Tags") or ()),
        "spot": "1" if job.get("EnableManagedSpotTraining") else "",
        "max_runtime": _hours_text(stop.get("MaxRuntimeInSeconds")),
        "max_wait": _hours_text(stop.get("MaxWaitTimeInSeconds")),
        "environment": write_pairs(job.get("Environment") or {}),
        "channels": str(max(1, min(len(channels), MOST_CHANNELS))),
        **channel_values(channels),
    }
    if algorithm == OWN_CODE:
        values |= values_of_job(specification, given)
    else:
        values |= as_typed(ALGORITHMS[algorithm], given)
    return training_form(algorithm, values)


def _hours_text(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds / 3600:.6g}"
