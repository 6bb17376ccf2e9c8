"""The instance, run in this process: stops, a missing torch, and data that cannot be read."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.training import PREAMBLE
from trigpoint.core.clock import SystemClock
from trigpoint.db import Database
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings
from trigpoint.training.instance import NO_TORCH, TrainingInstance
from trigpoint.training.launch import InstanceFolder, InstanceSpec
from trigpoint.training.model import Channel
from trigpoint.training.progress import InstanceResult, read_progress


@pytest.fixture
def objects(sqlite_database: Database, settings: Settings) -> ObjectStore:
    store = ObjectStore(sqlite_database, settings.objects_dir, SystemClock())
    store.create_bucket("data")
    return store


@pytest.fixture
def spec(tmp_path: Path, settings: Settings) -> InstanceSpec:
    folder = InstanceFolder(tmp_path / "job")
    for part in ("input/data", "model", "output/data"):
        (folder.opt_ml / part).mkdir(parents=True)
    folder.scratch.mkdir()
    return InstanceSpec(folder, (), [], {}, False, 60.0, settings)


def with_algorithm(spec: InstanceSpec, code: str, *channels: Channel) -> InstanceSpec:
    script = spec.folder.root / "algorithm.py"
    script.write_text(PREAMBLE + code)
    return replace(spec, argv=[sys.executable, str(script), str(spec.folder.opt_ml)], channels=channels)


def when(condition: Callable[[], bool], act: Callable[[], None]) -> None:
    """Calls `act` in the background as soon as the condition is true."""

    def watch() -> None:
        end = time.monotonic() + 20
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        act()

    threading.Thread(target=watch, daemon=True).start()


def test_an_algorithm_that_ignores_sigterm_is_killed_after_the_grace_period(
    spec: InstanceSpec, objects: ObjectStore
) -> None:
    code = 'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nmodel("ready", "")\ntime.sleep(60)'
    instance = TrainingInstance(with_algorithm(spec, code), objects, grace_s=0.3)
    when((spec.folder.opt_ml / "model" / "ready").exists, instance.ask_to_stop)
    assert instance.run() == InstanceResult(-9, stopped_by="signal")


def test_an_algorithm_that_is_out_of_time_is_stopped_with_that_cause(
    spec: InstanceSpec, objects: ObjectStore
) -> None:
    instance = TrainingInstance(with_algorithm(spec, 'model("ready", "")\ntime.sleep(60)'), objects)
    when((spec.folder.opt_ml / "model" / "ready").exists, instance.time_is_up)
    assert instance.run() == InstanceResult(-15, stopped_by="max-runtime")
    assert [phase.name for phase in read_progress(spec.folder.root)] == [
        "Downloading",
        "Training",
        "Stopping",
    ]


class SlowStore(ObjectStore):
    """Calls back while the third object is listed."""

    act: Callable[[], None]

    def iterate_uri(self, prefix_uri: str) -> Iterable:  # type: ignore[type-arg,override]
        for place, found in enumerate(super().iterate_uri(prefix_uri)):
            if place == 2:
                self.act()
            yield found


def test_a_stop_during_the_download_ends_the_instance(
    spec: InstanceSpec, sqlite_database: Database, settings: Settings
) -> None:
    store = SlowStore(sqlite_database, settings.objects_dir, SystemClock())
    store.create_bucket("data")
    for k in range(5):
        store.put("data", f"{k}", b"x")
    channel = Channel("train", "S3Prefix", "s3://data/", "File")
    instance = TrainingInstance(with_algorithm(spec, 'model("ran", "")', channel), store)
    store.act = instance.ask_to_stop  # as the signal handler would, in the middle of the download
    assert instance.run() == InstanceResult(None, stopped_by="signal")
    assert not (spec.folder.opt_ml / "model" / "ran").exists()


def test_without_torch_a_built_in_algorithm_fails_with_the_command_that_installs_it(
    spec: InstanceSpec, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = TrainingInstance(replace(with_algorithm(spec, ""), needs_torch=True), objects).run()
    assert result == InstanceResult(None, failure=NO_TORCH)
    assert NO_TORCH.startswith("AlgorithmError: ")
    assert "pip install 'trigpoint[train]'" in NO_TORCH


def test_data_errors_after_the_algorithm_has_succeeded_are_ignored(
    spec: InstanceSpec, objects: ObjectStore
) -> None:
    lines = b"".join(b'{"v":"%s"}\n' % (b"x" * 60_000) for _ in range(40)) + b"broken\n"
    objects.put("data", "m", lines)
    channel = Channel("train", "AugmentedManifestFile", "s3://data/m", "Pipe", ("v",))
    code = 'with pipe("train", 0) as stream:\n    stream.read(1000)\nmodel("done", "")'
    assert TrainingInstance(with_algorithm(spec, code, channel), objects).run() == InstanceResult(0)


def test_the_failure_file_is_read_up_to_its_limit(spec: InstanceSpec, objects: ObjectStore) -> None:
    code = 'open(ml + "/output/failure", "w").write("x" * 5000)\nsys.exit(2)'
    assert TrainingInstance(with_algorithm(spec, code), objects).run() == InstanceResult(
        2, failure_text="x" * 1024
    )


@pytest.mark.parametrize("leaves", ["os.symlink(__file__, failure)", "os.mkfifo(failure)"])
def test_a_failure_that_is_no_file_is_not_read(spec: InstanceSpec, objects: ObjectStore, leaves: str) -> None:
    code = f'failure = ml + "/output/failure"\n{leaves}\nsys.exit(2)'
    assert TrainingInstance(with_algorithm(spec, code), objects).run() == InstanceResult(2)


def test_the_environment_of_the_algorithm_has_no_settings_of_the_server(
    spec: InstanceSpec, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIGPOINT_DATABASE_URL", "postgresql://secret")
    code = 'sys.exit(5 if "TRIGPOINT_DATABASE_URL" in os.environ else 0)'
    assert TrainingInstance(with_algorithm(spec, code), objects).run() == InstanceResult(0)
