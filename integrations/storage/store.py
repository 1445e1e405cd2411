"""Where files are kept: Django's storage, one folder per tenant, each file under the hash of its content.

The same bytes are kept once in a tenant and never shared between tenants: whoever may delete a tenant's folder
deletes all of its files and nobody else's.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from kernel.tenancy import current_schema

_PIECE = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file is known by: the SHA-256 of its content in hex, and its bytes."""

    sha256: str
    size: int


def digest_of(file: BinaryIO) -> Digest:
    """Return the digest of a whole file and leave it at its beginning."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return Digest(digest.hexdigest(), size)


def keep(file: BinaryIO, digest: Digest) -> None:
    """Keep a file of the current tenant. What a crash left half written is replaced; what is there stays."""
    _put(_path(digest.sha256), File(file), digest.size)


def keep_thumbnail(sha256: str, content: bytes) -> None:
    """Keep the small picture of a file of the current tenant."""
    _put(_path(sha256, "thumbnails"), ContentFile(content), len(content))


def open_file(sha256: str) -> "File[bytes]":
    """Open a file of the current tenant. Raises FileNotFoundError."""
    return default_storage.open(_path(sha256), "rb")


def open_thumbnail(sha256: str) -> "File[bytes]":
    """Open the small picture of a file of the current tenant. Raises FileNotFoundError."""
    return default_storage.open(_path(sha256, "thumbnails"), "rb")


def _put(path: str, content: "File[bytes]", size: int) -> None:
    if default_storage.exists(path):
        if default_storage.size(path) == size:
            return
        default_storage.delete(path)
    written = default_storage.save(path, content)
    if written != path:  # another worker was faster with the same bytes
        default_storage.delete(written)


def _path(sha256: str, kind: str = "files") -> str:
    if not _SHA256.fullmatch(sha256):
        message = f"{sha256!r} is no SHA-256"
        raise ValueError(message)
    return f"{current_schema()}/{kind}/{sha256[:2]}/{sha256}"
