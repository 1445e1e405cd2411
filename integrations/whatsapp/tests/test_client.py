"""What the client puts on the wire, and what it makes of every kind of answer."""

import json
import socket
import time
import uuid
from typing import Any

import pytest

from integrations import http
from integrations.errors import BreakerOpen, Fate, LimitReached, Scope, VendorError
from integrations.http import HttpClient
from integrations.tests.servers import Recorder, raw_server, read_request
from integrations.whatsapp.client import WhatsAppClient
from integrations.whatsapp.tests.samples import SHARED
from integrations.whatsapp.types import Accepted, Recipient

pytestmark = pytest.mark.usefixtures("redis_client")
ANA = Recipient(phone="+12125550142")
OK = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+12125550142", "wa_id": "12125550142"}],
    "messages": [{"id": "wamid.A"}],
}


def client(url: str, **more: Any) -> WhatsAppClient:
    settings = {"tenant": f"t_{uuid.uuid4().hex}", "phone_number_id": "700100", "access_token": "EAAtoken", **more}
    return WhatsAppClient(base_url=url, **settings)


def graph_error(code: int, **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) no", "type": "OAuthException", "code": code, "fbtrace_id": "x", **more}}


def send(url: str, **more: Any) -> Accepted:
    return client(url, **more).send_text(to=ANA, body="Hello", tag="tag-1")


def failure(status: int, body: object, **extra: str) -> VendorError:
    recorder = Recorder(answers=[(status, body)], extra=extra)
    with raw_server(recorder) as url, pytest.raises(VendorError) as caught:
        send(url)
    assert len(recorder.seen) == 1, "the client itself never sends twice"
    return caught.value


def test_a_text_on_the_wire():
    recorder = Recorder(answers=[(200, OK)])
    with raw_server(recorder) as url:
        assert send(url) == Accepted("wamid.A", "12125550142", None)
    (seen,) = recorder.seen
    assert (seen.method, seen.path) == ("POST", "/v26.0/700100/messages")
    assert seen.headers["authorization"] == "Bearer EAAtoken"
    assert seen.headers["content-type"] == "application/json"
    assert seen.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+12125550142",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "tag-1",
    }


def test_a_person_without_a_phone_is_addressed_by_user_id():
    recorder = Recorder(answers=[(200, OK | {"contacts": [{"input": "US.1", "user_id": "US.1"}]})])
    with raw_server(recorder) as url:
        accepted = client(url).send_text(to=Recipient(user_id="US.1"), body="Hi", tag="t")
    assert accepted == Accepted("wamid.A", None, None)
    assert recorder.seen[0].body["recipient"] == "US.1"
    assert "to" not in recorder.seen[0].body


def test_a_template_under_pacing_says_so():
    held = OK | {"messages": [{"id": "wamid.A", "message_status": "held_for_quality_assessment"}]}
    with raw_server(Recorder(answers=[(200, held)])) as url:
        accepted = client(url).send_template(to=ANA, name="case_update", language="es", components=[], tag="t")
    assert accepted.message_status == "held_for_quality_assessment"


def test_the_version_is_a_setting_of_each_channel():
    recorder = Recorder(answers=[(200, OK)])
    with raw_server(recorder) as url:
        send(url, version="v27.0")
    assert recorder.seen[0].path == "/v27.0/700100/messages"


@pytest.mark.parametrize("phone", ["12125550142", "+0125550142", "+1", "+1 212", "", "+1212555014²"])
def test_a_phone_that_may_be_taken_for_a_local_one_is_no_recipient(phone):
    with pytest.raises(ValueError, match=r"recipient|E\.164"):
        Recipient(phone=phone)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the golden wire forms are not beside the repository")
