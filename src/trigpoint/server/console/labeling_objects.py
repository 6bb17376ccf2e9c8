"""The gallery of a labeling job: its objects with their labels and answers, and one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.labeling.gallery import STATUSES, Gallery, SeenObject
from trigpoint.labeling.model import Job
from trigpoint.labeling.outputs import published_manifest_uri, root_uri
from trigpoint.language import gettext
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.images.thumbnail import SIDE
from trigpoint.records.labels.drawing import drawing_of_answer, drawing_of_label
from trigpoint.server.console.labeling_figures import JobFigureViews
from trigpoint.server.console.labeling_jobs import LabelingJobPages
from trigpoint.server.console.labeling_setup.prefill import ADJUST, CHAIN, VERIFY, possible_ways
from trigpoint.server.console.object_query import PAGE_OBJECTS, ObjectQuery
from trigpoint.server.console.object_views import ObjectView, object_view, own_colours
from trigpoint.server.console.page import Console, PageRequest, quoted
from trigpoint.server.console.site import CONSOLE
from trigpoint.server.console.thumbnails import Thumbnails
from trigpoint.server.console.words import too_many_chosen
from trigpoint.server.web.base_url import base_url
from trigpoint.server.web.client import client_address
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.services.presign import UrlSigners
from trigpoint.workforce.workers import Workers

MOST_CLASSES: Final = 200
MOST_WORKERS: Final = 100
MOST_CHOSEN: Final = 1_000
WHOLE_MASK_SIDE: Final = 2_000
SENT_AS: Final = (ADJUST, VERIFY, CHAIN)
KEPT_S: Final = 300
URL_VALID_S: Final = 300
_READ = "sagemaker:DescribeLabelingJob"
_BROKEN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 120"><path d="M62 42h36v36H62zM62 78l36-36" fill="none" '
    'stroke="#8a93a3" stroke-width="2"/></svg>'
)


class LabelingObjectPages:
    """The pages. Images are read as the objects themselves are: by everybody who may read objects."""

    section = None

    def __init__(
        self,
        gallery: Gallery,
        workers: Workers,
        objects: ObjectStore,
        thumbnails: Thumbnails,
        signers: UrlSigners,
        clock: Clock,
    ) -> None:
        self.figures = JobFigureViews(gallery, workers)
        self._gallery = gallery
        self._workers = workers
        self._objects = objects
        self._thumbnails = thumbnails
        self._signers = signers
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        below = "/labeling-jobs/{job}/objects"
        return [
            console.get(below, self.gallery, _READ),
            console.post(f"{below}/send", self.send, "sagemaker:CreateLabelingJob"),
            console.get(below + "/{index}", self.object, _READ),
            console.get(below + "/{index}/thumbnail", self.thumbnail, _READ),
            console.get(below + "/{index}/image", self.image, _READ),
            console.get(below + "/{index}/mask", self.mask, _READ),
        ]

    def gallery(self, page: PageRequest) -> Response:
        job = self._job(page)
        query = ObjectQuery.read(page.query)
        left = self._gallery.catch_up(job)
        count = self._gallery.count(job, query.wanted)
        seen = self._gallery.objects(job, query.wanted, query.place, PAGE_OBJECTS, with_answers=query.answers)
        if job.published_at is not None:
            bucket, key = parse_s3_uri(published_manifest_uri(job) or "")
            page.note("s3", "GetObject", Bucket=bucket, Key=key)
        described = page.call("sagemaker", "DescribeLabelingJob", LabelingJobName=job.name)
        may_send = page.may("sagemaker:CreateLabelingJob")
        ways = [way for way in possible_ways(described) if way in SENT_AS] if may_send else []
        workers = self._gallery.workers(job)[:MOST_WORKERS]
        names = self._names({each.worker_id for each in workers} | {query.wanted.worker_id} - {""})
        return page.show(
            "labeling_objects.html",
            section=LabelingJobPages.section,
            title=gettext("Objects"),
            crumbs=[(job.name, f"/labeling-jobs/{quoted(job.name)}")],
            job=job,
            state=query,
            count=count,
            views=self._views(job, seen),
            page_objects=PAGE_OBJECTS,
            statuses=list(STATUSES),
            class_names=self._gallery.class_names(job, MOST_CLASSES),
            workers=sorted(names.items(), key=lambda each: each[1]),
            left=left,
            ways=ways,
            may_send=bool(ways),
        )

    def object(self, page: PageRequest) -> Response:
        job = self._job(page)
        query = ObjectQuery.read(page.query)
        seen = self._gallery.object(job, _index(page))
        before, _, after = self._neighbours(job, query, seen.index)
        return page.show(
            "labeling_object.html",
            section=LabelingJobPages.section,
            title=gettext("Object %(index)d", index=seen.index),
            crumbs=[
                (job.name, f"/labeling-jobs/{quoted(job.name)}"),
                (gettext("Objects"), f"/labeling-jobs/{quoted(job.name)}/objects{query.query}"),
            ],
            job=job,
            state=query,
            view=self._views(job, [seen])[0],
            before=before,
            after=after,
        )

    def _neighbours(
        self, job: Job, query: ObjectQuery, index: int
    ) -> tuple[int | None, int | None, int | None]:
        """The objects around the place in the address; by their number if another object is there by now."""
        found = self._gallery.neighbours(job, query.wanted, query.place)
        if found[1] == index:
            return found
        return (index - 1 if index else None), index, (index + 1 if index + 1 < job.counters.total else None)

    def thumbnail(self, page: PageRequest) -> Response:
        """A small picture of the object; a sign in its place if there is none."""
        uri = self._image_uri(page)
        return _picture(lambda: self._thumbnails.of_image(uri), "image/jpeg")

    def image(self, page: PageRequest) -> Response:
        """The picture itself, at an address that can be used for some minutes."""
        return self._to_object(page, self._image_uri(page))

    def _to_object(self, page: PageRequest, uri: str) -> Response:
        base = base_url(page.console.settings, page.request)
        address = client_address(page.request) or None
        sign = self._signers(base_url=base, expires_s=URL_VALID_S, source_ip=address)
        return RedirectResponse(sign(uri), status_code=303)

    def mask(self, page: PageRequest) -> Response:
        """The mask of the label, or of the answer `answer`, with a transparent background; `whole=1`: a large one."""
        job = self._job(page)
        seen = self._gallery.object(job, _index(page))
        side = WHOLE_MASK_SIDE if page.query.get("whole") else SIDE
        given = page.query.get("answer", "")
        if not given:
            uri = drawing_of_label(seen.line, job.spec.label_attribute, {}).mask_uri
            return _picture(lambda: self._thumbnails.of_mask(uri, side), "image/png")
        found = next((each for each in seen.answers if each.assignment_id == given), None)
        png = b"" if found is None else drawing_of_answer(found.content).mask_png
        return _picture(lambda: self._thumbnails.of_mask_bytes(png, side), "image/png")

    def send(self, page: PageRequest) -> Response:
        """Writes a manifest of the chosen objects, and goes to the form for a job that adjusts or verifies them.

        Decision: the manifest is next to the job's other outputs, so that it can be found and used again.
        """
        job = self._job(page)
        form = {name: str(value) for name, value in page.form.items()}
        query = ObjectQuery.read(form)
        chosen = [_number(str(each)) for each in page.form.getlist("object")]
        if form.get("which") != "all" and not chosen:
            raise Invalid(gettext("no object is selected; tick some, or choose all that match"))
        if len(chosen) > MOST_CHOSEN:
            raise Invalid(too_many_chosen(MOST_CHOSEN))
        lines = self._gallery.lines(job, query.wanted, [] if form.get("which") == "all" else chosen)
        name = f"{self._clock.now():%Y-%m-%dT%H-%M-%S-%f}.manifest"
        uri = f"{root_uri(job.spec)}/selections/{name}"
        self._objects.write_uri(uri, ((line + "\n").encode() for line in lines), "application/json")
        mode = form["mode"] if form.get("mode") in SENT_AS else ADJUST
        wanted = urlencode({"from": job.name, "as": mode, "manifest": uri})
        return RedirectResponse(f"{CONSOLE.prefix}/labeling-jobs/create?{wanted}", status_code=303)

    def _views(self, job: Job, seen: Sequence[SeenObject]) -> list[ObjectView]:
        own = own_colours(job)
        names = self._names({answer.worker_id for each in seen for answer in each.answers})
        return [object_view(job, each, names, own) for each in seen]

    def _names(self, worker_ids: set[str]) -> dict[str, str]:
        """What people are called; the id of somebody whose account was deleted."""
        found = {}
        for each in worker_ids:
            try:
                found[each] = self._workers.get(each).user_name
            except NotFound:
                found[each] = each
        return found

    def _job(self, page: PageRequest) -> Job:
        return self._gallery.job(page.path("job"))

    def _image_uri(self, page: PageRequest) -> str:
        line = self._gallery.line(self._job(page), _index(page))
        uri = line.get("source-ref")
        if not isinstance(uri, str):
            raise NotFound(f"{page.path('job')}: the object {_index(page)} has no image")
        return uri


def _picture(make: Callable[[], bytes], media_type: str) -> Response:
    """The picture, which the browser may keep for some minutes; a sign in its place if it cannot be shown."""
    headers = {"Cache-Control": f"private, max-age={KEPT_S}"}
    try:
        return Response(make(), media_type=media_type, headers=headers)
    except (NotFound, Invalid) as problem:
        status = 404 if isinstance(problem, NotFound) else 422
        return Response(_BROKEN, status, media_type="image/svg+xml")


def _index(page: PageRequest) -> int:
    return _number(page.path("index"))


def _number(text: str) -> int:
    """The number of an object. Raises: NotFound: the text is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound(gettext("there is no page at this address"))
    return int(text)
