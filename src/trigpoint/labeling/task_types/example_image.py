"""A small grey PNG for the examples of task types that label images."""

from __future__ import annotations

import base64
from typing import Final

from trigpoint.records.labels.image_size import ImageSize

SIZE: Final = ImageSize(16, 12, 3)
PNG: Final = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAAAF0lEQVR4nGPs6OhgIAUwkaR6VMMI0gAAw/kBsHg9kdAAAAAASUVORK5CYII="
)
