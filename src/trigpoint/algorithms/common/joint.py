"""A network and a checkpoint that the processes of a training have in common."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from trigpoint.algorithms.common.checkpoints import STATE_NAME
from trigpoint.algorithms.common.ranks import Ranks
from trigpoint.algorithms.common.sync_batch_norm import synchronise


def joint_network(network: nn.Module, ranks: Ranks) -> nn.Module:
    """What a step calls instead of the network: with several processes its gradients and its batch normalisations are
    those of all their examples. The network itself stays what is evaluated and saved.
    """
    if ranks.are_several:
        synchronise(network)
    return ranks.joint(network)


def share_checkpoint(folder: Path, ranks: Ranks) -> None:
    """Gives every host the first one's checkpoint: only that one writes it, and the folders of hosts may differ."""
    ranks.share_file(folder / STATE_NAME)
