"""The SageMaker Python SDK in versions 1, 2 and 3, and the AWS CLI, against a running server.

TRIGPOINT_SDK_ENVS names the folder of their environments: missing ones are created there with uv (700 MB in
all), existing ones are used again. Without the variable these tests are skipped. The scripts mostly sleep
between two polls, so they all run at the same time.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.labeled_sets import draw
from helpers.server_process import ServerProcess, env_of, run_command

ENVIRONMENTS = {
    "v1": ["sagemaker==1.72.1", "protobuf<3.21", "pandas", "setuptools<81"],
    "v2": ["sagemaker==2.257.7"],
    "v3": ["sagemaker==3.27.0"],
    "cli": ["awscli"],
}
OURS = {"v1.py": "v1", "v2.py": "v2", "v3.py": "v3", "own_sklearn.py": "v2", "cli.sh": ""}
SHARED = {
    "f05_sdk2": "v2",
    "f06_sdk1": "v1",
    "f07_sdk3": "v3",
    "f08_cli": "",
    "f09_wire": "",
    "f10_sdk_sts": "v2",
}
DOCUMENTED = ["Version 1", "Version 2", "Version 3", "own 1", "own 2", "own 3"]
"""Headings of docs/sdk.md, and with `own` of docs/own-code.md."""
LIMIT_S = 1200
pytestmark = pytest.mark.timeout(LIMIT_S)  # the first test waits for all the others' scripts too
ROLE = "arn:aws:iam::111122223333:role/Any"
SCRIPTS = Path(__file__).with_name("sdk")
HYPERPARAMETERS = {
    "base_network": "resnet-10",  # the lightest: what is tested is the client
    "use_pretrained_model": "0",
    "num_classes": "1",
    "mini_batch_size": "4",
    "epochs": "1",
    "learning_rate": "0.001",
    "image_shape": "300",
    "num_training_samples": "8",
}


@pytest.fixture(scope="module")
def environments() -> dict[str, Path]:
    """The folder of each environment."""
    named = os.environ.get("TRIGPOINT_SDK_ENVS")
    if not named:
        pytest.skip("TRIGPOINT_SDK_ENVS does not name a folder for the SDK's environments")
    if shutil.which("uv") is None:
        pytest.skip("uv is not installed, which makes the SDK's environments")
    root = Path(named).resolve()
    root.mkdir(parents=True, exist_ok=True)
    return {name: made(root / name, packages) for name, packages in ENVIRONMENTS.items()}


def made(folder: Path, packages: list[str]) -> Path:
    """The environment with these packages. If several processes want it, one of them creates it."""
    done, wanted = folder / "trigpoint-packages", "\n".join(packages)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != wanted:
            run("uv", "venv", "--quiet", "--clear", "--python", sys.executable, folder, folder=folder.parent)
            run(
                "uv",
                "pip",
                "install",
                "--quiet",
                "--python",
                folder / "bin" / "python",
                *packages,
                folder=folder,
            )
            done.write_text(wanted)
    return folder


def run(*command: str | Path, folder: Path) -> None:
    # not in the checkout, because uv would apply its pins
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True, slots=True)
class World:
    """A server with pictures, manifests and a trained job, and the names that a script needs."""

    server: ServerProcess
    folder: Path
    variables: dict[str, str]
    environments: dict[str, Path]

    def run(
        self, command: list[str | Path], environment: str, *, proxy: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Runs a client in an environment ("": the tests' own). AWS's own hosts are reached through the proxy."""
        binaries = [str(self.environments["cli"] / "bin"), os.environ["PATH"]]
        variables = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SAGEMAKER_"))}
        variables |= exports(self.server, proxy=proxy) | self.variables | {"PATH": os.pathsep.join(binaries)}
        python = self.environments[environment] / "bin" / "python" if environment else Path(sys.executable)
        words = [python if word == "python" else word for word in command]
        return subprocess.run(
            words, env=variables, capture_output=True, text=True, timeout=LIMIT_S, cwd=self.folder
        )


