"""Rates of records into training, ours and those of peers, on real JPEG photos, warm page cache, 2 cores.

Every contender runs in its own process (plus its workers) over the same photos; rounds are interleaved.
The rate is that of one epoch from the first record on; `first` is from the start of the process to the first record or
batch, `whole` to the end of the epoch: a loader that has fetched everything before the first record has a high rate.
`memory` is the peak of the proportional share of the process and its children; `CPU` is the processor time of them
all, start and end included, for each record. Ratios are to the best peer and to the physical limit. The limit of
decoding is one core that decodes and resizes the same bytes from memory, with the same libraries and at the same
reduced scale as ours, times the number of cores; "Pillow" is the same for whole images, as the peers decode them.
"LitData, unread" only finds the records in its mapped shards; it is not comparable with those that read them.

    uv run python benchmarks/streaming.py [--images FOLDER] [--part local] [--rounds 5] [--only ours,litdata]

FOLDER holds photos of any size; they are cut and re-encoded into sets of records of about 3 KB, of about 27 KB (350
pixels) and of 1200 pixels. Without one, drawn street scenes with noise are used.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import servers
from figures import Figures
from PIL import Image

HERE = Path(__file__).parent
BUCKET = "photos"
PEERS = (
    "torch==2.15.0",
    "torchvision==0.29.2",
    "numpy<2.2",
    "pillow",
    "litdata==0.2.76",
    "mosaicml-streaming==0.13.0",
    "webdataset==1.0.2",
    "grain==0.2.18",
    "array_record==0.8.6",
    "s3torchconnector==1.5.0",
    "boto3",
    "obstore",
)
MXNET = ("mxnet==1.9.1", "numpy<1.24", "requests")


@dataclass(frozen=True)
class PhotoSet:
    """Photos of one kind: how many, how large, how finely encoded."""

    name: str
    count: int
    side: int
    quality: int


SMALL = PhotoSet("3 KB", 20_000, 96, 70)
MEDIUM = PhotoSet("27 KB", 8_000, 350, 92)
LARGE = PhotoSet("1200 px", 400, 1200, 90)


@dataclass(frozen=True)
class Contender:
    """A function of a script under contenders/, in the environment that has what it imports."""

    name: str
    script: str
    function: str
    environment: str = "peers"


OURS = "trigpoint"
LOCAL = (
    Contender("pipe copy", "limits", "pipe_copy", OURS),
    Contender("read loop", "limits", "read_loop", OURS),
    Contender("ours, FIFO", "ours", "fifo", OURS),
    Contender("ours, FIFO, split", "ours", "fifo_records", OURS),
    Contender("ours, in-process", "ours", "in_process", OURS),
    Contender("DataLoader", "loose_files", "torch_raw"),
    Contender("DataLoader, 1 worker", "loose_files", "torch_raw_worker"),
    Contender("Grain", "loose_files", "grain_raw"),
    Contender("LitData, unread", "shards", "litdata_views"),
    Contender("LitData", "shards", "litdata_raw"),
    Contender("LitData, 1 worker", "shards", "litdata_raw_worker"),
    Contender("MosaicML", "shards", "mosaic_raw"),
    Contender("WebDataset", "shards", "webdataset_raw"),
    Contender("ArrayRecord", "shards", "array_record_raw"),
    Contender("MXNet RecordIO", "recordio", "mxnet_raw", "mxnet"),
)
S3 = (
    Contender("obstore, async", "limits", "obstore_loop", OURS),
    Contender("obstore, threads", "limits", "obstore_threads", OURS),
    Contender("ours, S3", "ours", "s3", OURS),
    Contender("boto3 loop", "limits", "boto3_loop", OURS),
    Contender("s3torchconnector", "shards", "s3torchconnector_s3"),
    Contender("LitData", "shards", "litdata_s3"),
    Contender("MosaicML", "shards", "mosaic_s3"),
    Contender("WebDataset", "shards", "webdataset_s3"),
)
DECODED = (
    Contender("decoder, 1 core", "limits", "decoder", OURS),
    Contender("Pillow, 1 core", "limits", "pillow_decoder", OURS),
    Contender("ours", "ours", "decoded", OURS),
    Contender("Grain", "loose_files", "grain_decoded"),
    Contender("DataLoader", "loose_files", "torch_decoded"),
    Contender("LitData", "shards", "litdata_decoded"),
    Contender("MosaicML", "shards", "mosaic_decoded"),
    Contender("WebDataset", "shards", "webdataset_decoded"),
    Contender("MXNet", "recordio", "mxnet_decoded", "mxnet"),
)
OBSTORE = {"obstore, async", "obstore, threads"}
LIMITS = {"pipe copy", "read loop", *OBSTORE, "decoder, 1 core", "Pillow, 1 core"}
UNREAD = {"LitData, unread"}
ONE_CORE = {"decoder, 1 core", "Pillow, 1 core"}
PARTS = {
    "local": ((MEDIUM, LOCAL), (SMALL, LOCAL)),
    "s3": ((MEDIUM, S3),),
    "decoded": ((MEDIUM, DECODED), (LARGE, DECODED)),
}


def main() -> None:
    """Measures and prints."""
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="trigpoint-benchmark-", dir=options.scratch) as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        nginx = stack.enter_context(servers.nginx(folder))
        photos = _sources(options.images)
        for part in options.part.split(","):
            for photo_set, contenders in PARTS[part]:
                chosen = [each for each in contenders if _is_chosen(each, options.only)]
                _compare(
                    f"{part}: {photo_set.name}", _job(photo_set, photos, folder, nginx.url), chosen, options
                )


def _options() -> Any:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=Path, help="a folder of JPEG photos")
    parser.add_argument("--part", default="local,s3,decoded")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="words of contenders' names, separated by commas")
    parser.add_argument(
        "--limit-s",
        type=float,
        default=240.0,
        help="a contender that takes longer is ended, and reported as timed out",
    )
    parser.add_argument("--peers", type=Path, default=servers.CACHE)
    parser.add_argument("--scratch", type=Path, help="where the data and their copies are made")
    return parser.parse_args()


def _is_chosen(contender: Contender, only: str | None) -> bool:
    if only is None or contender.name in LIMITS:
        return True
    return any(word.lower() in contender.name.lower() for word in only.split(","))


def _compare(title: str, job: dict[str, Any], contenders: Sequence[Contender], options: Any) -> None:
    figures = Figures()
    left_out: dict[str, str] = {}
    for number in range(options.rounds):
        print(f"{title}: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        for contender in contenders:
            if contender.name in left_out:
                continue
            try:
                for found in _run(contender, job, options):
                    figures.add(contender.name, "", **found)
            except subprocess.TimeoutExpired:
                left_out[contender.name] = f"timed out after {options.limit_s:g} s (round {number + 1})"
            except (subprocess.SubprocessError, servers.Missing, OSError) as reason:
                left_out[contender.name] = f"failed: {reason} (round {number + 1})"
            if contender.name in left_out:
                print(f"{contender.name} {left_out[contender.name]}", file=sys.stderr)
    _print(title, figures, [each.name for each in contenders if figures.median(each.name, "", "per_s")])
    for name, reason in left_out.items():
        print(f"{name}: {reason}", flush=True)


def _run(contender: Contender, job: dict[str, Any], options: Any) -> Iterator[dict[str, float]]:
    """One epoch; before the first also the cost of preparing."""
    with tempfile.TemporaryDirectory(dir=job["folder"]) as scratch:
        path = Path(scratch) / "job.json"
        path.write_text(json.dumps({**job, "scratch": scratch}))
        script = HERE / "contenders" / f"{contender.script}.py"
        python = _environment(contender.environment, options.peers)
        command = [python, str(script), str(path), contender.function]
        if not _is_prepared(contender, job):
            prepared = _child(command, options.limit_s)[0]
            yield from (
                {key: found[key] for key in ("prepare_s", "extra_mb")}
                for found in prepared
                if "prepare_s" in found
            )
            shutil.rmtree(scratch)
            Path(scratch).mkdir()
            path.write_text(json.dumps({**job, "scratch": scratch}))
        answers, more = _child(command, options.limit_s)
        found = {k: v for k, v in answers[-1].items() if k not in ("prepare_s", "extra_mb")}
        yield {**found, **more, "cpu_us": more["cpu_s"] / max(found["records"], 1) * 1e6}


_prepared: set[tuple[str, str]] = set()


def _is_prepared(contender: Contender, job: dict[str, Any]) -> bool:
    """Whether the contender has run on these photos before: the first run converts, and warms the page cache."""
    known = (contender.name, job["shards"])
    if known in _prepared:
        return True
    _prepared.add(known)
    return False


def _child(command: Sequence[str], limit_s: float) -> tuple[list[dict[str, float]], dict[str, float]]:
    """What it answers, and its peak of memory and processor time, its own children included.

    Raises: TimeoutExpired: it, and all that it has started, was ended. Missing: it failed.
    """
    variables = {
        **os.environ,
        "BENCH_T0": repr(time.time()),
        "NO_PROXY": "*",
        "TOKENIZERS_PARALLELISM": "false",
    }
    before_s = _children_cpu_s()
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):  # no pipe a worker may hold
        child = subprocess.Popen(command, stdout=out, stderr=err, env=variables, start_new_session=True)
        peak = _Peak(child.pid)
        try:
            child.wait(limit_s)
        finally:
            peak_mb = peak.stop()
            _end_group(child)
        out.seek(0), err.seek(0)
        answers = [json.loads(line) for line in out.read().splitlines() if line.startswith("{")]
        if child.returncode or not answers:
            raise servers.Missing(f"it ended with {child.returncode}: {err.read().strip().splitlines()[-1:]}")
    return answers, {"peak_mb": peak_mb, "cpu_s": _children_cpu_s() - before_s}


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Ends what is left of a contender: itself when it hangs, and workers that outlive it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class _Peak:
    """Watches the memory of a process and all below it, in proportional shares (Linux)."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak_kb, self._over = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._peak_kb / 1e3

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            self._peak_kb = max(self._peak_kb, sum(map(_share_kb, _family(self._pid))))


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        below = Path(f"/proc/{pid}/task").iterdir()
        children = [int(child) for task in below for child in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _family(child)


def _share_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _print(title: str, figures: Figures, names: Sequence[str]) -> None:
    def found(name: str, figure: str) -> float:
        return figures.median(name, "", figure) or 0.0

    rates = {name: found(name, "per_s") for name in names}
    peers = [name for name in names if name not in LIMITS | UNREAD and not name.startswith("ours")]
    best = max(peers, key=rates.__getitem__, default=None)
    limit = next((name for name in names if name in LIMITS), None)
    if limit in OBSTORE:
        limit = max(OBSTORE & set(names), key=rates.__getitem__)
    for name in ONE_CORE & set(names):
        rates[name] = found(name, "cpu_per_s") * len(os.sched_getaffinity(0))
    heads = (
        "records/s",
        "MB/s",
        "first, s",
        "whole, s",
        "prepare, s",
        "extra MB",
        "memory MB",
        "CPU us/record",
        "vs best peer",
        "vs limit",
    )
    print(f"\n{title} (medians; best peer: {best}; limit: {limit})")
    print(f"{'':22}" + "".join(f"{head:>14}" for head in heads))
    for name in names:
        cells = [f"{rates[name]:,.0f}", f"{found(name, 'mb_per_s'):,.0f}", f"{found(name, 'first_s'):.2f}"]
        cells.append(f"{found(name, 'whole_s'):.2f}")
        cells += [f"{found(name, figure):,.1f}" for figure in ("prepare_s", "extra_mb", "peak_mb", "cpu_us")]
        cells.append(f"{rates[name] / rates[best]:.2f}x" if best else "-")
        cells.append(f"{rates[name] / rates[limit]:.2f}x" if limit and rates[limit] else "-")
        print(f"{name:22}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def _environment(name: str, peers: Path) -> str:
    """The interpreter of an environment; made when it is not there."""
    if name == OURS:
        return sys.executable
    home = peers / {"peers": "streaming", "mxnet": "mxnet"}[name]
    python = home / "bin" / "python"
    if not python.exists():
        packages = PEERS if name == "peers" else MXNET
        subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *packages], check=True)
    return str(python)


