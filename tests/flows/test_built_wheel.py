"""The wheel that users install, in an environment with nothing but `trigpoint[train]`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from trigpoint.scenes import LABELS, draw_scene

CHECKOUT = Path(__file__).resolve().parents[2]
PICTURES = 5

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this checkout."""
    if shutil.which("uv") is None:
        pytest.skip("uv, which builds and installs the wheel, is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    _run("uv", "build", "--quiet", "--wheel", "--out-dir", folder, folder=CHECKOUT)
    (built,) = folder.glob("trigpoint-*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel and its extra `train`, in the pinned versions."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    _run("uv", "venv", "--quiet", "--python", sys.executable, folder, folder=CHECKOUT)
    # In the checkout, because uv takes the pins from the pyproject.toml of the folder that it runs in.
    install = ("uv", "pip", "install", "--quiet", "--python", folder / "bin" / "python")
    _run(*install, f"trigpoint[train] @ {wheel.as_uri()}", folder=CHECKOUT)
    return folder / "bin"


def test_the_wheel_carries_the_web_assets_and_templates(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any("/static/crowd/crowd-bounding-box-" in name for name in names)
    for wanted in ("crowd-html-elements.js", "portal.js", "portal.css", ".html"):
        assert any(name.endswith(wanted) for name in names), wanted


def test_the_environment_has_no_development_packages(environment: Path) -> None:
    found = _run(environment / "python", "-c", _FIND_DEVELOPMENT_PACKAGES, folder=environment)
    assert found.split() == []


def test_the_demo_labels_trains_and_predicts_on_its_own(environment: Path, tmp_path: Path) -> None:
    pictures = _annotated_pictures(tmp_path / "pictures")
    demo = (environment / "trigpoint", "demo", "--auto", "--exit", "--no-browser", "--port", "0")
    printed = _run(*demo, "--images", pictures, folder=tmp_path, home=tmp_path / "home")
    assert f"{PICTURES} images" in printed
    assert "mAP@0.5" in printed
    with Image.open(tmp_path / "prediction.png") as drawn:
        assert drawn.width >= 480


_FIND_DEVELOPMENT_PACKAGES = """
from importlib.util import find_spec
for name in ("torchvision", "torchdata", "pytest", "playwright", "psycopg", "simplejpeg"):
    if find_spec(name): print(name)
"""


def _annotated_pictures(folder: Path) -> Path:
    """A folder of street scenes with their boxes in a COCO file."""
    folder.mkdir()
    images, annotations = [], []
    for index in range(PICTURES):
        scene = draw_scene(3, index)
        scene.image.save(folder / f"{index}.jpg", quality=90)
        width, height = scene.image.size
        images.append({"id": index, "file_name": f"{index}.jpg", "width": width, "height": height})
        for box in scene.boxes:
            bbox = [box.left, box.top, box.width, box.height]
            category = LABELS.index(box.label)
            annotations.append(
                {"id": len(annotations), "image_id": index, "category_id": category, "bbox": bbox}
            )
    categories = [{"id": number, "name": name} for number, name in enumerate(LABELS)]
    coco = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "coco.json").write_text(json.dumps(coco))
    return folder


def _run(*command: object, folder: Path, home: Path | None = None) -> str:
    """Runs a command in a folder, with a home of its own if asked for; returns what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TRIGPOINT_")}
    environ.pop("VIRTUAL_ENV", None)
    if home is not None:
        home.mkdir()
        environ |= {"HOME": str(home)}
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            environ.pop(name, None)
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout
