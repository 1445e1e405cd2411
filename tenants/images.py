"""Taking in a picture from outside: decoded within bounds, drawn anew, so that nothing of the file itself remains."""

import io
import warnings
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from PIL import Image

from kernel.errors import Invalid

FORMATS = ("PNG", "JPEG", "WEBP")
"""No SVG: it is a program."""
MOST_BYTES = 1_000_000
MOST_PIXELS = 4_000
"""Of either side, looked at before anything is decoded."""
FITS = (480, 160)
KEPT_BYTES = 250_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of our own making."""

    width: int
    height: int
    data: bytes = field(repr=False)


def taken_in(raw: bytes) -> Picture:
    """Return an uploaded logo drawn anew at most 480 x 160. Raises Invalid."""
    if len(raw) > MOST_BYTES:
        raise _refused()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
                if max(image.size) > MOST_PIXELS:
                    raise _refused()
                drawn = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _refused() from problem
    drawn.thumbnail(FITS)
    return _written(drawn)


def _written(image: Image.Image) -> Picture:
    clean = Image.new("RGBA", image.size)
    clean.paste(image)
    file = io.BytesIO()
    clean.save(file, "PNG", optimize=True)
    if file.tell() > KEPT_BYTES:
        raise _refused()
    return Picture(image.width, image.height, file.getvalue())


def _refused() -> Invalid:
    sentence = _("Use a PNG, JPEG or WebP picture of up to 1 MB and 4,000 pixels.")
    return Invalid(sentence, details={"logo": [sentence]})
