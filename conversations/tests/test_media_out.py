"""Files, places, cards, buttons and reactions on their way out: what is taken, what goes over the wire, what is not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations import actions, tasks
from conversations.models import Attachment, Conversation, Message, Outbox, StoredFile, VendorUpload
from conversations.tests.files import HTML, PDF, SVG, MediaVendor, bomb, picture
from conversations.tests.test_receiving import hello
from integrations.tests.servers import raw_server
from kernel import clocks
from kernel.events.models import Event

WEBP = picture((512, 512), "WEBP")


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def conversation(northside) -> Conversation:
    actions.receive_messages([hello(northside)])
    return Conversation.objects.get()


def upload(stage, content, name="x", **fields):
    client = stage.client(key=stage.api_key)
    return client.post("/api/v1/attachments/", {"file": SimpleUploadedFile(name, content), **fields})


def write(stage, conversation, body):
    client = stage.client(key=stage.api_key)
    return client.post(f"/api/v1/conversations/{conversation.id}/messages/", body, "application/json")


def deliver(settings, vendor):
    Outbox.objects.update(due_at=clocks.now())
    with raw_server(vendor) as url:
        settings.WHATSAPP_GRAPH_URL = url
        for claimed in actions.claim_due(limit=10):
            outcome = tasks._send(claimed)
            if isinstance(outcome, str):
                actions.record_accepted({claimed.message_id: outcome})
            else:
                actions.record_failure(claimed.message_id, outcome)


def calls(vendor):
    return [request.path.rpartition("/")[2] for request in vendor.seen]


@pytest.mark.parametrize(
    ("content", "name", "wanted", "kind", "media_type"),
    [
        (picture(), "photo.jpg", "", "image", "image/jpeg"),
        (picture(kind="PNG"), "shot.png", "", "image", "image/png"),
        (picture(), "a page.html", "", "image", "image/jpeg"),
        (PDF, "letter.pdf", "", "document", "application/pdf"),
        (b"A line.\n", "notes.txt", "", "document", "text/plain"),
        (WEBP, "hi.webp", "sticker", "sticker", "image/webp"),
        (b"#!AMR\n" + bytes(64), "note.amr", "", "audio", "audio/amr"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64), "film.mp4", "", "video", "video/mp4"),
    ],
)
def test_a_file_goes_as_what_its_bytes_are(northside, content, name, wanted, kind, media_type):
    answer = upload(northside, content, name, **({"kind": wanted} if wanted else {}))
    assert answer.status_code == 201, answer.content
    data = answer.json()["data"]
    assert (data["kind"], data["media_type"], data["state"]) == (kind, media_type, "ready")
    assert (data["filename"], data["size"], data["message_id"]) == (name, len(content), None)


@pytest.mark.parametrize(
    ("content", "wanted", "status", "code"),
    [
        (SVG, "", 422, "FILE_NOT_TAKEN"), (HTML, "", 422, "FILE_NOT_TAKEN"), (HTML, "document", 422, "FILE_NOT_TAKEN"),
        (PDF, "image", 422, "FILE_NOT_TAKEN"), (WEBP, "", 422, "FILE_NOT_TAKEN"),
        (b"MZ" + bytes(99), "", 422, "FILE_NOT_TAKEN"),
        (picture(kind="JPEG") + bytes(5 * 1024 * 1024), "", 422, "FILE_NOT_TAKEN"), (b"", "", 400, "VALIDATION_ERROR"),
        (picture((3000, 3000), "WEBP", lossless=True) + bytes(100 * 1024), "sticker", 422, "FILE_NOT_TAKEN"),
    ],
)  # fmt: skip
def test_what_the_channel_does_not_take_is_refused_and_not_kept(northside, tmp_path, content, wanted, status, code):
    answer = upload(northside, content, "x.pdf", **({"kind": wanted} if wanted else {}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (StoredFile.objects.count(), Attachment.objects.count()) == (0, 0)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_bomb_is_looked_at_and_goes_out_as_any_picture_without_being_drawn(northside):
    data = upload(northside, bomb(), "huge.png").json()["data"]
    assert (data["kind"], data["is_shown"], data["thumbnail_url"]) == ("image", False, None)


def test_an_upload_needs_a_key_or_a_session_and_the_right_to_write(northside):
    file = {"file": SimpleUploadedFile("a.pdf", PDF)}
    assert northside.client().post("/api/v1/attachments/", file).status_code == 401
    viewer = northside.client(member=northside.vera)
    assert viewer.post("/api/v1/attachments/", {"file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 403
    alice = northside.client(member=northside.alice)
    assert alice.post("/api/v1/attachments/", {"file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 201
    twice = [
        northside.client(key=northside.api_key).post(
            "/api/v1/attachments/", {"file": SimpleUploadedFile("a.pdf", body)}, HTTP_IDEMPOTENCY_KEY="one"
        )
        for body in (PDF, PDF, b"Other words.")
    ]
    assert [answer.status_code for answer in twice] == [201, 201, 422]
    assert twice[0].json()["data"] == twice[1].json()["data"]


def test_the_composer_sends_an_upload_with_its_caption(northside, conversation):
    attachment = upload(northside, picture(), "shot.jpg").json()["data"]["id"]
    alice = northside.client(member=northside.alice)
    fields = {"attachment": attachment, "kind": "image", "text": "Look"}
    answer = alice.post(f"/inbox/{conversation.id}/send/", fields, HTTP_HX_REQUEST="true")
    page = answer.content.decode()
    assert (answer.status_code, 'class="pic"' in page, "Look" in page) == (200, True, True)
    bad = alice.post(f"/inbox/{conversation.id}/send/", {**fields, "kind": "system"}, HTTP_HX_REQUEST="true")
    assert (bad.status_code, Message.objects.count()) == (400, 2)


def test_a_form_that_says_it_is_too_large_is_refused_unread(northside):
    client = northside.client(key=northside.api_key)
    boundary = {"content_type": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(200 * 1024 * 1024)}
    answer = client.generic("POST", "/api/v1/attachments/", b"--x", **boundary)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "UPLOAD_TOO_LARGE")


def test_a_document_is_brought_once_and_sent_with_its_name_and_caption(settings, northside, conversation):
    vendor = MediaVendor(uploads=[(200, {"id": "media-1"})])
    first = upload(northside, PDF, "carta ñ.pdf").json()["data"]["id"]
    sent = write(northside, conversation, {"type": "document", "attachment": first, "text": "Your letter"}).json()[
        "data"
    ]
    assert (sent["type"], sent["text"], sent["attachments"][0]["id"]) == ("document", "Your letter", first)
    deliver(settings, vendor)
    assert calls(vendor) == ["media", "messages"]
    form = vendor.seen[0].raw
    assert PDF in form
    assert b'name="type"\r\n\r\napplication/pdf' in form
    assert 'filename="carta ñ.pdf"'.encode() in form
    assert vendor.seen[1].body["document"] == {"id": "media-1", "caption": "Your letter", "filename": "carta ñ.pdf"}
    assert Message.objects.get(id=sent["id"]).status == "sent"

    again = upload(northside, PDF, "b.pdf").json()["data"]["id"]
    write(northside, conversation, {"type": "document", "attachment": again})
    deliver(settings, vendor)
    assert calls(vendor) == ["media", "messages", "messages"]
    assert vendor.seen[2].body["document"] == {"id": "media-1", "filename": "b.pdf"}


def test_a_file_the_vendor_lost_is_brought_again_and_never_more_than_once(settings, northside, conversation):
    lost = (400, {"error": {"code": 131053, "message": "Media upload error"}})
    attachment = upload(northside, picture()).json()["data"]["id"]
    message_id = write(northside, conversation, {"type": "image", "attachment": attachment}).json()["data"]["id"]
    file_id = Attachment.objects.get(id=attachment).file_id
    actions.record_upload(file_id=file_id, outlet_id=northside.outlet_id, vendor_id="old")
    vendor = MediaVendor(sends=[lost, lost], uploads=[(200, {"id": "new"})])
    deliver(settings, vendor)
    assert (calls(vendor), Message.objects.get(id=message_id).status) == (["messages"], "queued")
    deliver(settings, vendor)
    assert calls(vendor) == ["messages", "media", "messages"]
    assert [request.body["image"]["id"] for request in vendor.seen[::2]] == ["old", "new"]
    failed = Message.objects.get(id=message_id)
    assert (failed.status, failed.failure_code, VendorUpload.objects.count()) == ("failed", "131053", 0)


def test_a_worker_that_dies_while_it_brings_a_file_has_sent_nothing(northside, conversation):
    attachment = upload(northside, picture()).json()["data"]["id"]
    message_id = write(northside, conversation, {"type": "image", "attachment": attachment}).json()["data"]["id"]
    (claimed,) = actions.claim_due(limit=5)
    assert (str(claimed.message_id), claimed.file.vendor_id, Outbox.objects.get().is_preparing) == (
        message_id,
        "",
        True,
    )
    Outbox.objects.update(claimed_until=clocks.now().replace(year=2020))
    assert (actions.begin_call(claimed.message_id), actions.give_up_lost_claims()) == (False, 0)
    row = Outbox.objects.get()
    assert (row.is_preparing, row.claimed_until, Message.objects.get(id=message_id).status) == (False, None, "queued")


def test_an_upload_that_gets_no_answer_is_tried_again_because_nothing_was_sent(settings, northside, conversation):
    attachment = upload(northside, picture()).json()["data"]["id"]
    message_id = write(northside, conversation, {"type": "image", "attachment": attachment}).json()["data"]["id"]
    vendor = MediaVendor(uploads=[(502, {}), (200, {"id": "m"})])
    deliver(settings, vendor)
    assert (calls(vendor), Message.objects.get(id=message_id).status) == (["media"], "queued")
    deliver(settings, vendor)
    assert (calls(vendor), Message.objects.get(id=message_id).status) == (["media", "media", "messages"], "sent")


BUTTONS = {"type": "buttons", "footer": "Northside", "buttons": [{"id": "y", "title": "Yes"}, {"title": "No"}]}
ROWS = [{"title": "Monday", "description": "9 to 12"}, {"id": "t", "title": "Tuesday"}]


@pytest.mark.parametrize(
    ("body", "wire"),
    [
        ({"type": "location", "location": {"latitude": 25.5, "longitude": -80, "name": "Office"}},
         {"type": "location", "location": {"latitude": 25.5, "longitude": -80.0, "name": "Office"}}),
        ({"type": "contacts", "contacts": [{"name": "Ana Ruiz", "phones": ["+1305"], "emails": ["a@x.example"]}]},
         {"type": "contacts", "contacts": [{
             "name": {"formatted_name": "Ana Ruiz", "first_name": "Ana"},
             "phones": [{"phone": "+1305", "type": "CELL"}],
             "emails": [{"email": "a@x.example", "type": "WORK"}]}]}),
        ({"type": "interactive", "text": "Shall we?", "interactive": BUTTONS},
         {"type": "interactive", "interactive": {
             "type": "button", "body": {"text": "Shall we?"}, "footer": {"text": "Northside"}, "action": {"buttons": [
                 {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                 {"type": "reply", "reply": {"id": "No", "title": "No"}}]}}}),
        ({"type": "interactive", "text": "When?", "interactive": {"type": "list", "button": "Days", "rows": ROWS}},
         {"type": "interactive", "interactive": {"type": "list", "body": {"text": "When?"}, "action": {
             "button": "Days", "sections": [{"rows": [
                 {"id": "Monday", "title": "Monday", "description": "9 to 12"}, {"id": "t", "title": "Tuesday"}]}]}}}),
        ({"type": "interactive", "text": "Sign", "interactive": {
            "type": "link", "button": "Open", "url": "https://a.example/1"}},
         {"type": "interactive", "interactive": {"type": "cta_url", "body": {"text": "Sign"}, "action": {
             "name": "cta_url", "parameters": {"display_text": "Open", "url": "https://a.example/1"}}}}),
        ({"type": "interactive", "text": "Where?", "interactive": {"type": "location_request"}},
         {"type": "interactive", "interactive": {
             "type": "location_request_message", "body": {"text": "Where?"}, "action": {"name": "send_location"}}}),
    ],
    ids=["location", "contacts", "buttons", "list", "link", "location-request"],
)  # fmt: skip
def test_each_kind_goes_out_in_the_vendors_form(settings, northside, conversation, body, wire):
    answer = write(northside, conversation, body)
    assert answer.status_code == 202, answer.content
    vendor = MediaVendor()
    deliver(settings, vendor)
    (request,) = vendor.seen
    assert {name: request.body[name] for name in wire} == wire
    assert request.body["to"] == "+13055550142"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "interactive", "text": "x", "interactive": {"type": "buttons"}}, "interactive.buttons"),
        ({"type": "interactive", "text": "x", "interactive": {
            "type": "buttons", "buttons": [{"title": "twenty-one characters"}]}}, "interactive.buttons.0.title"),
        ({"type": "interactive", "text": "x", "interactive": {
            "type": "buttons", "buttons": [{"title": "A"}, {"title": "A"}]}}, "interactive.buttons"),
        ({"type": "interactive", "text": "", "interactive": BUTTONS}, "text"),
        ({"type": "interactive", "text": "x" * 1025, "interactive": BUTTONS}, "text"),
        ({"type": "interactive", "text": "x", "interactive": {"type": "list", "button": "", "rows": ROWS}},
         "interactive.button"),
        ({"type": "interactive", "text": "x", "interactive": {"type": "link", "button": "x", "url": "javascript:1"}},
         "interactive.url"),
        ({"type": "contacts", "contacts": [{"name": "Nobody"}]}, "contacts.0.phones"),
        ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
        ({"type": "location"}, "location"), ({"type": "text", "text": "x", "location": {"latitude": 1, "longitude": 1}},
         "location"),
        ({"type": "image"}, "attachment"), ({"type": "image", "attachment": "01936f5e-9a40-7c11-8a55-0b1c2d3e4f50"},
         "attachment"),
        ({"type": "reaction", "reaction": {"emoji": "👍"}}, "reply_to"),
    ],
)  # fmt: skip
def test_what_is_too_long_or_missing_is_named_and_nothing_is_queued(northside, conversation, body, field):
    answer = write(northside, conversation, body)
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, [field])
    assert (Outbox.objects.count(), Message.objects.count()) == (0, 1)


def test_a_reaction_goes_out_answers_nobody_and_can_be_taken_back(settings, northside, conversation):
    target = Message.objects.get()
    before = Conversation.objects.values("waiting_since", "preview", "owner").get()
    for emoji in ("👍", ""):
        body = {"type": "reaction", "reply_to": str(target.id), "reaction": {"emoji": emoji}}
        assert write(northside, conversation, body).status_code == 202
    vendor = MediaVendor()
    deliver(settings, vendor)
    deliver(settings, vendor)
    assert [request.body["reaction"] for request in vendor.seen] == [
        {"message_id": "wamid.1", "emoji": "👍"}, {"message_id": "wamid.1", "emoji": ""},
    ]  # fmt: skip
    assert "context" not in vendor.seen[0].body
    assert Conversation.objects.values("waiting_since", "preview", "owner").get() == before


def test_a_file_is_sent_with_one_message_and_by_its_own_tenant_only(northside, harbor, conversation):
    attachment = upload(northside, picture()).json()["data"]["id"]
    body = {"type": "image", "attachment": attachment}
    assert [write(northside, conversation, body).status_code for _time in range(2)] == [202, 400]
    with harbor.inside():
        actions.receive_messages([hello(harbor)])
        theirs = Conversation.objects.get()
    before = Event.objects.count()
    spare = upload(northside, PDF).json()["data"]["id"]
    answer = write(harbor, theirs, {"type": "document", "attachment": spare})
    assert (answer.status_code, Event.objects.count()) == (400, before)
    key = harbor.client(key=harbor.api_key)
    assert key.get(f"/api/v1/attachments/{spare}/").status_code == 404
