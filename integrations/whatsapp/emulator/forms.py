"""Reading multipart forms, as files are uploaded with."""

import re
from dataclasses import dataclass
from email.message import Message

from integrations.whatsapp.emulator.refusals import Refusal

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form. A file has a name, and mostly a type."""

    content: bytes
    filename: str | None
    mime_type: str


def read_form(content_type: str, raw: bytes) -> dict[str, Part]:
    """Return the fields by name. Raises Refusal when it is no form."""
    found = _BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/form-data") or not found:
        raise Refusal(100, "The file must come as multipart/form-data.")
    first, *pieces = (b"\r\n" + raw).split(b"\r\n--" + found[1].encode("latin-1"))
    if first.strip() or not pieces or not pieces.pop().startswith(b"--"):
        raise Refusal(100, "The form is broken off or not well-formed.")
    return dict(_part(piece) for piece in pieces)


def _part(piece: bytes) -> tuple[str, Part]:
    head, _, content = piece.partition(b"\r\n\r\n")
    message = Message()
    for line in head.decode("utf-8", "replace").strip().split("\r\n"):
        header, _, value = line.partition(":")
        message[header] = value.strip()
    name = message.get_param("name", header="content-disposition")
    filename = message.get_filename()
    mime_type = str(message.get("content-type", "")).partition(";")[0].strip().lower()
    return str(name), Part(content, filename, mime_type)
