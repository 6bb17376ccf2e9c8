"""Downloading the labels of a job: its output manifest, or a format of other tools with the report of the conversion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import FileResponse, Response

from trigpoint.core.errors import NotFound
from trigpoint.datasets.exporting import Format
from trigpoint.datasets.manifest_source import FAILED, NO_LABEL
from trigpoint.datasets.report import IMAGE_LEFT_OUT
from trigpoint.datasets.settling import SHARED
from trigpoint.labeling.gallery import Gallery
from trigpoint.labeling.label_archives import Archive, LabelArchives, formats_of
from trigpoint.labeling.model import Job
from trigpoint.labeling.outputs import published_manifest_uri
from trigpoint.language import Text, gettext, translatable
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.server.console.data.links import object_path
from trigpoint.server.console.labeling_jobs import LabelingJobPages
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.web.guards import GuardedRoute

PATIENCE_S: Final = 2.0
"""How long the browser waits for a download to be ready, before it gets a page that says so later."""
_READ: Final = "sagemaker:DescribeLabelingJob"
_TEXTS: Final[Mapping[Format, tuple[Text, Text]]] = {
    Format.COCO: (translatable("COCO"), translatable("One JSON file with boxes, classes and confidences.")),
    Format.YOLO: (
        translatable("YOLO"),
        translatable(
            "A text file for each image, and data.yaml. Boxes and classes; it has no place for confidences."
        ),
    ),
    Format.VOC: (
        translatable("Pascal VOC"),
        translatable(
            "An XML file for each image. Boxes and classes; it has no place for confidences and folders."
        ),
    ),
    Format.CSV: (
        translatable("Table (CSV)"),
        translatable("One row for each box with its confidence, or for each image with its classes."),
    ),
}
_REASONS: Final[Mapping[str, Text]] = {
    NO_LABEL: translatable("not labeled"),
    FAILED: translatable("labeling failed"),
    SHARED: translatable("the same image on several lines"),
    IMAGE_LEFT_OUT: translatable("image left out"),
}


@dataclass(frozen=True, slots=True)
class FormatView:
    """A format as the page shows it."""

    id: str
    title: str
    text: str
    archive: Archive


class LabelDownloadPages:
    """The pages. Everybody who may look at a job may download its labels."""

    section = None

    def __init__(self, gallery: Gallery, archives: LabelArchives) -> None:
        self._gallery = gallery
        self._archives = archives

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        below = "/labeling-jobs/{job}/download"
        return [
            console.get(below, self.choice, _READ),
            console.post(below, self.prepare, _READ),
            console.get(below + "/{format}.zip", self.file, _READ),
        ]

    def choice(self, page: PageRequest) -> Response:
        job = self._gallery.job(page.path("job"))
        page.follow(f"labeling-downloads:{job.spec.name}")
        uri = published_manifest_uri(job)
        formats = formats_of(job)
        if uri is not None:
            page.note_command("aws", "s3", "cp", uri, ".")
            for each in formats:
                page.note_command(*_command(job, uri, each))
        return page.show(
            "labeling_download.html",
            section=LabelingJobPages.section,
            title=gettext("Download labels"),
            crumbs=[(job.name, f"/labeling-jobs/{quoted(job.name)}")],
            job=job,
            uri=uri,
            manifest_path="" if uri is None else object_path(*parse_s3_uri(uri), "/download"),
            views=[self._view(job, each) for each in formats] if uri is not None else [],
            reason=_reason,
        )

    def _view(self, job: Job, target_format: Format) -> FormatView:
        title, text = (gettext(each.message) for each in _TEXTS[target_format])
        return FormatView(str(target_format), title, text, self._archives.of(job, target_format))

    def prepare(self, page: PageRequest) -> Response:
        """Makes the file. A small one is there when the browser gets its answer."""
        job = self._gallery.job(page.path("job"))
        chosen = _format(job, str(page.form.get("format", "")))
        if not page.wants_call:
            self._archives.make(job, chosen, PATIENCE_S)
        return page.redirect(f"/labeling-jobs/{quoted(job.name)}/download#{chosen}")

    def file(self, page: PageRequest) -> Response:
        job = self._gallery.job(page.path("job"))
        chosen = _format(job, page.path("format"))
        return FileResponse(
            self._archives.open(job, chosen),
            media_type="application/zip",
            filename=f"{job.name}-{chosen}.zip",
        )


def _format(job: Job, name: str) -> Format:
    """Raises: NotFound: no format, or one that does not hold the labels of the job."""
    found = next((each for each in formats_of(job) if each == name), None)
    if found is None:
        raise NotFound(gettext("there is no page at this address"))
    return found


def _command(job: Job, uri: str, target_format: Format) -> list[str]:
    is_file = {Format.COCO: ".json", Format.CSV: ".csv"}.get(target_format, "")
    output = f"{job.name}-{target_format}{is_file}"
    words = ["trigpoint", "convert", "manifest", uri, "--to", str(target_format), "-o", output]
    return [*words, "--attribute", job.spec.label_attribute, "--skip-bad"]


def _reason(text: str) -> str:
    """Why entries were left out, in the language of the reader where it is a usual reason."""
    found = _REASONS.get(text)
    return text if found is None else gettext(found.message)
