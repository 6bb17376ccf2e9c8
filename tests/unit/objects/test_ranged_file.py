"""A file that is fetched range by range reads like a plain file of the same bytes."""

from __future__ import annotations

import io
import random
from typing import BinaryIO

import pytest

from trigpoint.objects import ranged_file
from trigpoint.objects.ranged_file import begin, open_ranged

DATA = random.Random(1).randbytes(5_000_000)


class Server:
    """Returns ranges of DATA and records them."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def read_range(self, start: int, end: int) -> BinaryIO:
        self.asked.append((start, end))
        return io.BytesIO(DATA[start:end])


@pytest.mark.parametrize("seed", range(5))
def test_any_seeks_and_reads_give_the_same_as_a_plain_file(seed: int) -> None:
    chance, plain = random.Random(seed), io.BytesIO(DATA)
    with open_ranged(Server().read_range, len(DATA)) as file:
        for _ in range(60):
            if chance.random() < 0.5:
                whence = chance.choice([io.SEEK_SET, io.SEEK_END, io.SEEK_CUR])
                offset = chance.randrange(len(DATA)) * (-1 if whence == io.SEEK_END else 1)
                offset = offset % 1000 if whence == io.SEEK_CUR else offset
                assert file.seek(offset, whence) == plain.seek(offset, whence)
            size = chance.choice([0, 1, 100, 70_000, 2_000_000])
            assert file.read(size) == plain.read(size)
            assert file.tell() == plain.tell()


def test_nothing_is_requested_before_the_first_read_and_then_only_a_few_ranges() -> None:
    server = Server()
    with open_ranged(server.read_range, len(DATA)) as file:
        file.seek(0, io.SEEK_END)
        file.seek(10)
        assert server.asked == []
        assert file.read() == DATA[10:]
    first = 10 + ranged_file.FIRST_BYTES
    assert server.asked == [(10, first), (first, len(DATA))]


def test_a_stream_that_ends_early_is_an_error() -> None:
    with (
        open_ranged(lambda start, end: io.BytesIO(DATA[start : end - 1]), 1000) as file,
        pytest.raises(OSError, match="ended at byte 999 of 1000"),
    ):
        file.read()


@pytest.mark.parametrize(("start", "length"), [(0, len(DATA)), (1_000_000, 3_000_000), (7, 1)])
def test_begin_requests_its_bytes_in_one_range(start: int, length: int) -> None:
    server = Server()
    with open_ranged(server.read_range, len(DATA)) as file:
        begin(file, start, length)
        assert server.asked == [(start, start + length)]
        file.seek(start)
        assert file.read(length) == DATA[start : start + length]
    assert server.asked == [(start, start + length)]


def test_begin_requests_nothing_for_a_plain_file_or_zero_bytes() -> None:
    server = Server()
    with open_ranged(server.read_range, len(DATA)) as file:
        begin(file, 0, 0)
    plain = io.BytesIO(DATA)
    begin(plain, 10, 100)
    assert server.asked == [] and plain.tell() == 0