class TestGoldenForms:
    """Requests recorded from an independent client. Ours differ in two ways: + before the phone, and always a tag."""

    def sent(self, call: Any) -> tuple[str, str, dict[str, Any]]:
        recorder = Recorder(answers=[(200, OK | {"success": True})])
        with raw_server(recorder) as url:
            call(client(url, phone_number_id="106540352242922"))
        (seen,) = recorder.seen
        return seen.method, seen.path, seen.body

    def golden(self, **wanted: Any) -> tuple[str, str, dict[str, Any]]:
        recorded = json.loads((SHARED / "pywa_4_5_0_outgoing_requests.json").read_text(encoding="utf-8"))
        (form,) = (item for item in recorded if item["method"] == "POST" and wanted.items() <= shape(item).items())
        body = form["body"]
        if "to" in body:
            body = {"biz_opaque_callback_data": "t", **body, "to": "+" + body["to"]}
        return form["method"], form["path"], body

    def test_text(self):
        golden = self.golden(type="text", preview=True, reply=False, tag=False)
        assert golden == self.sent(
            lambda ours: ours.send_text(to=self.to(golden), body=golden[2]["text"]["body"], tag="t", preview_url=True)
        )

    def test_text_with_tag(self):
        golden = self.golden(type="text", tag=True)
        tag, body = golden[2]["biz_opaque_callback_data"], golden[2]["text"]["body"]
        assert golden == self.sent(lambda ours: ours.send_text(to=self.to(golden), body=body, tag=tag))

    def test_reply(self):
        golden = self.golden(type="text", reply=True)
        quoted, body = golden[2]["context"]["message_id"], golden[2]["text"]["body"]
        assert golden == self.sent(lambda ours: ours.send_text(to=self.to(golden), body=body, tag="t", reply_to=quoted))

    def test_template(self):
        golden = self.golden(type="template")
        template = golden[2]["template"]
        assert golden == self.sent(
            lambda ours: ours.send_template(
                to=self.to(golden),
                name=template["name"],
                language=template["language"]["code"],
                components=template["components"],
                tag="t",
            )
        )

    def test_read(self):
        golden = self.golden(type=None, typing=False)
        assert golden == self.sent(lambda ours: ours.mark_read(message_id=golden[2]["message_id"]))

    def test_typing(self):
        golden = self.golden(type=None, typing=True)
        assert golden == self.sent(lambda ours: ours.mark_read(message_id=golden[2]["message_id"], typing=True))

    def to(self, golden: tuple[str, str, dict[str, Any]]) -> Recipient:
        return Recipient(phone=golden[2]["to"])


def shape(form: dict[str, Any]) -> dict[str, Any]:
    body = form["body"] or {}
    return {
        "type": body.get("type") if "_raw" not in body else "upload",
        "reply": "context" in body,
        "tag": "biz_opaque_callback_data" in body,
        "typing": "typing_indicator" in body,
        "preview": body.get("text", {}).get("preview_url"),
    }


def test_a_refused_message_is_not_sent_and_not_tried_again():
    data = {"details": "Not on WhatsApp", "messaging_product": "whatsapp"}
    error = failure(400, graph_error(131026, error_data=data))
    assert (error.code, error.retryable, error.fate, error.scope) == ("131026", False, Fate.NOT_SENT, Scope.MESSAGE)
    assert (error.detail, error.outage) == ("Not on WhatsApp", False)
    assert error.reason.startswith("WhatsApp cannot deliver to this person")


@pytest.mark.parametrize("status", [400, 429])
@pytest.mark.parametrize(
    ("code", "scope", "wait"), [(131056, Scope.PAIR, 6.0), (130429, Scope.NUMBER, 1.0), (80007, Scope.CHANNEL, 60.0)]
)
def test_a_rate_limit_is_tried_again_later_whatever_status_it_comes_with(status, code, scope, wait):
    error = failure(status, graph_error(code))
    assert (error.retryable, error.fate, error.scope, error.retry_after) == (True, Fate.NOT_SENT, scope, wait)
    assert not error.outage


def test_the_vendor_may_say_how_long_to_wait():
    assert failure(429, graph_error(130429), **{"Retry-After": "17"}).retry_after == 17.0
    assert failure(429, b"slow down", **{"Retry-After": "999999"}).retry_after == 3600.0
    assert failure(429, graph_error(130429), **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}).retry_after == 1.0


