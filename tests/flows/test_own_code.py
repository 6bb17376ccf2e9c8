"""People's own code on a real server: scripts as the SDKs send them, hostile ones, and registered programs.

All jobs are started first and run side by side; the tests look at how they ended.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from botocore.exceptions import ClientError

from helpers import own_code
from helpers.own_code import BUCKET, PYTORCH, REGISTERED, ended, log_of, model_of
from helpers.processes import wait_for
from helpers.server_process import ServerProcess, run_command
from trigpoint.own_code.room import protection

pytestmark = pytest.mark.skipif(
    protection().kind != "namespaces", reason=f"needs Linux namespaces: {protection().why}"
)

ECHO = """
import argparse, json, os
import sagemaker_containers
from sagemaker_training import environment
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--name")
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
given = parser.parse_args()
for epoch in range(given.epochs):
    print(f"loss={1 / (epoch + 1)};")
import boto3
found = {
    "name": given.name,
    "epochs": sagemaker_containers.training_env().hyperparameters["epochs"],
    "channels": environment.Environment().channel_input_dirs,
    "environment": dict(os.environ),
    "data": open(os.environ["SM_CHANNEL_TRAIN"] + "/a.txt").read(),
    "identity": boto3.client("sts").get_caller_identity()["Arn"],
}
json.dump(found, open(given.model_dir + "/found.json", "w"))
open(os.environ["SM_OUTPUT_DATA_DIR"] + "/notes.txt", "w").write("done")
"""

BURGLAR = """
import json, os, signal, socket
def attempt(action):
    try:
        return str(action())
    except BaseException as problem:
        return type(problem).__name__
data, server = os.environ["DATA"], int(os.environ["SERVER"])
found = {
    "key": attempt(lambda: open(data + "/secret.key").read()),
    "database": attempt(lambda: open(data + "/trigpoint.db", "rb").read(16)),
    "jobs": attempt(lambda: os.listdir(data + "/jobs")),
    "kill": attempt(lambda: os.kill(server, signal.SIGTERM)),
    "root": attempt(lambda: os.setuid(0)),
    "processes": sum(name.isdigit() for name in os.listdir("/proc")),
    "network": attempt(lambda: socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), 2).close()),
    "keys": "AWS_SECRET_ACCESS_KEY" in os.environ,
}
if found["keys"]:
    import boto3
    s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
    source = "{}/source/sourcedir.tar.gz"
    found["own"] = attempt(lambda: s3.head_object(Bucket="own-code", Key=source.format("burglar"))["ContentLength"] > 0)
    found["other"] = attempt(lambda: s3.head_object(Bucket="own-code", Key=source.format("echo")))
    found["model"] = attempt(lambda: s3.get_object(Bucket="own-code", Key="echo/output/model.tar.gz"))
    found["listing"] = attempt(lambda: s3.list_objects_v2(Bucket="own-code"))
    found["write"] = attempt(lambda: s3.put_object(Bucket="own-code", Key="echo/output/model.tar.gz", Body=b""))
    found["describe"] = attempt(lambda: sagemaker.describe_training_job(TrainingJobName="echo"))
json.dump(found, open("/opt/ml/model/found.json", "w"))
"""

FORKS = """
import os, time
for number in range(2000):
    if os.fork() == 0:
        time.sleep(600)
