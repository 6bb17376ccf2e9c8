"""The contract of stages: the same elements for the same parameters, exact resuming, and bounded memory."""

from __future__ import annotations

import gzip
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trigpoint.streaming
from helpers.peak_memory import needs_proc, run_measured
from helpers.streaming import assert_resumes_exactly, manifest, opener
from trigpoint.streaming.decompress import Decompress
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.select import Select, WholeObject
from trigpoint.streaming.shard import Blocks, Shard
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup, ManifestLines
from trigpoint.streaming.stage import Stage, Taking
from trigpoint.streaming.wrap import RecordIO, pieces

ROWS = 17
TEXT, OBJECTS = manifest(ROWS)
ZIPPED = {
    uri: gzip.compress(data) if place % 2 else data for place, (uri, data) in enumerate(OBJECTS.items())
}


def order(epoch: int) -> Order:
    return Order(ROWS, 5, epoch)


def shard(epoch: int) -> Shard[int]:
    return Shard(order(epoch), 1, 2)


def blocks(epoch: int) -> Blocks[int]:
    return Blocks(order(epoch), 1, 3, 2)


def lines(epoch: int) -> Lookup[tuple[int, bytes]]:
    import io

    return Lookup(order(epoch), ManifestLines(io.BytesIO(TEXT)))


def selected(epoch: int) -> Select:
    return Select(lines(epoch), ["source-ref", "label"])


def whole_objects(epoch: int) -> WholeObject:
    return WholeObject(Lookup(order(epoch), Keys(list(ZIPPED))))


def fetched(epoch: int) -> Fetch:
    return Fetch(selected(epoch), opener(ZIPPED), FetchOptions(threads=3, ahead=5, large_bytes=50))


def decompressed(epoch: int) -> Decompress:
    return Decompress(fetched(epoch), large_bytes=50)


def wrapped(epoch: int) -> RecordIO:
    return RecordIO(decompressed(epoch))


BUILD: dict[type, Callable[[int], Stage[Any]]] = {
    Order: order,
    Shard: shard,
    Blocks: blocks,
    Lookup: lines,
    Select: selected,
    WholeObject: whole_objects,
    Fetch: fetched,
    Decompress: decompressed,
    RecordIO: wrapped,
}


def comparable(element: Any) -> Any:
    """The element with its large parts read and closed."""
    if isinstance(element, tuple) and isinstance(element[1], list):
        return element[0], [_content(part) for part in element[1]]
    return element


def _content(part: Any) -> Any:
    return b"".join(pieces(part)) if isinstance(part, bytes) or hasattr(part, "size_bytes") else part


def test_every_stage_is_tested() -> None:
    found = set()
    for module in pkgutil.iter_modules(trigpoint.streaming.__path__):
        for _, each in inspect.getmembers(
            importlib.import_module(f"trigpoint.streaming.{module.name}"), inspect.isclass
        ):
            if issubclass(each, Taking) and not inspect.isabstract(each):
                found.add(each)
    assert found == set(BUILD)


@pytest.mark.parametrize("build", BUILD.values(), ids=[stage.__name__ for stage in BUILD])
def test_every_stage_repeats_its_elements_and_resumes_exactly_anywhere(
    build: Callable[[int], Stage[Any]],
) -> None:
    elements = assert_resumes_exactly(lambda: build(3), comparable)
    again, other_epoch = build(3), build(4)
    assert [comparable(element) for element in again] == elements
    assert [comparable(element) for element in other_epoch] != elements
    for stage in (again, other_epoch):
        stage.close()


MEGABYTE = 1 << 20
SETS: dict[str, tuple[dict[str, int], int]] = {
    "400 of 3 KB": ({f"{number}": 3_000 for number in range(400)}, 0),
    "200 of 1 MB": ({f"{number}": MEGABYTE for number in range(200)}, 0),
    "20 of 20 MB": ({f"{number}": 20 * MEGABYTE for number in range(20)}, 0),
    "500 MB among small ones": ({f"{number}": 3_000 for number in range(200)}, 500 * MEGABYTE),
}


@needs_proc
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(("sizes", "huge"), SETS.values(), ids=SETS.keys())
def test_the_settings_bound_the_memory_for_objects_of_any_size(
    tmp_path: Path, sizes: dict[str, int], huge: int, zipped: bool
) -> None:
    """From the manifest to the end of a pipe, with 8 MiB of read-ahead and at most 4 MiB of an object in memory."""
    sizes = dict(sizes) | ({"100": huge} if huge else {})
    for name, size in sizes.items():
        _write(tmp_path / name, size, zipped=zipped)
    script = f"""
import io, os, threading
from pathlib import Path
from trigpoint.streaming.decompress import Decompress
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import FetchOptions
from trigpoint.streaming.pipe_writing import write_rows
from trigpoint.streaming.reading import LocalFiles
from trigpoint.streaming.select import Select
from trigpoint.streaming.shard import Shard
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Lookup, ManifestLines
from trigpoint.streaming.wrap import RecordIO
lines = b"".join(b'{{"source-ref":"s3://b/%d","class":%d}}\\n' % (n, n) for n in range({len(sizes)}))
source = ManifestLines(io.BytesIO(lines))
files = LocalFiles(lambda uri: {str(tmp_path)!r} + uri.removeprefix("s3://b"))
options = FetchOptions(threads=4, budget_bytes=8 << 20, large_bytes=4 << 20)
def run():
    places = Shard(Order(len(source), 1, 0), 0, 1)
    rows = Fetch(Select(Lookup(places, source), ["source-ref", "class"]), files, options)
    rows = RecordIO(Decompress(rows, 4 << 20, Path({str(tmp_path)!r})))
    write_rows(rows, end)
    rows.close()
    os.close(end)
begin, end = os.pipe()
started()
thread = threading.Thread(target=run); thread.start()
received = 0
while piece := os.read(begin, 1 << 16): received += len(piece)
thread.join()
print(received)
"""
    ran = run_measured(script)
    assert int(ran.lines[0]) > sum(sizes.values())
    assert ran.grown_kib < 40 << 10, f"{ran.grown_kib >> 10} MiB more than before"


def _write(path: Path, size: int, *, zipped: bool) -> None:
    """Writes zeros, which use no disk space; compressed ones use very little."""
    if not zipped:
        with path.open("wb") as file:
            file.truncate(size)
        return
    with gzip.open(path, "wb", compresslevel=1) as file:
        for start in range(0, size, MEGABYTE):
            file.write(bytes(min(MEGABYTE, size - start)))
