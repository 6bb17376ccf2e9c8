"""Local files: read completely, in the calling thread, within the memory limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.peak_memory import needs_proc, run_measured
from helpers.streaming import assert_resumes_exactly
from trigpoint.streaming.batch_reader import FetchFailed
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.reading import SMALL_BYTES, LocalFiles
from trigpoint.streaming.select import WholeObject
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup
from trigpoint.streaming.stage import Large


def files(folder: Path, sizes: list[int]) -> list[str]:
    paths = []
    for number, size in enumerate(sizes):
        path = folder / str(number)
        path.write_bytes(bytes([number]) * size)
        paths.append(str(path))
    return paths


def fetch(paths: list[str], options: FetchOptions | None = None) -> Fetch:
    keys = Keys(paths)
    return Fetch(WholeObject(Lookup(Order(len(keys)), keys)), LocalFiles(str), options or FetchOptions())


def test_files_of_all_sizes_are_complete_and_resume_exactly(tmp_path: Path) -> None:
    sizes = [0, 1, SMALL_BYTES - 1, SMALL_BYTES, SMALL_BYTES + 1, 700_000, 3]
    paths = files(tmp_path, sizes)
    rows = assert_resumes_exactly(lambda: fetch(paths))
    assert [row[1][0] for row in rows] == [bytes([number]) * size for number, size in enumerate(sizes)]


def test_a_file_above_the_limit_is_passed_on_open(tmp_path: Path) -> None:
    paths = files(tmp_path, [10, 11, 300_000])
    small, *large = [row[1][0] for row in fetch(paths, FetchOptions(large_bytes=10))]
    assert small == bytes(10)
    for part, size in zip(large, (11, 300_000), strict=True):
        assert isinstance(part, Large) and part.size_bytes == size
        assert len(part.file.read()) == size
        part.file.close()


def test_a_missing_file_is_an_error_at_its_position_and_again_after_resuming(tmp_path: Path) -> None:
    paths = files(tmp_path, [5] * 9)
    Path(paths[6]).unlink()
    stage, seen = fetch(paths), []
    with pytest.raises(FetchFailed, match=r"line 7: cannot read .*: there is no file"):
        for row in stage:
            seen.append(row[0])
    assert seen == [1, 2, 3, 4, 5, 6]
    again = fetch(paths)
    again.set_state(stage.get_state())
    with pytest.raises(FetchFailed, match="line 7"):
        next(again)


@needs_proc
def test_a_huge_object_among_small_ones_does_not_grow_the_process(tmp_path: Path) -> None:
    """500 MB among objects of 3 KB, through a pipe, needs no more memory than the small objects."""
    paths = files(tmp_path, [3000] * 200)
    with Path(paths[100]).open("wb") as huge:
        huge.truncate(500_000_000)
    script = f"""
import os, threading
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.pipe_writing import write_rows
from trigpoint.streaming.reading import LocalFiles
from trigpoint.streaming.select import WholeObject
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup
from trigpoint.streaming.wrap import RecordIO
keys = Keys([f"{tmp_path}/{{k}}" for k in range(200)])
rows = RecordIO(Fetch(WholeObject(Lookup(Order(200), keys)), LocalFiles(str), FetchOptions(budget_bytes=8 << 20, large_bytes=4 << 20)))
reading, writing = os.pipe()
received = 0
def drain():
    global received
    while count := os.readv(reading, [piece]):
        received += count
piece = bytearray(1 << 20)
drained = threading.Thread(target=drain)
drained.start()
started()
write_rows(rows, writing)
os.close(writing)
drained.join()
print(received)
"""
    ran = run_measured(script)
    assert ran.lines == [str(199 * (3000 + 8) + 500_000_000 + 8)]
    assert ran.grown_kib < 24 << 10