time.sleep(600)
"""

FILLS = """
import os, time
with open("/opt/ml/model/large", "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 1200 * 2**20)
time.sleep(600)
"""

MEMORY = """
import time
held = [bytearray(b"1") * (1 << 20) for number in range(1024)]
time.sleep(600)
"""

OVERSLEEPS = """
import subprocess, signal, time
signal.signal(signal.SIGTERM, lambda *_: (open("/opt/ml/model/saved", "w").write("in time"), exit(0)))
subprocess.Popen(["sleep", "600"], start_new_session=True)
time.sleep(600)
"""

USES_PACKAGE = "import tp_extra; open('/opt/ml/model/answer', 'w').write(str(tp_extra.ANSWER))"

INFERENCE = """
import os
from sagemaker_containers.beta.framework import encoders, worker
from sagemaker_inference import decoder, errors
def input_fn(body, content_type, context):
    assert context.get_request_header(0, "Content-Type") == content_type
    return decoder.decode(body, content_type)
def output_fn(prediction, accept):
    return worker.Response(encoders.encode(prediction, accept), mimetype=accept)
def model_fn(model_dir, context):
    assert context.system_properties["model_dir"] == model_dir
    return float(open(os.path.join(model_dir, "factor")).read())
def predict_fn(data, model):
    if data.ravel()[0] < 0:
        raise ValueError("below zero")
    if data.ravel()[0] > 1000:
        raise errors.GenericInferenceToolkitError(422, "above 1000")
    return data * model
"""

BROKEN_INFERENCE = "def model_fn(model_dir):\n    raise RuntimeError('no such weights')\n"

HOSTS = """
import os, socket
host = os.environ["SM_CURRENT_HOST"]
addresses = [socket.gethostbyname(each) for each in ("algo-1", "algo-2")]
open(f"/opt/ml/model/{host}", "w").write(" ".join([*addresses, os.environ.get("MASTER_ADDR", "")]))
"""


def wheel() -> bytes:
    """A package of one module, as pip installs it without an index."""
    out = io.BytesIO()
    about = "Metadata-Version: 2.1\nName: tp-extra\nVersion: 1.0\n"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("tp_extra.py", "ANSWER = 42\n")
        archive.writestr("tp_extra-1.0.dist-info/METADATA", about)
        archive.writestr(
            "tp_extra-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tp_extra-1.0.dist-info/RECORD", "")
    return out.getvalue()


def channel(mode: str = "File") -> list[dict[str, Any]]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/"}
    return [{"ChannelName": "train", "InputMode": mode, "DataSource": {"S3DataSource": source}}]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server on which all jobs of this module were started."""
    folder = tmp_path_factory.mktemp("own")
    limits = {"TRIGPOINT_MAX_JOB_PROCESSES": "100", "TRIGPOINT_MAX_JOB_MEMORY_MB": "600"}
    server = ServerProcess(folder / "data", variables=limits).start()
    start_jobs(server, folder)
    yield server
    server.stop()


def start_jobs(server: ServerProcess, folder: Path) -> None:
    s3 = server.aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="data/a.txt", Body=b"apple")
    program = folder / "program" / "run.sh"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "loss=7;"; cp /opt/ml/input/data/train/a.txt "/opt/ml/model/$1"\n')
    program.chmod(0o755)
    for words in (
        ["add", REGISTERED, "--python", str(Path(sys.prefix))],
        ["add", "own/program", "--command", str(program)],
    ):
        done = run_command("image", *words, "--data", str(server.data_dir))
        assert done.returncode == 0, done.stderr

    def start(name: str, code: str, **more: Any) -> None:
        files = {"train.py": code, **more.pop("files", {})}
        own_code.start(server, name, files, **more)

    loss = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*?);"}]}
    image = PYTORCH.format("training")
    more: dict[str, Any] = {"image": image, "channels": channel(), "algorithm": loss}
    start("echo", ECHO, hyperparameters={"epochs": 2, "name": "a b"}, **more)
    start("fails", "def half():\n    return 1 / 0\nhalf()\n")
    assert server.child is not None
    spied = {
        "DATA": str(server.data_dir),
        "SERVER": str(server.child.pid),
        "PORT": server.url.rpartition(":")[2],
    }
    start("burglar", BURGLAR, Environment=spied)
    start("isolated", BURGLAR, Environment=spied, EnableNetworkIsolation=True)
    start("forks", FORKS)
    start("fills", FILLS, volume_gb=1)
    start("memory", MEMORY)
    start("oversleeps", OVERSLEEPS, max_runtime_s=8)
    offline = {"PIP_NO_INDEX": "1"}
    local = {
        "requirements.txt": "./tp_extra-1.0-py3-none-any.whl\n",
        "tp_extra-1.0-py3-none-any.whl": wheel(),
    }
    for name in ("requires-1", "requires-2"):
        start(name, USES_PACKAGE, files=local, Environment=offline)
    nested = {"requirements.txt": "-r parts/more.txt\n", "parts/more.txt": "# ours\nno-such-thing==9\n"}
    start("broken", "", files=nested, Environment=offline)
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
        "PIP_CONFIG_FILE": "/dev/null",
    }
    start("offline", "", files={"requirements.txt": "no-such-thing==9\n"}, Environment=nowhere)
    start("hosts", HOSTS, count=2)
    start(
        "shell",
        "",
        files={"go.sh": 'echo "$@" > $SM_MODEL_DIR/words'},
        program="go.sh",
        hyperparameters={"a": "b c"},
    )
    start("nothing", "", program="absent.py")
    piped = "open('/opt/ml/model/read', 'wb').write(open('/opt/ml/input/data/train_0', 'rb').read())"
    start("piped", piped, channels=channel("Pipe"))
    fast = "open('/opt/ml/model/read', 'wb').write(open('/opt/ml/input/data/train/a.txt', 'rb').read())"
    start("fast", fast, channels=channel("FastFile"))
    start("program", "", image="own/program:3", channels=channel(), algorithm=loss)
    entry = {
        "ContainerEntrypoint": ["/bin/bash"],
        "ContainerArguments": [
            "-c",
            "pip --version > /opt/ml/model/pip; command -v torchrun > /opt/ml/model/torchrun",
        ],
    }
    start("entry", "", algorithm=entry)
    host(server, "scales", {"factor": "3", "code/inference.py": INFERENCE}, isolated=True)
    host(server, "cannot", {"factor": "3", "code/inference.py": BROKEN_INFERENCE})


