"""Batch normalisation over the batches of all processes, as if they were one batch.

torch.nn.SyncBatchNorm does the same on GPUs only; this runs on CPUs, too, and with processes that have no example.

Shape letters: N images, C channels, H height, W width.

Source: Ioffe and Szegedy 2015, algorithm 1 and section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

AddUp = Callable[[Tensor], None]
"""Replaces a tensor by its sum over all processes."""


class SyncedBatchNorm(nn.BatchNorm2d):
    """A BatchNorm2d whose statistics in training are those of all processes."""

    add_up: AddUp

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            y, mean, variance, count = _Normalise.apply(
                x.float(), self.weight, self.bias, self.eps, self.add_up
            )
            self._follow(mean, variance, count)
        return y.to(x.dtype)  # type: ignore[no-any-return]

    def _follow(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Moves the running statistics towards those of a batch, as BatchNorm2d does."""
        assert self.running_mean is not None and self.running_var is not None and self.momentum is not None
        assert self.num_batches_tracked is not None
        with torch.no_grad():
            self.num_batches_tracked += 1
            unbiased = variance * (count / (count - 1).clamp(min=1))
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)


def synchronise(network: nn.Module, add_up: AddUp) -> None:
    """Makes every BatchNorm2d of the network a SyncedBatchNorm, in place: same parameters, same names."""
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SyncedBatchNorm
            cast(SyncedBatchNorm, module).add_up = add_up


class _Normalise(torch.autograd.Function):
    """(N, C, H, W) float32 -> the same normalised, with mean (C,), biased variance (C,) and the count of values of each."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, add_up: AddUp
    ) -> Any:
        mean, variance, count = _statistics(x, add_up)
        # with N = 0 there is nothing to normalise, but the other processes need this one's part of the sums
        y = F.batch_norm(x, mean, variance, weight, bias, False, 0.0, eps) if len(x) else x.clone()
        ctx.save_for_backward(x, mean, (variance + eps).rsqrt(), count)
        ctx.weight, ctx.variance, ctx.eps, ctx.add_up = weight, variance, eps, add_up
        ctx.mark_non_differentiable(mean, variance, count)
        return y, mean, variance, count

    @staticmethod
    def backward(ctx: Any, dy: Tensor, *_: Tensor) -> Any:
        x, mean, inverse, count = ctx.saved_tensors
        weight = torch.ones_like(mean) if ctx.weight is None else ctx.weight
        if len(x):
            # the sums over this process's values of dy * normalised x, and of dy
            _, d_weight, d_bias = torch.ops.aten.native_batch_norm_backward(
                dy, x, weight, mean, ctx.variance, None, None, False, ctx.eps, [False, True, True]
            )
        else:
            d_weight, d_bias = torch.zeros_like(mean), torch.zeros_like(mean)
        sums = torch.cat((d_weight, d_bias))
        ctx.add_up(sums)
        of_weight, of_bias = (sums / count).chunk(2)
        scale = weight * inverse
        slope = -scale * inverse * of_weight
        shift = -scale * of_bias - slope * mean
        # dx = scale * dy + slope * x + shift, in two passes over the memory
        dx = torch.addcmul(_by_channel(shift), dy, _by_channel(scale)).addcmul_(x, _by_channel(slope))
        no_weight = ctx.weight is None
        return dx, None if no_weight else d_weight, None if no_weight else d_bias, None, None


def _statistics(x: Tensor, add_up: AddUp) -> tuple[Tensor, Tensor, Tensor]:
    """Mean, biased variance, and count of values of each channel over all processes; () for the count."""
    channels = x.shape[1]
    sums = torch.zeros(2 * channels + 1, dtype=torch.float64, device=x.device)
    if len(x):
        mean, variance = torch.batch_norm_update_stats(x, None, None, 0.0)
        mean, variance = mean.double(), variance.double()
        n = x.numel() // channels
        sums[0] = n
        sums[1 : channels + 1] = n * mean
        sums[channels + 1 :] = n * (variance + mean * mean)
    add_up(sums)
    count = sums[0]
    mean, squares = (sums[1:] / count).chunk(2)
    variance = (squares - mean * mean).clamp(min=0)
    return mean.float(), variance.float(), count.float()


def _by_channel(values: Tensor) -> Tensor:
    return values[None, :, None, None]
