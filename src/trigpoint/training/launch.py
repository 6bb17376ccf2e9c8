"""What does the algorithm find when it starts: directories, configuration files, environment, command.

Source: training.md 4.1-4.4. The directory of the instance is laid out like /opt/ml.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from trigpoint.compute.runner import MeasuredAs, ProcessSpec
from trigpoint.core.json_file import write_json
from trigpoint.settings import Settings
from trigpoint.training.model import Channel, TrainingJob
from trigpoint.training.progress import forget

HOST: Final = "algo-1"
INSTANCE_SPEC: Final = "instance.json"
USAGE_NAMESPACE: Final = "/aws/sagemaker/TrainingJobs"

AlgorithmCommand = Callable[[str, Path], list[str]]
"""The command that trains (algorithm, /opt/ml directory)."""


def builtin_command(algorithm: str, opt_ml: Path) -> list[str]:
    """The command of a built-in algorithm."""
    return [sys.executable, "-m", "trigpoint.algorithms", "train", algorithm, "--opt-ml", str(opt_ml)]


@dataclass(frozen=True, slots=True)
class JobFolder:
    """Where the files of one job's instance lie."""

    root: Path

    @property
    def opt_ml(self) -> Path:
        """What the algorithm knows as /opt/ml."""
        return self.root / HOST

    def log(self, launched_at: datetime) -> Path:
        """The log of the instance that was launched then; it outlives the job."""
        return self.root / f"{log_name(launched_at)}.log"

    @property
    def scratch(self) -> Path:
        """For files that are gone with the process that makes them."""
        return self.root / "scratch"


def log_name(launched_at: datetime) -> str:
    """What the log stream is called behind the job's name. Source: training.md 4.8."""
    return f"{HOST}-{int(launched_at.timestamp())}"


def folder_of(settings: Settings, job_name: str) -> JobFolder:
    return JobFolder(settings.jobs_dir / "training" / job_name)


def prepare(job: TrainingJob, folder: JobFolder, settings: Settings, command: AlgorithmCommand) -> None:
    """Makes the instance's directory anew, with everything that the algorithm finds in it at its start."""
    opt_ml = folder.opt_ml
    for left in (
        opt_ml,
        folder.scratch,
    ):  # by a server that was killed here, or by a deleted job of this name
        shutil.rmtree(left, ignore_errors=True)
    forget(folder.root)
    for part in ("input/config", "input/data", "model", "output/data", "code"):
        (opt_ml / part).mkdir(parents=True)
    folder.scratch.mkdir()
    for name, content in config_files(job).items():
        (opt_ml / "input" / "config" / name).write_text(json.dumps(content))
    folder.root.chmod(0o700)
    write_json(folder.root / INSTANCE_SPEC, instance_spec(job, folder, settings, command))


def process_spec(folder: JobFolder, launched_at: datetime) -> ProcessSpec:
    """The process of the instance."""
    return ProcessSpec(
        argv=[
            sys.executable,
            "-m",
            "trigpoint.training.instance",
            "--spec",
            str(folder.root / INSTANCE_SPEC),
        ],
        directory=folder.root,
        env={"PYTHONUNBUFFERED": "1"},
        log_path=folder.log(launched_at),
        measured_as=MeasuredAs.host(USAGE_NAMESPACE, f"{folder.root.name}/{HOST}"),
    )


def instance_spec(
    job: TrainingJob, folder: JobFolder, settings: Settings, command: AlgorithmCommand
) -> dict[str, Any]:
    """What the instance is told, see training.instance."""
    return {
        "job_name": job.name,
        "folder": str(folder.root),
        "channels": [asdict(channel) for channel in job.spec.channels],
        "argv": command(job.spec.algorithm, folder.opt_ml),
        "environment": environment(job, settings),
        "needs_torch": command is builtin_command,
        "max_runtime_s": job.spec.max_runtime_s,
        "settings": {
            "data_dir": str(settings.data_dir),
            "database_url": settings.database_url,
            "region": settings.region,
            "account_id": settings.account_id,
        },
    }


def environment(job: TrainingJob, settings: Settings) -> dict[str, str]:
    """The variables that the algorithm gets beside those of the server; the request's own come first."""
    return {
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        **job.spec.environment,
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
    }


def config_files(job: TrainingJob) -> Mapping[str, Any]:
    """The files of /opt/ml/input/config, by name."""
    return {
        "hyperparameters.json": dict(job.spec.hyperparameters),
        "inputdataconfig.json": {channel.name: _channel_config(channel) for channel in job.spec.channels},
        "resourceconfig.json": _resource_config(job.spec.instance_type),
    }


def _channel_config(channel: Channel) -> dict[str, str]:
    content_type = {} if channel.content_type is None else {"ContentType": channel.content_type}
    return {
        **content_type,
        "TrainingInputMode": channel.input_mode,
        "S3DistributionType": channel.distribution,
        "RecordWrapperType": channel.record_wrapper,
    }


def _resource_config(instance_type: str) -> dict[str, Any]:
    group = "homogeneousCluster"
    return {
        "current_host": HOST,
        "hosts": [HOST],
        "network_interface_name": "eth0",
        "current_instance_type": instance_type,
        "current_group_name": group,
        "instance_groups": [{"instance_group_name": group, "instance_type": instance_type, "hosts": [HOST]}],
    }
