"""crowd-bounding-box with mouse and keyboard, in real Chromium."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, Task, open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 800, 600


def picture(size: tuple[int, int] = (WIDTH, HEIGHT), *, orientation: int | None = None) -> bytes:
    """A JPEG with a grid; `orientation` is written as its EXIF flag."""
    image = Image.new("RGB", size, "#c8d0d8")
    draw = ImageDraw.Draw(image)
    for x in range(0, size[0], 50):
        draw.line((x, 0, x, size[1]), "#9aa6b2")
    for y in range(0, size[1], 50):
        draw.line((0, y, size[0], y), "#9aa6b2")
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def template(
    attributes: str = "",
    *,
    inside: str = "",
    src: str = "/image.jpg",
    labels: str = "['Car', 'Van', 'Person']",
) -> str:
    return f"""<crowd-form><crowd-bounding-box name="boundingBox" src="{src}" labels="{labels}"
      header="Draw a box around every vehicle" {attributes}>
      <short-instructions><p>Close boxes.</p>{inside}</short-instructions>
      <full-instructions header="Everything about boxes"><p>Much more.</p></full-instructions>
      </crowd-bounding-box></crowd-form>"""


IMAGE = {"/image.jpg": Response(picture(), "image/jpeg")}


@pytest.fixture
def task(browser_page: Page) -> Iterator[Task]:
    with open_task(browser_page, template(), IMAGE) as opened:
        opened.wait_for_image()
        yield opened


def wheel(task: Task, x: float, y: float, delta: float) -> None:
    task.page.mouse.move(*task.screen_point(x, y))
    task.page.mouse.wheel(0, delta)
    task.page.wait_for_timeout(50)


def test_boxes_drawn_on_a_zoomed_and_panned_image_are_exact_to_the_pixel(task: Task) -> None:
    wheel(task, 600, 450, -500)
    before = task.screen_point(600, 450)
    task.page.mouse.move(*before)
    task.page.mouse.down(button="middle")
    task.page.mouse.move(before[0] - 90, before[1] - 60, steps=3)
    task.page.mouse.up(button="middle")
    after = task.screen_point(600, 450)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((-90, -60), abs=0.01)
    scale = task.screen_point(101, 0)[0] - task.screen_point(100, 0)[0]
    assert scale > 3

    task.drag((601, 441), (653, 478))
    task.press("2")
    task.drag((679, 520), (650, 497))
    task.press("Enter")

    answer = task.wait_for("submit")["answer"]
    assert answer == {
        "boundingBox": {
            "boundingBoxes": [
                {"height": 37, "label": "Car", "left": 601, "top": 441, "width": 52},
                {"height": 23, "label": "Van", "left": 650, "top": 497, "width": 29},
            ],
            "inputImageProperties": {"height": HEIGHT, "width": WIDTH},
        }
    }


def test_zooming_with_the_wheel_keeps_the_pixel_under_the_pointer(task: Task) -> None:
    x, y = task.screen_point(500, 300)
    wheel(task, 500, 300, -400)
    wheel(task, 500, 300, 150)
    assert task.screen_point(500, 300) == pytest.approx((x, y), abs=0.01)


def test_space_and_drag_pans_instead_of_drawing(task: Task) -> None:
    wheel(task, 400, 300, -600)
    x, y = task.screen_point(400, 300)
    task.page.mouse.move(x, y)
    task.page.keyboard.down(" ")
    task.page.mouse.down()
    task.page.mouse.move(x + 50, y + 30)
    task.page.mouse.up()
    task.page.keyboard.up(" ")
    assert task.screen_point(400, 300) == pytest.approx((x + 50, y + 30), abs=0.01)
    assert task.boxes() == []


def test_a_box_dragged_past_the_edge_of_the_image_ends_at_the_edge(task: Task) -> None:
    task.drag((780, 590), (900, 700))
    task.drag((20, 10), (-15, -30))
    assert task.boxes() == [("Car", 780, 590, 20, 10), ("Car", 0, 0, 20, 10)]


def test_two_clicks_draw_a_box_and_one_key_deletes_them_all(task: Task) -> None:
    task.press("w")
    task.click_at(100, 100)
    expect(task.frame.get_by_role("button", name="Undo")).to_be_enabled()
    task.press("Enter")
    assert task.received("submit") == []
    task.page.mouse.move(*task.screen_point(150, 150))
    task.click_at(200, 160)
    task.press("c", "Space", "ArrowRight", "ArrowDown", "Space", "c")
    assert [box[:1] for box in task.boxes()] == [("Car",), ("Car",)]
    assert task.boxes()[0] == ("Car", 100, 100, 100, 60)
    assert task.last("preferences")["preferences"]["toolOptions"] == {"two-clicks": True}
    task.press("End")
    expect(task.frame.get_by_role("button", name="Zoom 100 %")).to_be_visible()
    task.press("Control+Delete")
    assert task.boxes() == []


def test_selecting_moving_resizing_and_deleting_boxes_can_be_undone_and_redone(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    task.drag((300, 300), (400, 400))
    task.click_at(150, 130)
    task.drag((150, 130), (170, 150))
    moved = ("Car", 120, 120, 100, 60)
    assert task.boxes()[0] == moved
    task.drag((220, 180), (240, 200))
    resized = ("Car", 120, 120, 120, 80)
    assert task.boxes()[0] == resized
    task.press("Delete")
    other = ("Car", 300, 300, 100, 100)
    assert task.boxes() == [other]

    task.press("Control+z")
    assert task.boxes() == [resized, other]
    task.press("z")
    assert task.boxes() == [moved, other]
    task.press("z", "z", "z")
    assert task.boxes() == []
    task.press("y", "y", "y", "Control+y", "Control+Shift+z")
    assert task.boxes() == [other]
    task.frame.get_by_role("button", name="Undo").click()
    assert task.boxes() == [resized, other]


def test_each_of_the_eight_handles_resizes(browser_page: Page) -> None:
    initial = "initial-value=\"[{label: 'Car', left: 200, top: 200, width: 100, height: 100}]\""
    expected = {
        (200, 200): (210, 205, 90, 95),
        (250, 200): (200, 205, 100, 95),
        (300, 200): (200, 205, 110, 95),
        (300, 250): (200, 200, 110, 100),
        (300, 300): (200, 200, 110, 105),
        (250, 300): (200, 200, 100, 105),
        (200, 300): (210, 200, 90, 105),
        (200, 250): (210, 200, 90, 100),
    }
    with open_task(browser_page, template(initial), IMAGE) as task:
        task.wait_for_image()
        task.click_at(250, 250)
        for handle, box in expected.items():
            task.drag(handle, (handle[0] + 10, handle[1] + 5))
            assert task.boxes() == [("Car", *box)]
            task.press("z")


def test_cells_side_by_side_are_drawn_one_after_the_other_and_a_slip_draws_nothing(task: Task) -> None:
    cells = [(left, top) for top in (100, 126) for left in range(100, 256, 26)]
    for left, top in cells:
        task.drag((left, top), (left + 24, top + 24))
    assert task.boxes() == [("Car", left, top, 24, 24) for left, top in cells]
    task.drag((400, 400), (500, 402))
    expect(task.frame.get_by_role("status").filter(has_text="Zoom in to draw it")).to_be_visible()
    assert len(task.boxes()) == len(cells)


def test_a_box_out_of_view_has_no_tag(task: Task) -> None:
    for left in (50, 300, 600):
        task.drag((left, 200), (left + 80, 280))
    tags = task.frame.locator(".tag")
    expect(tags).to_have_count(3)
    wheel(task, 640, 240, -500)
    expect(tags).to_have_count(1)


def test_escape_cancels_the_box_being_drawn_and_then_clears_the_selection(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    task.drag((300, 300), (400, 400), release=False)
    task.press("Control+Enter")
    expect(task.frame.locator("footer")).to_contain_text("You have begun a box.")
    task.press("Escape")
    task.page.mouse.up()
    assert task.boxes() == [("Car", 100, 100, 100, 60)]
    task.click_at(150, 130)
    task.press("Escape", "Delete")
    assert len(task.boxes()) == 1
    assert task.received("shortcut") == []
    task.press("Escape")
    assert task.wait_for("shortcut")["key"] == "Escape"


def test_digits_choose_the_next_label_and_relabel_a_selected_box(task: Task) -> None:
    task.press("3")
    task.drag((100, 100), (200, 160))
    task.press("2")
    task.drag((300, 300), (400, 400))
    assert [box[0] for box in task.boxes()] == ["Person", "Van"]
    task.click_at(150, 130)
    task.press("1")
    assert [box[0] for box in task.boxes()] == ["Car", "Van"]


def test_arrow_keys_move_resize_and_pan(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    task.press("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown")
    assert task.boxes() == [("Car", 102, 109, 100, 60)]
    task.press("Alt+ArrowRight", "Alt+Shift+ArrowUp")
    assert task.boxes() == [("Car", 102, 109, 101, 50)]
    task.press("z", "z")
    assert task.boxes() == [("Car", 100, 100, 100, 60)]
    task.press("Escape")
    wheel(task, 400, 300, -700)
    x, y = task.screen_point(400, 300)
    task.press("ArrowRight")
    task.page.wait_for_timeout(50)
    assert task.screen_point(400, 300) == pytest.approx((x - 40, y), abs=0.01)
    assert task.boxes() == [("Car", 100, 100, 100, 60)]


def test_tab_moves_the_focus_through_the_boxes_and_then_out_of_the_stage(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    task.drag((300, 300), (400, 400))
    task.press("Escape")
    rows = task.frame.locator(".box[data-selected]")
    task.press("Tab")
    expect(rows).to_have_count(1)
    assert rows.get_attribute("data-id") == task.frame.locator(".box").first.get_attribute("data-id")
    task.press("Tab")
    assert rows.get_attribute("data-id") == task.frame.locator(".box").last.get_attribute("data-id")
    task.press("Tab")
    expect(rows).to_have_count(0)
    expect(task.frame.get_by_role("radio", name="Car")).to_be_focused()


def test_keys_zoom_the_image_and_fit_it(task: Task) -> None:
    def width() -> float:
        task.page.wait_for_timeout(50)
        return task.screen_point(WIDTH, 0)[0] - task.screen_point(0, 0)[0]

    fitting = width()
    task.press("+")
    assert width() == pytest.approx(fitting * 1.25)
    task.press("-", "-")
    assert width() == pytest.approx(fitting / 1.25)
    task.press("0")
    assert width() == pytest.approx(fitting)
    task.frame.get_by_role("button", name="100 %").click()
    assert width() == pytest.approx(WIDTH)


def test_an_empty_answer_is_refused_until_nothing_to_label_is_ticked(task: Task) -> None:
    task.press("Enter")
    expect(task.frame.get_by_role("alert").filter(has_text="Draw at least one box")).to_be_visible()
    assert task.received("submit") == []
    task.frame.get_by_role("checkbox", name="Nothing to label").click()
    task.press("Enter")
    assert task.wait_for("submit")["answer"]["boundingBox"]["boundingBoxes"] == []


def test_ticking_nothing_to_label_removes_the_boxes_and_can_be_undone(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    task.drag((300, 300), (400, 400))
    drawn = task.boxes()
    task.press("n")
    assert task.boxes() == []
    expect(task.frame.get_by_role("checkbox")).to_be_checked()
    task.frame.get_by_role("status").filter(has_text="2 boxes removed").get_by_role(
        "button", name="Undo"
    ).click()
    assert task.boxes() == drawn
    expect(task.frame.get_by_role("checkbox")).not_to_be_checked()
    task.press("n")
    task.drag((10, 10), (50, 50))
    expect(task.frame.get_by_role("checkbox")).not_to_be_checked()
    assert task.boxes() == [("Car", 10, 10, 40, 40)]


def test_boxes_can_be_deleted_and_relabelled_in_the_list(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    task.drag((300, 300), (400, 400))
    task.frame.get_by_title("Select: Car, 100 × 60").click()
    task.frame.get_by_label("Label of the selected box").select_option("Person")
    assert [box[0] for box in task.boxes()] == ["Person", "Car"]
    task.frame.get_by_role("button", name="Delete box: Car").click()
    assert task.boxes() == [("Person", 100, 100, 100, 60)]


def test_the_state_is_restored_after_stop_and_resume(browser_page: Page, task: Task) -> None:
    task.press("2")
    task.drag((100, 100), (200, 160))
    task.say(type="request-state")
    state = task.wait_for("state")["state"]
    drawn = task.boxes()
    with open_task(browser_page, template(), IMAGE) as resumed:
        resumed.say(type="restore", state=state)
        resumed.wait_for_image()
        assert resumed.boxes() == drawn
        resumed.press("z")
        assert resumed.boxes() == drawn


def test_changes_are_sent_to_the_page_automatically(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    fields = task.wait_for("state")["state"]["fields"]
    assert fields == [
        {
            "name": "boundingBox",
            "state": {
                "boxes": [{"height": 60, "label": "Car", "left": 100, "top": 100, "width": 100}],
                "nothingToLabel": False,
            },
        }
    ]


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_an_image_with_an_exif_rotation_is_shown_and_measured_without_it(
    browser_page: Page, orientation: int
) -> None:
    stored = Response(picture((400, 200), orientation=orientation), "image/jpeg")
    with open_task(browser_page, template(), {"/image.jpg": stored}) as task:
        task.wait_for_image()
        left, top = task.screen_point(0, 0)
        right, bottom = task.screen_point(400, 200)
        assert (right - left) / (bottom - top) == pytest.approx(2)
        task.drag((300, 20), (390, 80))
        assert task.value() == {
            "boundingBoxes": [{"height": 60, "label": "Car", "left": 300, "top": 20, "width": 90}],
            "inputImageProperties": {"height": 200, "width": 400},
        }


def test_an_image_of_one_pixel_can_be_labelled(browser_page: Page) -> None:
    tiny = Response(picture((1, 1)), "image/jpeg")
    with open_task(browser_page, template(), {"/image.jpg": tiny}) as task:
        task.wait_for_image()
        task.drag((0.2, 0.2), (0.8, 0.9))
        assert task.boxes() == [("Car", 0, 0, 1, 1)]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (None, "missing, damaged"),
        (Response(b"no picture", "image/jpeg"), "missing, damaged"),
        (Response(picture(), "image/jpeg", allows_reading=False), "no CORS header"),
    ],
)
def test_an_unreadable_image_is_reported_and_blocks_the_answer(
    browser_page: Page, image: Response | None, reason: str
) -> None:
    files = {} if image is None else {"/image.jpg": image}
    with open_task(browser_page, template(), files) as task:
        expect(task.frame.get_by_role("alert").filter(has_text=reason)).to_contain_text("decline this task")
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_text("The image cannot be shown. Please try again")).to_be_visible()
        assert task.received("submit") == []


def test_an_initial_value_is_shown_and_its_changes_are_reported(browser_page: Page) -> None:
    initial = """initial-value="[{label: 'Van', left: 10, top: 20, width: 50, height: 40,},
      {label: 'Ship', left: 1, top: 1, width: 5, height: 5}]\""""
    with open_task(browser_page, template(initial), IMAGE) as task:
        task.wait_for_image()
        assert task.boxes() == [("Van", 10, 20, 50, 40)]
        assert task.value()["initialValueModified"] is False
        task.click_at(30, 40)
        task.press("ArrowRight")
        assert task.value()["initialValueModified"] is True
        task.press("z")
        assert task.value()["initialValueModified"] is False


def test_labels_can_be_set_by_a_script(task: Task) -> None:
    task.frame.evaluate("document.querySelector('crowd-bounding-box').labels = ['Tree', 'House']")
    task.drag((100, 100), (200, 160))
    task.press("2")
    task.drag((300, 300), (400, 400))
    assert [box[0] for box in task.boxes()] == ["Tree", "House"]


def test_labels_emptied_by_a_script_are_no_error_and_can_be_added_by_the_worker(browser_page: Page) -> None:
    inside = """<input id="more" aria-label="New label"><button id="add" type="button">Add</button>"""
    script = """<script>
      const boxes = document.querySelector("crowd-bounding-box");
      document.addEventListener("all-crowd-elements-ready", () => { boxes.labels = []; });
      document.querySelector("#add").onclick = () => {
        boxes.labels = [...boxes.labels, document.querySelector("#more").value];
      };
    </script>"""
    with open_task(browser_page, template(inside=inside, labels="['placeholder']") + script, IMAGE) as task:
        task.wait_for_image()
        task.drag((100, 100), (200, 160))
        assert task.boxes() == [], "a box needs a label"
        task.frame.get_by_label("New label").fill("Tree")
        task.frame.get_by_role("button", name="Add").click()
        task.drag((100, 100), (200, 160))
        assert [box[0] for box in task.boxes()] == ["Tree"]


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (template(labels="[]"), "its labels are an empty list"),
        (template(labels="Car, Van"), "its labels are not readable as JSON"),
        (template(src=""), "it has no src attribute"),
        (
            '<crowd-form><crowd-bounding-box src="/i.jpg" labels="[1]"></crowd-bounding-box></crowd-form>',
            "no name",
        ),
    ],
)
def test_a_template_error_is_shown_to_the_worker_and_blocks_the_answer(
    browser_page: Page, markup: str, reason: str
) -> None:
    with open_task(browser_page, markup, IMAGE) as task:
        expect(task.frame.get_by_role("alert").filter(has_text=reason).first).to_be_visible()
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_text("This task is set up wrongly: ")).to_be_visible()
        assert task.received("submit") == []


def test_full_instructions_and_shortcuts_open_in_dialogs_that_escape_closes(task: Task) -> None:
    task.frame.get_by_role("button", name="View full instructions").click()
    dialog = task.frame.get_by_role("dialog", name="Everything about boxes")
    expect(dialog).to_contain_text("Everything about boxes")
    expect(task.frame.get_by_text("Much more.")).to_be_visible()
    task.press("Escape")
    expect(dialog).to_be_hidden()
    task.press("?")
    shortcuts = task.frame.get_by_role("dialog", name="Keyboard and mouse")
    expect(shortcuts).to_be_visible()
    task.press("n", "Escape")
    expect(shortcuts).to_be_hidden()
    expect(task.frame.get_by_role("checkbox")).not_to_be_checked()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
def test_the_workspace_fits_into_the_window_without_scrolling(
    browser_page: Page, size: tuple[int, int]
) -> None:
    browser_page.set_viewport_size({"width": size[0], "height": size[1]})
    many = 'initial-value="[' + "{label:'Car',left:1,top:1,width:9,height:9}," * 60 + ']"'
    long_text = "<p>Look closely.</p>" * 60
    with open_task(browser_page, template(many, inside=long_text), IMAGE) as task:
        task.wait_for_image()
        page = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert task.frame.evaluate(page) == list(size)
        for name in ("Submit", "View full instructions"):
            expect(task.frame.get_by_role("button", name=name)).to_be_in_viewport()
        expect(task.frame.get_by_role("checkbox", name="Nothing to label")).to_be_in_viewport()
        assert task.screen_point(WIDTH, 0)[0] - task.screen_point(0, 0)[0] > 500


def test_names_roles_and_announcements_are_available_to_screen_readers(task: Task) -> None:
    stage = task.frame.get_by_role("application", name="Image to label. Draw a box around every vehicle")
    expect(stage).to_be_focused()
    expect(task.frame.get_by_role("radiogroup", name="Labels").get_by_role("radio")).to_have_count(3)
    nameless = task.frame.evaluate(
        """() => {
             const widget = document.querySelector("crowd-bounding-box").shadowRoot;
             const named = control =>
               control.getAttribute("aria-label") || control.textContent.trim() || control.closest("label");
             const controls = [...widget.querySelectorAll("button, input, select")];
             return controls.filter(control => !named(control)).length;
           }"""
    )
    assert nameless == 0
    task.drag((100, 100), (200, 160))
    expect(task.frame.locator("crowd-bounding-box [aria-live=polite]")).to_have_text(
        "Car drawn, 100 by 60 pixels"
    )


def test_the_workspace_is_accessible(task: Task) -> None:
    task.drag((100, 100), (200, 160))
    task.click_at(150, 130)
    task.press("k")  # the name of a hidden label stays readable
    expect(task.frame.get_by_title("Hidden").first).to_be_visible()
    assert_accessible(task.frame)

    # With forced colours the chosen label, the swatches and the focus are visible without backgrounds and shadows.
    task.page.emulate_media(forced_colors="active")
    chosen = task.frame.get_by_role("radio", checked=True).first
    expect(chosen).to_have_css("outline-style", "solid")
    expect(chosen.locator(".swatch")).to_have_css("forced-color-adjust", "none")
    # The frame is not the surface's own outline, with which the browser paints the whole image for each movement.
    surface = task.frame.locator(".surface:focus-visible")
    expect(surface).to_have_css("outline-style", "none")
    assert surface.evaluate("it => getComputedStyle(it, '::after').outlineStyle") == "solid"
    submit = task.frame.get_by_role("button", name="Submit")
    expect(submit).to_have_css("outline-style", "none")
    for _ in range(20):
        task.press("Tab")
        if submit.evaluate("button => button.matches(':focus')"):
            break
    expect(submit).to_have_css("outline-style", "solid")
    task.page.emulate_media(forced_colors="none")
    task.press("Shift+Tab", "?")
    expect(task.frame.get_by_role("dialog", name="Keyboard and mouse")).to_be_visible()
    assert_accessible(task.frame)


def test_two_hundred_boxes_are_shown_and_can_be_changed(browser_page: Page) -> None:
    boxes = ",".join(
        f"{{label:'Car',left:{40 * (i % 20)},top:{60 * (i // 20)},width:30,height:50}}" for i in range(200)
    )
    with open_task(browser_page, template(f'initial-value="[{boxes}]"'), IMAGE) as task:
        task.wait_for_image()
        expect(task.frame.locator("svg.shapes g[data-box]")).to_have_count(200)
        task.click_at(15, 25)
        task.drag((15, 25), (18, 30))
        assert task.boxes()[0] == ("Car", 3, 5, 30, 50)
        assert len(task.boxes()) == 200
