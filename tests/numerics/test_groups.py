"""Trainings of several processes and instances: their numbers are those of one process with the batch of all."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch
from torch import nn

from helpers.algorithms.colours import LIGHT, coloured
from helpers.algorithms.container import CLASSIFICATION, DETECTION, Pair, Platform, scene_pair
from helpers.algorithms.forms import entry, lay_out
from helpers.mail_server import free_port
from trigpoint.algorithms.common.sync_batch_norm import SyncedBatchNorm, synchronise
from trigpoint.algorithms.image_classification.artifacts import load_model

STEPS = """
import os, signal, sys
from trigpoint.algorithms.__main__ import main
from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.loop import TrainingRun
hardware.has_fast_bfloat16 = lambda device: False  # its rounding depends on how a batch is divided
step = TrainingRun.step
taken, killed_before = 0, int(os.environ.get("KILLED_BEFORE_STEP", "-1"))
def told(run, batch, number=1):
    global taken
    if taken == killed_before:
        os.kill(os.getpid(), signal.SIGKILL)
    taken += 1
    result = step(run, batch, number)
    loss = float(result.loss.detach()) if result.of_all is None else result.of_all.loss
    print(f"STEP {len(batch)} {loss:.8f}", flush=True)
    return result
TrainingRun.step = told
sys.exit(main())
"""
CLASSES = {
    **LIGHT,
    "num_training_samples": "10",
    "augmentation_type": "crop_color",
    "top_k": "2",
    "learning_rate": "0.005",  # with a larger one, differences of rounding grow too fast
    "epochs": "2",
}
BOXES = {
    "num_classes": "3",
    "num_training_samples": "6",
    "base_network": "resnet-10",
    "optimizer": "sgd",
    "learning_rate": "0.0005",
    "epochs": "1",
}


class Instance:
    """One instance of a training, fed with these pairs in Pipe mode."""

    def __init__(
        self, root: Path, settings: dict[str, str], host: int, hosts: int, sharded: bool = False
    ) -> None:
        self.root = root
        channel = entry("Pipe", "application/x-recordio", "RecordIO")
        if sharded:
            channel["S3DistributionType"] = "ShardedByS3Key"
        lay_out(root, settings, {"train": channel, "validation": channel})
        names = [f"algo-{number + 1}" for number in range(hosts)]
        resources = {"current_host": names[host], "hosts": names, "network_interface_name": "lo"}
        (root / "input" / "config" / "resourceconfig.json").write_text(json.dumps(resources))

    def start(self, algorithm: str, port: int, **variables: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "OMP_NUM_THREADS": "1",
        }
        return subprocess.Popen(
            [sys.executable, "-c", STEPS, "train", algorithm, "--opt-ml", str(self.root)],
            env={**environment, "TRIGPOINT_RENDEZVOUS_S": "120", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def run(
    folder: Path,
    algorithm: str,
    settings: dict[str, str],
    shares: Sequence[Sequence[Pair]],
    validation: Sequence[Sequence[Pair]],
    killed_before: Mapping[int, int] | None = None,
    **variables: str,
) -> list[str]:
    """The logs of a training on as many instances as there are shares of the data.

    killed_before: the steps before which instances kill themselves; all of them fail then
    """
    sharded = any(share != shares[0] for share in shares)
    instances = [Instance(folder / str(k), settings, k, len(shares), sharded) for k in range(len(shares))]
    with ExitStack() as stack:
        for each, train, valid in zip(instances, shares, validation, strict=True):
            stack.enter_context(Platform(each.root, {"train": train, "validation": valid}))
        port = free_port()
        steps = killed_before or {}
        processes = [
            each.start(algorithm, port, KILLED_BEFORE_STEP=str(steps.get(k, -1)), **variables)
            for k, each in enumerate(instances)
        ]
        try:
            logs = [process.communicate(timeout=240)[0] for process in processes]
        finally:
            for process in processes:
                process.kill()
    codes = [process.returncode for process in processes]
    expected = all(codes) if steps else not any(codes)
    assert expected, "\n".join([str(codes), *logs])
    return logs


def losses(log: str) -> list[float]:
    return [float(value) for value in re.findall(r"^STEP \d+ (\S+)$", log, re.MULTILINE)]


def found(log: str, what: str) -> list[float]:
    return [float(value) for value in re.findall(what + r"=\(?([\d.]+)", log)]


def test_two_instances_have_the_losses_and_the_score_of_one_process_with_both_batches(tmp_path: Path) -> None:
    scenes = [scene_pair(6, k) for k in range(6)]
    alone = run(tmp_path / "alone", DETECTION, {**BOXES, "mini_batch_size": "4"}, [scenes], [scenes[:3]])[0]
    both = run(
        tmp_path / "both", DETECTION, {**BOXES, "mini_batch_size": "2"}, [scenes] * 2, [scenes[:3]] * 2
    )
    assert len(losses(alone)) == 2
    for log in both:
        # torch sums the 360,000 pixels of a channel in float32: its statistics depend on the size of a batch
        assert losses(log) == pytest.approx(losses(alone), rel=1e-4)
        for metric in ("smooth_l1 <loss>", "cross_entropy <loss>", "validation mAP <score>"):
            # after two steps the mAP is that of thousands of guesses, whose order depends on rounding
            assert found(log, metric) == pytest.approx(found(alone, metric), abs=5e-3)
    examples = [re.findall(r"^STEP (\d+)", log, re.MULTILINE) for log in both]
    assert examples == [["2", "2"], ["2", "0"]]
    assert not list((tmp_path / "both" / "1" / "model").iterdir())  # the first host alone writes the model


def test_two_processes_share_a_pipe_continue_together_and_learn_what_one_learns(tmp_path: Path) -> None:
    train, valid = coloured(*(k * 2 % 3 for k in range(10))), coloured(0, 1, 2, 1, 1)
    settings, two = {**CLASSES, "mini_batch_size": "4"}, {"TRIGPOINT_PROCESSES": "2"}
    alone = run(tmp_path / "alone", CLASSIFICATION, settings, [train], [valid])[0]
    kept = tmp_path / "first" / "0" / "checkpoints"
    kept.mkdir(parents=True)
    run(tmp_path / "first", CLASSIFICATION, {**settings, "epochs": "1"}, [train], [valid], **two)
    shutil.copytree(kept, tmp_path / "both" / "0" / "checkpoints")
    both = run(tmp_path / "both", CLASSIFICATION, settings, [train], [valid], **two)[0]
    assert "Resuming from the checkpoint in epoch 1, after 0 batches." in both
    for metric in ("Train-accuracy", "Train-top_k_accuracy_2", "Validation-accuracy"):
        assert found(both, metric) == pytest.approx(found(alone, metric)[1:])
    assert "WARNING" not in both
    weights = [load_model(tmp_path / name / "0" / "model").network.state_dict() for name in ("alone", "both")]
    assert all(
        torch.allclose(each.float(), weights[1][name].float(), atol=1e-4) for name, each in weights[0].items()
    )


def checkpoints_of_host_1(folder: Path) -> None:
    """Gives every host the checkpoints of the first, as the store from which a restart gets them does."""
    for host in (0, 1):
        (folder / str(host) / "checkpoints").mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder / "0" / "checkpoints", folder / "1" / "checkpoints", dirs_exist_ok=True)


def test_a_detection_of_two_instances_of_which_one_is_killed_equals_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    scenes = [scene_pair(6, k) for k in range(6)]
    settings = {**BOXES, "mini_batch_size": "1"}

    def train(name: str, killed_before: Mapping[int, int] | None = None) -> list[str]:
        checkpoints_of_host_1(tmp_path / name)
        for pipe in (tmp_path / name).glob("*/input/data/*_*"):
            pipe.unlink()
        every = {"TRIGPOINT_CHECKPOINT_SECONDS": "0"}
        shares = [scenes[:3], scenes[3:]]
        return run(tmp_path / name, DETECTION, settings, shares, [scenes[:1]] * 2, killed_before, **every)

    undisturbed = losses(train("undisturbed")[0])
    train("killed", {1: 2})  # before the last of three steps; the other fails without it
    for log in train("killed"):
        assert "Resuming from the checkpoint in epoch 0, after 2 batches." in log
        assert losses(log) == pytest.approx(undisturbed[2:], rel=1e-4)
    states = [
        torch.load(tmp_path / name / "0" / "checkpoints" / "last.state", weights_only=True)["model"]
        for name in ("undisturbed", "killed")
    ]
    assert all(
        torch.allclose(each.double(), states[1][name].double(), atol=1e-4) for name, each in states[0].items()
    )


def test_unequal_shards_are_seen_once_and_an_empty_one_takes_part(tmp_path: Path) -> None:
    train = coloured(0, 1, 2, 0, 1)
    shares = [train[:4], train[4:], []]
    settings = {**CLASSES, "mini_batch_size": "2", "num_training_samples": "5", "epochs": "1"}
    logs = run(tmp_path, CLASSIFICATION, settings, shares, shares)
    assert [re.findall(r"^STEP (\d+)", log, re.MULTILINE) for log in logs] == [
        ["2", "2"],
        ["1", "0"],
        ["0", "0"],
    ]
    assert len({tuple(losses(log)) for log in logs}) == 1
    assert "had no examples left in 1 of the 2 steps" in logs[1]
    assert "had no examples left in 2 of the 2 steps" in logs[2]


@pytest.mark.parametrize("shape", [(4, 5, 6, 7), (3, 5, 1, 1)])
def test_the_normalisation_of_one_process_is_that_of_torch(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    plain, synced = nn.BatchNorm2d(5), nn.BatchNorm2d(5)
    nn.init.uniform_(plain.weight)
    synced.load_state_dict(plain.state_dict())
    synchronise(synced, lambda sums: None)  # the only process
    assert isinstance(synced, SyncedBatchNorm)
    x, dy = torch.randn(shape) * 3 + 10, torch.randn(shape)
    inputs = [x.clone().requires_grad_() for _ in range(2)]
    outputs = [norm(given) for norm, given in zip((plain, synced), inputs, strict=True)]
    for output in outputs:
        output.backward(dy)
    assert torch.allclose(*outputs, atol=1e-6)
    assert torch.allclose(inputs[0].grad, inputs[1].grad, atol=1e-6)  # type: ignore[arg-type]
    for name, parameter in plain.named_parameters():
        assert torch.allclose(parameter.grad, synced.get_parameter(name).grad)  # type: ignore[arg-type]
    for name, buffer in plain.named_buffers():
        assert torch.allclose(buffer.double(), synced.get_buffer(name).double(), atol=1e-6)
