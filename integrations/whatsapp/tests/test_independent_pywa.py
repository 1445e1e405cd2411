"""pywa, a client that knows nothing of us, against the emulator; only its base URL is not the vendor's."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pywa import errors as pywa_errors
from pywa.client import WhatsApp
from pywa.types.callback import Button, Section, SectionList, SectionRow, URLButton
from pywa.types.message import Message
from pywa.types.others import Contact
from pywa.types.templates import (
    BodyText,
    ParamFormat,
    Template,
    TemplateCategory,
    TemplateLanguage,
    TemplateStatus,
)

from integrations.tests.servers import wait_for
from integrations.whatsapp import signature
from integrations.whatsapp.emulator import samples
from integrations.whatsapp.tests.conftest import SECRET, Emulated, Receiver
from integrations.whatsapp.tests.samples import payload
from integrations.whatsapp.wire import encode

NUMBER, WABA, PHONE = "700100", "900", "12125550142"


@pytest.fixture
def pywa(emulator: Emulated) -> Iterator[WhatsApp]:
    client = WhatsApp(phone_id=NUMBER, token="EAAtoken", waba_id=WABA)
    client.api._session.base_url = f"{emulator.url}/v26.0"
    yield client
    client.api._session.close()


def listening() -> WhatsApp:
    """Return an independent receiver; a fresh one each time, because it drops repeated bytes."""
    return WhatsApp(phone_id=None, token="t", server=None, verify_token="v", app_secret=SECRET, validate_updates=True)


def feed(listener: WhatsApp, raw: bytes, header: str) -> int:
    refused = listener.webhook_update_validator(update=raw, hmac_header=header)
    _text, status = refused or listener.webhook_update_handler(update=raw)
    return int(status)


def heard(receiver: Receiver, handler: str) -> list[Any]:
    """Return what a typed handler of pywa makes of every webhook that came."""
    seen: list[Any] = []
    listener = listening()
    getattr(listener, handler)()(lambda _wa, update: seen.append(update))
    for request in receiver.seen:
        assert feed(listener, request.raw, request.headers["x-hub-signature-256"]) == 200
    return seen


def control(emulator: Emulated, path: str, **order: Any) -> Any:
    answer = httpx.post(f"{emulator.url}/_emulator/{path}", json=order)
    answer.raise_for_status()
    return answer.json()


def write(emulator: Emulated, receiver: Receiver, **message: Any) -> None:
    """Let a customer write, and wait for the webhook."""
    before = len(receiver.seen)
    order = {"phone_number_id": NUMBER, "from": PHONE, "name": "Inés", "message": message}
    control(emulator, "receive", **order)
    wait_for(lambda: len(receiver.seen) > before)


class TestSending:
    def test_texts_replies_reads_and_reactions(self, pywa, emulator):
        sent = pywa.send_message(to=PHONE, text="Hello", tracker="tag-2")
        answer = pywa.send_message(to=PHONE, text="Again", reply_to_message_id=sent.id)
        reaction = pywa.send_reaction(to=PHONE, emoji="👍", message_id=sent.id)
        taken_back = pywa.remove_reaction(to=PHONE, message_id=sent.id)
        assert pywa.mark_message_as_read(message_id=sent.id).success
        assert pywa.indicate_typing(message_id=sent.id).success
        kept = emulator.messages()
        assert [message["id"] for message in kept] == [sent.id, answer.id, reaction.id, taken_back.id]
        assert [message["tag"] for message in kept] == ["tag-2", None, None, None]
        assert kept[1]["request"]["context"] == {"message_id": sent.id}
        assert [message["request"]["reaction"]["emoji"] for message in kept[2:]] == ["👍", ""]

    def test_files_up_out_and_down(self, pywa, emulator):
        letter, note = samples.sample("letter").content, samples.sample("voice").content
        uploaded = pywa.upload_media(letter, mime_type="image/jpeg", filename="letter.jpg")
        pywa.send_image(to=PHONE, image=uploaded.id, caption="A letter")
        pywa.send_document(to=PHONE, document=samples.sample("document").content, filename="a.pdf", caption="Paid")
        pywa.send_voice(to=PHONE, voice=note, mime_type="audio/ogg; codecs=opus")
        pywa.send_sticker(to=PHONE, sticker=samples.sample("sticker").content, mime_type="image/webp")
        pywa.send_image(to=PHONE, image="https://northside.example.com/a.jpg")
        kept = [message["request"] for message in emulator.messages()]
        assert [request["type"] for request in kept] == ["image", "document", "audio", "sticker", "image"]
        assert kept[0]["image"] == {"id": uploaded.id, "caption": "A letter"}
        assert (kept[1]["document"]["filename"], kept[1]["document"]["caption"]) == ("a.pdf", "Paid")
        shown = pywa.get_media_url(uploaded.id)
        assert (shown.mime_type, shown.sha256) == ("image/jpeg", hashlib.sha256(letter).hexdigest())
        assert pywa.get_media_bytes(shown.url) == letter
        assert pywa.delete_media(uploaded.id, phone_id=NUMBER).success
        with pytest.raises(pywa_errors.WhatsAppError):
            pywa.get_media_url(uploaded.id)

    def test_buttons_lists_and_links(self, pywa, emulator):
        pywa.send_message(to=PHONE, text="Does it fit?", buttons=[Button(title="Yes", callback_data="yes")])
        rows = [SectionRow(title="Monday", callback_data="mo", description="9 to 5")]
        days = SectionList(button_title="Choose", sections=[Section(title="Days", rows=rows)])
        pywa.send_message(to=PHONE, text="When?", header="One thing", footer="Thanks", buttons=days)
        link = URLButton(title="Open", url="https://northside.example.com/")
        pywa.send_message(to=PHONE, text="Read it", buttons=link)
        kept = [message["request"]["interactive"] for message in emulator.messages()]
        assert [interactive["type"] for interactive in kept] == ["button", "list", "cta_url"]
        assert kept[1]["action"]["sections"][0]["rows"][0]["description"] == "9 to 5"

    def test_places_and_cards(self, pywa, emulator):
        pywa.send_location(to=PHONE, latitude=40.7, longitude=-74.0, name="Office", address="1 Main Street")
        name = Contact.Name(formatted_name="Ana Arroyave", first_name="Ana")
        pywa.send_contact(to=PHONE, contact=Contact(name=name, phones=[Contact.Phone(phone="+12125550143")]))
        pywa.request_location(to=PHONE, text="Where are you?")
        kept = [message["request"] for message in emulator.messages()]
        assert kept[0]["location"]["name"] == "Office"
        assert kept[1]["contacts"][0]["phones"][0]["phone"] == "+12125550143"
        assert kept[2]["interactive"]["type"] == "location_request_message"

    def test_it_understands_the_refusals(self, pywa):
        with pytest.raises(pywa_errors.TemplateParamCountMismatch):
            pywa.send_template(to=PHONE, name="case_update", language=TemplateLanguage.ENGLISH_US, params=[])
        with pytest.raises(pywa_errors.TooManyMessages):
            pywa.send_message(to="12065550192", text="x")
        with pytest.raises(pywa_errors.ExpiredAccessToken):
            pywa.send_message(to="12065550195", text="x")
        with pytest.raises(pywa_errors.ReEngagementMessage):
            pywa.send_message(to=PHONE, text="#error-131047")


class TestTemplates:
    def test_sending_one(self, pywa, emulator):
        params = [BodyText.params("Ana", "May 4")]
        language = TemplateLanguage.ENGLISH_US
        sent = pywa.send_template(to=PHONE, name="appointment_reminder", language=language, params=params)
        assert [message["id"] for message in emulator.messages()] == [sent.id]

    def test_from_draft_to_deletion(self, pywa, receiver):
        draft = Template(
            name="pywa_news",
            category=TemplateCategory.UTILITY,
            language=TemplateLanguage.ENGLISH_US,
            parameter_format=ParamFormat.NAMED,
            components=[BodyText("Hi {{name}}, there is news.", name="Ana")],
        )
        created = pywa.create_template(draft, waba_id=WABA)
        assert created.status == TemplateStatus.PENDING
        wait_for(lambda: pywa.get_template(created.id).status == TemplateStatus.APPROVED)
        wait_for(lambda: receiver.seen)
        (told,) = heard(receiver, "on_template_status_update")
        assert (told.new_status, told.template_id, told.template_name) == ("APPROVED", created.id, "pywa_news")
        pywa.send_template(
            to=PHONE,
            name="pywa_news",
            language=TemplateLanguage.ENGLISH_US,
            params=[BodyText.params(name="Ana")],
        )
        assert pywa.update_template(created.id, new_components=[BodyText("There is news today.")]).success
        assert pywa.get_template(created.id).status == TemplateStatus.PENDING
        assert pywa.delete_template("pywa_news", template_id=created.id, waba_id=WABA).success
        assert "pywa_news" not in {template.name for template in pywa.get_templates(waba_id=WABA)}

    def test_it_lists_the_templates(self, pywa):
        names = {template.name for template in pywa.get_templates(waba_id=WABA)}
        assert {"appointment_reminder", "documents_missing", "case_update", "checking_in"} <= names


class TestNumbers:
    @pytest.fixture(autouse=True)
    def _known(self, emulator):
        order = {"phone_number_id": "700777", "waba_id": "977", "display_phone_number": "12125550177"}
        control(emulator, "numbers", **order)

    def test_what_a_number_is(self, pywa, emulator):
        number = pywa.get_business_phone_number(phone_id="700777")
        assert (number.id, number.display_phone_number, number.quality_rating) == ("700777", "+12125550177", "GREEN")
        control(emulator, "numbers/facts", phone_number_id="700777", quality_rating="YELLOW")
        (listed,) = pywa.get_business_phone_numbers(waba_id="977")
        assert (listed.id, listed.quality_rating) == ("700777", "YELLOW")

    def test_profile_and_registration(self, pywa):
        assert pywa.update_business_profile(about="Open 9 to 5", phone_id="700777").success
        assert pywa.get_business_profile(phone_id="700777").about == "Open 9 to 5"
        assert pywa.register_phone_number(pin="123456", phone_id="700777").success
        assert pywa.deregister_phone_number(phone_id="700777").success
        with pytest.raises(pywa_errors.WhatsAppError):
            pywa.send_message(to=PHONE, text="x", sender="700777")
        assert pywa.register_phone_number(pin="123456", phone_id="700777").success


class TestListening:
    def test_it_verifies_and_reads_statuses(self, pywa, receiver):
        sent = pywa.send_message(to=PHONE, text="Hello", tracker="tag-3")
        receiver.wait(sent.id, "sent", "delivered")
        seen = [(status.id, status.status.value, status.tracker) for status in heard(receiver, "on_message_status")]
        assert {word for _id, word, _tag in seen} >= {"sent", "delivered"}
        assert {(id_, tag) for id_, _word, tag in seen} == {(sent.id, "tag-3")}

    def test_it_reads_failures(self, pywa, receiver):
        sent = pywa.send_message(to=PHONE, text="#fail-131026")
        receiver.wait(sent.id, "failed")
        (status,) = heard(receiver, "on_message_status")
        assert isinstance(status.error, pywa_errors.MessageUndeliverable)

    def test_it_refuses_what_is_signed_with_another_secret(self):
        raw = encode(payload("messages/text"))
        assert feed(listening(), raw, signature.sign("other", raw)) == 403

    @pytest.mark.parametrize(
        ("message", "kind"),
        [
            ({"type": "text", "text": {"body": "¿Sí?"}}, "text"),
            ({"type": "image", "image": {"sample": "letter", "caption": "Mi carta"}}, "image"),
            ({"type": "audio", "audio": {"sample": "voice"}}, "audio"),
            ({"type": "document", "document": {"sample": "document", "filename": "recibo.pdf"}}, "document"),
            ({"type": "sticker", "sticker": {"sample": "animated_sticker"}}, "sticker"),
            ({"type": "location", "location": {"latitude": 40.7, "longitude": -74.0}}, "location"),
            ({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana", "first_name": "Ana"}}]}, "contacts"),
            ({"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "👍"}}, "reaction"),
        ],
    )
    def test_it_reads_what_customers_write(self, emulator, receiver, message, kind):
        write(emulator, receiver, **message)
        (read,) = heard(receiver, "on_message")
        assert (read.type.value, read.from_user.wa_id, read.from_user.name) == (kind, PHONE, "Inés")
        part = json.loads(receiver.seen[0].raw)["entry"][0]["changes"][0]["value"]["messages"][0][kind]
        if kind in {"image", "audio", "document", "sticker"}:
            media = getattr(read, kind)
            assert (media.id, media.sha256) == (part["id"], part["sha256"])

    def test_it_reads_what_customers_press(self, emulator, receiver):
        context = {"from": "15550100000", "id": "wamid.Q"}
        pressed = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}
        chosen = {"type": "list_reply", "list_reply": {"id": "mo", "title": "Monday", "description": "9 to 5"}}
        write(emulator, receiver, type="interactive", interactive=pressed, context=context)
        write(emulator, receiver, type="interactive", interactive=chosen, context=context)
        write(emulator, receiver, type="button", button={"payload": "stop", "text": "Stop"}, context=context)
        assert [(button.data, button.title) for button in heard(receiver, "on_callback_button")] == [
            ("yes", "Yes"),
            ("stop", "Stop"),
        ]
        assert [choice.data for choice in heard(receiver, "on_callback_selection")] == ["mo"]

    def test_it_reads_a_customer_who_hides_the_phone(self, emulator, receiver):
        order = {"phone_number_id": NUMBER, "from": PHONE, "hides_phone": True, "name": "Inés"}
        control(emulator, "receive", **order, message={"type": "text", "text": {"body": "Hi"}})
        wait_for(lambda: receiver.seen)
        (read,) = heard(receiver, "on_message")
        assert read.from_user.bsuid.startswith("US.")
        assert not read.from_user.wa_id

    def test_it_reads_judgments_on_templates(self, emulator, receiver):
        about = {"waba_id": "931", "name": "case_update", "language": "es"}
        control(emulator, "templates", **about, status="PAUSED", reason="NONE", quality="RED", category="MARKETING")
        wait_for(lambda: len(receiver.seen) == 3)
        (status,) = heard(receiver, "on_template_status_update")
        (quality,) = heard(receiver, "on_template_quality_update")
        (category,) = heard(receiver, "on_template_category_update")
        assert (status.new_status, status.template_name) == ("PAUSED", "case_update")
        assert (quality.previous_quality_score, quality.new_quality_score) == ("GREEN", "RED")
        assert (category.previous_category, category.new_category) == ("UTILITY", "MARKETING")

    def test_it_reads_preferences_and_account_news(self, emulator, receiver):
        control(emulator, "customers", phone_number_id=NUMBER, phone=PHONE, stopped=True)
        restriction = {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1782129600}
        value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": [restriction]}
        control(emulator, "news", waba_id=WABA, field="account_update", value=value)
        wait_for(lambda: len(receiver.seen) == 2)
        (choice,) = heard(receiver, "on_user_marketing_preferences")
        assert (choice.value, choice.from_user.wa_id) == ("stop", PHONE)
        (update,) = heard(receiver, "on_account_update")
        assert update.event == "ACCOUNT_RESTRICTION"

    @pytest.mark.parametrize("name", ["messages/text", "messages/text_emoji_rtl", "messages/image"])
    def test_it_reads_our_own_payloads(self, name):
        seen: list[Message] = []
        listener = listening()
        listener.on_message()(lambda _wa, message: seen.append(message))
        body = payload(name)
        for contact in body["entry"][0]["changes"][0]["value"]["contacts"]:
            assert contact["user_id"]
        raw = encode(body)
        assert feed(listener, raw, signature.sign(SECRET, raw)) == 200
        wanted = body["entry"][0]["changes"][0]["value"]["messages"][0]
        (message,) = seen
        assert (message.id, message.from_user.bsuid) == (wanted["id"], wanted["from_user_id"])
        assert (message.text or message.caption) in json.dumps(wanted, ensure_ascii=False)