@pytest.mark.parametrize(
    ("status", "code", "retryable", "outage"),
    [
        (500, 131000, True, True),
        (503, 2, True, True),
        (400, 131000, False, False),
        (400, 1, False, False),
        (500, 424242, True, True),
        (429, 424242, True, False),
        (400, 424242, False, False),
        (401, 190, False, False),
        (500, 190, False, True),
        (403, 210, False, False),
        (400, 131047, False, False),
        (400, 100, False, False),
    ],
)
def test_only_what_sent_nothing_and_may_pass_is_tried_again(status, code, retryable, outage):
    error = failure(status, graph_error(code))
    assert (error.code, error.fate) == (str(code), Fate.NOT_SENT)
    assert (error.retryable, error.outage) == (retryable, outage)


def test_a_refused_token_stops_the_channel():
    assert failure(401, graph_error(190)).scope is Scope.CHANNEL


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", {"error": "no"}, {"error": {"code": "500"}}, []])
def test_a_5xx_that_is_not_the_vendors_own_may_have_sent_it(status, body):
    error = failure(status, body)
    assert (error.code, error.retryable, error.fate, error.outage) == ("MAYBE_SENT", False, Fate.UNKNOWN, True)


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 408, 413])
def test_a_refusal_that_is_not_the_vendors_own_is_permanent(status):
    error = failure(status, b"<html>no</html>", Location="http://127.0.0.1:1/")
    assert (error.code, error.retryable, error.fate) == (f"HTTP_{status}", False, Fate.NOT_SENT)


def test_a_429_that_is_not_the_vendors_own_is_tried_again():
    error = failure(429, b"slow down", **{"Retry-After": "3"})
    assert (error.code, error.retryable, error.fate, error.retry_after) == ("HTTP_429", True, Fate.NOT_SENT, 3.0)


@pytest.mark.parametrize(
    "body", [b"", b"ok", {}, [], {"messages": []}, {"messages": [{}]}, {"messages": [{"id": 7}]}, {"messages": "x"}]
)
def test_a_yes_that_names_no_message_may_have_sent_it(body):
    error = failure(200, body)
    assert (error.code, error.retryable, error.fate, error.outage) == ("MAYBE_SENT", False, Fate.UNKNOWN, False)


