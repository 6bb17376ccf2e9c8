"""One small object of each kind that task templates show: an image, sound, a document and a text, made here."""

from __future__ import annotations

import io
import math
import struct
import wave
from dataclasses import dataclass

from PIL import Image, ImageDraw


@dataclass(frozen=True, slots=True)
class Sample:
    """An object to upload."""

    name: str
    content_type: str
    body: bytes


def sample_objects() -> dict[str, Sample]:
    """The samples by kind. Decision: no video, because none can be made without a codec; templates get the sound."""
    sound = Sample("audio.wav", "audio/wav", _sound())
    return {
        "image": Sample("image.png", "image/png", _image("PNG")),
        "audio": sound,
        "video": sound,
        "pdf": Sample("document.pdf", "application/pdf", _image("PDF")),
        "text": Sample("text.txt", "text/plain", b"The quick brown fox."),
    }


def _image(kind: str) -> bytes:
    """A street with a car."""
    image = Image.new("RGB", (640, 480), "#9db4c8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 320, 640, 480), fill="#6d7278")
    draw.rounded_rectangle((180, 280, 420, 380), 20, fill="#b8412f")
    draw.rounded_rectangle((230, 220, 370, 290), 16, fill="#b8412f")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def _sound(rate: int = 8000, length_s: float = 0.5) -> bytes:
    """A tone of 440 Hz."""
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        for at in range(int(rate * length_s)):
            written.writeframes(struct.pack("<h", int(9000 * math.sin(2 * math.pi * 440 * at / rate))))
    return out.getvalue()