def _job(photo_set: PhotoSet, photos: Sequence[Path], folder: Path, url: str) -> dict[str, Any]:
    """The set's files, laid out as plain files, as a manifest and as objects that nginx serves."""
    served = folder / "nginx" / "files" / BUCKET
    name = photo_set.name.replace(" ", "")
    files = list(_make(photo_set, photos, served / name))
    keys = [f"{name}/{path.name}" for path in files]
    shards = folder / f"shards-{name}"
    shards.mkdir(exist_ok=True)
    manifests = {}
    for kind, references in (("local", map(str, files)), ("s3", (f"s3://{BUCKET}/{key}" for key in keys))):
        manifests[kind] = str(folder / f"{name}-{kind}.manifest")
        _write_manifest(Path(manifests[kind]), references)
    return {
        "files": [str(path) for path in files],
        "keys": keys,
        "bytes": sum(path.stat().st_size for path in files),
        "manifest": manifests["local"],
        "manifest_s3": manifests["s3"],
        "bucket": BUCKET,
        "endpoint": url,
        "served": str(served),
        "shards": str(shards),
        "folder": str(folder),
    }


def _write_manifest(path: Path, references: Iterable[str]) -> None:
    metadata = {"class-name": "photo", "human-annotated": "yes", "type": "groundtruth/image-classification"}
    with path.open("w") as out:
        for number, reference in enumerate(references):
            line = {"source-ref": reference, "label": number % 10, "label-metadata": metadata}
            out.write(json.dumps(line) + "\n")


