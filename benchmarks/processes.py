"""Images per second of a training in 1 and in more processes of one thread each.

    uv run python benchmarks/processes.py [--processes 2] [--rounds 5] [--batch 32] [--side 128] [--layers 18]

Each process makes the same steps of image classification on batches of its own, as in a job: synchronised batch
normalisation and one mean of all gradients. A round is one process, then as many that know nothing of each other, which is
what the machine can give, then the group. Prints the images per second and the processor time of each.

The default is bound by computation: about 1,300 multiplications for each byte of gradients. `--batch 16 --side 64` has 160:
a process computes for a quarter of a second, and then 45 MB of gradients are added up.

On a machine that also does other things a group gets a smaller part of it than a single process: there, compare the
processor time for each image, which shows what the processes do for each other.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in (
        ("processes", 2),
        ("rounds", 5),
        ("batch", 32),
        ("side", 128),
        ("layers", 18),
        ("steps", 4),
    ):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--rank", type=int, default=-1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rank >= 0:
        train(options)
        return
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; batch {options.batch}, {options.side} pixels"
    )
    several = options.processes
    kinds = {
        "1 process": (1, 1),
        f"{several} that know nothing of each other": (several, 1),
        f"a group of {several}": (several, several),
    }
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    for number in range(options.rounds):
        for kind, (count, together) in kinds.items():
            found[kind].append(measure(count, together, options))
        rates = ", ".join(f"{rounds[-1][0]:.1f}" for rounds in found.values())
        print(f"round {number + 1}: {rates} images/s", flush=True)
    alone = [rate for rate, _ in found["1 process"]]
    for kind, rounds in found.items():
        rate, cpu_s = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"{kind}: {rate:.1f} images/s, {1000 * cpu_s:.1f} ms of processor time for each image")
        ratios = [each / one for (each, _), one in zip(rounds, alone, strict=True)]
        linear = kinds[kind][0]
        print(f"    {statistics.median(ratios) / linear:.2f} of linear, median of the rounds")


def measure(count: int, together: int, options: argparse.Namespace) -> tuple[float, float]:
    """Images per second of so many processes at once, and their processor seconds for each image.

    Args: together: how many of them are a group: all, or 1.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [f"--{name}={getattr(options, name)}" for name in ("batch", "side", "layers", "steps")]
    common = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    children = [
        subprocess.Popen(
            [sys.executable, __file__, f"--rank={rank}", *arguments],
            env={
                **common,
                "TRIGPOINT_PROCESS": str(rank % together),
                "TRIGPOINT_PROCESS_COUNT": str(together),
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(count)
    ]
    outputs = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        sys.exit(f"a process failed: {outputs}")
    times = [tuple(map(float, output.split()[-2:])) for output in outputs]
    images = options.batch * options.steps * count
    return images / max(wall for wall, _ in times), sum(cpu for _, cpu in times) / images


def train(options: argparse.Namespace) -> None:
    """One process of a group: prints the wall and CPU seconds of its steps, after two that are not counted."""
    import numpy as np
    import torch

    from trigpoint.algorithms.common.harness import Container
    from trigpoint.algorithms.common.loop import TrainingRun, seed
    from trigpoint.algorithms.common.ranks import joined
    from trigpoint.algorithms.image_classification.hyperparameters import parse
    from trigpoint.algorithms.image_classification.train import ClassificationLearner, Example

    shape = (options.side, options.side, 3)
    settings = {
        "num_classes": "10",
        "num_training_samples": "1000",
        "num_layers": str(options.layers),
        "image_shape": f"3,{options.side},{options.side}",
    }
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "input" / "config").mkdir(parents=True)
        (root / "input" / "config" / "hyperparameters.json").write_text(
            json.dumps(settings), encoding="utf-8"
        )
        container = Container(root)
        with joined(container) as ranks:
            seed()
            torch.set_num_threads(1)
            hp = parse(settings)
            run = TrainingRun(container, hp, {}, ClassificationLearner(container, hp, ranks), ranks)
            run.learner.model.train()
            rng = np.random.default_rng(options.rank)
            batch = [
                Example(rng.integers(0, 256, shape, dtype=np.uint8), (k % 10,)) for k in range(options.batch)
            ]
            for _ in range(2):
                run.step(batch)
            ranks.sum([0.0])  # all begin together
            begun, cpu = time.perf_counter(), time.process_time()
            for _ in range(options.steps):
                run.step(batch)
            ranks.sum([0.0])
            print(time.perf_counter() - begun, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    main()
