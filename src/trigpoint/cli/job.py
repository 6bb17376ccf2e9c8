"""`trigpoint job ...`: training jobs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.training.jobs import TrainingJobs


@click.group()
def job() -> None:
    """Interrupt training jobs, to try how they continue."""


@job.command()
@click.argument("name")
@data_option
@reports_errors
def interrupt(name: str, data_dir: Path | None) -> None:
    """Reclaim the instances of the training job NAME, as AWS does with spot instances.

    The job must use managed spot training. Its algorithm gets SIGTERM, and is killed if it has not ended after 120
    seconds. The job is Interrupted and then starts again, from its last checkpoint if it has a CheckpointConfig.
    """
    jobs = _jobs(data_dir)
    jobs.interrupt(name)
    checkpoints = jobs.describe(name).spec.checkpoints
    how = f"from its last checkpoint in {checkpoints.uri}" if checkpoints else "from the beginning"
    click.echo(f"{name} is interrupted. Its algorithm is asked to end; then the job starts again {how}.")
    if checkpoints is None:
        click.echo("A job with a CheckpointConfig would continue where it was interrupted.", err=True)


def _jobs(data_dir: Path | None) -> TrainingJobs:
    from trigpoint.access.session_keys import no_job_keys
    from trigpoint.compute.local import LocalRunner
    from trigpoint.compute.logs import LogStreams
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.opening import open_existing
    from trigpoint.objects import ObjectStore
    from trigpoint.reconcile import Reconciler
    from trigpoint.training.jobs import TrainingJobs

    settings, clock = Settings.load(data_dir=data_dir), SystemClock()
    database = open_existing(settings)
    objects = ObjectStore(database, settings.objects_dir, clock, settings.region)
    runner, queue = LocalRunner(settings.jobs_dir / "processes"), Reconciler(database, clock)
    logs = LogStreams(database)
    return TrainingJobs(database, objects, runner, queue, logs, settings, clock, issue_keys=no_job_keys)