def host(server: ServerProcess, name: str, files: dict[str, str], *, isolated: bool = False) -> None:
    """Creates a model and an endpoint of it, as PyTorchModel(...).deploy() does."""
    sagemaker = server.aws("sagemaker")
    server.aws("s3").put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=own_code.packed(files))
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=own_code.ROLE,
        EnableNetworkIsolation=isolated,
        PrimaryContainer={
            "Image": REGISTERED,
            "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz",
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        },
    )
    variant = {
        "VariantName": "all",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def deployed(server: ServerProcess, name: str) -> dict[str, Any]:
    """The endpoint when it is no longer being created."""
    sagemaker = server.aws("sagemaker")

    def described() -> dict[str, Any]:
        found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=name)
        return found

    wait_for(lambda: described()["EndpointStatus"] != "Creating", f"the endpoint {name}", 90)
    return described()


def found(server: ServerProcess, name: str, file: str = "found.json") -> Any:
    job = ended(server, name)
    assert job["TrainingJobStatus"] == "Completed", (
        job.get("FailureReason", "") + log_of(server, name)[-3000:]
    )
    content = model_of(server, name)[file].decode()
    return json.loads(content) if file.endswith(".json") else content


def reason(server: ServerProcess, name: str) -> str:
    job = ended(server, name)
    assert job["TrainingJobStatus"] == "Failed", job
    return str(job["FailureReason"])


def test_a_script_gets_what_the_training_toolkit_gives_it(world: ServerProcess) -> None:
    seen = found(world, "echo")
    assert (seen["name"], seen["data"]) == ("a b", "apple")
    assert (seen["epochs"], seen["channels"]) == (2, {"train": "/opt/ml/input/data/train"})
    assert seen["identity"].endswith(":assumed-role/Any/SageMaker")
    variables = seen["environment"]
    assert variables["SM_HPS"] == '{"epochs":2,"name":"a b"}'
    assert (variables["SM_HP_EPOCHS"], variables["SM_MODEL_DIR"]) == ("2", "/opt/ml/model")
    assert not [name for name in variables if name.startswith("TRIGPOINT_")]
    job = ended(world, "echo")
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("loss", 0.5)]
    log = log_of(world, "echo")
    assert "The image asks for PyTorch 2.1.0; PyTorch " in log
    assert "Linux namespaces of its own" in log


def test_a_failing_script_is_reported_with_its_line(world: ServerProcess) -> None:
    text = reason(world, "fails")
    assert text.startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n")
    assert 'ErrorMessage "ZeroDivisionError: division by zero (train.py, line 2, in half)"' in text
    assert text.endswith(", exit code: 1")


def test_a_script_cannot_reach_what_is_not_its_own(world: ServerProcess) -> None:
    seen = found(world, "burglar")
    assert {seen["key"], seen["database"], seen["jobs"]} == {"FileNotFoundError"}
    assert (seen["kill"], seen["root"]) == ("ProcessLookupError", "PermissionError")
    assert (seen["network"], seen["keys"]) == ("None", True)
    assert seen["processes"] < 10
    assert seen["own"] == "True"
    refusals = {seen[each] for each in ("other", "model", "listing", "write", "describe")}
    assert refusals <= {"ClientError", "AccessDenied"}  # some versions of botocore have a class for it
    alone = found(world, "isolated")
    assert (alone["network"], alone["keys"]) == ("ConnectionRefusedError", False)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("forks", "TRIGPOINT_MAX_JOB_PROCESSES"),
        ("fills", "the limit is 1 GB, which VolumeSizeInGB"),
        ("memory", "TRIGPOINT_MAX_JOB_MEMORY_MB"),
    ],
)
def test_a_script_that_exceeds_a_limit_is_stopped_and_the_limit_named(
    world: ServerProcess, name: str, limit: str
) -> None:
    assert limit in reason(world, name)


def test_a_script_that_hangs_is_stopped_when_its_time_is_up_and_keeps_its_model(world: ServerProcess) -> None:
    job = ended(world, "oversleeps")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded"), job
    assert model_of(world, "oversleeps") == {"saved": b"in time"}


def test_requirements_are_installed_once_for_the_same_content(world: ServerProcess) -> None:
    assert [found(world, name, "answer") for name in ("requires-1", "requires-2")] == ["42", "42"]
    logs = [log_of(world, name) for name in ("requires-1", "requires-2")]
    assert sorted("Installing requirements.txt" in log for log in logs) == [False, True], logs