def _make(photo_set: PhotoSet, photos: Sequence[Path], folder: Path) -> Iterator[Path]:
    """Different cuts of the photos, encoded."""
    if folder.exists():
        yield from sorted(folder.iterdir())
        return
    folder.mkdir(parents=True)
    dice = random.Random(1)
    opened = [Image.open(path).convert("RGB") for path in photos]
    for number, image in zip(range(photo_set.count), itertools.cycle(opened), strict=False):
        side = min(image.size) * dice.uniform(0.6, 1.0)
        left, top = dice.uniform(0, image.width - side), dice.uniform(0, image.height - side)
        cut = image.crop((int(left), int(top), int(left + side), int(top + side)))
        out = io.BytesIO()
        cut.resize((photo_set.side, photo_set.side), Image.Resampling.BICUBIC).save(
            out, "JPEG", quality=photo_set.quality
        )
        path = folder / f"{number:06d}.jpg"
        path.write_bytes(out.getvalue())
        yield path


def _sources(images: Path | None) -> list[Path]:
    if images is None:
        return _drawn()
    found = sorted(path for path in images.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    if not found:
        sys.exit(f"there is no JPEG photo in {images}")
    return found[:400]


def _drawn() -> list[Path]:
    from trigpoint.scenes import draw_scene

    folder = Path(tempfile.mkdtemp(prefix="trigpoint-scenes-"))
    paths = []
    for index in range(40):
        image = draw_scene(1, index, size=(1280, 960)).image
        noise = Image.effect_noise(image.size, 24).convert("RGB")
        path = folder / f"{index}.jpg"
        Image.blend(image, noise, 0.1).save(path, quality=95)
        paths.append(path)
    return paths


if __name__ == "__main__":
    main()
