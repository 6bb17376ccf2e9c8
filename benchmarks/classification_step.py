"""Training steps of image classification next to a plain loop over torchvision's ResNet-50, on the same batch.

    uv run python benchmarks/classification_step.py [--layers 50] [--batch 8] [--side 224] [--rounds 5] [--threads 2]

Both networks have the same weights, the same batch, SGD with momentum and float32. A round is one step of each, in turn, so
that a busy machine slows both down alike. Prints the losses of each step, the medians of wall and CPU seconds, and
the ratio of images per second: above 1, ours is faster.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from trigpoint.algorithms.common.harness import Container
from trigpoint.algorithms.common.loop import TrainingRun
from trigpoint.algorithms.common.pretrained import fill
from trigpoint.algorithms.image_classification.artifacts import Description, make_described, save_model
from trigpoint.algorithms.image_classification.hyperparameters import parse
from trigpoint.algorithms.image_classification.train import ClassificationLearner, Example

MEAN, STD = torch.tensor((0.485, 0.456, 0.406)), torch.tensor((0.229, 0.224, 0.225))
CLASSES = 100
RATE = 0.0001  # small steps, so that rounding does not grow


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in (("layers", 50), ("batch", 8), ("side", 224), ("rounds", 5), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(1)
    batch = [
        Example(rng.integers(0, 256, (options.side, options.side, 3), dtype=np.uint8), (k % CLASSES,))
        for k in range(options.batch)
    ]
    with tempfile.TemporaryDirectory() as folder:
        run = our_run(Path(folder), options.layers, options.side, options.batch)
    theirs = their_step(run, batch, options.layers)
    steps: dict[str, Callable[[], float]] = {
        "ours": lambda: float(run.step(batch).loss.detach()),
        "torchvision": theirs,
    }
    print(
        f"torch {torch.__version__}, {options.threads} threads, batch {options.batch}, {options.side} pixels"
    )
    times = measure(steps, options.rounds)
    for name, rows in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:12} {wall:.3f} s per step, {cpu:.3f} CPU s, {options.batch / wall:.1f} images/s")
    for k, what in enumerate(("wall", "CPU")):
        ratios = [b[k] / a[k] for a, b in zip(times["ours"], times["torchvision"], strict=True)]
        print(f"ratio of speeds by {what} time, median of the rounds: {statistics.median(ratios):.2f}")


def our_run(root: Path, layers: int, side: int, batch: int) -> TrainingRun[Example]:
    """The loop of a training job whose network is of the v1 family, as it is after loading published weights."""
    settings = {
        "num_classes": str(CLASSES),
        "num_training_samples": str(batch),
        "num_layers": str(layers),
        "image_shape": f"3,{side},{side}",
        "mini_batch_size": str(batch),
        "learning_rate": str(RATE),
    }
    description = Description("resnet-v1", layers, (3, side, side), CLASSES, multi_label=False)
    torch.manual_seed(0)
    save_model(
        root / "input" / "data" / "model",
        make_described(description),
        description,
        1,
        None,
        keep_others=False,
    )
    container = Container(root)
    container.hyperparameters = settings
    container.channels = {"model": None}  # type: ignore[dict-item]
    hp = parse(settings)
    learner = ClassificationLearner(container, hp)
    learner.model.train()
    return TrainingRun(container, hp, {}, learner)


def their_step(run: TrainingRun[Example], batch: list[Example], layers: int) -> Callable[[], float]:
    """A step as in torchvision's reference: the network as it is built, float32, SGD with momentum."""
    from torchvision import models

    network = getattr(models, f"resnet{layers}")(weights=None, num_classes=CLASSES)
    ours = run.learner.model.body
    fill(ours.backbone, network.state_dict())
    network.fc.load_state_dict(ours.fc.state_dict())
    decayed = [p for name, p in network.named_parameters() if not name.endswith("bias")]
    spared = [p for name, p in network.named_parameters() if name.endswith("bias")]
    groups = [{"params": decayed}, {"params": spared, "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=RATE, momentum=0.9, weight_decay=1e-4)
    criterion = torch.nn.CrossEntropyLoss()
    pixels = np.stack([each.pixels for each in batch])
    labels = torch.tensor([each.class_ids[0] for each in batch])

    def step() -> float:
        images = ((torch.from_numpy(pixels) / 255 - MEAN) / STD).permute(0, 3, 1, 2).contiguous()
        loss = criterion(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def measure(steps: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Wall and CPU seconds of each step in each round; the first round warms up.

    Ends when the losses of the first step differ. Later ones do: other orders of summation are other roundings, which a
    network with random weights amplifies. In float64 all gradients are equal.
    """
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for number in range(rounds + 1):
        losses = []
        for name, step in steps.items():
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            losses.append(step())
            if number:
                times[name].append((time.perf_counter() - wall_s, time.process_time() - cpu_s))
        print(f"step {number}: losses {losses[0]:.6f} and {losses[1]:.6f}", flush=True)
        if number == 0 and abs(losses[0] - losses[1]) > 1e-4 * abs(losses[1]):
            sys.exit("the losses differ")
    return times


if __name__ == "__main__":
    main()
