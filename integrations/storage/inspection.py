"""What a file is, by its bytes and nothing else: names and declared types are claims of strangers."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import puremagic

from integrations.storage import pictures

UNKNOWN = "application/octet-stream"
"""A type no browser does anything with."""
TEXT = "text/plain"
SHOWN = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4",
        "audio/ogg", "video/mp4", "video/3gpp",
    }
)  # fmt: skip
"""Types a page may show or play: none of them can hold a script that a browser runs."""

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OFFICE_PARTS = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_OLD_OFFICE = {
    "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0": "application/msword",
    "W\0o\0r\0k\0b\0o\0o\0k\0": "application/vnd.ms-excel",
    "P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0": "application/vnd.ms-powerpoint",
}
_HEAD = 4096
_OLD_OFFICE_HEAD = 1024 * 1024
"""The directory of an old office file stands near its beginning, but not at a fixed place."""
_CONTROLS = frozenset(range(0x20)) - frozenset(b"\t\n\r\f\x1b")
_MPEG_FRAME, _MPEG_LAYERS = 0xFFE0, 0x0006


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is. `thumbnail` is a small picture of it, when it is a picture that can be drawn safely."""

    media_type: str
    width: int | None = None
    height: int | None = None
    is_animated: bool = False
    thumbnail: bytes | None = None

    @property
    def is_shown(self) -> bool:
        """Whether a page may show or play it. A picture nobody could draw safely is not shown either."""
        if self.media_type.startswith("image/"):
            return self.thumbnail is not None
        return self.media_type in SHOWN


def inspect(file: BinaryIO) -> Inspection:
    """Return what a file is and leave it at its beginning. Never raises, whatever the bytes are."""
    file.seek(0)
    head = file.read(_HEAD)
    picture = pictures.look(file)
    file.seek(0)
    if picture is not None:
        return Inspection(picture.media_type, picture.width, picture.height, picture.is_animated, picture.thumbnail)
    found = _by_signature(head) or _office(file, head) or _text(file, head) or _anything_else(head)
    file.seek(0)
    return Inspection(found)


def _by_signature(head: bytes) -> str:
    for fits, media_type in _SIGNATURES:
        if fits(head):
            return media_type
    return _iso_media(head)


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _is_adts(head: bytes) -> bool:
    """AAC with its own framing: twelve set bits, and layer 0."""
    frame = int.from_bytes(head[:2])
    return frame >> 4 == _MPEG_FRAME >> 4 | 1 and not frame & _MPEG_LAYERS


def _is_mpeg_audio(head: bytes) -> bool:
    frame = int.from_bytes(head[:2])
    return frame & _MPEG_FRAME == _MPEG_FRAME and bool(frame & _MPEG_LAYERS)


def _iso_media(head: bytes) -> str:
    """Return the type of an ISO base media file (ISO 14496-12) by the brand it names first."""
    if head[4:8] != b"ftyp":
        return ""
    brand = head[8:12]
    if brand in {b"M4A ", b"M4B ", b"F4A "}:
        return "audio/mp4"
    if brand.startswith((b"3gp", b"3g2")):
        return "video/3gpp"
    return "video/mp4" if brand in _MP4_BRANDS else ""


_MP4_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"}
_SIGNATURES: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (_starts(b"%PDF-"), "application/pdf"),
    (lambda head: head.startswith(b"OggS") and any(codec in head for codec in (b"OpusHead", b"vorbis")), "audio/ogg"),
    (_starts(b"#!AMR\n", b"#!AMR-WB\n"), "audio/amr"),
    (_is_adts, "audio/aac"),
    (lambda head: head.startswith(b"ID3") or _is_mpeg_audio(head), "audio/mpeg"),
)


def _office(file: BinaryIO, head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _zipped_office(file)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        file.seek(0)
        begin = file.read(_OLD_OFFICE_HEAD)
        kinds = (kind for name, kind in _OLD_OFFICE.items() if name.encode("latin-1") in begin)
        return next(kinds, UNKNOWN)
    return ""


def _zipped_office(file: BinaryIO) -> str:
    """Look at the names in a zip, never at what is packed: a zip bomb stays packed."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return UNKNOWN
    return next((kind for part, kind in _OFFICE_PARTS.items() if part in names), "application/zip")


def _text(file: BinaryIO, head: bytes) -> str:
    """Tell plain text: UTF-8 to the last byte, no control characters, and nothing that looks like markup."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not head or start == b"<":
        return ""
    file.seek(0)
    try:
        for line in file:
            if any(byte in _CONTROLS for byte in line):
                return ""
            line.decode()
    except UnicodeDecodeError:
        return ""
    return TEXT


def _anything_else(head: bytes) -> str:
    """Name what is neither taken nor shown anywhere, for people to read."""
    try:
        return puremagic.from_string(head, mime=True) or UNKNOWN
    except (puremagic.PureError, ValueError):
        return UNKNOWN
