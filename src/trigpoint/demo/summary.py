"""What the demo prints at its end: what was reached, and a snippet that asks the endpoint again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from trigpoint.demo.dataset import Picture
from trigpoint.settings import Settings


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """What the demo ends with."""

    manifests: tuple[str, ...]
    mean_average_precision: float | None
    endpoint: str
    picture: Path
    sample: Picture
    labels: tuple[str, ...]


def show_summary(
    console: Console, settings: Settings, outcome: DemoOutcome, took: str, keeps_running: bool
) -> None:
    """Prints each line whole, however long, so that it can be copied."""
    precision = outcome.mean_average_precision
    lines = [("Labels", manifest) for manifest in outcome.manifests]
    lines.append(
        (
            "mAP@0.5",
            "not measured: no image was held out"
            if precision is None
            else f"{precision:.3f} on held-out images",
        )
    )
    lines.append(("Endpoint", outcome.endpoint))
    lines.append(("Picture", str(outcome.picture)))
    if keeps_running:
        lines.append(("Portal", f"{settings.base_url}/portal/"))
    lines.append(("Time", took))
    console.print()
    console.rule("[bold]From images to a served detector")
    for name, value in lines:
        console.print(f"[bold]{name:<10}[/]{escape(value)}", highlight=False, soft_wrap=True)
    if keeps_running:
        console.rule("[bold]Ask the endpoint yourself")
        console.print(
            _snippet(settings, outcome), style="cyan", markup=False, highlight=False, soft_wrap=True
        )
    console.rule()


def _snippet(settings: Settings, outcome: DemoOutcome) -> str:
    bucket, _, key = outcome.sample.uri.removeprefix("s3://").partition("/")
    return f"""eval "$(trigpoint env --data {shlex.quote(str(settings.data_dir))})"
python - <<'END'
import boto3, json
image = boto3.client("s3").get_object(Bucket={bucket!r}, Key={key!r})["Body"].read()
answer = boto3.client("sagemaker-runtime").invoke_endpoint(
    EndpointName={outcome.endpoint!r}, ContentType="application/x-image", Body=image)
labels = {list(outcome.labels)!r}
for label, score, *corners in json.loads(answer["Body"].read())["prediction"][:5]:
    print(labels[int(label)], round(score, 2), corners)
END"""
