"""The task page as a worker uses it, with real bounding boxes in its frame."""

from __future__ import annotations

from playwright.sync_api import Frame, Page

from helpers.portal_server import PortalServer
from helpers.processes import wait_for

Box = tuple[str, int, int, int, int]
"""Label, left, top, width, height."""


class Desk:
    """The task page that Bob works on, and the bounding boxes in its frame."""

    def __init__(self, page: Page, server: PortalServer) -> None:
        self.page = page
        self.server = server

    def begin(self, job: str = "boxes-1", *, wait: bool = True) -> None:
        """Signs in and takes a task; waits for its image."""
        self.page.goto(self.server.entry_url(f"/portal/jobs/{job}/work"))
        if wait:
            self.wait_for_image()

    def begin_with_a_box(self) -> list[Box]:
        """Takes the only task of a new job and draws a box. Returns the boxes."""
        self.server.portal.open_job(images=1)
        self.begin()
        self.draw((60, 180), (200, 270))
        boxes = self.boxes()
        assert len(boxes) == 1
        return boxes

    @property
    def frame(self) -> Frame:
        frame = None
        # The element that was found has no frame if the page is just replacing its task.
        while frame is None:
            handle = self.page.wait_for_selector("iframe:not(.is-loading)")
            assert handle is not None
            frame = handle.content_frame()
        return frame

    def wait_for_image(self) -> None:
        self.frame.wait_for_function(
            """() => document.querySelector('crowd-bounding-box')?.shadowRoot
                 ?.querySelector('tp-image-stage')?.phase === 'ready'"""
        )

    def boxes(self) -> list[Box]:
        """The boxes in the order in which they were drawn."""
        value = self.frame.evaluate("document.querySelector('crowd-bounding-box').value")
        return [(b["label"], b["left"], b["top"], b["width"], b["height"]) for b in value["boundingBoxes"]]

    def wait_for_boxes(self, count: int) -> None:
        self.frame.wait_for_function(
            "count => document.querySelector('crowd-bounding-box').value.boundingBoxes.length === count",
            arg=count,
        )

    def wait_until_restored(self, boxes: list[Box]) -> None:
        """Waits for the image of a new page, and until the frame has exactly these boxes."""
        self.wait_for_image()
        self.wait_for_boxes(len(boxes))
        assert self.boxes() == boxes

    def draw(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Draws a box from one pixel of the image to another."""
        self.page.mouse.move(*self._on_screen(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self._on_screen((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        self.page.mouse.move(*self._on_screen(*end))
        self.page.mouse.up()

    def submit(self) -> None:
        self.frame.get_by_role("button", name="Submit").click()

    def stop(self) -> None:
        """Stops the task, to resume it later."""
        self.page.get_by_role("button", name="Stop and resume later").click()
        self.page.get_by_role("button", name="Stop for now").click()

    def wait_until_kept(self) -> None:
        """Waits until the tab has stored a copy of the boxes."""
        self.wait_until("Object.keys(sessionStorage).length === 1", "the copy")

    def wait_until_nothing_is_kept(self) -> None:
        """Waits until the browser has no work that the server lacks."""
        self.wait_until(
            "Object.keys(localStorage).every(name => !name.startsWith('trigpoint.draft'))", "empty storage"
        )

    def wait_until(self, condition: str, what: str) -> None:
        """Waits until a JavaScript expression is true in the page.

        Playwright's wait_for_function cannot: it evaluates a string in the page, which the page's policy forbids.
        """
        wait_for(lambda: self.page.evaluate(condition), what)

    def forget_kept_work(self) -> None:
        """Empties the browser's storage, as on another machine."""
        self.page.evaluate("sessionStorage.clear(), localStorage.clear()")

    def task_id(self) -> str:
        return self.page.url.rsplit("/", 1)[-1]

    def wait_for_another_task(self, than: str) -> None:
        self.page.wait_for_url(lambda url: not url.endswith(than))
        self.wait_for_image()

    def _on_screen(self, x: float, y: float) -> tuple[float, float]:
        element = self.page.query_selector("iframe:not(.is-loading)")
        assert element is not None
        outer = element.bounding_box()
        assert outer is not None
        left, top, width, height, columns, rows = self.frame.evaluate(
            """() => {
              const widget = document.querySelector("crowd-bounding-box");
              const stage = widget.shadowRoot.querySelector("tp-image-stage");
              const image = stage.shadowRoot.querySelector("img"), box = image.getBoundingClientRect();
              return [box.left, box.top, box.width, box.height, image.naturalWidth, image.naturalHeight];
            }"""
        )
        return outer["x"] + left + x * width / columns, outer["y"] + top + y * height / rows

    def other_tab(self) -> Desk:
        """The same task in another tab of the same browser."""
        other = Desk(self.page.context.new_page(), self.server)
        other.page.goto(self.page.url)
        other.wait_for_image()
        return other
