"""What the emulated vendor takes and refuses, message type by message type, and how it can be made to fail."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.tests.servers import asgi_server, wait_for
from integrations.whatsapp.emulator.app import Emulator, Options
from integrations.whatsapp.emulator.refusals import ERRORS
from integrations.whatsapp.emulator.scenarios import SCENARIOS
from integrations.whatsapp.errors import ERRORS as KNOWN
from integrations.whatsapp.tests.conftest import SECRET, Emulated
from integrations.whatsapp.tests.samples import SHARED

NUMBER, PHONE, USER_ID = "700100", "+12125550142", "US.40718820035517790042"
BEARER = {"authorization": "Bearer EAAtoken"}
LINK = {"link": "https://northside.example.com/a"}
MARKETING = {"name": "checking_in", "language": {"code": "en_US"}}
FILLED = {"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}


def post(emulator: Emulated, kind: str, content: object, **more: Any) -> httpx.Response:
    to = {} if "recipient" in more else {"to": PHONE}
    body = {"messaging_product": "whatsapp", **to, "type": kind, kind: content, **more}
    return httpx.post(f"{emulator.url}/v26.0/{NUMBER}/messages", json=body, headers=BEARER)


def text(emulator: Emulated, body: str = "Hi", **more: Any) -> httpx.Response:
    return post(emulator, "text", {"body": body}, **more)


def control(emulator: Emulated, path: str, **order: Any) -> Any:
    answer = httpx.post(f"{emulator.url}/_emulator/{path}", json=order)
    answer.raise_for_status()
    return answer.json()


def interactive(kind: str, action: object, **more: Any) -> dict[str, Any]:
    return {"type": kind, "body": {"text": "Choose"}, "action": action, **more}


def buttons(*titles: str) -> list[dict[str, Any]]:
    return [{"type": "reply", "reply": {"id": f"b{number}", "title": title}} for number, title in enumerate(titles)]


def rows(count: int) -> list[dict[str, str]]:
    return [{"id": f"r{number}", "title": f"Row {number}"} for number in range(count)]


def listed(*sections: object) -> dict[str, Any]:
    return interactive("list", {"button": "Open", "sections": list(sections)})


TAKEN = [
    ("image", LINK),
    ("image", {**LINK, "caption": "x" * 1024}),
    ("document", {**LINK, "filename": "a.pdf", "caption": "A"}),
    ("audio", LINK),
    ("sticker", LINK),
    ("location", {"latitude": "40.7", "longitude": -74}),
    ("contacts", [{"name": {"formatted_name": "Ana A", "first_name": "Ana"}, "phones": [{"phone": "+1"}]}]),
    ("reaction", {"message_id": "wamid.X", "emoji": ""}),
    ("interactive", interactive("button", {"buttons": buttons("A", "B", "C")}, footer={"text": "x" * 60})),
    ("interactive", interactive("button", {"buttons": buttons("A")}, header={"type": "image", "image": LINK})),
    ("interactive", listed({"rows": rows(10)})),
    (
        "interactive",
        interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "Go", "url": LINK["link"]}}),
    ),
    ("interactive", interactive("location_request_message", {"name": "send_location"})),
    ("interactive", interactive("catalog_message", {"name": "catalog_message"})),
    ("interactive", {"type": "product", "action": {"catalog_id": "1", "product_retailer_id": "2"}}),
    (
        "interactive",
        interactive(
            "flow",
            {"name": "flow", "parameters": {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Start"}},
        ),
    ),
]
REFUSED = [
    ("image", {}, 131008),
    ("image", {"caption": "x"}, 100),
    ("image", {**LINK, "id": "1"}, 100),
    ("image", {"id": "1234567890123456"}, 100),
    ("image", {"link": "ftp://x"}, 100),
    ("image", {**LINK, "caption": "x" * 1025}, 131009),
    ("audio", {**LINK, "caption": "x"}, 100),
    ("location", {"latitude": 91, "longitude": 0}, 131009),
    ("location", {"latitude": True, "longitude": 0}, 131009),
    ("location", {"longitude": 0}, 131008),
    ("contacts", [{"name": {"formatted_name": "Ana"}}], 100),
    ("contacts", [{"phones": []}], 131008),
    ("contacts", {"name": {}}, 131008),
    ("reaction", {"message_id": "7", "emoji": "👍"}, 131009),
    ("reaction", {"message_id": "wamid.X", "emoji": "ok"}, 131009),
    ("interactive", {"type": "carousel of dreams", "action": {}}, 100),
    ("interactive", interactive("button", {"buttons": buttons("A", "B", "C", "D")}), 131009),
    ("interactive", interactive("button", {"buttons": []}), 131008),
    ("interactive", interactive("button", {"buttons": buttons("x" * 21)}), 131009),
    ("interactive", interactive("button", {"buttons": buttons("A", "A")}), 131009),
    ("interactive", interactive("button", {"buttons": buttons("A")}, body={"text": "x" * 1025}), 131009),
    (
        "interactive",
        interactive("button", {"buttons": buttons("A")}, header={"type": "text", "text": "x" * 61}),
        131009,
    ),
    ("interactive", interactive("button", {"buttons": buttons("A")}, header={"type": "audio"}), 131009),
    ("interactive", {"type": "button", "action": {"buttons": buttons("A")}}, 131008),
    ("interactive", listed({"rows": rows(11)}), 131009),
    ("interactive", listed({"title": "A", "rows": rows(6)}, {"title": "B", "rows": rows(6)}), 131009),
    ("interactive", listed({"title": "A", "rows": rows(1)}, {"rows": rows(1)}), 131008),
    ("interactive", listed({"rows": [{"id": "1", "title": "x" * 25}]}), 131009),
    ("interactive", listed({"rows": [{"id": "1", "title": "A", "description": "x" * 73}]}), 131009),
    (
        "interactive",
        interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "x" * 21, "url": "https://x"}}),
        131009,
    ),
    ("interactive", interactive("location_request_message", {"name": "where"}), 131009),
    ("template", {**MARKETING, "components": [{**FILLED, "parameters": [{"type": "text"}]}]}, 131008),
    ("template", {**MARKETING, "components": [{**FILLED, "parameters": [{"type": "text", "text": "a\nb"}]}]}, 132008),
    (
        "template",
        {**MARKETING, "components": [{**FILLED, "parameters": [{"type": "text", "text": "x" * 1000}]}]},
        132005,
    ),
    ("template", {**MARKETING, "components": [{"type": "body", "parameters": "Ana"}]}, 132012),
    ("template", {**MARKETING, "components": [FILLED, {"type": "button", "index": "9", "sub_type": "url"}]}, 131009),
]


class TestContents:
    @pytest.mark.parametrize(("kind", "content"), TAKEN)
    def test_taken(self, emulator, kind, content):
        answer = post(emulator, kind, content)
        assert answer.status_code == 200, answer.text
        assert [message["request"][kind] for message in emulator.messages()] == [content]

    @pytest.mark.parametrize(("kind", "content", "code"), REFUSED)
    def test_refused(self, emulator, kind, content, code):
        answer = post(emulator, kind, content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), answer.text
        assert emulator.messages() == []

    def test_a_file_is_sent_as_what_it_is_and_by_whom_it_belongs_to(self, emulator):
        def media(sample: str, owner: str = NUMBER) -> dict[str, str]:
            placed = control(emulator, "media", phone_number_id=owner, sample=sample)["media"]
            return {"id": placed[0]["id"]}

        assert post(emulator, "image", media("letter")).status_code == 200
        assert post(emulator, "document", media("letter")).status_code == 200
        assert post(emulator, "video", media("letter")).json()["error"]["code"] == 131053
        assert post(emulator, "image", media("letter", owner="700200")).json()["error"]["code"] == 100

    @pytest.mark.skipif(not SHARED.is_dir(), reason="the vendor's samples lie beside the repository only")
    def test_every_request_of_an_independent_client_is_taken(self, emulator):
        recorded = json.loads((SHARED / "pywa_4_5_0_outgoing_requests.json").read_text(encoding="utf-8"))
        sends = [item["body"] for item in recorded if item["path"].endswith("/messages")]
        image = control(emulator, "media", phone_number_id=NUMBER, sample="letter")["media"][0]["id"]
        assert len(sends) > 15
        for body in sends:
            if "id" in body.get("image", {}):
                body["image"]["id"] = image
            answer = httpx.post(f"{emulator.url}/v26.0/{NUMBER}/messages", json=body, headers=BEARER)
            assert answer.status_code == 200, (body, answer.text)


class TestRecipients:
    @pytest.mark.parametrize(
        ("to", "reached"),
        [
            ("+44 20 7946 0018", "+442079460018"),
            ("+1 (212) 555-0142", "+12125550142"),
            ("12125550142", "+12125550142"),
            ("442079460018", "+1442079460018"),
        ],
    )
    def test_without_a_plus_the_senders_country_code_goes_before_it(self, emulator, to, reached):
        assert text(emulator, to=to).json()["contacts"][0]["input"] == to
        assert [message["to"] for message in emulator.messages()] == [reached]

    def test_a_phone_goes_before_a_user_id(self, emulator):
        text(emulator, recipient=USER_ID)
        text(emulator, recipient=USER_ID, to=PHONE)
        assert [message["to"] for message in emulator.messages()] == [USER_ID, PHONE]

    def test_nobody_writes_to_oneself(self, emulator):
        assert text(emulator, to="+15550100000").json()["error"]["code"] == 131021

    def test_a_code_to_sign_in_with_needs_a_phone(self, emulator):
        own = {"name": "code", "language": "en_US", "category": "AUTHENTICATION"}
        order = {"phone_number_id": NUMBER, "waba_id": "900", "display_phone_number": "15550100000", "templates": [own]}
        control(emulator, "numbers", **order)
        template = {"name": "code", "language": {"code": "en_US"}}
        assert post(emulator, "template", template).status_code == 200
        assert post(emulator, "template", template, recipient=USER_ID).json()["error"]["code"] == 131062


class TestRules:
    def test_outside_of_the_window_a_message_fails_by_webhook(self, emulator, receiver):
        control(emulator, "habits", window="failed")
        vendor_id = text(emulator).json()["messages"][0]["id"]
        assert [status.error_code for status in receiver.wait(vendor_id, "failed")] == ["131047"]
        assert post(emulator, "template", {**MARKETING, "components": [FILLED]}).status_code == 200

    def test_or_is_refused_until_the_customer_writes_and_after_a_day_again(self, emulator):
        control(emulator, "habits", window="refused")
        assert text(emulator).json()["error"]["code"] == 131047
        message = {"type": "text", "text": {"body": "Hi"}}
        control(emulator, "receive", phone_number_id=NUMBER, **{"from": PHONE}, message=message)
        assert text(emulator).status_code == 200
        assert text(emulator, to="+12125550143").json()["error"]["code"] == 131047
        control(emulator, "clock", advance_s=86_401)
        assert text(emulator).json()["error"]["code"] == 131047

    def test_who_has_stopped_marketing_gets_none(self, emulator, receiver):
        control(emulator, "customers", phone_number_id=NUMBER, phone=PHONE, stopped=True)
        vendor_id = post(emulator, "template", {**MARKETING, "components": [FILLED]}).json()["messages"][0]["id"]
        assert [status.error_code for status in receiver.wait(vendor_id, "failed")] == ["131050"]
        useful = {"name": "case_update", "language": {"code": "en_US"}, "components": [FILLED]}
        vendor_id = post(emulator, "template", useful).json()["messages"][0]["id"]
        assert receiver.wait(vendor_id, "sent")[0].pricing["category"] == "utility"
        control(emulator, "customers", phone_number_id=NUMBER, phone=PHONE, stopped=False)
        vendor_id = post(emulator, "template", {**MARKETING, "components": [FILLED]}).json()["messages"][0]["id"]
        assert receiver.wait(vendor_id, "sent")[0].pricing["category"] == "marketing"

    @pytest.mark.parametrize(("status", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)])
    def test_a_template_that_is_not_approved_is_not_sent(self, emulator, status, code):
        control(emulator, "templates", waba_id="0", name="checking_in", language="en_US", status=status)
        assert post(emulator, "template", {**MARKETING, "components": [FILLED]}).json()["error"]["code"] == code

    def test_named_blanks_are_filled_by_name(self, emulator):
        body = {"type": "BODY", "text": "Hi {{name}}, news.", "example": {}}
        own = {"name": "named", "language": "en_US", "parameter_format": "NAMED", "components": [body]}
        order = {"phone_number_id": NUMBER, "waba_id": "900", "display_phone_number": "15550100000", "templates": [own]}
        control(emulator, "numbers", **order)
        for name, status in (("name", 200), ("nombre", 400)):
            filled = {"type": "body", "parameters": [{"type": "text", "text": "Ana", "parameter_name": name}]}
            template = {"name": "named", "language": {"code": "en_US"}, "components": [filled]}
            assert post(emulator, "template", template).status_code == status

    def test_limits_can_be_moved_and_the_clock_frees_them(self, emulator):
        control(emulator, "habits", number_rate=2, pair_burst=1)
        assert text(emulator).status_code == 200
        assert text(emulator).json()["error"]["code"] == 131056
        assert text(emulator, to="+12125550143").status_code == 200
        limited = text(emulator, to="+12125550144")
        assert (limited.status_code, limited.json()["error"]["code"]) == (429, 130429)
        control(emulator, "clock", advance_s=7)
        assert text(emulator).status_code == 200


class TestFailing:
    def test_every_code_of_our_table_is_known(self):
        assert set(KNOWN) - set(range(200, 300)) <= set(ERRORS)

    @pytest.mark.parametrize("code", sorted(ERRORS))
    def test_every_code_can_be_asked_for(self, emulator, code):
        refused = text(emulator, f"Please #error-{code} now")
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (ERRORS[code][0], code)
        assert error["fbtrace_id"].startswith("A")
        assert ("www-authenticate" in refused.headers) == (code in {0, 190})
        assert emulator.messages() == []

    def test_every_code_can_come_by_webhook(self, emulator, receiver):
        control(emulator, "habits", number_rate=1000, pair_burst=1000)
        expected = {text(emulator, f"#fail-{code}").json()["messages"][0]["id"]: str(code) for code in ERRORS}
        wait_for(lambda: len(receiver.statuses()) == len(expected))
        assert {status.vendor_id: status.error_code for status in receiver.statuses()} == expected

    def test_a_refusal_may_say_when_to_come_again(self, emulator):
        emulator.inject(code=80007, retry_after=17)
        refused = text(emulator)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "17")
        assert refused.json()["error"]["is_transient"] is True

    @pytest.mark.parametrize("name", sorted(SCENARIOS))
    def test_bad_days_begin_and_end(self, emulator, name):
        control(emulator, "scenario", name=name)
        httpx.delete(f"{emulator.url}/_emulator/inject").raise_for_status()
        assert text(emulator).status_code == 200

    def test_a_bad_day_is_what_it_says(self, emulator):
        control(emulator, "scenario", name="signed_out")
        assert {text(emulator).json()["error"]["code"] for _ in range(3)} == {190}
        assert httpx.post(f"{emulator.url}/_emulator/scenario", json={"name": "doomsday"}).status_code == 400

    def test_an_unknown_habit_changes_nothing(self, emulator):
        for order in ({"colour": "red"}, {"window": "ajar"}, {"webhook_batch": 0}, {"number_rate": -1}):
            assert httpx.post(f"{emulator.url}/_emulator/habits", json=order).status_code == 400
        assert control(emulator, "habits")["window"] == "open"


class TestWebhooks:
    def test_they_can_come_together(self, emulator, receiver):
        control(emulator, "habits", webhook_batch=50, pair_burst=1000, webhook_delay_s=0.5)
        for _ in range(10):
            text(emulator, to="+12065550198")
        wait_for(lambda: len(receiver.statuses()) == 10)
        assert len(receiver.seen) < 5
        assert max(len(seen.body["entry"]) for seen in receiver.seen) > 2

    def test_the_log_tells_every_try(self, emulator, receiver):
        receiver.recorder.answers = [(500, {}), (200, {})]
        vendor_id = text(emulator, to="+12065550198").json()["messages"][0]["id"]
        wait_for(lambda: len(receiver.seen) == 2)
        log = wait_for(lambda: len(found := webhooks(emulator)["log"]) == 2 and found)
        assert [(entry["answer"], entry["attempt"], entry["about"]) for entry in log] == [
            (500, 1, ["sent"]),
            (200, 2, ["sent"]),
        ]
        assert {entry["url"] for entry in log} == {receiver.url}
        assert log[1]["message_ids"] == [vendor_id]

    def test_a_number_or_an_account_can_have_an_address_of_its_own(self, emulator, receiver):
        path = f"{emulator.url}/v26.0/{NUMBER}"
        own = {"override_callback_uri": f"{emulator.url}/_emulator/health", "verify_token": "word"}
        refused = httpx.post(path, json={"webhook_configuration": own}, headers=BEARER)
        assert refused.json()["error"]["error_subcode"] == 2200
        assert text(emulator, to="+12065550198").status_code == 200
        wait_for(receiver.statuses)

    def test_an_account_nobody_listens_to_is_silent(self, emulator, receiver):
        path = f"{emulator.url}/v26.0/0/subscribed_apps"
        assert len(httpx.get(path, headers=BEARER).json()["data"]) == 1
        httpx.delete(path, headers=BEARER).raise_for_status()
        text(emulator)
        assert httpx.get(path, headers=BEARER).json() == {"data": []}
        assert webhooks(emulator)["waiting"] == 0
        httpx.post(path, headers=BEARER).raise_for_status()
        text(emulator)
        wait_for(receiver.statuses)

    def test_a_reset_forgets_everything(self, emulator):
        order = {"phone_number_id": "700300", "waba_id": "930", "display_phone_number": "12125550130"}
        control(emulator, "numbers", **order)
        control(emulator, "habits", window="refused")
        emulator.inject(code=131026, count=0)
        control(emulator, "reset")
        assert text(emulator).status_code == 200
        assert httpx.get(f"{emulator.url}/_emulator/numbers").json() == []


class TestOldState:
    def test_a_file_of_another_version_is_begun_anew(self, receiver, tmp_path: Path):
        state = tmp_path / "state.sqlite3"
        with sqlite3.connect(state) as db:
            db.execute("CREATE TABLE webhook (id INTEGER PRIMARY KEY, status TEXT)")
        options = Options(webhook_url=receiver.url, app_secret=SECRET, is_open=True, state=str(state))
        with asgi_server(Emulator(options)) as url:
            assert text(Emulated(url)).status_code == 200


def webhooks(emulator: Emulated) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{emulator.url}/_emulator/webhooks").json()
    return found
