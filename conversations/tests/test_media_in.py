"""A customer's file, from the webhook to the page: fetched from trusted hosts only, proved, and never trusted."""

import hashlib
import io
import socket
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from conversations import actions, queries, tasks
from conversations.enums import MessageType
from conversations.models import Attachment, Message, StoredFile
from conversations.tests.files import HTML, PDF, SVG, MediaVendor, base64_digest, bomb, photo_with_place, picture
from conversations.tests.test_receiving import hello
from conversations.types import InboundFile
from integrations.tests.servers import raw_server
from kernel import clocks, redis
from kernel.events.models import Event


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def later(monkeypatch):
    calls = []
    monkeypatch.setattr(tasks.fetch_attachment, "apply_async", lambda _args, countdown: calls.append(countdown))
    return calls


def arrive(stage, kind="image", vendor_id="wamid.m", **file):
    message = hello(stage, vendor_id, type=MessageType(kind), text="", files=(InboundFile("7", **file),))
    actions.receive_messages([message])
    return Attachment.objects.get(message__vendor_id=vendor_id)


def fetch(settings, attachment, vendor):
    with raw_server(vendor) as url:
        vendor.base, settings.WHATSAPP_GRAPH_URL = url, url
        settings.WHATSAPP_MEDIA_HOSTS = frozenset({*settings.WHATSAPP_MEDIA_HOSTS, url})
        tasks.fetch_attachment(str(attachment.id))
    attachment.refresh_from_db()
    return attachment


