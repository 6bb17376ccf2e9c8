"""What the toolkit passes to a script, and what it reports when a script fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trigpoint.toolkit.trigpoint_toolkit import run_script, torchrun, training_environment
from trigpoint.toolkit.trigpoint_toolkit.training_environment import to_arguments

TRACEBACK = """loading
Traceback (most recent call last):
  File "/opt/ml/code/train.py", line 9, in <module>
    main()
  File "/opt/ml/code/parts/net.py", line 4, in main
    torch.zeros(-1)
  File "/usr/lib/torch.py", line 7, in zeros
    raise ValueError("a\\nb")
ValueError: a
b
"""


def put(base: Path, hyperparameters: dict[str, str], channels: dict[str, Any]) -> None:
    config = base / "input" / "config"
    config.mkdir(parents=True)
    resources = {
        "current_host": "algo-2",
        "hosts": ["algo-1", "algo-2"],
        "current_instance_type": "ml.m5.large",
    }
    for name, content in (
        ("hyperparameters", hyperparameters),
        ("inputdataconfig", channels),
        ("resourceconfig", resources),
    ):
        (config / f"{name}.json").write_text(json.dumps(content))


def test_variables_and_arguments_are_those_of_the_training_toolkit(tmp_path: Path) -> None:
    given = {
        "sagemaker_program": '"train.py"',
        "sagemaker_submit_directory": '"s3://b/sourcedir.tar.gz"',
        "sagemaker_parameter_server_enabled": "true",
        "learning-rate": "0.10",
        "layers": "[1, 2]",
        "name": '"a b"',
        "plain": "text",
        "empty": "null",
        "k": "true",
    }
    put(tmp_path, given, {"my-data": {"TrainingInputMode": "File"}})
    found = training_environment.read(tmp_path)
    assert found.program == "train.py"
    assert found.arguments == [
        *("--empty", "None", "-k", "True", "--layers", "[1, 2]", "--learning-rate", "0.1", "--name", "a b"),
        *("--plain", "text"),
    ]
    variables = found.variables
    assert variables["SM_HPS"] == (
        '{"empty":null,"k":true,"layers":[1,2],"learning-rate":0.1,"name":"a b","plain":"text"}'
    )
    assert variables["SM_FRAMEWORK_PARAMS"] == '{"sagemaker_parameter_server_enabled":true}'
    assert (variables["SM_HP_LEARNING_RATE"], variables["SM_HP_NAME"], variables["SM_HP_EMPTY"]) == (
        "0.1",
        "a b",
        "",
    )
    assert variables["SM_CHANNEL_MY_DATA"] == f"{tmp_path}/input/data/my-data"
    assert (variables["SM_CHANNELS"], variables["SM_HOSTS"]) == ('["my-data"]', '["algo-1","algo-2"]')
    assert (variables["SM_MODULE_NAME"], variables["SM_MODULE_DIR"]) == ("train", "s3://b/sourcedir.tar.gz")
    whole = json.loads(variables["SM_TRAINING_ENV"])
    assert (whole["is_master"], whole["master_hostname"]) == (False, "algo-1")


def test_arguments_are_sorted_by_name() -> None:
    assert to_arguments({"b": 1, "aa": "x"}) == ["--aa", "x", "-b", "1"]


def test_an_error_is_shown_with_the_innermost_line_of_the_script() -> None:
    found = run_script.error_message(TRACEBACK, Path("/opt/ml/code"))
    assert found == "ValueError: a\nb (parts/net.py, line 4, in main)"


def test_an_error_without_a_traceback_is_shown_by_its_last_lines() -> None:
    assert run_script.error_message("usage: x\n\nerror: no such option\n", Path("/c")).endswith(
        "error: no such option"
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (44, "the script ended with exit code 44 and printed no error"),
        (-9, "the script was killed by signal 9 (SIGKILL); most often the machine had no memory left"),
        (-11, "the script was killed by signal 11 (SIGSEGV)"),
        (-99, "the script was killed by signal 99"),
    ],
)
def test_an_end_without_an_error_is_described(code: int, text: str) -> None:
    assert run_script.ending(code) == text


@pytest.mark.parametrize(
    ("program", "files", "command"),
    [
        ("train.py", ["train.py"], ["PYTHON", "train.py", "--a", "b c"]),
        ("pack/train.py", ["pack/train.py", "setup.py"], ["PYTHON", "-m", "pack.train", "--a", "b c"]),
        ("go.sh", ["go.sh"], ["/bin/sh", "-c", "./go.sh --a 'b c'"]),
    ],
)
def test_scripts_modules_and_shell_scripts_are_called(
    tmp_path: Path, program: str, files: list[str], command: list[str]
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    environment = training_environment.TrainingEnvironment(program, {}, {}, ["--a", "b c"])
    found = run_script.command_of(environment, tmp_path)
    assert [word if word != run_script.sys.executable else "PYTHON" for word in found] == command


@pytest.mark.parametrize("program", ["", "absent.py", "../outside.py"])
def test_a_script_that_is_not_there_is_refused(tmp_path: Path, program: str) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "outside.py").write_text("")
    environment = training_environment.TrainingEnvironment(program, {}, {}, [])
    with pytest.raises(ValueError, match=r"names no script|is not in the code"):
        run_script.command_of(environment, tmp_path / "code")


def test_a_hyperparameter_that_cannot_be_an_argument_is_named(tmp_path: Path) -> None:
    environment = training_environment.TrainingEnvironment("train.py", {"word": "a\0b"}, {}, [])
    with pytest.raises(ValueError, match="the hyperparameter 'word' contains a NUL character"):
        run_script.command_of(environment, tmp_path)


def test_a_distribution_starts_torchrun_on_every_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", "20001")
    variables = {"SM_HOSTS": '["algo-1","algo-2"]', "SM_CURRENT_HOST": "algo-2", "SM_NUM_GPUS": "0"}

    def command(enabled: str) -> list[str]:
        asked = {enabled: True, "sagemaker_instance_type": "ml.m5.large"}
        environment = training_environment.TrainingEnvironment("train.py", {}, variables, ["--a", "1"], asked)
        return run_script.command_of(environment, tmp_path)

    (tmp_path / "train.py").write_text("")
    assert command("sagemaker_torch_distributed_enabled")[1:] == [
        *("-m", "torch.distributed.run", "--nnodes=2", "--node_rank=1", "--nproc_per_node=1"),
        *("--master_addr=127.0.0.1", "--master_port=20001", "train.py", "--a", "1"),
    ]
    with pytest.raises(ValueError, match="sagemaker_mpi_enabled names is not served"):
        command("sagemaker_mpi_enabled")


def test_torchrun_gets_the_port_of_the_job_instead_of_the_fixed_one_of_the_sdk() -> None:
    given = ["--nnodes=2", "--master_port=7777", "train.py", "--port", "7777"]
    assert torchrun.with_port_of_job(given, "20123") == [*given[:1], "--master_port=20123", *given[2:]]
    assert torchrun.with_port_of_job(["--master_port=9000"], "20123") == ["--master_port=9000"]
