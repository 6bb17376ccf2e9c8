"""The data agent of an instance: a process that reads objects, asks the model and writes outputs.

`python -m trigpoint.hosting.transform.agent FOLDER` is started by a runner, detached from the server, so that a
transform continues while the server is down. FOLDER/agent.json has its work. Its standard output is the job's data
log. SIGTERM ends it at once; the next agent continues after the finished objects.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from trigpoint.compute.local import LocalRunner
from trigpoint.door.client import Door, ServerAddress
from trigpoint.door.objects import JobObjects
from trigpoint.hosting.transform.agent_files import read_agent_spec
from trigpoint.hosting.transform.client import ModelClient
from trigpoint.hosting.transform.inputs import read_inputs
from trigpoint.hosting.transform.progress import ProgressLog
from trigpoint.hosting.transform.transforming import Transformer, write_log


def main(folder: Path) -> int:
    """Runs the agent of this folder; 0 when all objects are finished, or on SIGTERM."""
    agent = read_agent_spec(folder)
    settings = agent.settings
    door = Door(ServerAddress(settings.local_url, settings.address_file), agent.keys.door_token, write_log)
    objects = JobObjects(door, agent.keys.session, settings.region, folder, is_near=True)
    runner = LocalRunner(settings.jobs_dir / "processes")
    client = ModelClient(
        folder,
        lambda handle: runner.poll(handle).phase == "running",
        timeout_s=agent.job.timeout_s,
        max_retries=agent.job.max_retries,
    )
    signal.signal(
        signal.SIGTERM, lambda number, frame: os._exit(0)
    )  # unfinished objects are transformed again
    transformer = Transformer(agent.job, objects, client, ProgressLog(folder), folder)
    transformer.run(read_inputs(agent.job, folder.parent, agent.number))
    return 0


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that waits for the model must not delay the end
