"""Small pictures of pictures, drawn from bytes that strangers sent.

Only formats that pages show are decoded at all, dimensions are checked before a pixel is unpacked, and the small
picture is drawn anew: nothing of the original but its pixels gets into it, no place or camera in EXIF either.
"""

import io
from dataclasses import dataclass
from typing import BinaryIO

import structlog
from PIL import Image, ImageOps

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
MOST_PIXELS = 50_000_000
"""A phone's largest photo has about that many; more is a bomb or a poster, and is offered as a file."""
SIDE = 640
"""Pixels of a thumbnail's longer side: twice what a bubble is wide, for dense screens."""
_QUALITY = 80

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a format that pages show. `thumbnail` is None when it cannot be drawn, or should not be."""

    media_type: str
    width: int
    height: int
    is_animated: bool
    thumbnail: bytes | None


def look(file: BinaryIO) -> Picture | None:
    """Return what picture a file is; None for everything else. Never raises, whatever the bytes are."""
    file.seek(0)
    try:
        with Image.open(file, formats=tuple(FORMATS)) as image:
            media_type, (width, height) = FORMATS[image.format or ""], image.size
            is_animated = bool(getattr(image, "is_animated", False))
            return Picture(media_type, width, height, is_animated, _thumbnail(image))
    except Exception as problem:  # noqa: BLE001 - on hostile bytes decoders raise whatever they raise
        log.debug("no_picture", problem=type(problem).__name__)
        return None


def _thumbnail(image: Image.Image) -> bytes | None:
    if image.width * image.height > MOST_PIXELS:
        return None
    try:
        image.draft("RGB", (SIDE, SIDE))  # a JPEG is decoded at a fraction of its size
        image.seek(0)
        small = ImageOps.exif_transpose(image)
        small.thumbnail((SIDE, SIDE))
        drawn = small.convert("RGBA" if small.has_transparency_data else "RGB")
        fresh = Image.new(drawn.mode, drawn.size)
        fresh.paste(drawn)
        written = io.BytesIO()
        fresh.save(written, "WEBP", quality=_QUALITY)
    except Exception as problem:  # noqa: BLE001 - as above; what cannot be drawn is offered as a file
        log.debug("no_thumbnail", problem=type(problem).__name__)
        return None
    return written.getvalue()
