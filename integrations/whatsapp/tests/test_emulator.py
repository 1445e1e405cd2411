"""The emulated vendor, over real connections, by our client, by hand and by an independent client."""

import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations import http
from integrations.errors import Fate, VendorError
from integrations.http import HttpClient
from integrations.tests.servers import asgi_server, wait_for
from integrations.whatsapp import signature
from integrations.whatsapp.client import WhatsAppClient
from integrations.whatsapp.emulator.app import Emulator, Options
from integrations.whatsapp.emulator.faults import MAGIC
from integrations.whatsapp.tests.conftest import SECRET, Emulated
from integrations.whatsapp.types import Recipient
from integrations.whatsapp.wire import user_id_of

pytestmark = pytest.mark.usefixtures("redis_client")
ANA = Recipient(phone="+12125550142")
NUMBER = "700100"
ROOT = Path(__file__).parents[3]


def ours(emulator: Emulated, **more: Any) -> WhatsAppClient:
    settings = {"tenant": f"t_{uuid.uuid4().hex}", "phone_number_id": NUMBER, "access_token": "EAAtoken", **more}
    return WhatsAppClient(base_url=emulator.url, **settings)


def post(emulator: Emulated, body: object, *, token: str = "EAAtoken", path: str = "/v26.0/700100/messages") -> Any:  # noqa: S107
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.post(emulator.url + path, json=body, headers=headers)


def text(to: str = "+12125550142", **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "Hi"}, **more}


class TestSending:
    def test_our_client_sends_and_statuses_come_back_with_its_tag(self, emulator, receiver):
        accepted = ours(emulator).send_text(to=ANA, body="Hello", tag="tag-1")
        assert (accepted.vendor_id[:6], accepted.wa_id, accepted.message_status) == ("wamid.", "12125550142", None)
        statuses = receiver.wait(accepted.vendor_id, "sent", "delivered")
        assert {status.tag for status in statuses} == {"tag-1"}
        assert {status.recipient_wa_id for status in statuses} == {"12125550142"}
        assert {status.recipient_user_id for status in statuses} == {user_id_of("+12125550142")}
        assert statuses[0].pricing == {
            "billable": False,
            "pricing_model": "PMP",
            "type": "free_customer_service",
            "category": "service",
        }

    def test_every_webhook_is_signed_with_the_app_secret(self, emulator, receiver):
        accepted = ours(emulator).send_text(to=ANA, body="ñandú", tag="t")
        receiver.wait(accepted.vendor_id, "delivered")
        for seen in receiver.seen:
            assert signature.matches(SECRET, seen.raw, seen.headers["x-hub-signature-256"])
            assert (seen.method, seen.path, seen.headers["content-type"]) == (
                "POST",
                "/webhooks/whatsapp/",
                "application/json",
            )

    def test_a_person_known_by_user_id_only(self, emulator, receiver):
        accepted = ours(emulator).send_text(to=Recipient(user_id="US.77"), body="Hi", tag="t")
        assert accepted.wa_id is None
        statuses = receiver.wait(accepted.vendor_id, "sent")
        assert (statuses[0].recipient_wa_id, statuses[0].recipient_user_id) == (None, "US.77")
        assert [message["to"] for message in emulator.messages()] == ["US.77"]

    @pytest.mark.parametrize("kind", ["body", "BODY", "Body"])
    def test_component_types_in_either_case(self, emulator, kind):
        parameters = [{"type": "text", "text": "Ana"}, {"type": "text", "text": "May 4"}]
        accepted = ours(emulator).send_template(
            to=ANA,
            name="appointment_reminder",
            language="en_US",
            components=[{"type": kind, "parameters": parameters}],
            tag="t",
        )
        assert accepted.message_status == "accepted"

    @pytest.mark.parametrize("to", ["12125550142", "+12125550142"])
    def test_a_phone_with_or_without_plus(self, emulator, to):
        answer = post(emulator, text(to))
        assert answer.json()["contacts"][0]["input"] == to
        assert answer.json()["contacts"][0]["wa_id"] == "12125550142"
        assert [message["to"] for message in emulator.messages()] == ["+12125550142"]

    def test_read_and_typing(self, emulator):
        ours(emulator).mark_read(message_id="wamid.X")
        ours(emulator).mark_read(message_id="wamid.X", typing=True)
        assert emulator.messages() == []

    def test_the_same_request_twice_is_two_messages_as_with_the_vendor(self, emulator):
        ids = {post(emulator, text()).json()["messages"][0]["id"] for _ in range(2)}
        assert [message["id"] for message in emulator.messages()] == sorted(
            ids, key=[message["id"] for message in emulator.messages()].index
        )
        assert len(ids) == 2

    def test_templates_are_listed_page_by_page(self, emulator):
        templates = ours(emulator).list_templates(waba_id="900")
        assert ("appointment_reminder", "es") in {(item["name"], item["language"]) for item in templates}
        headers = {"authorization": "Bearer t"}
        page = httpx.get(f"{emulator.url}/v26.0/900/message_templates?limit=3", headers=headers).json()
        assert (len(page["data"]), page["paging"]["cursors"]["after"]) == (3, "3")