@pytest.fixture(scope="module")
def world(environments: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Eight pictures, two manifests and a trained job on this module's own server."""
    folder = tmp_path_factory.mktemp("sdk")
    server = ServerProcess(folder / "data").start()
    try:
        config = folder / "sdk.yaml"
        config.write_text(
            "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
        )
        variables = {
            "SDK_BUCKET": "sdk-flows",
            "SDK_JOB": "trained",
            "SDK_ROLE": ROLE,
            "SDK_PICTURE": str(put_pictures(server, folder)),
            "SDK_PYTHON": sys.executable,
            "SDK_HYPERPARAMETERS": json.dumps(HYPERPARAMETERS),
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(config),
            "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
            "FLOW_TIMEOUT": "600",
            "FLOW_HP": json.dumps({"base_network": "resnet-10"}),
        }
        train(server)
        yield World(server, folder, variables, environments)
    finally:
        server.stop()


def exports(server: ServerProcess, *, proxy: bool) -> dict[str, str]:
    """The variables that `trigpoint env` sets, with --proxy if wanted."""
    if not proxy:
        return env_of(server.data_dir)
    done = run_command("env", "--data", str(server.data_dir), "--proxy")
    assert done.returncode == 0, done.stderr
    pairs = (line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return {name: value.strip("'") for name, value in pairs}


def put_pictures(server: ServerProcess, folder: Path) -> Path:
    """Puts pictures and manifests into the bucket. Returns one of the pictures."""
    s3 = server.aws("s3")
    s3.create_bucket(Bucket="sdk-flows")
    lines = []
    for number in range(8):
        picture = draw(folder / f"{number}.jpg", (64, 64))
        s3.upload_file(str(picture), "sdk-flows", f"images/{number}.jpg")
        lines.append(
            {
                "source-ref": f"s3://sdk-flows/images/{number}.jpg",
                "box": {
                    "image_size": [{"width": 64, "height": 64, "depth": 3}],
                    "annotations": [{"class_id": 0, "left": 8, "top": 8, "width": 30, "height": 30}],
                },
            }
        )
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    for channel in ("train", "validation"):
        s3.put_object(Bucket="sdk-flows", Key=f"{channel}.manifest", Body=body)
    shutil.copy(folder / "0.jpg", folder / "picture.jpg")  # the name in the documentation
    return folder / "0.jpg"


def train(server: ServerProcess) -> None:
    """Trains the job whose model the scripts serve."""
    sagemaker = server.aws("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName="trained",
        RoleArn=ROLE,
        AlgorithmSpecification={
            "TrainingImage": "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:1",
            "TrainingInputMode": "Pipe",
        },
        HyperParameters=HYPERPARAMETERS,
        InputDataConfig=[channel("train"), channel("validation")],
        OutputDataConfig={"S3OutputPath": "s3://sdk-flows/trained"},
        ResourceConfig={"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    wait = {"Delay": 1, "MaxAttempts": 300}
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="trained", WaiterConfig=wait
    )


def channel(name: str) -> dict[str, Any]:
    source = {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": f"s3://sdk-flows/{name}.manifest",
        "AttributeNames": ["source-ref", "box"],
    }
    return {
        "ChannelName": name,
        "DataSource": {"S3DataSource": source},
        "ContentType": "application/x-recordio",
        "RecordWrapperType": "RecordIO",
    }


class Started:
    """The clients that run at the same time."""

    def __init__(self, world: World, shared: Path | None, wanted: set[str]) -> None:
        self._pool = ThreadPoolExecutor(max_workers=16)
        begin = self._pool.submit
        self._runs = {
            name: begin(world.run, command_of(SCRIPTS / name), environment)
            for name, environment in OURS.items()
            if name in wanted
        }
        for heading in DOCUMENTED:
            if heading in wanted:
                environment = f"v{heading[-1]}"
                self._runs[heading] = begin(
                    world.run, ["python", documented(heading, world.folder)], environment
                )
        for name, environment in SHARED.items():
            if shared is None or name not in wanted:
                continue
            script = shared / "flows" / f"{name}.py"
            proxy = name == "f10_sdk_sts"
            self._runs[name] = begin(world.run, command_of(script), environment, proxy=proxy)

    def wait(self, name: str) -> subprocess.CompletedProcess[str]:
        """Waits for the run and returns its result."""
        return self._runs[name].result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def command_of(script: Path) -> list[str | Path]:
    return ["sh", script] if script.suffix == ".sh" else ["python", script]


def documented(heading: str, folder: Path) -> Path:
    """The code under a heading of a page as a script, with the bucket of this test."""
    page = "own-code.md" if heading.startswith("own ") else "sdk.md"
    if page == "own-code.md":
        script = folder / "code" / "train.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(python_of(page, "The script"))
    done = folder / f"{heading.replace(' ', '-')}.py"
    code = python_of(page, heading.replace("own", "Version"))
    done.write_text(code.replace("my-bucket", "sdk-flows"))
    return done


def python_of(page: str, heading: str) -> str:
    """All the Python under a heading."""
    text = (Path(__file__).resolve().parents[2] / "docs" / page).read_text()
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL))


def shared_folder() -> Path | None:
    named = os.environ.get("TRIGPOINT_SHARED_DATA")
    folder = Path(named).parent if named else Path(__file__).resolve().parents[3] / "shared"
    return folder if (folder / "flows").is_dir() else None


@pytest.fixture(scope="module")
def started(world: World, request: pytest.FixtureRequest) -> Iterator[Started]:
    wanted = {
        item.callspec.params.get("script", "") for item in request.session.items if hasattr(item, "callspec")
    }
    runs = Started(world, shared_folder(), wanted)
    yield runs
    runs.close()


@pytest.mark.parametrize("script", OURS)
def test_a_client_does_what_its_documentation_shows(started: Started, script: str) -> None:
    done = started.wait(script)
    assert done.returncode == 0 and done.stdout.rstrip().endswith("passed"), (
        done.stdout[-6000:] + done.stderr[-6000:]
    )


@pytest.mark.parametrize("script", DOCUMENTED)
def test_the_code_in_the_documentation_runs_as_written(started: Started, script: str) -> None:
    done = started.wait(script)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]


@pytest.mark.parametrize("script", SHARED)
def test_the_shared_flow_of_a_client_passes(started: Started, script: str) -> None:
    if shared_folder() is None:
        pytest.skip("the shared folder is not next to this checkout")
    done = started.wait(script)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]


def test_a_line_of_a_running_job_appears_within_a_second(world: World) -> None:
    sagemaker, logs = world.server.aws("sagemaker"), world.server.aws("logs")
    request = sagemaker.describe_training_job(TrainingJobName="trained")
    sagemaker.create_training_job(
        TrainingJobName="watched",
        RoleArn=ROLE,
        **{
            name: request[name]
            for name in (
                "HyperParameters",
                "InputDataConfig",
                "OutputDataConfig",
                "ResourceConfig",
                "StoppingCondition",
            )
        },
        AlgorithmSpecification={
            name: request["AlgorithmSpecification"][name] for name in ("TrainingImage", "TrainingInputMode")
        },
    )
    late: list[float] = []
    token: dict[str, str] = {}
    group = "/aws/sagemaker/TrainingJobs"
    stream = ""
    while sagemaker.describe_training_job(TrainingJobName="watched")["TrainingJobStatus"] == "InProgress":
        if not stream:
            found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="watched/")[
                "logStreams"
            ]
            stream = found[0]["logStreamName"] if found else ""
        else:
            page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
            late += [time.time() - event["timestamp"] / 1000 for event in page["events"]] if token else []
            token = {"nextToken": page["nextForwardToken"]}
        time.sleep(0.1)
    assert late and max(late) < 1.0, late
