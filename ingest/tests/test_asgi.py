import asyncio
import hashlib
import hmac

import orjson
import pytest
from django.db import connection

from ingest import actions
from ingest.asgi import BODY_LIMIT, Receiver
from ingest.models import Delivery

SECRET, TOKEN = "the-app-secret", "the-verify-token"
PATH = "/webhooks/whatsapp/"


def sign(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def one(method="POST", **request):
    """Return the answer of a receiver made for this request."""

    async def story():
        receiver = Receiver()
        answer = await call(receiver, method, **request)
        await receiver.close()
        return answer

    return asyncio.run(story())


async def call(receiver, method="POST", path=PATH, body=b"", headers=None, query=""):
    sent = []
    parts = [body[start : start + 65_536] for start in range(0, len(body), 65_536)] or [b""]
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1]["more_body"] = False
    incoming = iter(messages)

    async def receive():
        return next(incoming)

    async def send(message):
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw}
    await receiver(scope, receive, send)
    told.clear()
    told.update({name.decode(): value.decode() for name, value in sent[0]["headers"]})
    return sent[0]["status"], sent[1]["body"]


told: dict[str, str] = {}
"""The headers of the last answer."""


@pytest.fixture
def app(committed_public):
    actions.seed_vendor_app(vendor="whatsapp", label="environment", secret=SECRET, verify_token=TOKEN)


def post(body, header=None, **options):
    signature = sign(body) if header is None else header
    return one(body=body, headers={"X-Hub-Signature-256": signature}, **options)


def test_a_signed_webhook_is_stored_before_it_is_answered(app):
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    assert post(body) == (200, b"stored")
    stored = Delivery.objects.get()
    assert (bytes(stored.body), stored.vendor, stored.done_at) == (body, "whatsapp", None)


def test_the_same_bytes_again_are_stored_once(app):
    assert [post(b"{}")[0], post(b"{}")[0]] == [200, 200]
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "header",
    ["", "sha256=", "sha256=00", "sha1=abc", "garbage", "sha256=" + "0" * 64, "sha256=" + "é" * 64, "\x00"],
)
def test_a_wrong_signature_is_401_and_stores_nothing(app, header):
    status, body = post(b"{}", header)
    assert (status, orjson.loads(body)["error"]["code"]) == (401, "WRONG_SIGNATURE")
    assert Delivery.objects.count() == 0


def test_the_signature_is_of_the_raw_bytes(app):
    body = b'{"text": "\\u00f1", "a":1}'
    respelled = orjson.dumps(orjson.loads(body))
    assert post(respelled, sign(body))[0] == 401
    assert post(body)[0] == 200


@pytest.mark.parametrize("body", [b"not json", b"\xff\xfe", b"", b"[" * 100_000])
def test_signed_bytes_are_kept_whatever_they_hold(app, body):
    assert post(body)[0] == 200
    assert bytes(Delivery.objects.get().body) == body


def test_three_megabytes_are_taken_and_one_byte_more_is_not(app):
    assert post(b" " * BODY_LIMIT)[0] == 200
    assert post(b" " * (BODY_LIMIT + 1))[0] == 413
    declared = one(headers={"Content-Length": str(4 * 1024 * 1024)})
    assert declared[0] == 413
    assert Delivery.objects.count() == 1


def test_the_challenge_is_answered_only_for_the_right_token(app):
    ask = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    assert one("GET", query=ask + TOKEN) == (200, b"1158201444")
    for wrong in (ask + "x", ask, "hub.challenge=1", "hub.mode=subscribe", ask.replace("subscribe", "x") + TOKEN):
        assert one("GET", query=wrong)[0] == 403


def test_a_challenge_that_is_not_there_cannot_be_answered(app):
    status, body = one("GET", query="hub.mode=subscribe&hub.verify_token=" + TOKEN)
    assert (status, orjson.loads(body)["error"]["code"]) == (400, "NO_CHALLENGE")


def test_a_refusal_is_an_envelope_under_the_id_of_the_request(app):
    error = orjson.loads(one(headers={"X-Request-ID": "from-the-proxy-1"})[1])["error"]
    assert (error["code"], error["request_id"], error["details"]) == ("WRONG_SIGNATURE", "from-the-proxy-1", {})
    assert error["timestamp"].endswith("Z")
    assert told["x-request-id"] == "from-the-proxy-1"
    one(headers={"X-Request-ID": "no\nsuch id"})
    assert len(told["x-request-id"]) == 36


def test_other_methods_and_paths_are_not_here(app):
    assert one("DELETE")[0] == 405
    assert told["allow"] == "GET, POST"
    assert one(path="/webhooks/telegram/")[0] == 404


def test_a_second_secret_works_beside_the_first_and_a_new_one_at_once(app):
    receiver = Receiver()

    def rotate():
        actions.seed_vendor_app(vendor="whatsapp", label="rotated", secret="new", verify_token="t2")
        connection.close()

    async def story():
        first = await call(receiver, body=b"1", headers={"X-Hub-Signature-256": sign(b"1")})
        await asyncio.sleep(1.05)
        await asyncio.to_thread(rotate)
        second = await call(receiver, body=b"2", headers={"X-Hub-Signature-256": sign(b"2", "new")})
        await receiver.close()
        return [first[0], second[0]]

    assert asyncio.run(story()) == [200, 200]


def test_many_at_once_share_commits_and_all_are_kept(app):
    receiver = Receiver()

    async def flood():
        bodies = [b'{"n": %d}' % n for n in range(300)]
        calls = [call(receiver, body=body, headers={"X-Hub-Signature-256": sign(body)}) for body in bodies]
        answers = await asyncio.gather(*calls)
        await receiver.close()
        return [status for status, _body in answers]

    assert asyncio.run(flood()) == [200] * 300
    assert Delivery.objects.count() == 300