class TestRefusing:
    @pytest.mark.parametrize(
        ("body", "code", "status"),
        [
            ({}, 100, 400),
            ([], 100, 400),
            (text(messaging_product="sms"), 100, 400),
            ({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}, 100, 400),
            (text("call me"), 131009, 400),
            (text(type="hologram"), 100, 400),
            (text(text={}), 131008, 400),
            (text(text={"body": 7}), 100, 400),
            (text(text={"body": "x" * 4097}), 100, 400),
            (text(text={"body": "x", "preview_url": "yes"}), 131009, 400),
            (text(context={"id": "x"}), 131009, 400),
            (text(biz_opaque_callback_data="x" * 513), 131009, 400),
            (text(type="template", template={"name": "No Such", "language": {"code": "en"}}), 131008, 400),
            (text(type="template", template={"name": "case_update"}), 131008, 400),
            (text(type="template", template={"name": "case_update", "language": {"code": "en_US"}}), 132000, 400),
            (
                text(
                    type="template",
                    template={"name": "x", "language": {"code": "en"}, "components": [{"type": "tail"}]},
                ),
                131009,
                400,
            ),
            ({"messaging_product": "whatsapp", "status": "read", "message_id": "7"}, 100, 400),
            ({"messaging_product": "whatsapp", "status": "seen", "message_id": "wamid.7"}, 100, 400),
        ],
    )
    def test_what_the_vendor_would_refuse(self, emulator, body, code, status):
        answer = post(emulator, body)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["type"]) == (status, code, "OAuthException")
        assert error["message"].startswith(f"(#{code}) ")
        assert error["error_data"]["messaging_product"] == "whatsapp"
        assert error["fbtrace_id"]
        assert emulator.messages() == []

    def test_no_token(self, emulator):
        assert post(emulator, text(), token="").json()["error"]["code"] == 190

    def test_no_json_and_too_much_of_it(self, emulator):
        url, headers = f"{emulator.url}/v26.0/1/messages", {"authorization": "Bearer t"}
        assert httpx.post(url, content=b"{", headers=headers).json()["error"]["code"] == 100
        assert httpx.post(url, content=b"x" * 1_000_001, headers=headers).json()["error"]["code"] == 100

    @pytest.mark.parametrize("path", ["/", "/v26.0/", "/26/1/messages", "/v26.0/1/mediums", "/v26.0/1/messages/2"])
    def test_no_such_object(self, emulator, path):
        assert post(emulator, text(), path=path).json()["error"]["code"] == 100

    def test_only_known_numbers_tokens_and_templates_unless_open(self, receiver):
        options = Options(webhook_url=receiver.url, app_secret=SECRET)
        with asgi_server(Emulator(options)) as url:
            closed = Emulated(url)
            assert post(closed, text()).json()["error"]["code"] == 100
            number = {"phone_number_id": NUMBER, "waba_id": "900", "display_phone_number": "12125550100"}
            own = {"name": "own", "language": "en", "category": "UTILITY"}
            added = httpx.post(f"{url}/_emulator/numbers", json={**number, "token": "right", "templates": [own]})
            assert added.json() == {"ok": True}
            assert httpx.get(f"{url}/_emulator/numbers").json() == [number]
            assert post(closed, text(), token="wrong").json()["error"]["code"] == 190
            assert post(closed, text(), token="right").status_code == 200
            for name, status in (("own", 200), ("other", 404)):
                template = {"name": name, "language": {"code": "en"}}
                answer = post(closed, text(type="template", template=template), token="right")
                assert answer.status_code == status

    def test_it_keeps_the_vendors_limits_and_our_client_stays_below_them(self, emulator):
        for _ in range(45):
            assert post(emulator, text()).status_code in {200, 429}
        codes = {post(emulator, text()).json().get("error", {}).get("code") for _ in range(3)}
        assert codes <= {131056, 130429, None}
        for person in range(90):
            ours(emulator, tenant="t_steady", phone_number_id="700200").send_text(
                to=Recipient(phone=f"+121255501{person:02d}"), body="x", tag="t"
            )


