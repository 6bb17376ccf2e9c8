"""Everything that an instance finds when it starts: directories, configuration files, environment, command.

Source: training.md 4.1-4.4. The directory of an instance is laid out like /opt/ml.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from trigpoint.access.session_keys import IssueJobKeys, JobKeys
from trigpoint.compute.group import host_name
from trigpoint.compute.runner import MeasuredAs, ProcessSpec
from trigpoint.core.json_file import read_json, write_json
from trigpoint.core.stored import stored
from trigpoint.own_code.model import OwnProgram
from trigpoint.settings import Settings
from trigpoint.training import rendezvous
from trigpoint.training.model import KIND, Channel, Checkpoints, TrainingJob, TrainingSpec
from trigpoint.training.progress import forget

GRACE_S = 120.0
"""How long an algorithm may run after SIGTERM. Source: training.md 4.1."""

KEYS_BEYOND_S: Final = GRACE_S + 900.0
"""How long the credentials are valid after the longest run: the code saves its model in the grace period."""

INSTANCE_SPEC: Final = "instance.json"
USAGE_NAMESPACE: Final = "/aws/sagemaker/TrainingJobs"

AlgorithmCommand = Callable[[str, Path], list[str]]
"""The command that trains (algorithm, /opt/ml directory)."""


def builtin_command(algorithm: str, opt_ml: Path) -> list[str]:
    """The command of a built-in algorithm."""
    return [sys.executable, "-m", "trigpoint.algorithms", "train", algorithm, "--opt-ml", str(opt_ml)]


@dataclass(frozen=True, slots=True)
class InstanceFolder:
    """The files of one instance; `root` is the folder of its job."""

    root: Path
    number: int = 1

    @property
    def host(self) -> str:
        return host_name(self.number)

    @property
    def opt_ml(self) -> Path:
        """The directory that the algorithm knows as /opt/ml."""
        return self.root / self.host

    @property
    def state(self) -> Path:
        """For the files that server and instance exchange.

        The first instance's are in the job's folder, where instances that an earlier version started have them.
        """
        return self.root if self.number == 1 else self.root / f"{self.host}.state"

    @property
    def scratch(self) -> Path:
        """For temporary files of the instance's process."""
        return self.state / "scratch"

    def local(self, path: str) -> Path:
        """The place of a path below /opt/ml."""
        return self.opt_ml / PurePosixPath(path).relative_to("/opt/ml")

    @property
    def environment(self) -> Path:
        """For the packages that people's own code installs itself."""
        return self.state / "environment"

    def log(self, launched_at: datetime) -> Path:
        """The log of the instance that was launched then; it outlives the job."""
        return self.root / f"{log_name(self.number, launched_at)}.log"


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """What an instance does; written by the server and read by `training.instance`."""

    folder: InstanceFolder
    channels: tuple[Channel, ...]
    argv: list[str]
    environment: Mapping[str, str]
    needs_torch: bool
    max_runtime_s: float
    settings: Settings
    keys: JobKeys | None = None
    checkpoints: Checkpoints | None = None
    own: OwnProgram | None = None

    def write(self) -> None:
        """Writes the spec into the instance's folder."""
        write_json(self.folder.state / INSTANCE_SPEC, msgspec.to_builtins(self, enc_hook=str))

    @classmethod
    def read(cls, path: Path) -> InstanceSpec:
        """The spec in a file."""
        return _spec(read_json(path))


_spec = stored(InstanceSpec)


def log_name(number: int, launched_at: datetime) -> str:
    """The last part of a log stream's name, after the job's. Source: training.md 4.8."""
    return f"{host_name(number)}-{int(launched_at.timestamp())}"


def folder_of(settings: Settings, job_name: str, number: int) -> InstanceFolder:
    """The folder of an instance of a job."""
    return InstanceFolder(settings.jobs_dir / "training" / job_name, number)


def prepare(job: TrainingJob, folder: InstanceFolder) -> None:
    """Makes the instance's directory, empty but for the files that the algorithm finds at its start."""
    opt_ml = folder.opt_ml
    # left by a server that was killed here, or by a deleted job of this name
    for left in (opt_ml, folder.scratch):
        shutil.rmtree(left, ignore_errors=True)
    forget(folder.state)
    for part in ("input/config", "input/data", "model", "output/data", "code"):
        (opt_ml / part).mkdir(parents=True)
    folder.scratch.mkdir(parents=True)
    for name, content in config_files(job, folder.host).items():
        (opt_ml / "input" / "config" / name).write_text(json.dumps(content))
    folder.root.chmod(0o700)


