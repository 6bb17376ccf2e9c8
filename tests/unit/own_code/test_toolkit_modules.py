"""The modules of SageMaker's toolkits that scripts import, found by scripts in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from trigpoint.own_code.overlay import make_overlay, packages_in
from trigpoint.own_code.pythons import base_python
from trigpoint.own_code.room import TOOLKIT

TRAINS = """
import json, sys
import sagemaker_containers
from sagemaker_containers.beta.framework import (
    content_types, encoders, env, errors, modules, transformer, worker)
from sagemaker_training import environment, logging_config
import sagemaker_training.environment
from sagemaker_training.environment import Environment

job, same = sagemaker_containers.training_env(), Environment()
assert job.to_cmd_args() == ["--epochs", "2"] == sys.argv[1:]
assert job.to_env_vars()["SM_HP_EPOCHS"] == "2"
assert (same.hosts, same.channel_input_dirs) == (job.hosts, job.channel_input_dirs)
assert Environment(hyperparameters={"epochs": "3"}).hyperparameters == {"epochs": 3}
assert env.TrainingEnv().is_master and not same.is_hetero
assert environment.read_hyperparameters()["epochs"] == 2
assert env.ServingEnv().module_name == "train"
logging_config.get_logger().info("a line of the script")
response = worker.Response(encoders.encode([[1, 2]], content_types.CSV), mimetype="text/csv")
try:
    encoders.decode(b"", "image/png")
except errors.UnsupportedFormatError as problem:
    refused = str(problem)
try:
    modules.run_module
except AttributeError as problem:
    missing = str(problem)
found = [job.hyperparameters, job.channel_input_dirs, response.get_data(as_text=True), refused, missing]
json.dump(found, open(job.model_dir + "/found.json", "w"))
"""

PREDICTS = """
import json, sys
import numpy
from sagemaker_inference import content_types, decoder, default_inference_handler, encoder, errors, utils
from sagemaker_inference.environment import Environment
from sagemaker_pytorch_serving_container.default_pytorch_inference_handler import DefaultPytorchInferenceHandler
from sagemaker_pytorch_serving_container import default_inference_handler as older
from sagemaker_sklearn_container import serving

assert Environment().module_name == "train" and content_types.JSON in encoder.SUPPORTED_CONTENT_TYPES
assert utils.parse_accept("text/csv, */*;q=0.1") == ["text/csv", "*/*"]
assert decoder.decode(encoder.encode(numpy.eye(2), content_types.NPY), content_types.NPY).tolist() == [[1, 0], [0, 1]]


class Handler(default_inference_handler.DefaultInferenceHandler):
    def default_predict_fn(self, data, model, context=None):
        return data * model


handler, ours = Handler(), older.DefaultPytorchInferenceHandler()
rows = handler.default_input_fn("1,2\\n3,4\\n", "text/csv; charset=utf-8")
found = [handler.default_output_fn(handler.default_predict_fn(rows, 2), "application/json")]
found.append(serving.default_output_fn(serving.default_input_fn("[[1, 2]]", "application/json"), "text/csv").get_data())

def refuse():
    raise errors.GenericInferenceToolkitError(422, "no face")

for action in (
    lambda: decoder.decode("{", "application/json"),
    lambda: encoder.encode([1], "image/png"),
    refuse,
):
    try:
        action()
    except (errors.UnsupportedFormatError, errors.ClientError, errors.BaseInferenceToolkitError) as problem:
        found.append([problem.status, problem.message])
found[1] = found[1].decode()
json.dump(found, open("../model/found.json", "w"))
"""

OWN = "import sagemaker_training\nopen('../model/found.json', 'w').write(str(sagemaker_training.ANSWER))\n"


def ran(folder: Path, script: str, installed: dict[str, str] | None = None) -> Any:
    """What the script wrote, which ran as the script of a job."""
    done = finished(folder, script, installed)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "ml" / "model" / "found.json").read_text())


def finished(
    folder: Path, script: str, installed: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The toolkit after it ran the script."""
    ml, base = folder / "ml", base_python()
    for part in ("code", "model", "output", "input/config"):
        (ml / part).mkdir(parents=True)
    (ml / "code" / "train.py").write_text(script)
    channels = {"train": {"TrainingInputMode": "File"}}
    resources = {"current_host": "algo-1", "hosts": ["algo-1"]}
    for name, content in (
        ("hyperparameters", {"epochs": "2", "sagemaker_program": '"train.py"'}),
        ("inputdataconfig", channels),
        ("resourceconfig", resources),
    ):
        (ml / "input" / "config" / f"{name}.json").write_text(json.dumps(content))
    make_overlay(folder / "python", base, [*base.sites, str(TOOLKIT)])
    for name, text in (installed or {}).items():
        (folder / "python" / packages_in(base) / name).write_text(text)
    return subprocess.run(
        [folder / "python" / "bin" / "python", TOOLKIT, "train"],
        env={"PATH": os.defpath, "SAGEMAKER_BASE_DIR": str(ml), "SAGEMAKER_PROGRAM": "train.py"},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def test_a_training_script_finds_its_environment_and_encoders(tmp_path: Path) -> None:
    hyperparameters, channels, body, refused, missing = ran(tmp_path, TRAINS)
    assert hyperparameters == {"epochs": 2}
    assert channels == {"train": f"{tmp_path}/ml/input/data/train"}
    assert body == "1,2\n"
    assert refused.startswith("Content type image/png is not supported")
    assert missing.startswith("modules.run_module is not provided here; write sagemaker-containers into")


def test_an_inference_script_finds_decoders_handlers_and_errors(tmp_path: Path) -> None:
    assert ran(tmp_path, PREDICTS) == [
        "[[2.0, 4.0], [6.0, 8.0]]",
        "1.0,2.0\n",
        [
            400,
            "The body is not application/json: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1)",
        ],
        [406, "Accept image/png is not supported by this model; it has no output_fn for it"],
        [422, "no face"],
    ]


@pytest.mark.parametrize("where", ["installed", "code"])
def test_a_module_of_the_scripts_own_comes_first(tmp_path: Path, where: str) -> None:
    module = "ANSWER = 42\n"
    if where == "installed":
        assert ran(tmp_path, OWN, {"sagemaker_training.py": module}) == 42
    else:
        script = f"open('sagemaker_training.py', 'w').write({module!r})\n{OWN}"
        assert ran(tmp_path, script) == 42


def test_a_script_that_removes_everything_and_one_without_a_model_are_told_so(tmp_path: Path) -> None:
    removes = "import os, shutil; shutil.rmtree(os.environ['SAGEMAKER_BASE_DIR']); {}"
    done = finished(tmp_path / "well", removes.format(""))
    assert (done.returncode, "has written no file to" in done.stdout) == (0, True), done.stderr
    done = finished(tmp_path / "badly", removes.format("os.kill(os.getpid(), 11)"))
    assert done.returncode == 139
    assert "killed by signal 11" in (tmp_path / "badly" / "ml" / "output" / "failure").read_text()