class TestFaults:
    def test_an_injected_error_hits_once_and_only_whom_it_is_meant_for(self, emulator):
        emulator.inject(code=131026, to="12125550142")
        assert ours(emulator).send_text(to=Recipient(phone="+12125550143"), body="x", tag="t").vendor_id
        with pytest.raises(VendorError) as caught:
            ours(emulator).send_text(to=ANA, body="x", tag="t")
        assert (caught.value.code, caught.value.fate) == ("131026", Fate.NOT_SENT)
        assert ours(emulator).send_text(to=ANA, body="x", tag="t").vendor_id

    def test_an_error_may_come_by_webhook_only(self, emulator, receiver):
        emulator.inject(code=131047, as_status=True)
        accepted = ours(emulator).send_text(to=ANA, body="x", tag="t")
        (status,) = receiver.wait(accepted.vendor_id, "failed")
        assert (status.error_code, status.error_detail) == ("131047", "Re-engagement message")

    def test_an_answer_that_breaks_off_leaves_a_message_that_was_taken(self, emulator, receiver):
        emulator.inject(drop_response=True)
        with pytest.raises(VendorError) as caught:
            ours(emulator).send_text(to=ANA, body="x", tag="tag-9")
        assert (caught.value.code, caught.value.fate) == ("MAYBE_SENT", Fate.UNKNOWN)
        (message,) = emulator.messages()
        assert message["tag"] == "tag-9"
        assert receiver.wait(message["id"], "sent")[0].tag == "tag-9"

    def test_an_answer_that_comes_too_late_leaves_a_message_that_was_taken(self, emulator, monkeypatch):
        monkeypatch.setattr(http, "client", lambda url, **_: HttpClient(url, operator_url=True, timeout=0.3))
        emulator.inject(delay_s=0.8)
        with pytest.raises(VendorError, match="MAYBE_SENT"):
            ours(emulator).send_text(to=ANA, body="x", tag="t")
        assert len(emulator.messages()) == 1

    def test_another_http_status(self, emulator):
        emulator.inject(code=131000, http_status=400, count=2)
        for _ in range(2):
            with pytest.raises(VendorError) as caught:
                ours(emulator).send_text(to=ANA, body="x", tag="t")
            assert (caught.value.code, caught.value.retryable) == ("131000", False)
        assert ours(emulator).send_text(to=ANA, body="x", tag="t").vendor_id

    def test_clearing_makes_everything_go_well(self, emulator):
        emulator.inject(code=131026, count=0)
        httpx.delete(f"{emulator.url}/_emulator/inject")
        assert ours(emulator).send_text(to=ANA, body="x", tag="t").vendor_id

    def test_duplicates_and_disorder_can_be_switched_on(self, emulator, receiver):
        emulator.inject(webhook_duplicates=True, webhook_disorder=True)
        accepted = ours(emulator).send_text(to=ANA, body="x", tag="t")
        words = [status.status for status in receiver.wait(accepted.vendor_id, "sent", "delivered")]
        assert words[0] != "sent"
        wait_for(lambda: len(receiver.statuses(accepted.vendor_id)) >= 4)
        assert words.count(words[0]) == 2

    @pytest.mark.parametrize("order", [{"colour": "red"}, [], "x"])
    def test_an_order_nobody_understands_is_told(self, emulator, order):
        assert httpx.post(f"{emulator.url}/_emulator/inject", json=order).status_code == 400

    @pytest.mark.parametrize(("digits", "code"), [("0192", "131056"), ("0194", "131000"), ("0195", "190")])
    def test_numbers_that_are_always_refused(self, emulator, digits, code):
        with pytest.raises(VendorError) as caught:
            ours(emulator).send_text(to=Recipient(phone=f"+1206555{digits}"), body="x", tag="t")
        assert caught.value.code == code

    @pytest.mark.parametrize(("digits", "code"), [("0190", "131026"), ("0191", "131047"), ("0193", "131049")])
    def test_numbers_that_always_fail_by_webhook(self, emulator, receiver, digits, code):
        accepted = ours(emulator).send_text(to=Recipient(phone=f"+1206555{digits}"), body="x", tag="t")
        assert [status.error_code for status in receiver.wait(accepted.vendor_id, "failed")] == [code]

    def test_numbers_that_are_never_delivered_or_never_read(self, emulator, receiver):
        stuck = ours(emulator).send_text(to=Recipient(phone="+12065550198"), body="x", tag="t").vendor_id
        unread = ours(emulator).send_text(to=Recipient(phone="+12065550199"), body="x", tag="t").vendor_id
        receiver.wait(unread, "sent", "delivered")
        wait_for(lambda: httpx.get(f"{emulator.url}/_emulator/health").json()["webhooks_waiting"] == 0)
        assert [status.status for status in receiver.statuses(stuck)] == ["sent"]
        assert sorted(status.status for status in receiver.statuses(unread)) == ["delivered", "sent"]

    def test_the_help_names_every_number_that_fails(self, emulator):
        shown = httpx.get(f"{emulator.url}/_emulator/").json()["numbers_that_fail"]
        assert set(shown) == set(MAGIC)


