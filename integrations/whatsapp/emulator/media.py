"""Files in and out: upload, look up, download within five minutes, delete."""

import hashlib
import hmac
from collections.abc import Mapping

from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.faults import Fault
from integrations.whatsapp.emulator.forms import Part, read_form
from integrations.whatsapp.emulator.refusals import Refusal, no_object, signed_out
from integrations.whatsapp.emulator.shelf import UPLOADED_DAYS, Media
from integrations.whatsapp.emulator.world import World

DOWNLOAD = "/whatsapp_business/attachments/"
URL_SECONDS = 300
_MB = 1_000_000
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIP, _OLE = ((0, b"PK"),), ((0, b"\xd0\xcf\x11\xe0"),)
_MP4 = ((4, b"ftyp"),)
_KINDS: dict[str, tuple[int, dict[str, tuple[tuple[int, bytes], ...]]]] = {
    "image": (5 * _MB, {"image/jpeg": ((0, b"\xff\xd8\xff"),), "image/png": ((0, b"\x89PNG"),)}),
    "sticker": (500_000, {"image/webp": ((0, b"RIFF"), (8, b"WEBP"))}),
    "video": (16 * _MB, {"video/mp4": _MP4, "video/3gpp": _MP4}),
    "audio": (
        16 * _MB,
        {
            "audio/aac": ((0, b"\xff"),),
            "audio/amr": ((0, b"#!AMR"),),
            "audio/mpeg": (),
            "audio/mp4": _MP4,
            "audio/ogg": ((0, b"OggS"), (28, b"OpusHead")),
        },
    ),
    "document": (
        100 * _MB,
        {
            "text/plain": (),
            "application/pdf": ((0, b"%PDF"),),
            "application/msword": _OLE,
            "application/vnd.ms-excel": _OLE,
            "application/vnd.ms-powerpoint": _OLE,
            f"{_OFFICE}wordprocessingml.document": _ZIP,
            f"{_OFFICE}spreadsheetml.sheet": _ZIP,
            f"{_OFFICE}presentationml.presentation": _ZIP,
        },
    ),
}
"""What can be uploaded: by kind the most bytes, and by type the marks at their places in the file."""
KIND_OF = {mime_type: kind for kind, (_limit, types) in _KINDS.items() for mime_type in types}
_STILL_STICKER = 100_000
_ANIMATION = b"ANIM"


def upload(world: World, request: Request, node: str) -> Reply:
    """Take a file and give it an id."""
    number = world.number(node, request.token)
    form = read_form(request.headers.get("content-type", ""), request.body)
    if _value(form, "messaging_product") != "whatsapp":
        raise Refusal(100, "The parameter messaging_product is required.")
    file = form.get("file")
    if file is None or file.filename is None:
        raise Refusal(100, "The parameter file is required.")
    mime_type = _type_of(file, _value(form, "type"))
    _check(file.content, mime_type)
    (media,) = world.shelf.place(
        phone_number_id=number.phone_number_id,
        mime_type=mime_type,
        content=file.content,
        filename=file.filename,
        days=UPLOADED_DAYS,
    )
    return Reply(200, {"id": media.id})


def show(world: World, request: Request, node: str) -> Reply:
    """Tell what a file is, and where it can be fetched for the next five minutes."""
    media = _authorized(world, request, node)
    until = int(world.clock.now()) + URL_SECONDS
    base = f"http://{request.headers['host']}{DOWNLOAD}"
    return Reply(
        200,
        {
            "messaging_product": "whatsapp",
            "url": f"{base}?mid={media.id}&ext={until}&hash={_proof(world, media.id, until)}",
            "mime_type": media.mime_type,
            "sha256": media.sha256,
            "file_size": str(media.size),
            "id": media.id,
        },
    )


def delete(world: World, request: Request, node: str) -> Reply:
    """Forget a file."""
    world.shelf.remove(_authorized(world, request, node).id)
    return Reply(200, {"success": True})


def download(world: World, request: Request, fault: Fault) -> Reply:
    """Hand out the bytes, to a bearer of the token only."""
    if not request.headers.get("authorization", "").lower().startswith("bearer "):
        raise signed_out()
    query = request.query
    until = int(query["ext"]) if query.get("ext", "").isdigit() else 0
    media = world.shelf.find(query.get("mid", ""))
    known = media is not None and hmac.compare_digest(_proof(world, media.id, until), query.get("hash", ""))
    if media is None or not known or until < world.clock.now():
        raise Refusal(100, "This address has expired or never was.", http_status=404)
    world.number(media.phone_number_id, request.token)
    content = world.shelf.content(media)
    if fault.corrupt:
        content = bytes([content[0] ^ 1]) + content[1:]
    return Reply(200, content, {"content-type": media.mime_type}, delay_s=fault.delay_s, broken=fault.drop_response)


def _authorized(world: World, request: Request, node: str) -> Media:
    media = world.shelf.find(node)
    if media is None:
        raise no_object(node, request.method)
    world.number(media.phone_number_id, request.token)
    if request.query.get("phone_number_id", media.phone_number_id) != media.phone_number_id:
        raise no_object(node, request.method)
    return media


def _value(form: Mapping[str, Part], name: str) -> str:
    part = form.get(name)
    return part.content.decode("utf-8", "replace").strip() if part else ""


def _type_of(file: Part, said: str) -> str:
    """Return the type of a file: its own, or what the form says when it has none."""
    own = file.mime_type
    mime_type = own if own and own != "application/octet-stream" else said.partition(";")[0].strip().lower()
    if mime_type not in KIND_OF:
        types = ", ".join(KIND_OF)
        shown = mime_type or "application/octet-stream"
        raise Refusal(100, f"Param file must be a file with one of the following types: {types}. Received {shown}.")
    return mime_type


def _check(content: bytes, mime_type: str) -> None:
    kind = KIND_OF[mime_type]
    limit, types = _KINDS[kind]
    if kind == "sticker" and _ANIMATION not in content[:64]:
        limit = _STILL_STICKER
    if not content:
        raise Refusal(131053, "The file is empty.")
    if len(content) > limit:
        raise Refusal(131053, f"A {kind} may have {limit} bytes at most; this file has {len(content)}.")
    if any(content[place : place + len(mark)] != mark for place, mark in types[mime_type]):
        raise Refusal(131053, f"The file was said to be {mime_type} and is not.")


def _proof(world: World, media_id: str, until: int) -> str:
    secret = world.options.app_secret.encode()
    return hmac.new(secret, f"{media_id} {until}".encode(), hashlib.sha256).hexdigest()[:32]
