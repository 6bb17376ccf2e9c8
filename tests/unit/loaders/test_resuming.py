"""Resuming in an epoch, also with other numbers of ranks and workers, gives every record exactly once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from helpers.photos import photo_folder
from trigpoint.core.errors import Invalid
from trigpoint.stream import AugmentedManifest, Records, StreamError, TorchImages

ROWS = 23


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photo_folder(tmp_path_factory.mktemp("photos"), ROWS)


Batch = tuple[list[int], dict[str, Any]]
"""The numbers of its records, and the state after it."""


def batches(part: Records, size: int, drop_last: bool) -> Iterator[Batch]:
    numbers: list[int] = []
    state: dict[str, Any] = {}
    for record in part:
        numbers.append(record["class"])
        state = json.loads(json.dumps(part.state_dict()))
        if len(numbers) == size:
            yield numbers, state
            numbers = []
    if numbers and not drop_last:
        yield numbers, state


def delivered(rank: Records, workers: int, size: int, drop_last: bool) -> Iterator[Batch]:
    """The batches in the order of a DataLoader, which takes one batch from each worker in turn."""
    parts = [rank.split(worker, workers, block=size) for worker in range(workers)]
    for in_turn in zip_longest(*(batches(part, size, drop_last) for part in parts)):
        yield from (batch for batch in in_turn if batch is not None)


def stretch(
    manifest: Path,
    seed: int | None,
    ranks: int,
    workers: int,
    size: int,
    stop: int,
    state: Any,
    drop_last: bool,
) -> tuple[list[list[int]], Any]:
    """The first `stop` batches of every rank, and the state of the first rank."""
    seen, last = [], state
    for rank in range(ranks):
        reader = AugmentedManifest(manifest, ["class"], shuffle_seed=seed, shard=(rank, ranks))
        if state is not None:
            reader.load_state_dict(state)
        taken = list(islice(delivered(reader, workers, size, drop_last), stop))
        seen += [numbers for numbers, _ in taken]
        if rank == 0 and taken:
            last = taken[-1][1]
    return seen, last


world = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 6))


@settings(max_examples=120)
@given(
    rows=st.integers(1, ROWS),
    seed=st.none() | st.integers(0, 5),
    stretches=st.lists(st.tuples(world, st.integers(0, 5)), max_size=3),
    rest=world,
)
def test_an_epoch_has_every_record_once_when_ranks_workers_and_batch_size_change(
    manifest: Path,
    rows: int,
    seed: int | None,
    stretches: list[tuple[tuple[int, int, int], int]],
    rest: tuple[int, int, int],
) -> None:
    short = manifest.with_name(f"{rows}.manifest")
    short.write_text("".join(manifest.read_text().splitlines(keepends=True)[:rows]))
    state: Any = None
    seen: list[list[int]] = []
    for (ranks, workers, size), stop in [*stretches, (rest, rows)]:
        more, state = stretch(short, seed, ranks, workers, size, stop, state, drop_last=False)
        seen += more
    assert sorted(number for batch in seen for number in batch) == list(range(rows))


@settings(max_examples=60)
@given(
    seed=st.none() | st.integers(0, 5),
    ranks=st.integers(1, 3),
    before=st.integers(1, 4),
    after=st.integers(1, 4),
    size=st.integers(1, 6),
    stop=st.integers(0, 6),
    drop_last=st.booleans(),
)
def test_the_batches_of_a_rank_are_the_same_with_any_number_of_workers_and_after_any_stop(
    manifest: Path,
    seed: int | None,
    ranks: int,
    before: int,
    after: int,
    size: int,
    stop: int,
    drop_last: bool,
) -> None:
    def rank(workers: int, count: int, state: Any) -> tuple[list[list[int]], Any]:
        reader = AugmentedManifest(manifest, ["class"], shuffle_seed=seed, shard=(ranks - 1, ranks))
        if state is not None:
            reader.load_state_dict(state)
        taken = list(islice(delivered(reader, workers, size, drop_last), count))
        return [numbers for numbers, _ in taken], taken[-1][1] if taken else state

    whole, _ = rank(1, ROWS, None)
    first, state = rank(before, stop, None)
    second, _ = rank(after, ROWS, state)
    assert first + second == whole


def test_a_worker_continues_from_its_own_state(manifest: Path) -> None:
    """For loaders that keep a state for each worker."""
    for worker in range(3):
        whole = list(batches(part(manifest, worker), 2, drop_last=False))
        for stop, (_, state) in enumerate(whole, start=1):
            fresh = part(manifest, worker)
            fresh.load_state_dict(state)
            assert fresh.state_dict() == state
            assert list(batches(fresh, 2, drop_last=False)) == whole[stop:]


def part(manifest: Path, worker: int) -> Records:
    reader = AugmentedManifest(manifest, ["class"], shuffle_seed=1, shard=(1, 2))
    return reader.split(worker, 3, block=2)


def test_parts_know_their_length(manifest: Path) -> None:
    for workers in (1, 2, 3, 5):
        for size in (1, 2, 4, 30):
            rank = AugmentedManifest(manifest, ["class"], shard=(0, 2))
            parts = [rank.split(worker, workers, block=size) for worker in range(workers)]
            assert [len(part) for part in parts] == [sum(1 for _ in part) for part in parts]
            assert sum(map(len, parts)) == len(rank) == 12


def test_the_records_of_a_worker_cannot_be_split_again(manifest: Path) -> None:
    with pytest.raises(Invalid, match=r"the records of a worker cannot be split again"):
        part(manifest, 0).split(0, 2)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 1}, "taken with version=1, this reader of .* has 2"),
        ({"records": 22}, "taken with records=22, this reader of .* has 23"),
        ({"epoch": None}, "the state has epoch=None; give what state_dict"),
        ({"position": -1}, "the state has position=-1; give what state_dict"),
    ],
)
def test_a_state_of_other_data_is_refused(manifest: Path, change: dict[str, Any], why: str) -> None:
    reader = AugmentedManifest(manifest, ["class"])
    with pytest.raises(Invalid, match=why):
        reader.load_state_dict({**reader.state_dict(), **change})


# -- with torch's DataLoader


def loader(manifest: Path, workers: int, rank: tuple[int, int] = (0, 1), state: Any = None) -> Any:
    reader = AugmentedManifest(manifest, ["source-ref", "class"], shuffle_seed=3)
    dataset = TorchImages(reader, rank=rank, size=8, batch_size=3, threads=1)
    if state is not None:
        dataset.load_state_dict(json.loads(json.dumps(state)))
    return DataLoader(dataset, batch_size=None, num_workers=workers)


def test_a_dataloader_gives_the_same_batches_with_any_number_of_workers(manifest: Path) -> None:
    alone = [batch["class"] for batch in loader(manifest, 0)]
    assert len(alone) == len(loader(manifest, 0)) == 8
    for workers in (1, 2):
        assert [batch["class"] for batch in loader(manifest, workers)] == alone


@pytest.mark.parametrize(("before", "after"), [(2, 0), (0, 2), (2, 1)])
def test_the_state_of_a_batch_resumes_with_any_number_of_workers(
    manifest: Path, before: int, after: int
) -> None:
    whole = [batch["class"] for batch in loader(manifest, 0)]
    passing = iter(loader(manifest, before))
    first = [next(passing) for _ in range(3)]
    del passing
    rest = [batch["class"] for batch in loader(manifest, after, state=first[-1]["state"])]
    assert [batch["class"] for batch in first] + rest == whole


def test_an_error_in_a_worker_names_line_and_attribute(tmp_path: Path) -> None:
    path = photo_folder(tmp_path, ROWS)
    (tmp_path / "photos" / "9.jpg").write_bytes(b"no image")
    reader = AugmentedManifest(path, ["source-ref", "class"])
    seen = []
    with pytest.raises(
        StreamError, match=r"line 10, attribute 'source-ref': not a readable image: its 8 bytes"
    ):
        for batch in DataLoader(TorchImages(reader, size=8, batch_size=3), batch_size=None, num_workers=2):
            seen += batch["class"]
    assert seen == list(range(9))
    skipping = TorchImages(reader, size=8, batch_size=3, on_error="skip")
    kept = [batch["class"] for batch in DataLoader(skipping, batch_size=None, num_workers=2)]
    assert [number for batch in kept for number in batch] == [*range(9), *range(10, ROWS)]


def test_an_epoch_of_two_ranks_can_be_resumed_by_three(manifest: Path) -> None:
    seen: list[int] = []
    state: Any = None
    for rank in range(2):
        taken = list(islice(loader(manifest, 2, (rank, 2)), 2))
        seen += [number for batch in taken for number in batch["class"]]
        state = state or taken[-1]["state"]
    for rank in range(3):
        seen += [number for batch in loader(manifest, 0, (rank, 3), state) for number in batch["class"]]
    assert sorted(seen) == list(range(ROWS))


@pytest.mark.parametrize(("workers", "stop"), [(0, 3), (2, 1), (2, 4), (2, 7)])
def test_a_stateful_dataloader_resumes_exactly(manifest: Path, workers: int, stop: int) -> None:
    stateful = pytest.importorskip(
        "torchdata.stateful_dataloader", reason="torchdata, which has StatefulDataLoader, is optional"
    )

    def build() -> Any:
        reader = AugmentedManifest(manifest, ["source-ref", "class"], shuffle_seed=3)
        dataset = TorchImages(reader, size=8, batch_size=3, threads=1)
        return stateful.StatefulDataLoader(dataset, batch_size=None, num_workers=workers)

    whole = [batch["class"] for batch in build()]
    used = build()
    first = [batch["class"] for batch in islice(used, stop)]
    fresh = build()
    fresh.load_state_dict(used.state_dict())
    assert first + [batch["class"] for batch in fresh] == whole