class TestDelivery:
    def test_a_webhook_is_tried_until_it_is_taken_with_200(self, emulator, receiver):
        receiver.recorder.answers = [(503, {}), (202, {}), (200, {})]
        accepted = ours(emulator).send_text(to=Recipient(phone="+12065550198"), body="x", tag="t")
        wait_for(lambda: emulator.messages()[0]["statuses"] == ["sent"])
        assert len({seen.raw for seen in receiver.seen}) == 1
        assert [status.status for status in receiver.statuses(accepted.vendor_id)] == ["sent"] * 3

    def test_messages_show_what_our_webhook_has_taken(self, emulator, receiver):
        accepted = ours(emulator).send_text(to=ANA, body="Hello", tag="tag-1")
        receiver.wait(accepted.vendor_id, "sent", "delivered")
        wait_for(lambda: {"sent", "delivered"} <= set(emulator.messages()[0]["statuses"]))
        (message,) = emulator.messages(to="12125550142", phone_number_id=NUMBER)
        assert (message["id"], message["type"], message["tag"]) == (accepted.vendor_id, "text", "tag-1")
        assert message["request"]["text"]["body"] == "Hello"
        assert emulator.messages(to="+12065550199") == []
        httpx.delete(f"{emulator.url}/_emulator/messages")
        assert emulator.messages() == []

    def test_webhooks_can_be_aimed_elsewhere(self, receiver):
        options = Options(webhook_url="http://127.0.0.1:9/", app_secret="other", is_open=True, delay_scale=0.05)
        with asgi_server(Emulator(options)) as url:
            aimed = httpx.post(f"{url}/_emulator/webhook", json={"url": receiver.url, "app_secret": SECRET})
            assert aimed.json() == {"ok": True}
            accepted = ours(Emulated(url)).send_text(to=ANA, body="x", tag="t")
            receiver.wait(accepted.vendor_id, "sent")
            assert signature.matches(SECRET, receiver.seen[0].raw, receiver.seen[0].headers["x-hub-signature-256"])

    def test_what_waits_survives_a_restart(self, receiver, tmp_path):
        state = str(tmp_path / "state.sqlite3")
        nowhere = Options(webhook_url="http://127.0.0.1:9/", app_secret=SECRET, is_open=True, state=state)
        with asgi_server(Emulator(nowhere)) as url:
            accepted = ours(Emulated(url)).send_text(to=Recipient(phone="+12065550199"), body="x", tag="t")
        again = Options(webhook_url=receiver.url, app_secret=SECRET, is_open=True, state=state)
        with asgi_server(Emulator(again)) as url:
            receiver.wait(accepted.vendor_id, "sent", "delivered")
            assert [message["id"] for message in Emulated(url).messages()] == [accepted.vendor_id]

    def test_delays_are_those_of_the_vendor(self, receiver):
        options = Options(webhook_url=receiver.url, app_secret=SECRET, is_open=True, seed=1)
        with asgi_server(Emulator(options)) as url:
            started = time.monotonic()
            accepted = ours(Emulated(url)).send_text(to=Recipient(phone="+12065550199"), body="x", tag="t")
            receiver.wait(accepted.vendor_id, "sent")
            assert time.monotonic() - started >= 0.07
            receiver.wait(accepted.vendor_id, "delivered")
            assert time.monotonic() - started >= 0.42


class TestProcess:
    COMMAND = (sys.executable, "-m", "integrations.whatsapp.emulator", "--open", "--port", "0")

    def start(self, *arguments: str) -> tuple[subprocess.Popen[str], Emulated]:
        environment = {**os.environ, "WHATSAPP_APP_SECRET": SECRET}
        process = subprocess.Popen(
            [*self.COMMAND, *arguments], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
                return process, Emulated(found[1])
        message = "the emulator did not start"
        raise AssertionError(message)

    def test_what_it_has_taken_survives_being_killed(self, receiver, tmp_path):
        arguments = ("--webhook", receiver.url, "--state", str(tmp_path / "state.sqlite3"))
        process, emulator = self.start(*arguments)
        accepted = ours(emulator).send_text(to=Recipient(phone="+12065550199"), body="x", tag="t")
        receiver.wait(accepted.vendor_id, "sent")
        process.kill()
        process.communicate()
        process, emulator = self.start(*arguments)
        receiver.wait(accepted.vendor_id, "delivered")
        assert [message["id"] for message in emulator.messages()] == [accepted.vendor_id]
        process.terminate()
        process.communicate(timeout=10)
        assert process.returncode in {0, -15}

    def test_without_a_secret_it_says_so(self):
        environment = {name: value for name, value in os.environ.items() if name != "WHATSAPP_APP_SECRET"}
        command = [*self.COMMAND, "--webhook", "http://127.0.0.1:9/"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "WHATSAPP_APP_SECRET is missing" in done.stderr
