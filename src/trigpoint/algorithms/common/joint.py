"""A network and a checkpoint that the processes of a training have in common."""

from __future__ import annotations

import warnings

import torch.distributed as dist
from torch import nn

from trigpoint.algorithms.common.checkpoints import STATE_NAME
from trigpoint.algorithms.common.harness import Container, logger
from trigpoint.algorithms.common.neighbours import shared_memory
from trigpoint.algorithms.common.ranks import Ranks
from trigpoint.algorithms.common.shared_mean import SharedMean, bytes_of_gradients
from trigpoint.algorithms.common.sync_batch_norm import synchronise


def joint_network(network: nn.Module, ranks: Ranks) -> nn.Module:
    """What a step calls instead of the network: with several processes its gradients and its batch normalisations are
    those of all their examples. The network itself stays what is evaluated and saved.
    """
    if not ranks.are_several:
        return network
    synchronise(network, ranks.add_up)
    for buffer in network.buffers():  # all begin with the weights of the first process
        dist.broadcast(buffer, src=0)
    memory = _memory(network, ranks)
    if ranks.neighbours is not None and memory is not None:
        for parameter in network.parameters():
            dist.broadcast(parameter.detach(), src=0)
        return SharedMean(network, ranks.neighbours, memory)
    with warnings.catch_warnings():  # the newer name is missing in torch < 2.15
        warnings.simplefilter("ignore", FutureWarning)
        return nn.parallel.DistributedDataParallel(
            network, broadcast_buffers=False, gradient_as_bucket_view=True
        )


def _memory(network: nn.Module, ranks: Ranks) -> list[memoryview] | None:
    if ranks.neighbours is None:
        return None
    size_bytes = bytes_of_gradients(network)
    memory = shared_memory(ranks.rank, ranks.count, size_bytes, ranks.from_first, ranks.any)
    if memory is None:
        logger.info(
            "There are not %d MB of shared memory for the gradients, so they go over sockets, which is slower.",
            ranks.count * size_bytes // 1_000_000 + 1,
        )
    return memory


def share_checkpoint(container: Container, ranks: Ranks) -> None:
    """Lets all hosts continue from the first one's checkpoint, which is the only one that is written.

    The other hosts get it in a folder beside: what changed in their own one would be copied over the first host's.
    """
    if not ranks.are_several:
        return
    path = container.checkpoint_dir / STATE_NAME
    content = ranks.from_first(path.read_bytes() if ranks.is_first and path.exists() else None)
    if ranks.place.host > 0:
        container.checkpoint_dir = container.root / "first-host-checkpoints"
        if ranks.place.leads_host:
            container.checkpoint_dir.mkdir(exist_ok=True)
            path = container.checkpoint_dir / STATE_NAME
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
    ranks.sum([0.0])  # no process reads it before it is complete
