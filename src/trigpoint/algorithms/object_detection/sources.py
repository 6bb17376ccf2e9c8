"""The forms of input that object detection reads. Source: training.md 1.3, 6.2."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.algorithms.common import forms
from trigpoint.algorithms.common.harness import Container
from trigpoint.algorithms.common.sources import (
    ExampleSource,
    MakeSource,
    ManifestPipe,
    RecordFolder,
    RecordPipe,
)
from trigpoint.algorithms.object_detection.hyperparameters import ALGORITHM
from trigpoint.algorithms.object_detection.image_folder import ImageFolderSource
from trigpoint.builtin import AUGMENTED_MANIFEST, IMAGES_WITH_JSON, RECORD_FILE, RECORD_PIPE, InputForm

MAKERS: Mapping[InputForm, MakeSource] = {
    AUGMENTED_MANIFEST: ManifestPipe,
    RECORD_PIPE: RecordPipe,
    RECORD_FILE: RecordFolder,
    IMAGES_WITH_JSON: ImageFolderSource,
}


def open_sources(container: Container) -> dict[str, ExampleSource]:
    """The sources of the data channels that the job has. Raises: CustomerError, see `forms.open_sources`."""
    return forms.open_sources(container, ALGORITHM, MAKERS)