def test_requirements_that_cannot_be_installed_are_named(world: ServerProcess) -> None:
    broken = reason(world, "broken")
    assert broken.startswith(
        "AlgorithmError: InstallRequirementsError: parts/more.txt, line 2 ('no-such-thing==9'): "
    )
    assert "no package index can be reached" in reason(world, "offline")


def test_the_code_that_is_missing_is_named(world: ServerProcess) -> None:
    assert "the script 'absent.py' is not in the code, which has: train.py" in reason(world, "nothing")


def test_shell_scripts_and_entry_points_run(world: ServerProcess) -> None:
    assert found(world, "shell", "words") == "-a b c\n"
    assert found(world, "entry", "pip").startswith("pip ")
    assert found(world, "entry", "torchrun") == "/opt/trigpoint/environment/bin/torchrun\n"


@pytest.mark.parametrize("name", ["piped", "fast"])
def test_every_input_mode_reaches_the_script(world: ServerProcess, name: str) -> None:
    assert found(world, name, "read") == "apple"


def test_several_instances_know_each_other(world: ServerProcess) -> None:
    assert found(world, "hosts", "algo-1").split()[:2] == ["127.0.0.1", "127.0.0.1"]
    assert found(world, "hosts", "algo-2")


def test_a_registered_program_follows_the_container_contract(world: ServerProcess) -> None:
    assert found(world, "program", "train") == "apple"
    job = ended(world, "program")
    assert [each["Value"] for each in job["FinalMetricDataList"]] == [7.0]
    data = ("--data", str(world.data_dir))
    assert "own/program" in run_command("image", "list", *data).stdout
    assert run_command("image", "remove", "own/program", *data).returncode == 0
    assert "own/program" not in run_command("image", "list", *data).stdout
    for words, why in (
        (("remove", "own/program"), "no image 'own/program' is registered"),
        (("add", "own/other"), "give --command"),
        (("add", "own/other", "--command", "/no/such/file"), "there is no such file"),
        (("add", "own/other", "--python", "/no/such/folder"), "does not run"),
    ):
        refused = run_command("image", *words, *data)
        assert refused.returncode != 0
        assert why in refused.stderr


def test_a_model_is_served_with_functions_of_its_own_and_defaults(world: ServerProcess) -> None:
    assert deployed(world, "scales")["EndpointStatus"] == "InService"
    runtime = world.aws("sagemaker-runtime")

    def answer(body: bytes, content_type: str, accept: str = "") -> bytes:
        more = {"Accept": accept} if accept else {}
        reply = runtime.invoke_endpoint(EndpointName="scales", Body=body, ContentType=content_type, **more)
        content: bytes = reply["Body"].read()
        return content

    assert json.loads(answer(b"[[1, 2], [3, 4]]", "application/json")) == [[3, 6], [9, 12]]
    assert answer(b"1,2\n3,4\n", "text/csv", "text/csv") == b"3.0,6.0\n9.0,12.0\n"
    array = io.BytesIO()
    numpy.save(array, numpy.array([[1.5]]))
    back = numpy.load(io.BytesIO(answer(array.getvalue(), "application/x-npy", "application/x-npy")))
    assert back.tolist() == [[4.5]]
    for body, kind, status, text in (
        (b"[[-1]]", "application/json", 500, "see its log"),
        (b"[[1001]]", "application/json", 422, "above 1000"),
        (b"{", "application/json", 400, "The body is not application/json"),
        (b"x", "image/png", 415, "image/png is not supported"),
    ):
        with pytest.raises(ClientError) as refused:
            answer(body, kind)
        assert refused.value.response["OriginalStatusCode"] == status
        assert text in str(refused.value)


def test_a_model_that_cannot_be_loaded_fails_its_endpoint_with_the_reason(world: ServerProcess) -> None:
    endpoint = deployed(world, "cannot")
    assert endpoint["EndpointStatus"] == "Failed"
    assert "RuntimeError: no such weights" in endpoint["FailureReason"]


def test_a_model_of_its_own_transforms_objects(world: ServerProcess) -> None:
    sagemaker, s3 = world.aws("sagemaker"), world.aws("s3")
    s3.put_object(Bucket=BUCKET, Key="lines/a.csv", Body=b"1\n2\n")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/lines/"}}
    sagemaker.create_transform_job(
        TransformJobName="scales",
        ModelName="scales",
        TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/scaled",
            "AssembleWith": "Line",
            "Accept": "text/csv",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        BatchStrategy="SingleRecord",
    )

    def described() -> dict[str, Any]:
        found: dict[str, Any] = sagemaker.describe_transform_job(TransformJobName="scales")
        return found

    wait_for(lambda: described()["TransformJobStatus"] != "InProgress", "the transform", 90)
    assert described()["TransformJobStatus"] == "Completed", described()
    assert s3.get_object(Bucket=BUCKET, Key="scaled/a.csv.out")["Body"].read().split() == [b"3.0", b"6.0"]
