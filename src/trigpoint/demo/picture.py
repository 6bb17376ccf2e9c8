"""Draws the endpoint's detections into their picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLORS = ("#e8590c", "#1971c2", "#2f9e44", "#9c36b5", "#f08c00", "#0c8599", "#c2255c", "#5c940d")
LEAST_SCORE = 0.3
"""Scores are low after a training as short as the demo's."""


def draw_detections(
    image: bytes,
    rows: Sequence[Sequence[float]],
    labels: Sequence[str],
    path: Path,
    least_score: float = LEAST_SCORE,
) -> int:
    """Writes `path`, a PNG: the image with each row `[class, score, xmin, ymin, xmax, ymax]` of at least the score.

    Corners are fractions of the image. Returns: the number of boxes drawn.
    """
    with Image.open(io.BytesIO(image)) as opened:
        picture = opened.convert("RGB")
    scale = max(1, round(900 / picture.width))
    picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.LANCZOS)
    canvas = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=max(14, picture.width // 60))
    kept = [row for row in rows if row[1] >= least_score]
    for class_id, score, *corners in sorted(kept, key=lambda row: row[1]):
        color = COLORS[int(class_id) % len(COLORS)]
        left, right = corners[0] * picture.width, corners[2] * picture.width
        top, bottom = corners[1] * picture.height, corners[3] * picture.height
        canvas.rectangle((left, top, right, bottom), outline=color, width=max(2, picture.width // 300))
        text = f" {labels[int(class_id)]} {score:.0%} "
        x0, y0, x1, y1 = canvas.textbbox((left, top), text, font=font)
        lift = y1 - y0 + 6 if top > y1 - y0 + 6 else 0
        canvas.rectangle((x0, y0 - lift, x1, y1 - lift + 6), fill=color)
        canvas.text((left, top - lift + 2), text, fill="white", font=font)
    picture.save(path)
    return len(kept)
