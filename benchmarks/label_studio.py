"""Label Studio, in an environment of its own, with workers who signed up and a project of the same data objects."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import labeling_sites
import servers
from figures import Figures
from servers import Server

from trigpoint.labeling.task_types.contract import TaskType

LABEL_STUDIO = "label-studio==1.23.2"
PASSWORD = "blue-bicycle-1"
CONFIG = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">'
    '<Label value="car"/></RectangleLabels></View>'
)
RESULT = [
    {
        "from_name": "label",
        "to_name": "image",
        "type": "rectanglelabels",
        "value": {"x": 10, "y": 10, "width": 30, "height": 30, "rotation": 0, "rectanglelabels": ["car"]},
    }
]
IMPORT_CHUNK = 2_000
START_LIMIT_S = 420.0
"""Its first start runs hundreds of migrations."""


class LabelStudio:
    """A running server of Label Studio."""

    name = "label studio"

    def __init__(self, server: Server, headers: Sequence[str]) -> None:
        self._server = server
        self._headers = headers
        self._project = 0

    def open_job(self, task_type: TaskType[Any], objects: int, answers: int) -> None:
        """Makes a project of boxes, whatever the task type."""
        headers = dict(line.split(": ", 1) for line in self._headers[0].splitlines())
        with httpx.Client(base_url=self._server.url, trust_env=False, timeout=600, headers=headers) as client:
            project = {"title": "Benchmark", "label_config": CONFIG, "maximum_annotations": answers}
            made = client.post("/api/projects", json=project)
            made.raise_for_status()
            self._project = made.json()["id"]
            tasks = [{"data": {"image": f"http://127.0.0.1/{k}.png"}} for k in range(objects)]
            for start in range(0, objects, IMPORT_CHUNK):
                client.post(
                    f"/api/projects/{self._project}/import", json=tasks[start : start + IMPORT_CHUNK]
                ).raise_for_status()

    def measure(self, workers: int, seconds: float, think_s: float) -> dict[str, float]:
        """The figures of some workers at work."""
        headers = self._headers[:workers]
        return labeling_sites.measured(
            self._server, headers, self._project, RESULT, seconds, think_s, peer=True
        )

    def large_job(self, figures: Figures, objects: int) -> None:
        """Not measured."""


@contextmanager
def label_studio(folder: Path, peers: Path, workers: int) -> Iterator[LabelStudio]:
    """A server on SQLite, as `label-studio start` makes it."""
    port, data = servers.free_port(), folder / "label-studio"
    data.mkdir()
    command = [str(_command(peers)), "start", "--no-browser", "--port", str(port), "--data-dir", str(data)]
    command += ["--internal-host", "127.0.0.1"]
    variables = {
        **os.environ,
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    with servers.started(command, folder / "label-studio.log", variables) as child:
        url = f"http://127.0.0.1:{port}"
        servers.wait_for(f"{url}/health", child, START_LIMIT_S)
        server = Server("label studio", url, child.pid)
        yield LabelStudio(server, [_signed_up(url, number) for number in range(workers)])


def _signed_up(url: str, number: int) -> str:
    """The request headers of a new worker's session."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60, follow_redirects=True) as client:
        client.get("/user/signup/")
        form = {"email": f"worker-{number}@example.com", "password": PASSWORD, "how_find_us": "Other"}
        form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
        client.post("/user/signup/", data=form, headers={"Referer": url}).raise_for_status()
        cookies = "; ".join(f"{key}={value}" for key, value in client.cookies.items())
        return f"Cookie: {cookies}\r\nX-CSRFToken: {client.cookies['csrftoken']}\r\n"


def _command(peers: Path) -> Path:
    """The label-studio of an environment of its own."""
    home = peers / "label-studio"
    command = home / "bin" / "label-studio"
    if not command.exists():
        subprocess.run(["uv", "venv", "--quiet", str(home)], check=True)
        python = str(home / "bin" / "python")
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, LABEL_STUDIO], check=True)
    return command
