"""The demo from start to end: pictures, labels, training, endpoint, prediction, each through the API as a
user would.
"""

from __future__ import annotations

import importlib.util
import secrets
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from trigpoint.core.clock import SystemClock
from trigpoint.core.errors import Invalid
from trigpoint.datadir.belonging import check_start
from trigpoint.datadir.lock import locked
from trigpoint.datadir.opening import prepare
from trigpoint.demo.dataset import (
    SCENES_HELD_OUT,
    SCENES_LABELED,
    Dataset,
    bucket_name_of,
    drawn_scenes,
    own_folder,
)
from trigpoint.demo.labeling import label
from trigpoint.demo.options import DemoOptions
from trigpoint.demo.progress import Display
from trigpoint.demo.server import running_server, with_free_port
from trigpoint.demo.serving import deploy, predict
from trigpoint.demo.session import BUCKET, Session, open_session
from trigpoint.demo.summary import DemoOutcome, show_summary
from trigpoint.demo.tasks.run import label_tasks, show_labels
from trigpoint.demo.training import train
from trigpoint.objects import ObjectStore
from trigpoint.settings import Settings


def run_demo(options: DemoOptions) -> int:
    """Runs the demo and returns its exit code."""
    task = None if (options.task or "boundingbox").lower() == "boundingbox" else options.task
    if task is None:
        _require_training()
    elif options.images is not None:
        raise Invalid("--images is for bounding boxes; leave it out with --task")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped, too
    console = Console()
    begun = time.monotonic()
    settings = _settings(options)
    check_start(settings)
    with locked(settings.data_dir):
        database = prepare(settings, SystemClock())
    with running_server(settings) as server:
        with Display(console) as display:
            session = open_session(settings, database, display)
            show = _labels(options, task, session) if task else _whole_loop(options, session)
        minutes, seconds = divmod(round(time.monotonic() - begun), 60)
        show(console, settings, f"{minutes} min {seconds:02d} s", not options.exit_at_end)
        if not options.exit_at_end:
            console.print("The server keeps running; Ctrl-C stops it.", style="bold")
            try:
                server.wait()
            except KeyboardInterrupt:
                console.print("Stopping.")
    return 0


Show = Callable[[Console, Settings, str, bool], None]
"""Prints what the demo ended with and how long it took; the last argument: whether the server keeps running."""


def _labels(options: DemoOptions, task: str, session: Session) -> Show:
    labeled = label_tasks(options, task, session)
    return lambda console, settings, took, stays: show_labels(console, settings, labeled, took, stays)


def _whole_loop(options: DemoOptions, session: Session) -> Show:
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    dataset = _pictures(options, session, seed)
    if options.auto and not dataset.has_truth:
        raise Invalid(
            f"--auto needs annotations to simulate workers with: put Pascal VOC .xml or COCO .json files into {options.images}, "
            "or leave out --auto and label yourself"
        )
    manifests = label(options, session, dataset.tasks(), seed)
    job, precision = train(session, dataset, manifests)
    endpoint = deploy(session, job)
    picture, sample = predict(session, dataset, endpoint)
    outcome = DemoOutcome(manifests, precision, endpoint, picture, sample, dataset.labels)
    return lambda console, settings, took, stays: show_summary(console, settings, outcome, took, stays)


def _require_training() -> None:
    if importlib.util.find_spec("torch") is None:
        raise Invalid("the demo trains a model and needs torch: pip install 'trigpoint[train]'")


def _settings(options: DemoOptions) -> Settings:
    settings = Settings.load(port=options.port, data_dir=options.data_dir)
    if options.data_dir is None:
        settings = replace(settings, data_dir=settings.data_dir.with_name(settings.data_dir.name + "-demo"))
    return with_free_port(settings, options.port)


def _pictures(options: DemoOptions, session: Session, seed: int) -> Dataset:
    if options.images is None:
        with session.display.step("Draw street scenes") as step:
            step.show(0, SCENES_LABELED + SCENES_HELD_OUT, f"seed {seed}")
            return drawn_scenes(session.s3, BUCKET, f"{session.run}/images", seed, step.advance)
    with session.display.step("Read the folder") as step:
        folder = options.images.expanduser().absolute()
        bucket = bucket_name_of(folder)
        dataset = own_folder(folder, bucket)
        store = ObjectStore(
            session.database, session.settings.objects_dir, SystemClock(), session.settings.region
        )
        if not store.bucket_exists(bucket):
            store.link_bucket(bucket, folder)
        boxes = sum(len(picture.boxes or ()) for picture in dataset.labeled + dataset.held_out)
        step.note(
            f"{len(dataset.labeled) + len(dataset.held_out)} images, {boxes} boxes, linked as s3://{bucket}"
        )
        return dataset
