"""Optimizers that do not load torch's compiler are torch's own in all else."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn

from trigpoint.algorithms.common import uncompiled
from trigpoint.algorithms.common.optimizer_options import OptimizerOptions
from trigpoint.algorithms.common.optimizers import make_optimizer

NAMES = ("sgd", "nag", "adam", "rmsprop", "adadelta")
LOADS_NOTHING = """
import sys, torch
from trigpoint.algorithms.common.optimizer_options import OptimizerOptions
from trigpoint.algorithms.common.optimizers import make_optimizer
for name in sys.argv[1:]:
    layer = torch.nn.Linear(2, 2)
    made = make_optimizer(OptimizerOptions(name, 0.1, 0.9, 0.0), [{"params": list(layer.parameters()), "lr_factor": 1.0}])
    layer(torch.ones(1, 2)).sum().backward()
    made.step()
    made.zero_grad()
    made.load_state_dict(made.state_dict())
assert "torch._dynamo" not in sys.modules
"""


def test_no_optimizer_loads_the_compiler() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADS_NOTHING, *NAMES], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop", "Adadelta"])
def test_steps_and_states_are_those_of_torch(kind: str) -> None:
    torch.manual_seed(0)
    theirs, ours = getattr(torch.optim, kind), getattr(uncompiled, kind)
    assert ours.__name__ == kind  # checkpoints name the class
    layer = nn.Linear(3, 2)
    twin = copy.deepcopy(layer)
    pairs = [(each, made(each.parameters(), lr=0.1)) for each, made in ((layer, theirs), (twin, ours))]
    for _ in range(3):
        x = torch.randn(4, 3)
        for each, optimizer in pairs:
            optimizer.zero_grad()
            each(x).square().sum().backward()
            optimizer.step()
    assert torch.equal(layer.weight, twin.weight) and torch.equal(layer.bias, twin.bias)
    states = [optimizer.state_dict() for _, optimizer in pairs]
    assert states[0]["param_groups"] == states[1]["param_groups"]
    pairs[0][1].load_state_dict(states[1])


def test_an_optimizer_of_the_options_is_one_of_these() -> None:
    made = make_optimizer(
        OptimizerOptions("adam", 0.1), [{"params": [nn.Parameter(torch.ones(1))], "lr_factor": 1.0}]
    )
    assert isinstance(made, torch.optim.Adam) and type(made).__name__ == "Adam"
