"""Small real files as customers send them, made here: pictures, voice notes, documents, stickers."""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from PIL import Image, ImageDraw, ImageFont

VARIANTS = 6
_PAPER, _INK, _FAINT = (250, 248, 242), (34, 38, 46), (168, 172, 180)
_BANKS = ("Harbor Point Bank", "Cedar Lending", "Lakeview Auto Finance", "Union Square Card", "Maple Credit", "Bayline")
_TINTS = ((47, 93, 140), (120, 62, 92), (40, 112, 88), (146, 92, 32), (82, 74, 150), (150, 60, 52))


@dataclass(frozen=True, slots=True)
class Sample:
    """A file. `more` is what its webhook says beyond the type and the digest."""

    content: bytes
    mime_type: str
    filename: str = ""
    more: dict[str, bool] = field(default_factory=dict)


def sample(name: str, variant: int = 0) -> Sample:
    """Return a file: `letter`, `photo`, `screenshot`, `voice`, `document`, `sticker` or `animated_sticker`.

    Always the same one for a variant. Raises KeyError.
    """
    return _made(name, variant % VARIANTS)


@cache
def _made(name: str, variant: int) -> Sample:
    return _MAKERS[name](variant)


def _letter(variant: int) -> Sample:
    """Make a photographed letter."""
    page = Image.new("RGB", (720, 960), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 720, 96), fill=_TINTS[variant])
    draw.text((48, 30), _BANKS[variant], font=ImageFont.load_default(34), fill=_PAPER)
    draw.text((48, 150), "Notice of adverse action", font=ImageFont.load_default(30), fill=_INK)
    for line in range(14):
        width = 600 if line % 5 != 4 else 330 + 40 * variant  # noqa: PLR2004 - the last line of a paragraph
        draw.line((48, 230 + 44 * line, 48 + width, 230 + 44 * line), fill=_FAINT, width=9)
    draw.text((48, 870), f"Reference SAMPLE-{4100 + variant}", font=ImageFont.load_default(22), fill=_INK)
    return Sample(_saved(page.rotate(variant - 2, fillcolor=(92, 84, 74)), "JPEG", quality=72), "image/jpeg")


def _photo(variant: int) -> Sample:
    """Make a card photographed on a table."""
    picture = Image.linear_gradient("L").resize((800, 600)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((120, 120, 680, 480), radius=28, fill=_TINTS[variant])
    draw.rounded_rectangle((160, 180, 320, 380), radius=12, fill=_PAPER)
    draw.ellipse((205, 205, 275, 275), fill=_FAINT)
    draw.chord((185, 285, 295, 425), 180, 360, fill=_FAINT)
    draw.text((360, 190), "SAMPLE ID", font=ImageFont.load_default(36), fill=_PAPER)
    draw.text((360, 260), f"No. 000 {variant}{variant} 000", font=ImageFont.load_default(26), fill=_PAPER)
    return Sample(_saved(picture, "JPEG", quality=78), "image/jpeg")


def _screenshot(variant: int) -> Sample:
    """Make a picture of a phone's screen with a score on it."""
    screen = Image.new("RGB", (390, 700), (244, 246, 250))
    draw = ImageDraw.Draw(screen)
    draw.text((24, 40), "Your credit score", font=ImageFont.load_default(24), fill=_INK)
    draw.arc((75, 110, 315, 350), 150, 390, fill=_FAINT, width=22)
    draw.arc((75, 110, 315, 350), 150, 240 + 20 * variant, fill=_TINTS[variant], width=22)
    draw.text((195, 230), str(540 + 21 * variant), font=ImageFont.load_default(56), fill=_INK, anchor="mm")
    for line in range(4):
        draw.rounded_rectangle((24, 400 + 70 * line, 366, 456 + 70 * line), radius=10, fill=(255, 255, 255))
    return Sample(_saved(screen, "PNG"), "image/png")


def _sticker(variant: int) -> Sample:
    return Sample(_saved(_face(variant, 0), "WEBP"), "image/webp", more={"animated": False})


def _animated_sticker(variant: int) -> Sample:
    frames = [_face(variant, step) for step in range(4)]
    content = _saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=180, loop=0)
    return Sample(content, "image/webp", more={"animated": True})


def _face(variant: int, step: int) -> Image.Image:
    face = Image.new("RGBA", (512, 512), (0, 0, 0, 0))
    draw = ImageDraw.Draw(face)
    draw.ellipse((56, 56, 456, 456), fill=(255, 205, 60), outline=_TINTS[variant], width=14)
    for x in (180, 332):
        draw.ellipse((x - 26, 190 - 6 * step, x + 26, 242 + 6 * step), fill=_INK)
    draw.arc((160, 220, 352, 392), 20, 160, fill=_INK, width=18)
    return face


def _document(variant: int) -> Sample:
    """Make a PDF of one page."""
    lines = (_BANKS[variant], f"Receipt SAMPLE-{2300 + variant}", f"Paid in full: ${120 + 35 * variant}.00")
    text = "BT /F1 20 Tf 72 720 Td 30 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    font = "/Resources << /Font << /F1 5 0 R >> >>"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R {font} >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    return Sample(_pdf(objects), "application/pdf", f"receipt-{2300 + variant}.pdf")


def _pdf(objects: tuple[str, ...]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {size}\n0000000000 65535 f \n{table}{tail}".encode("ascii")


_SERIAL = 0x52454452
_FIRST, _LAST = 2, 4
_SILENCE = b"\xf8\xff\xfe"
"""An Opus packet of 20 ms without a sound: full band, one channel."""
_PACKET, _PER_SECOND = 960, 50


def _voice(variant: int) -> Sample:
    """Make a voice note of some seconds: Ogg with Opus (RFC 7845)."""
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 0, 48_000, 0, 0)
    vendor = b"Redress"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    pages = [_page([head], 0, 0, _FIRST), _page([tags], 0, 1, 0)]
    seconds = 2 + variant
    for second in range(seconds):
        position = (second + 1) * _PER_SECOND * _PACKET
        pages.append(_page([_SILENCE] * _PER_SECOND, position, second + 2, _LAST if second == seconds - 1 else 0))
    return Sample(b"".join(pages), "audio/ogg; codecs=opus", more={"voice": True})


def _page(packets: list[bytes], position: int, number: int, flags: int) -> bytes:
    lacing = bytes(len(packet) for packet in packets)
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, position, _SERIAL, number, 0)
    page = head + bytes([len(lacing)]) + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    """Return the CRC-32 of an Ogg page: polynomial 04C11DB7, not reflected, from 0 (RFC 3533)."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x104C11DB7 if crc & 0x80000000 else 0)
    return crc


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


_MAKERS: dict[str, Callable[[int], Sample]] = {
    "letter": _letter,
    "photo": _photo,
    "screenshot": _screenshot,
    "voice": _voice,
    "document": _document,
    "sticker": _sticker,
    "animated_sticker": _animated_sticker,
}