def test_nobody_there_means_nothing_was_sent():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(VendorError) as caught:
            send(f"http://127.0.0.1:{unused.getsockname()[1]}")
    error = caught.value
    assert (error.code, error.retryable, error.fate) == ("VENDOR_UNREACHABLE", True, Fate.NOT_SENT)
    assert error.outage


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "client", lambda url, **_: HttpClient(url, operator_url=True, timeout=0.3))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("begin", [None, b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"])
def test_an_answer_that_does_not_come_may_have_sent_it(begin):
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        if begin is None:
            time.sleep(1)
        else:
            connection.sendall(begin)

    with raw_server(behave) as url, pytest.raises(VendorError) as caught:
        send(url)
    error = caught.value
    assert (error.code, error.retryable, error.fate, error.outage) == ("MAYBE_SENT", False, Fate.UNKNOWN, True)


@pytest.mark.usefixtures("impatient")
def test_saying_read_twice_does_no_harm_so_it_may_be_tried_again():
    with raw_server(lambda _connection: time.sleep(1)) as url, pytest.raises(VendorError) as caught:
        client(url).mark_read(message_id="wamid.A")
    error = caught.value
    assert (error.code, error.retryable, error.fate) == ("VENDOR_TIMEOUT", True, Fate.UNKNOWN)


@pytest.mark.parametrize("token", ["", "EAA token", "EAA\r\nX: y", "EAAñ", "EAA\x00"])
def test_a_token_that_cannot_be_one_goes_nowhere(token):
    recorder = Recorder()
    with raw_server(recorder) as url, pytest.raises(VendorError) as caught:
        send(url, access_token=token)
    error = caught.value
    assert (error.code, error.retryable, error.fate, error.scope) == ("190", False, Fate.NOT_SENT, Scope.CHANNEL)
    assert recorder.seen == []
    assert token.strip() == "" or token not in str(error)


def test_a_number_id_cannot_leave_its_place_in_the_address():
    recorder = Recorder(answers=[(200, OK)])
    with raw_server(recorder) as url:
        send(url, phone_number_id="../me?x=")
    assert recorder.seen[0].path == "/v26.0/..%2Fme%3Fx%3D/messages"


def test_five_outages_open_the_breaker_and_then_nothing_goes_out():
    recorder = Recorder(answers=[(503, b"")])
    with raw_server(recorder) as url:
        ours = client(url)
        for _ in range(5):
            with pytest.raises(VendorError, match="MAYBE_SENT"):
                ours.send_text(to=ANA, body="x", tag="t")
        with pytest.raises(BreakerOpen):
            ours.send_text(to=ANA, body="x", tag="t")
        with pytest.raises(BreakerOpen):
            ours.mark_read(message_id="wamid.A")
    assert len(recorder.seen) == 5


def test_refusals_never_open_the_breaker():
    with raw_server(Recorder(answers=[(400, graph_error(131026))])) as url:
        ours = client(url)
        for _ in range(12):
            with pytest.raises(VendorError, match="131026"):
                ours.send_text(to=ANA, body="x", tag="t")


def test_the_46th_message_to_one_person_waits_and_another_person_does_not():
    recorder = Recorder(answers=[(200, OK)])
    with raw_server(recorder) as url:
        ours = client(url, number_rate=1000)
        for _ in range(45):
            ours.send_text(to=ANA, body="x", tag="t")
        with pytest.raises(LimitReached) as caught:
            ours.send_text(to=ANA, body="x", tag="t")
        ours.send_text(to=Recipient(phone="+12125550143"), body="x", tag="t")
    assert (caught.value.scope, caught.value.fate) == (Scope.PAIR, Fate.NOT_SENT)
    assert 5.0 < (caught.value.retry_after or 0) <= 6.0
    assert len(recorder.seen) == 46


def test_a_number_keeps_to_its_rate_by_waiting_a_moment():
    recorder = Recorder(answers=[(200, OK)])
    started = time.monotonic()
    with raw_server(recorder) as url:
        ours = client(url, number_rate=20)  # 2 at once, then 18 a second
        for person in range(20):
            ours.send_text(to=Recipient(phone=f"+121255501{person:02d}"), body="x", tag="t")
    assert len(recorder.seen) == 20
    assert time.monotonic() - started >= 18 / 18


def test_a_number_that_is_far_behind_puts_the_message_off():
    recorder = Recorder(answers=[(200, OK)])
    with raw_server(recorder) as url:
        ours = client(url, number_rate=2)  # one a second
        ours.send_text(to=ANA, body="x", tag="t")
        with pytest.raises(LimitReached) as caught:
            ours.send_text(to=Recipient(phone="+12125550143"), body="x", tag="t")
    assert (caught.value.scope, caught.value.code) == (Scope.NUMBER, "NUMBER_LIMIT")
    assert len(recorder.seen) == 1


def test_no_phone_stands_in_a_key(redis_client):
    with raw_server(Recorder(answers=[(200, OK)])) as url:
        send(url)
    keys = b" ".join(redis_client.scan_iter("*700100*"))
    assert keys
    assert b"2125550142" not in keys


def test_templates_are_read_to_the_last_page():
    pages = [
        (200, {"data": [{"name": "a"}, 7], "paging": {"cursors": {"after": "C1"}, "next": "http://elsewhere/x"}}),
        (200, {"data": [{"name": "b"}], "paging": {"cursors": {"after": "C2"}}}),
    ]
    recorder = Recorder(answers=pages)
    with raw_server(recorder) as url:
        assert client(url).list_templates(waba_id="900") == [{"name": "a"}, {"name": "b"}]
    assert [seen.path for seen in recorder.seen] == [
        "/v26.0/900/message_templates?limit=200",
        "/v26.0/900/message_templates?limit=200&after=C1",
    ]


def test_a_list_without_end_ends():
    forever = {"data": [{"name": "a"}], "paging": {"cursors": {"after": "C"}, "next": "x"}}
    recorder = Recorder(answers=[(200, forever)])
    with raw_server(recorder) as url:
        assert len(client(url).list_templates(waba_id="900")) == 50
