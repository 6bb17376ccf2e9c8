"""How the processes of a training divide its examples, and how many processes there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.algorithms.container import make_container
from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.place import Place
from trigpoint.algorithms.common.processes import gpus_of, processes_wanted
from trigpoint.algorithms.common.share import share_of

EXAMPLES = range(25)


def places(hosts: int, processes: int) -> list[Place]:
    return [Place(h, hosts, p, processes) for h in range(hosts) for p in range(processes)]


@pytest.mark.parametrize(("hosts", "processes", "batch"), [(1, 2, 5), (2, 1, 3), (3, 2, 4), (2, 4, 3)])
def test_a_group_takes_every_example_of_a_step_once(hosts: int, processes: int, batch: int) -> None:
    shares = [share_of(place, batch, is_sharded=False) for place in places(hosts, processes)]
    for place in EXAMPLES:
        assert sum(share.has(place) for share in shares) == 1
    assert {share.block for share in shares} == {hosts * batch}
    sizes = [share.high - share.low for share in shares]
    assert max(sizes) - min(sizes) <= 1  # a batch that cannot be divided is divided as evenly as possible
    assert all(
        share.completes(share.high - 1) and not share.completes(share.high)
        for share in shares
        if share.low < share.high
    )


def test_the_processes_of_an_instance_divide_its_shard() -> None:
    shares = [share_of(place, 4, is_sharded=True) for place in places(2, 2)]
    assert [[place for place in range(8) if share.has(place)] for share in shares] == [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
    ] * 2
    # object i of all is on host i mod 2, so that this is its place without shards
    assert [shares[0].seed_of(2), shares[2].seed_of(2)] == [4, 5]


def container(root: Path, host: str = "algo-1", *hosts: str) -> Container:
    made = Container(make_container(root, {}))
    made.host, made.hosts = host, list(hosts or [host])
    return made


@pytest.mark.parametrize("wanted", ["0", "65", "two", "-1"])
def test_a_wrong_number_of_processes_is_refused(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(
        CustomerError, match=f"TRIGPOINT_PROCESSES is '{wanted}'; it must be a whole number from 1"
    ):
        processes_wanted(container(tmp_path), {"TRIGPOINT_PROCESSES": wanted})


def test_an_instance_has_a_process_for_each_of_its_gpus(tmp_path: Path) -> None:
    four = {"CUDA_VISIBLE_DEVICES": "0,1,2,3"}
    assert processes_wanted(container(tmp_path), {"CUDA_VISIBLE_DEVICES": ""}) == 1
    assert processes_wanted(container(tmp_path), four) == 4
    assert processes_wanted(container(tmp_path), {**four, "TRIGPOINT_PROCESS": "1"}) == 1  # it is one of them


def test_instances_on_one_machine_divide_its_gpus(tmp_path: Path) -> None:
    here = {"MASTER_ADDR": "127.0.0.1"}
    hosts = ("algo-1", "algo-2", "algo-3")
    of = [
        gpus_of(container(tmp_path, host, *hosts), {**here, "CUDA_VISIBLE_DEVICES": "0,1,2,3"})
        for host in hosts
    ]
    assert of == [(["0", "3"], False), (["1"], False), (["2"], False)]
    shared = [
        gpus_of(container(tmp_path, host, *hosts), {**here, "CUDA_VISIBLE_DEVICES": "0,1"}) for host in hosts
    ]
    assert shared == [(["0"], True), (["1"], True), (["0"], True)]
    elsewhere = {"MASTER_ADDR": "10.0.0.7", "CUDA_VISIBLE_DEVICES": "0,1"}
    assert gpus_of(container(tmp_path, "algo-2", *hosts), elsewhere) == (["0", "1"], False)
