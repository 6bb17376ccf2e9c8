"""The output manifests of jobs in formats of other tools, made in the background and kept for some time.

An archive is made in a process of its own, one at a time, with limits of time and memory. It is found again by the content of
the manifest, also by another server with the same folder. The folder is bounded; what was not downloaded for the longest time
goes first. It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cachetools import LRUCache

from trigpoint.compute.bounded_calls import BoundedCalls, CallFailed
from trigpoint.core.errors import LimitExceeded, NotFound, TrigpointError, Unavailable
from trigpoint.datasets.archive import Archived, Count, archived
from trigpoint.datasets.exporting import OF_BOXES, OF_CLASSES, Format
from trigpoint.labeling.functions.workflow import workflow_of_job
from trigpoint.labeling.model import Job
from trigpoint.labeling.outputs import published_manifest_uri
from trigpoint.language import translatable
from trigpoint.objects import ObjectStore

MEMORY_BYTES: Final = 3 << 30
"""For 1,000,000 boxes, 1.8 GB are needed."""
LIMIT_S: Final = 300.0
MOST_MANIFEST_BYTES: Final = 2 << 30
MOST_KEPT_BYTES: Final = 4 << 30
MOST_WAITING: Final = 8
LEFT_OVER_S: Final = 24 * 3600
_FORMATS: Final = {
    "BoundingBox": OF_BOXES,
    "AdjustmentBoundingBox": OF_BOXES,
    "ImageMultiClass": OF_CLASSES,
    "ImageMultiClassMultiLabel": OF_CLASSES,
}
_LOG = logging.getLogger(__name__)


def formats_of(job: Job) -> tuple[Format, ...]:
    """The formats that hold the labels of the job's task type; none for those that only a manifest holds."""
    return _FORMATS.get(workflow_of_job(job).task_type.name, ())


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive, as far as it is. `is_being_made`: ask again. `found`: what was converted, once it is made."""

    is_being_made: bool = False
    found: Archived | None = None
    size_bytes: int = 0


class LabelArchives:
    """Makes and keeps archives. Thread-safe.

    Args:   folder: where they are kept; it is made when the first one is.
    """

    def __init__(
        self, objects: ObjectStore, calls: BoundedCalls, folder: Path, most_bytes: int = MOST_KEPT_BYTES
    ) -> None:
        self._objects = objects
        self._calls = calls
        self._folder = folder
        self._most_bytes = most_bytes
        self._changed = threading.Condition()
        self._made: dict[str, str] = {}
        """The archives that are being made, by the name of their files, and the job of each."""
        self._failed: LRUCache[str, Archived] = LRUCache(100)

    def of(self, job: Job, target_format: Format) -> Archive:
        """The archive of the output manifest as it is now. Raises: NotFound: there is no manifest."""
        name = self._name(job, target_format)
        with self._changed:
            if name in self._made:
                return Archive(is_being_made=True)
            if name in self._failed:
                return Archive(found=self._failed[name])
        with suppress(OSError, ValueError):
            found = _read(json.loads(self._report(name).read_bytes()))
            return Archive(found=found, size_bytes=self._file(name).stat().st_size)
        return Archive()

    def make(self, job: Job, target_format: Format, patience_s: float) -> None:
        """Begins to make the archive unless it is there, and waits so long for it.

        Raises: NotFound: there is no manifest. LimitExceeded: too many are being made.
        """
        name = self._name(job, target_format)
        with self._changed:
            self._failed.pop(name, None)
            if name not in self._made:
                if len(self._made) >= MOST_WAITING:
                    raise LimitExceeded(
                        translatable("too many downloads are being made; try again in a minute")
                    )
                self._made[name] = job.spec.name
                threading.Thread(
                    target=self._run, args=(name, job, target_format), name="label-archive", daemon=True
                ).start()
            self._changed.wait_for(lambda: name not in self._made, patience_s)

    def open(self, job: Job, target_format: Format) -> Path:
        """The file. Raises: NotFound: it has not been made, or is not there any more."""
        file = self._file(self._name(job, target_format))
        with suppress(OSError):
            os.utime(file)  # it is downloaded now
            return file
        raise NotFound(translatable("the download is not there any more; prepare it again"))

    def version(self, job_name: str) -> str:
        """Changes when an archive of the job is begun or made."""
        with self._changed:
            return "|".join(sorted(name for name, of in self._made.items() if of == job_name))

    def _name(self, job: Job, target_format: Format) -> str:
        uri = published_manifest_uri(job)
        if uri is None:
            raise NotFound(translatable("the output manifest has not been written yet"))
        info = self._objects.head_uri(uri)
        text = f"{uri}\n{info.etag}\n{job.spec.label_attribute}\n{target_format}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.zip"

    def _report(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _run(self, name: str, job: Job, target_format: Format) -> None:
        try:
            made = self._make_file(name, job, target_format)
        except (TrigpointError, Unavailable, CallFailed) as failure:
            made = Archived(problem=str(failure))
        except OSError as failure:
            _LOG.exception("label_archive_failed job=%s", job.spec.name)
            made = Archived(problem=f"the archive cannot be written: {failure.strerror}")
        with self._changed:
            if made.problem:
                self._failed[name] = made
            self._made.pop(name)
            self._changed.notify_all()

    def _make_file(self, name: str, job: Job, target_format: Format) -> Archived:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_room()
        uri = published_manifest_uri(job) or ""
        with tempfile.TemporaryDirectory(dir=self._folder, suffix=".work") as work:
            manifest, target, report = (
                Path(work, each) for each in ("output.manifest", "labels.zip", "report")
            )
            self._copy(uri, manifest)
            files = str(manifest), manifest.name, job.spec.label_attribute, str(target_format), str(target)
            made = self._calls.call(archived, *files, limit_s=LIMIT_S)
            if not made.problem:
                report.write_text(json.dumps(asdict(made)))
                target.replace(self._file(name))
                report.replace(self._report(name))
            return made

    def _copy(self, uri: str, target: Path) -> None:
        if (size := self._objects.head_uri(uri).size_bytes) > MOST_MANIFEST_BYTES:
            raise LimitExceeded(
                f"{uri} has {size:,} bytes; at most {MOST_MANIFEST_BYTES:,} are converted here. "
                "Use `trigpoint convert manifest`"
            )
        with self._objects.open_uri(uri) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)

    def _make_room(self) -> None:
        """Deletes what a crash has left, and the archives that were not downloaded for the longest time."""
        files = []
        for each in self._folder.iterdir():
            with suppress(OSError):
                files.append((each.stat().st_mtime, each.stat().st_size, each))
        newest = max((at for at, _, _ in files), default=0.0)
        kept = sorted(each for each in files if each[2].suffix == ".zip")
        total = sum(size for _, size, _ in kept)
        for _, size, each in kept:
            if total > self._most_bytes:
                total -= size
                each.unlink(missing_ok=True)
                each.with_suffix(".json").unlink(missing_ok=True)
        for at, _, each in files:
            if each.suffix == ".work" and at < newest - LEFT_OVER_S:
                shutil.rmtree(each, ignore_errors=True)


def _read(values: dict[str, Any]) -> Archived:
    """A report of the folder."""
    return Archived(
        counts=tuple(Count(**each) for each in values["counts"]),
        notes=tuple(values["notes"]),
        skipped=tuple(values["skipped"]),
        skipped_count=values["skipped_count"],
        problem=values["problem"],
    )
