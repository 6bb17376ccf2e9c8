"""Runs the script of a training job, and says how it failed.

The reason has the form that SageMaker's toolkit gives it (ExecuteUserScriptError), with the error and the line of the
script in which it happened. Source: training.md 4.4, 4.5.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from . import training_environment
from .training_environment import TrainingEnvironment

TAIL_BYTES = 64 * 1024
MOST_CHARACTERS = 900
"""Of a failure: 1024 are shown, and more than the failure itself has to go in."""

TORCHRUN = {"sagemaker_torch_distributed_enabled", "sagemaker_pytorch_ddp_enabled"}
UNSERVED = {
    "sagemaker_mpi_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_pytorch_xla_multi_worker_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
}
"""Hyperparameters with which the SDK asks for a distribution. Those that are not served are errors, not ignored."""

FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+), in (.*)$')
_SECRETS = re.compile(r"SECRET|PASSWORD|TOKEN|CREDENTIAL|ACCESS_KEY", re.IGNORECASE)


def train() -> int:
    """Runs the job's script; its exit code."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    environment = training_environment.read(base)
    output = base / "output"
    try:
        command = command_of(environment, base / "code")
    except ValueError as problem:
        return _failed(output, str(problem), 1)
    _report(environment, command)
    code, errors = _run(command, base / "code", {**os.environ, **environment.variables})
    if code == 0:
        output.mkdir(parents=True, exist_ok=True)  # the script may have removed it
        (output / "success").write_text("")
        _warn_without_model(environment)
        return 0
    shown = " ".join(command)
    if len(shown) > 200:
        shown = shown[:200] + "..."
    text = "\n".join(
        [
            "ExecuteUserScriptError:",
            f"ExitCode {code}",
            f'ErrorMessage "{error_message(errors, base / "code") or ending(code)}"',
            f'Command "{shown}"',
        ]
    )
    return _failed(output, text, code)


def command_of(environment: TrainingEnvironment, code: Path) -> list[str]:
    """The command that runs the program: a Python script, a module of a package, or a shell script.

    Raises: ValueError: there is no such program, or a hyperparameter that no program can get.
    """
    for name, value in environment.hyperparameters.items():
        if "\0" in f"{name}{value}":
            raise ValueError(
                f"the hyperparameter {name!r} contains a NUL character, which no program can get"
            )
    program = environment.program
    if not program:
        raise ValueError(
            "the request names no script: give entry_point to the estimator, or the hyperparameter sagemaker_program"
        )
    path = code / program
    if ".." in Path(program).parts or not path.is_file():
        found = ", ".join(sorted(each.name for each in code.iterdir())[:10]) or "nothing"
        raise ValueError(f"the script {program!r} is not in the code, which has: {found}")
    if launcher := distribution(environment):
        if not program.endswith(".py"):
            raise ValueError(
                f"the distribution of the request starts Python scripts, and {program!r} is not one"
            )
        return [sys.executable, "-m", "torch.distributed.run", *launcher, program, *environment.arguments]
    if (code / "setup.py").is_file() and program.endswith(".py"):
        module = program[:-3].replace("/", ".")
        return [sys.executable, "-m", module, *environment.arguments]
    if program.endswith(".py"):
        return [sys.executable, program, *environment.arguments]
    path.chmod(0o755)
    return [
        "/bin/sh",
        "-c",
        " ".join([f"./{shlex.quote(program)}", *map(shlex.quote, environment.arguments)]),
    ]


def distribution(environment: TrainingEnvironment) -> list[str]:
    """The arguments of torchrun, if the request asks for processes that work together; empty if not.

    Raises: ValueError: it asks for a way that is not served.
    """
    wanted = {
        name for name, value in environment.framework.items() if value is True and name.endswith("_enabled")
    }
    refused = sorted(wanted & UNSERVED)
    if refused:
        raise ValueError(
            f"the distribution that {refused[0]} names is not served; give distribution={{'torch_distributed': "
            "{'enabled': True}} to the estimator"
        )
    if not wanted & TORCHRUN:
        return []
    hosts = json.loads(environment.variables["SM_HOSTS"])
    processes = max(1, int(environment.variables["SM_NUM_GPUS"]))
    return [
        f"--nnodes={len(hosts)}",
        f"--node_rank={hosts.index(environment.variables['SM_CURRENT_HOST'])}",
        f"--nproc_per_node={processes}",
        f"--master_addr={os.environ.get('MASTER_ADDR', '127.0.0.1')}",
        f"--master_port={os.environ.get('MASTER_PORT', '7777')}",
    ]


