"""torch's optimizers without torch's compiler, which nothing here uses and which takes seconds to load.

torch.optim.Optimizer imports torch._dynamo, with sympy, when an optimizer is made and when it takes a step: only in order to tell
the compiler to leave these methods alone. The classes here have the same methods without that. A test fails if they load the
compiler nevertheless; this file can go when torch's own classes no longer do.
"""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

import torch
from torch.optim import Optimizer

T = TypeVar("T", bound=Optimizer)

_WRAPPED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def uncompiled(kind: type[T]) -> type[T]:
    """The class of optimizers, under its own name, with methods that do not load the compiler."""
    methods: dict[str, Any] = {name: inspect.unwrap(getattr(kind, name)) for name in _WRAPPED}
    methods["step"] = torch.no_grad()(inspect.unwrap(kind.step))
    return type(kind.__name__, (kind,), methods)


SGD = uncompiled(torch.optim.SGD)
Adam = uncompiled(torch.optim.Adam)
RMSprop = uncompiled(torch.optim.RMSprop)
Adadelta = uncompiled(torch.optim.Adadelta)