def process_spec(folder: InstanceFolder, launched_at: datetime) -> ProcessSpec:
    """The process of the instance."""
    return ProcessSpec(
        argv=[
            sys.executable,
            "-m",
            "trigpoint.training.instance",
            "--spec",
            str(folder.state / INSTANCE_SPEC),
        ],
        directory=folder.root,
        env={"PYTHONUNBUFFERED": "1"},
        log_path=folder.log(launched_at),
        measured_as=MeasuredAs.host(USAGE_NAMESPACE, f"{folder.root.name}/{folder.host}"),
    )


def instance_spec(
    job: TrainingJob,
    folder: InstanceFolder,
    settings: Settings,
    command: AlgorithmCommand,
    issue_keys: IssueJobKeys,
) -> InstanceSpec:
    """What the instance does, with credentials of the job."""
    role = job.spec.role_arn.rpartition("/")[2] or "SageMakerRole"
    max_runtime_s = max(1.0, job.spec.max_runtime_s - job.ran_s)
    keys = issue_keys(f"{KIND}/{job.id}", f"{role}/SageMaker", int(max_runtime_s + KEYS_BEYOND_S))
    return InstanceSpec(
        folder=folder,
        channels=channels_of(job.spec, folder.host),
        argv=[] if job.spec.own else command(job.spec.algorithm, folder.opt_ml),
        environment=environment(job, settings, folder.root),
        needs_torch=command is builtin_command and job.spec.own is None,
        max_runtime_s=max_runtime_s,
        settings=settings.for_instances(),
        keys=keys,
        checkpoints=job.spec.checkpoints,
        own=job.spec.own,
    )


def channels_of(spec: TrainingSpec, host: str) -> tuple[Channel, ...]:
    """The channels that this host gets, each with the host's shard of it.

    Source: training.md 1.4. The shards are in the order of `hosts` in resourceconfig.json.
    """
    found = []
    for channel in spec.channels:
        hosts = sorted(
            each
            for group, members in spec.hosts_by_group.items()
            if not channel.instance_groups or group.name in channel.instance_groups
            for each in members
        )
        if host in hosts:
            is_sharded = channel.distribution == "ShardedByS3Key"
            shard = (hosts.index(host), len(hosts)) if is_sharded else (0, 1)
            found.append(replace(channel, shard=shard))
    return tuple(found)


def environment(job: TrainingJob, settings: Settings, folder: Path) -> dict[str, str]:
    """The variables that the algorithm gets in addition to the server's; ours overrule the request's, except for those
    with which the instances find each other, and the number of threads.

    folder: the job's.
    """
    return {
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        **rendezvous.environment(folder, job.spec.instance_count),
        **job.spec.environment,
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
        "TRIGPOINT_WEIGHTS": str(settings.weights_dir),
        "TRIGPOINT_FEATURES": str(settings.features_dir),
    }


def config_files(job: TrainingJob, host: str) -> Mapping[str, Any]:
    """The files of /opt/ml/input/config on this host, by name."""
    checkpoints = job.spec.checkpoints
    return {
        "hyperparameters.json": dict(job.spec.hyperparameters),
        "inputdataconfig.json": {
            channel.name: _channel_config(channel) for channel in channels_of(job.spec, host)
        },
        "resourceconfig.json": _resource_config(job.spec, host),
        # the debugger's library reads it
        **(
            {"checkpointconfig.json": {"S3Uri": checkpoints.uri, "LocalPath": checkpoints.local_path}}
            if checkpoints
            else {}
        ),
    }


def _channel_config(channel: Channel) -> dict[str, str]:
    content_type = {} if channel.content_type is None else {"ContentType": channel.content_type}
    return {
        **content_type,
        "TrainingInputMode": channel.input_mode,
        "S3DistributionType": channel.distribution,
        "RecordWrapperType": channel.record_wrapper,
    }


def _resource_config(spec: TrainingSpec, host: str) -> dict[str, Any]:
    groups = spec.hosts_by_group
    mine = next(group for group, hosts in groups.items() if host in hosts)
    return {
        "current_host": host,
        "hosts": sorted(each for hosts in groups.values() for each in hosts),
        # Decision: AWS's is eth0. Scripts pass this name to gloo and NCCL, which must find the interface here.
        "network_interface_name": rendezvous.interface(),
        "current_instance_type": mine.instance_type,
        "current_group_name": mine.name,
        "instance_groups": [
            {
                "instance_group_name": each.name,
                "instance_type": each.instance_type,
                "hosts": list(hosts),
            }
            for each, hosts in groups.items()
        ],
    }
