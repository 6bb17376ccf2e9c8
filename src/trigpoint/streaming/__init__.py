"""Pipe mode: stages that take the records of a channel from its source to a reader, in order and resumable.

    order (shuffle) -> shard -> lines or keys -> select -> fetch -> decompress -> wrap -> FIFO

Each stage holds its parent and nothing global, pulls from it and does one thing. One element is one line of
an augmented manifest, or one object of a prefix, from beginning to end; only its parts change.
"""
