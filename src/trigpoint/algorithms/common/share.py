"""The examples of a channel that one process of a training reads.

The processes of a training make each step together, with mini_batch_size examples for each instance. A stream of examples
is cut into blocks of one step, and each process has the same places in every block:

    FullyReplicated, 2 instances, mini_batch_size 4      0 1 2 3 | 4 5 6 7    8 9 10 11 | ...
                                                         algo-1    algo-2     algo-1
    ShardedByS3Key                                       0 1 2 3              4 5 6 7             of each one's own stream

Several processes of one instance divide its part of the block. So a group sees each example once in an epoch, in the
order and in the batches of a single process with the batch of the whole group.

Decision: an example that cannot be used leaves its batch one smaller in a group, while a single process fills the batch up.
Otherwise a process would have to know which examples the others could not use.

Source: training.md 1.4, 4.9.
"""

from __future__ import annotations

from dataclasses import dataclass

from trigpoint.algorithms.common.place import Place


@dataclass(frozen=True, slots=True)
class Share:
    """The places low to high, without high, of every block of `block` examples.

    host, hosts: of a stream that is one of several shards; 0 and 1 of a stream that all instances have
    """

    block: int
    low: int
    high: int
    host: int = 0
    hosts: int = 1

    def has(self, place: int) -> bool:
        """Whether the example at this place of the stream, from 0, is this process's."""
        return self.low <= place % self.block < self.high

    def completes(self, place: int) -> bool:
        """Whether the example at this place is the process's last one of its block."""
        return place % self.block == self.high - 1

    def seed_of(self, place: int) -> int:
        """The place in the stream as it would be without shards: what the random variations are seeded by."""
        return place * self.hosts + self.host


def share_of(place: Place, mini_batch_size: int, is_sharded: bool) -> Share:
    """The share of a channel, of which the instance has a shard or everything."""
    first = 0 if is_sharded else place.host * mini_batch_size
    block = mini_batch_size if is_sharded else place.hosts * mini_batch_size
    low = first + mini_batch_size * place.process // place.processes
    high = first + mini_batch_size * (place.process + 1) // place.processes
    return Share(block, low, high, *((place.host, place.hosts) if is_sharded else (0, 1)))
