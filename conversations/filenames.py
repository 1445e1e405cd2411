"""Names of files that strangers gave them, made fit to be shown and saved under. Pure."""

import re
from mimetypes import guess_extension

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]')
LONGEST = 255
_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "text/plain": ".txt",
}


def shown_name(filename: str) -> str:
    """Return a name that is only a name: no folders, nothing that hides its end, nothing a system chokes on."""
    name = _FORBIDDEN.sub("", filename).replace("\\", "/").rpartition("/")[2].strip().strip(".")
    return name[-LONGEST:]


def saved_name(filename: str, *, kind: str, media_type: str) -> str:
    """Return the name a browser saves a file under; a nameless one is called after its kind."""
    name = shown_name(filename)
    return name or kind + (_EXTENSIONS.get(media_type) or guess_extension(media_type) or "")
