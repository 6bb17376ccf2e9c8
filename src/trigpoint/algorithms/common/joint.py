"""A network and a checkpoint that the processes of a training have in common."""

from __future__ import annotations

from torch import nn

from trigpoint.algorithms.common.checkpoints import STATE_NAME
from trigpoint.algorithms.common.harness import Container
from trigpoint.algorithms.common.ranks import Ranks
from trigpoint.algorithms.common.sync_batch_norm import synchronise


def joint_network(network: nn.Module, ranks: Ranks) -> nn.Module:
    """What a step calls instead of the network: with several processes its gradients and its batch normalisations are
    those of all their examples. The network itself stays what is evaluated and saved.
    """
    if ranks.are_several:
        synchronise(network)
    return ranks.joint(network)


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