def body_of(answer):
    """Return the bytes of an answer; what they come from is closed at their end."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def happened():
    return list(Event.objects.order_by("seq").values_list("type", flat=True))


def shape_of(attachment):
    return queries.attachment_shapes([attachment.id])[0]


def test_a_photo_is_asked_for_at_receipt_and_here_after_one_look_up_and_one_download(settings, northside):
    content = picture()
    attachment = arrive(northside, claimed_type="image/jpeg", sha256=base64_digest(content))
    assert (attachment.state, happened()[-2:]) == ("pending", ["message.received", "attachment.requested"])
    vendor = MediaVendor(content)
    fetch(settings, attachment, vendor)

    look_up, download = vendor.seen
    assert look_up.path == f"/v26.0/7?phone_number_id={northside.phone_number_id}"
    assert (download.path, download.headers["authorization"]) == ("/download/7", "Bearer token-of-the-tests")
    shape = shape_of(attachment)
    assert (shape["state"], shape["media_type"], shape["is_shown"]) == ("ready", "image/jpeg", True)
    assert (shape["size"], shape["width"], shape["height"]) == (len(content), 900, 600)
    assert shape["sha256"] == hashlib.sha256(content).hexdigest()
    assert happened()[-1] == "attachment.stored"
    assert queries.message_shapes([attachment.message_id])[0]["attachments"] == [shape]


def test_fetching_twice_changes_nothing(settings, northside):
    attachment, vendor = arrive(northside), MediaVendor(picture())
    fetch(settings, attachment, vendor)
    before = happened()
    fetch(settings, attachment, vendor)
    assert (len(vendor.seen), happened()) == (2, before)


def test_the_same_bytes_are_kept_once_in_a_tenant_under_its_own_folder(settings, northside, harbor, tmp_path):
    vendor = MediaVendor(picture())
    fetch(settings, arrive(northside), vendor)
    fetch(settings, arrive(northside, vendor_id="wamid.again"), vendor)
    assert StoredFile.objects.count() == 1
    kept = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    sha256 = StoredFile.objects.get().sha256
    assert kept == [f"{northside.schema}/{kind}/{sha256[:2]}/{sha256}" for kind in ("files", "thumbnails")]
    with harbor.inside():
        assert StoredFile.objects.count() == 0


def test_a_thumbnail_stands_upright_and_says_nothing_of_camera_or_place(settings, northside):
    attachment = fetch(settings, arrive(northside), MediaVendor(photo_with_place()))
    sha256 = attachment.file.sha256
    with default_storage.open(f"{northside.schema}/thumbnails/{sha256[:2]}/{sha256}") as kept:
        small = Image.open(io.BytesIO(kept.read()))
    assert (small.format, small.size, dict(small.getexif()), "exif" in small.info) == ("WEBP", (320, 640), {}, False)


@pytest.mark.parametrize("told", ["0" * 64, base64_digest(b"other bytes")])
def test_bytes_that_are_not_the_promised_ones_are_not_kept(settings, northside, later, told):
    attachment = arrive(northside, sha256=told if len(told) < 64 else "")
    fetch(settings, attachment, MediaVendor(picture(), sha256=told if len(told) == 64 else None))
    assert (attachment.state, attachment.failure_code, len(later)) == ("pending", "FILE_DAMAGED", 1)
    assert (StoredFile.objects.count(), default_storage.exists(northside.schema)) == (0, False)


@pytest.mark.parametrize(
    ("kind", "claimed", "content", "really"),
    [
        ("image", "image/jpeg", SVG, "image/svg+xml"),
        ("image", "image/svg+xml", SVG, "image/svg+xml"),
        ("image", "image/png", HTML, "text/html"),
        ("image", "image/jpeg", PDF, "application/pdf"),
        ("audio", "audio/ogg", picture(), "image/jpeg"),
        ("document", "application/pdf", PDF, "application/pdf"),
        ("image", "image/png", bomb(), "image/png"),
        ("document", "text/html", HTML, "text/html"),
        ("sticker", "image/webp", b"RIFF\x24\0\0\0WEBPVP8 garbage", "image/webp"),
    ],
    ids=["svg-as-jpeg", "svg", "html", "pdf-as-photo", "photo-as-sound", "pdf", "bomb", "page", "broken"],
)
def test_what_is_not_safely_what_it_claims_is_only_given_out_to_be_saved(
    settings, northside, kind, claimed, content, really
):
    attachment = fetch(settings, arrive(northside, kind, claimed_type=claimed), MediaVendor(content, claimed))
    shape = shape_of(attachment)
    assert (shape["state"], shape["media_type"], shape["is_shown"]) == ("ready", really, False)
    answer = northside.client(member=northside.alice).get(shape["url"])
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert body_of(answer) == content


def test_a_picture_that_is_also_a_page_is_only_ever_a_picture(settings, northside):
    attachment = fetch(settings, arrive(northside), MediaVendor(picture() + HTML))
    answer = northside.client(member=northside.alice).get(shape_of(attachment)["url"])
    body_of(answer)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_a_file_larger_than_we_take_is_dropped_while_it_comes(settings, northside, later):
    content = b"\xff" * (16 * 1024 * 1024 + 1)
    attachment = fetch(settings, arrive(northside), MediaVendor(content))
    assert (attachment.state, attachment.failure_code, later) == ("failed", "FILE_TOO_LARGE", [])
    assert (StoredFile.objects.count(), happened()[-1]) == (0, "attachment.failed")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/7", "http://lookaside.fbsbx.com/7", "https://lookaside.fbsbx.com:444/7",
        "https://lookaside.fbsbx.com.evil.example/7", "https://user@lookaside.fbsbx.com/7", "https://xfbcdn.net/7",
        "http://127.0.0.1:1/7", "file:///etc/passwd", "https://[::1]/7", "http://169.254.169.254/latest/", "", "https://[",
    ],
)  # fmt: skip
def test_the_token_goes_to_no_host_that_is_not_on_the_list(settings, northside, later, url):
    vendor = MediaVendor(picture(), url=url or "x")
    attachment = fetch(settings, arrive(northside), vendor)
    assert (attachment.state, attachment.failure_code, later) == ("failed", "FILE_HOST_REFUSED", [])
    assert len(vendor.seen) == 1


def test_a_listed_name_that_leads_into_our_own_network_is_not_called(settings, northside, later, monkeypatch):
    honest = socket.getaddrinfo

    def inward(host, *args, **options):
        return honest("10.0.0.7" if host == "lookaside.fbsbx.com" else host, *args, **options)

    monkeypatch.setattr("socket.getaddrinfo", inward)
    settings.WHATSAPP_MEDIA_HOSTS = frozenset({"lookaside.fbsbx.com"})
    attachment = fetch(settings, arrive(northside), MediaVendor(picture(), url="https://lookaside.fbsbx.com/7"))
    assert (attachment.state, attachment.failure_code) == ("failed", "FILE_HOST_REFUSED")


def test_a_redirect_is_not_followed(settings, northside, later):
    vendor = MediaVendor(b"", sha256="", download_status=302, headers={"Location": "http://127.0.0.1:1/steal"})
    attachment = fetch(settings, arrive(northside), vendor)
    assert (attachment.state, attachment.failure_code, len(vendor.seen)) == ("failed", "FILE_HOST_REFUSED", 2)


def test_a_vendor_in_trouble_is_asked_again_and_again_and_then_a_person_is_told(settings, northside, later):
    attachment, vendor = arrive(northside), MediaVendor(b"", download_status=503)
    for attempt in range(1, 7):
        fetch(settings, attachment, vendor)
        assert (attachment.attempts, attachment.failure_code) == (attempt, "HTTP_503")
        redis.client().flushdb()  # or the breaker would rest after five
        Attachment.objects.filter(state="pending").update(due_at=clocks.now())
    assert (attachment.state, len(later), happened()[-1]) == ("failed", 5, "attachment.failed")
    assert shape_of(attachment)["failure"] == {"code": "HTTP_503", "reason": "The file could not be loaded."}


def test_a_file_the_vendor_has_forgotten_is_not_asked_for_again(settings, northside, later):
    gone = (400, {"error": {"code": 100, "message": "Unsupported get request"}})
    attachment = fetch(settings, arrive(northside), MediaVendor(lookup=gone))
    assert (attachment.state, attachment.failure_code, later) == ("failed", "FILE_GONE", [])


def test_a_person_lets_a_failed_file_be_loaded_again(settings, northside, later):
    attachment = fetch(settings, arrive(northside), MediaVendor(lookup=(400, {"error": {"code": 100}})))
    alice = northside.client(member=northside.alice)
    where = f"/inbox/{attachment.message.conversation_id}/files/{attachment.id}/retry/"
    answer = alice.post(where, HTTP_HX_REQUEST="true")
    assert (answer.status_code, "Loading the file" in answer.content.decode()) == (200, True)
    fetch(settings, attachment, MediaVendor(picture()))
    assert attachment.state == "ready"
    before = happened()
    assert (alice.post(where, HTTP_HX_REQUEST="true").status_code, happened()) == (200, before)


def test_the_sweep_finds_what_a_dead_worker_held_and_nothing_that_is_being_fetched(northside, monkeypatch):
    enqueued = []
    monkeypatch.setattr(tasks.fetch_attachment, "delay", enqueued.append)
    attachment = arrive(northside)
    claimed = actions.claim_attachment(attachment.id)
    assert (claimed.vendor_id, claimed.max_bytes) == ("7", 16 * 1024 * 1024)
    assert "token-of-the-tests" not in repr(claimed)
    tasks.sweep_attachments()
    assert enqueued == []
    Attachment.objects.update(due_at=clocks.now() - timedelta(seconds=1))
    tasks.sweep_attachments()
    assert enqueued == [str(attachment.id)]


def test_a_file_is_given_to_members_of_its_tenant_and_keys_of_its_tenant_only(settings, northside, harbor):
    content = picture()
    attachment = fetch(settings, arrive(northside), MediaVendor(content))
    url, api = shape_of(attachment)["url"], f"/api/v1/attachments/{attachment.id}/content/"
    answer = northside.client(member=northside.vera).get(url)
    assert body_of(answer) == content
    assert answer["Cache-Control"] == "private, immutable, max-age=31536000"
    assert answer["Content-Disposition"] == 'inline; filename="image.jpg"'
    with_key = northside.client(key=northside.api_key).get(api)
    assert (with_key.status_code, body_of(with_key)) == (200, content)
    assert with_key["Cache-Control"] == "private, immutable, max-age=31536000"

    charlie = harbor.client(member=harbor.charlie)
    assert [charlie.get(where).status_code for where in (url, f"{url}thumbnail/", api)] == [404, 404, 404]
    stranger = northside.client()
    assert (stranger.get(url).status_code, stranger.get(api).status_code) == (302, 401)
    assert northside.client(member=northside.alice).get(f"/files/{attachment.id}/0000000000000000/").status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "part", "told"),
    [
        ("bytes=0-9", 206, slice(0, 10), "bytes 0-9/"), ("bytes=5-", 206, slice(5, None), "bytes 5-"),
        ("bytes=-4", 206, slice(-4, None), "bytes "), ("bytes=2-999999999", 206, slice(2, None), "bytes 2-"),
        ("bytes=0-1,3-4", 200, slice(None), ""), ("lines=1-2", 200, slice(None), ""),
        ("bytes=-", 200, slice(None), ""),
        ("bytes=9999999-", 416, slice(0, 0), "bytes */"), ("bytes=5-2", 416, slice(0, 0), "bytes */"),
        ("bytes=-0", 416, slice(0, 0), "bytes */"),
    ],
)  # fmt: skip
def test_players_seek_by_ranges(settings, northside, asked, status, part, told):
    content = picture()
    attachment = fetch(settings, arrive(northside), MediaVendor(content))
    answer = northside.client(member=northside.alice).get(shape_of(attachment)["url"], HTTP_RANGE=asked)
    body = body_of(answer)
    assert (answer.status_code, body) == (status, content[part])
    assert answer.headers.get("Content-Range", "").startswith(told)
    assert answer["Content-Length"] == str(len(body)) or status == 416
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("a\u202egnp.exe", "agnp.exe"),
        ("evil\r\nSet-Cookie: x=1.pdf", "evilSet-Cookie x=1.pdf"), ('x";y.pdf', "x;y.pdf"),
        ("Año nuevo.pdf", "Año nuevo.pdf"),
        ("..", "document.pdf"), ("", "document.pdf"), (".htaccess", "htaccess"),
    ],
)  # fmt: skip
def test_a_hostile_name_is_only_a_name(settings, northside, told, kept):
    attachment = fetch(settings, arrive(northside, "document", filename=told), MediaVendor(PDF))
    answer = northside.client(member=northside.alice).get(shape_of(attachment)["url"])
    spelled = "*=utf-8''A%C3%B1o%20nuevo.pdf" if "ñ" in kept else f'="{kept}"'
    body_of(answer)
    assert answer["Content-Disposition"] == f"attachment; filename{spelled}"


def test_a_message_that_was_there_before_asks_for_nothing_again(northside):
    attachment = arrive(northside)
    before = happened()
    actions.receive_messages([hello(northside, "wamid.m", type=MessageType.IMAGE, files=(InboundFile("7"),))])
    assert (Attachment.objects.get(), happened()) == (attachment, before)


def test_a_list_of_messages_costs_one_statement_more_however_many_files(northside, django_assert_num_queries):
    for number in range(3):
        arrive(northside, vendor_id=f"wamid.{number}")
        ids = list(Message.objects.values_list("id", flat=True))
        with django_assert_num_queries(2):
            assert len(queries.message_shapes(ids)) == number + 1