def _report(environment: TrainingEnvironment, command: list[str]) -> None:
    shown = json.dumps(json.loads(environment.variables["SM_TRAINING_ENV"]), indent=4, sort_keys=True)
    print(f"Training Env:\n\n{shown}\n\nEnvironment variables:\n")
    for name, value in environment.variables.items():
        print(f"{name}={'******' if _SECRETS.search(name) else value}")
    print(f"\nInvoking script with the following command:\n\n{' '.join(command)}\n", flush=True)


def _run(command: list[str], where: Path, variables: dict[str, str]) -> tuple[int, str]:
    """The exit code, and the end of what went to standard error, which also goes to the log."""
    variables.setdefault("PYTHONUNBUFFERED", "1")
    path = os.pathsep.join(filter(None, [str(where), variables.get("PYTHONPATH", "")]))
    variables["PYTHONPATH"] = path
    process = subprocess.Popen(command, cwd=where, env=variables, stderr=subprocess.PIPE)

    def pass_on(number: int, frame: Any) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    tail = bytearray()
    assert process.stderr is not None
    reader = threading.Thread(target=_copy, args=(process.stderr, tail), daemon=True)
    reader.start()
    code = process.wait()
    reader.join(2.0)  # a process that the script started may keep the pipe open
    return code, bytes(tail).decode(errors="replace")


def _copy(source: IO[bytes], tail: bytearray) -> None:
    while part := os.read(source.fileno(), 65536):
        sys.stderr.buffer.write(part)
        sys.stderr.buffer.flush()
        tail += part
        del tail[:-TAIL_BYTES]


def error_message(errors: str, code: Path) -> str:
    """The last error in the text, with the innermost line of the script's own code that led to it.

    ``ZeroDivisionError: division by zero (train.py, line 3, in main)``
    Without a traceback: the last lines.
    """
    lines = errors.splitlines()
    starts = [
        number for number, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")
    ]
    if not starts:
        return "\n".join(line for line in lines if line.strip())[-MOST_CHARACTERS // 2 :]
    place = ""
    message: list[str] = []
    for line in lines[starts[-1] + 1 :]:
        frame = FRAME.match(line)
        if frame:
            if Path(frame[1]).is_absolute() and code not in Path(frame[1]).parents:
                continue
            name = frame[1][len(str(code)) + 1 :] if frame[1].startswith(f"{code}/") else frame[1]
            place = f" ({name}, line {frame[2]}, in {frame[3]})"
        elif line[:1] not in (" ", "") or message:
            message.append(line)
    text = "\n".join(message).strip()[: MOST_CHARACTERS // 2]
    return f"{text}{place}"


def ending(code: int) -> str:
    """How a script ended that reported no error."""
    if code > 0:
        return f"the script ended with exit code {code} and printed no error"
    try:
        name = f" ({signal.Signals(-code).name})"
    except ValueError:
        name = ""
    hint = "; most often the machine had no memory left" if -code == signal.SIGKILL else ""
    return f"the script was killed by signal {-code}{name}{hint}"


def _warn_without_model(environment: TrainingEnvironment) -> None:
    model = Path(environment.variables["SM_MODEL_DIR"])
    is_first = environment.variables["SM_CURRENT_HOST"] == json.loads(environment.variables["SM_HOSTS"])[0]
    if is_first and not any(path.is_file() for path in model.rglob("*")):
        print(f"Warning: the script has written no file to {model}, so the job has no model.", flush=True)


def _failed(output: Path, text: str, code: int) -> int:
    print(text, file=sys.stderr, flush=True)
    failure = output / "failure"
    output.mkdir(parents=True, exist_ok=True)
    if not failure.exists():  # the script's own reason is better
        failure.write_text(text[:MOST_CHARACTERS])
    return code if 0 < code < 256 else 128 - code if code < 0 else 1
