"""Pipe mode: stages that bring the records of a channel from its source to a reader, in order and resumable.

    order (shuffle) -> shard -> lines or keys -> select -> fetch -> decompress -> wrap -> FIFO

Each stage holds its parent, pulls from it and does one thing; none has global state. One element is one line of an
augmented manifest, or one object of a prefix, in all stages; only its parts change. `loaders` uses the same stages
for training loops.
"""
