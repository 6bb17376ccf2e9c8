"""The sections of the navigation for what serves models."""

from __future__ import annotations

from trigpoint.language import translatable
from trigpoint.server.console.site import Section

ENDPOINTS = Section(
    "/endpoints", translatable("Endpoints"), "M3 10h4m6 0h4M10 3v4m0 6v4M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z"
)
TRANSFORMS = Section(
    "/transform-jobs",
    translatable("Transform jobs"),
    "M3 5h6v4H3zM3 12h6v4H3zM12 7.5h5m-2-2 2 2-2 2M12 14h5m-2-2 2 2-2 2",
)
