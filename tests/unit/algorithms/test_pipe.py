"""Records from a channel's pipe, and the threads that prepare them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.algorithms.container import Platform, make_container
from helpers.recordio import frame_whole
from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.ordered_map import ordered_map
from trigpoint.algorithms.common.pipe import piped_records, record_pairs
from trigpoint.records.recordio import MAGIC_BYTES, frame_native

NEVER = threading.Event()


def test_pairs_are_read_in_order_and_each_epoch_starts_from_the_beginning(tmp_path: Path) -> None:
    root = make_container(tmp_path, {})
    pairs = [(b"image 1", b"{}"), (b"image 22", b"{'a'}"), (b"", b"3")]
    with Platform(root, {"train": pairs}):
        container = Container(root)
        assert list(record_pairs(container, "train", 0)) == pairs
        first = record_pairs(container, "train", 1)
        assert next(first) == pairs[0]
        first.close()  # early: the platform drops the rest
        assert list(record_pairs(container, "train", 2)) == pairs


def test_bytes_that_are_not_recordio_are_the_customers_error(tmp_path: Path) -> None:
    root = make_container(tmp_path, {})
    with (
        Platform(root, {"train": b"just some text"}),
        pytest.raises(CustomerError, match=r"^Unable to parse record\. Please make sure"),
    ):
        list(record_pairs(Container(root), "train", 0))


def test_an_image_without_its_annotation_points_to_the_attribute_names(tmp_path: Path) -> None:
    root = make_container(tmp_path, {})
    with (
        Platform(root, {"train": b"".join(frame_whole(r) for r in (b"a", b"{}", b"b"))}),
        pytest.raises(CustomerError, match="AttributeNames matches attributes names"),
    ):
        list(record_pairs(Container(root), "train", 0))


def test_native_record_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    root = make_container(tmp_path, {})
    payloads = [b"one", b"cut" + b"." + MAGIC_BYTES + b"here", b""]
    files = b"".join(map(frame_native, payloads[:2])) + frame_native(payloads[2])
    with Platform(root, {"train": files}):
        container = Container(root)
        assert list(piped_records(container, "train", 0)) == payloads
        assert list(piped_records(container, "train", 1)) == payloads


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"\xff\xd8\xff\xe0" + b"jpeg" * 9, r"\(channel 'train', record 0 of the pipe: Invalid magic number 0xe0ffd8ff at byte 0.*An augmented manifest needs RecordWrapperType RecordIO\)$"),
        (frame_native(b"good") + b"bad." * 9, r"record 1 of the pipe: Invalid magic number 0x2e646162 at byte 12: this is not RecordIO\)$"),
        (frame_native(b"good") + frame_native(b"cut off")[:-4], r"record 1 of the pipe: the stream ends in the middle of the record that begins at byte 12\)$"),
    ],
)  # fmt: skip
def test_a_stream_that_is_not_a_record_file_is_refused_with_the_record(
    tmp_path: Path, stream: bytes, said: str
) -> None:
    root = make_container(tmp_path, {}, wrapper="None")
    with (
        Platform(root, {"train": stream}),
        pytest.raises(CustomerError, match=said),
    ):
        list(piped_records(Container(root), "train", 0))


def test_results_keep_the_order_of_the_items() -> None:
    done = [threading.Event() for _ in range(20)]

    def later_one_first(n: int) -> int:
        if n % 2 == 0:
            assert done[n + 1].wait(20)
        done[n].set()
        return n * n

    results = list(ordered_map(iter(range(20)), later_one_first, workers=8, ahead=4, stop=NEVER))
    assert results == [n * n for n in range(20)]


def test_read_ahead_is_limited() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for n in range(100):
            read.append(n)
            yield n

    results = ordered_map(items(), lambda n: n, workers=1, ahead=4, stop=NEVER)
    assert next(results) == 0
    time.sleep(0.05)
    assert len(read) <= 8
    results.close()


def test_an_error_while_reading_or_working_is_raised_at_its_position() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise CustomerError("broken line")

    results = ordered_map(items(), lambda n: n, workers=1, ahead=4, stop=NEVER)
    assert next(results) == 1
    with pytest.raises(CustomerError, match="broken line"):
        next(results)

    def fail(n: int) -> int:
        raise CustomerError(f"bad item {n}")

    with pytest.raises(CustomerError, match="bad item 7"):
        list(ordered_map(iter([7]), fail, workers=1, ahead=4, stop=NEVER))


def test_a_reader_that_hangs_does_not_keep_a_stopped_training_alive(tmp_path: Path) -> None:
    stop, release = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        release.wait()

    results = ordered_map(items(), lambda n: n, workers=1, ahead=4, stop=stop)
    assert next(results) == 1
    stop.set()
    rest: list[list[int]] = []
    consumer = threading.Thread(target=lambda: rest.append(list(results)), daemon=True)
    consumer.start()
    consumer.join(20)
    assert rest == [[]]
    release.set()
    release.set()
