"""Files for the demo, drawn here: nothing of anybody's is in them."""

import io
import struct

from PIL import Image, ImageDraw

PAPER, INK, FAINT = "#fdfdfa", "#26332f", "#9aa5a0"
_BEGINS, _ENDS = 2, 4
_SILENCE = bytes.fromhex("f8fffe")
"""An Opus packet of 20 ms in which nothing is heard."""
_OGG_POLYNOMIAL = 0x04C11DB7


def letter(number: int) -> bytes:
    """Return a photo of a letter nobody wrote, as a JPEG."""
    image = Image.new("RGB", (900, 1200), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 110, 420, 138), fill=INK)
    draw.rectangle((90, 160, 340, 174), fill=FAINT)
    for line in range(22):
        width = 720 - (line * 37 + number * 53) % 240
        draw.rectangle((90, 270 + line * 36, 90 + width, 282 + line * 36), fill=FAINT)
    draw.line([(110, 1120), (190, 1080), (230, 1130), (310, 1070), (400, 1120)], fill=INK, width=4)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    return written.getvalue()


def report(number: int) -> bytes:
    """Return a document of one page, as a PDF."""
    written = io.BytesIO()
    with Image.open(io.BytesIO(letter(number))) as page:
        page.save(written, "PDF", resolution=110)
    return written.getvalue()


def voice_note(seconds: int) -> bytes:
    """Return a silent voice note in the container phones use: Opus in Ogg (RFC 7845)."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 6) + b"silent" + struct.pack("<I", 0)
    pages = [_page([head], number=0, granule=0, flags=_BEGINS), _page([tags], number=1, granule=0)]
    for second in range(1, seconds + 1):
        flags = _ENDS if second == seconds else 0
        pages.append(_page([_SILENCE] * 50, number=second + 1, granule=second * 48_000, flags=flags))
    return b"".join(pages)


def _page(packets: list[bytes], *, number: int, granule: int, flags: int = 0) -> bytes:
    """Return an Ogg page (RFC 3533, 6) of whole packets, each shorter than 255 bytes."""
    lengths = bytes(len(packet) for packet in packets)
    start = struct.pack("<4sBBqII", b"OggS", 0, flags, granule, 1, number)
    end = bytes([len(lengths)]) + lengths + b"".join(packets)
    return start + struct.pack("<I", _checksum(start + bytes(4) + end)) + end


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _bit in range(8):
            value = (value << 1 ^ (_OGG_POLYNOMIAL if value & 1 << 31 else 0)) & 0xFFFFFFFF
    return value
