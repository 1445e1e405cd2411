"""Files for tests, drawn here, and a vendor that hands them out."""

import base64
import hashlib
import io
import json
import socket
from dataclasses import dataclass, field

from PIL import Image

from integrations.tests.servers import Seen, read_request

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(size: tuple[int, int] = (900, 600), kind: str = "JPEG", **options: object) -> bytes:
    """Return a picture of one color."""
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **options)
    return written.getvalue()


def photo_with_place() -> bytes:
    """Return a photo that says where it was taken, and that it stands on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera with a name"
    exif.get_ifd(0x8825)[1] = "N"
    return picture((800, 400), exif=exif)


def bomb() -> bytes:
    """Return a PNG of some kilobytes that unpacks to 400 million pixels."""
    written = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(written, "PNG", optimize=True)
    return written.getvalue()


@dataclass
class MediaVendor:
    """Answers look-ups, downloads, uploads and sends as the Cloud API does, and remembers them."""

    content: bytes = b""
    media_type: str = "image/jpeg"
    sha256: str | None = None
    """What look-ups tell; by default the truth, in hex."""
    url: str | None = None
    """Where look-ups lead; by default here."""
    download_status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    lookup: tuple[int, dict[str, object]] | None = None
    sends: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    uploads: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    base: str = ""

    def __call__(self, connection: socket.socket) -> None:
        while (request := read_request(connection)) is not None:
            self.seen.append(request)
            status, body, extra = self._answer(request)
            head = {"Content-Length": str(len(body)), **extra}
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            connection.sendall(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)

    def _answer(self, request: Seen) -> tuple[int, bytes, dict[str, str]]:
        if request.path.startswith("/download/"):
            return self.download_status, self.content, self.headers
        if request.path.endswith("/media"):
            return self._json(*(self.uploads.pop(0) if self.uploads else (200, {"id": f"m{len(self.seen)}"})))
        if request.path.endswith("/messages"):
            accepted = {"messages": [{"id": f"wamid.out.{len(self.seen)}"}]}
            return self._json(*(self.sends.pop(0) if self.sends else (200, accepted)))
        return self._json(*(self.lookup or (200, self._told())))

    def _told(self) -> dict[str, object]:
        digest = hashlib.sha256(self.content).hexdigest()
        return {
            "messaging_product": "whatsapp",
            "url": self.url or f"{self.base}/download/7",
            "mime_type": self.media_type,
            "sha256": digest if self.sha256 is None else self.sha256,
            "file_size": str(len(self.content)),
            "id": "7",
        }

    @staticmethod
    def _json(status: int, body: dict[str, object]) -> tuple[int, bytes, dict[str, str]]:
        return status, json.dumps(body).encode(), {"Content-Type": "application/json"}


def base64_digest(content: bytes) -> str:
    """Return a SHA-256 as webhooks write it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
