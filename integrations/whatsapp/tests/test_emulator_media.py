"""Files at the emulated vendor: up, down, expired, refused, spoiled."""

import hashlib
import io
import re
from base64 import b64decode, b64encode
from typing import Any

import httpx
import pytest
from PIL import Image

from integrations.tests.servers import asgi_server
from integrations.whatsapp.emulator import samples
from integrations.whatsapp.emulator.app import Emulator, Options
from integrations.whatsapp.inbound import split
from integrations.whatsapp.tests.conftest import SECRET, Emulated

NUMBER = "700100"
BEARER = {"authorization": "Bearer EAAtoken"}
PDF = "application/pdf"


def graph(emulator: Emulated, method: str, path: str, **more: Any) -> httpx.Response:
    return httpx.request(method, f"{emulator.url}/v26.0/{path}", **{"headers": BEARER, **more})


def upload(
    emulator: Emulated, content: bytes, mime_type: str, *, said: str = "", fields: dict[str, str] | None = None
) -> httpx.Response:
    fields = {"messaging_product": "whatsapp", "type": said or mime_type} if fields is None else fields
    return graph(emulator, "POST", f"{NUMBER}/media", files={"file": ("a file.bin", content, mime_type)}, data=fields)


def uploaded(emulator: Emulated) -> str:
    document = samples.sample("document")
    return str(upload(emulator, document.content, PDF).json()["id"])


def control(emulator: Emulated, path: str, **order: Any) -> Any:
    answer = httpx.post(f"{emulator.url}/_emulator/{path}", json=order)
    answer.raise_for_status()
    return answer.json()


class TestUploading:
    def test_what_goes_up_comes_down(self, emulator):
        document = samples.sample("document")
        media_id = upload(emulator, document.content, PDF).json()["id"]
        shown = graph(emulator, "GET", media_id).json()
        url = shown.pop("url")
        assert shown == {
            "messaging_product": "whatsapp",
            "mime_type": PDF,
            "sha256": hashlib.sha256(document.content).hexdigest(),
            "file_size": str(len(document.content)),
            "id": media_id,
        }
        file = httpx.get(url, headers=BEARER)
        assert (file.status_code, file.headers["content-type"], file.content) == (200, PDF, document.content)

    @pytest.mark.parametrize("name", ["letter", "photo", "screenshot", "voice", "document", "sticker"])
    def test_every_sample_is_what_it_says(self, emulator, name):
        sample = samples.sample(name)
        assert upload(emulator, sample.content, sample.mime_type).status_code == 200

    def test_a_file_without_a_type_has_that_of_the_form(self, emulator):
        media_id = upload(emulator, b"\xff\xd8\xff\xe0", "application/octet-stream", said="image/jpeg").json()["id"]
        assert graph(emulator, "GET", media_id).json()["mime_type"] == "image/jpeg"

    @pytest.mark.parametrize(
        ("content", "mime_type", "code", "words"),
        [
            (b"x", "application/x-msdownload", 100, "must be a file with one of the following types"),
            (b"", "text/plain", 131053, "empty"),
            (b"MZ", "image/png", 131053, "was said to be image/png and is not"),
            (b"\x89PNG" + bytes(5_000_000), "image/png", 131053, "5000000 bytes at most"),
            (b"OggS" + bytes(40), "audio/ogg", 131053, "is not"),
            (b"RIFF\0\0\0\0WEBPVP8 " + bytes(100_000), "image/webp", 131053, "at most"),
        ],
    )
    def test_what_the_vendor_does_not_take(self, emulator, content, mime_type, code, words):
        answer = upload(emulator, content, mime_type)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, code)
        assert words in error["error_data"]["details"]

    def test_an_animated_sticker_may_be_larger(self, emulator):
        content = b"RIFF\0\0\0\0WEBPVP8X" + bytes(14) + b"ANIM" + bytes(100_000)
        assert upload(emulator, content, "image/webp").status_code == 200

    @pytest.mark.parametrize("fields", [{}, {"messaging_product": "sms"}])
    def test_the_form_must_name_the_product(self, emulator, fields):
        assert upload(emulator, b"x", "text/plain", fields=fields).json()["error"]["code"] == 100

    def test_no_file_no_form_and_a_broken_form(self, emulator):
        form = {"messaging_product": (None, "whatsapp")}
        assert graph(emulator, "POST", f"{NUMBER}/media", files=form).json()["error"]["code"] == 100
        assert graph(emulator, "POST", f"{NUMBER}/media", json={}).json()["error"]["code"] == 100
        headers = {**BEARER, "content-type": "multipart/form-data; boundary=x"}
        broken = graph(emulator, "POST", f"{NUMBER}/media", headers=headers, content=b"--x\r\nbroken")
        assert broken.json()["error"]["code"] == 100

    def test_without_a_token(self, emulator):
        answer = graph(emulator, "POST", f"{NUMBER}/media", headers={}, files={"file": b"x"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


class TestFetching:
    def test_only_a_bearer_of_a_token_gets_it(self, emulator):
        media_id = uploaded(emulator)
        assert graph(emulator, "GET", media_id, headers={}).status_code == 401
        url = graph(emulator, "GET", media_id).json()["url"]
        refused = httpx.get(url)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, 190)
        assert refused.headers["www-authenticate"].startswith('OAuth "Facebook Platform" "invalid_token"')

    def test_an_address_dies_after_five_minutes_and_another_one_can_be_had(self, emulator):
        media_id = uploaded(emulator)
        url = graph(emulator, "GET", media_id).json()["url"]
        control(emulator, "clock", advance_s=280)
        assert httpx.get(url, headers=BEARER).status_code == 200
        control(emulator, "clock", advance_s=21)
        assert httpx.get(url, headers=BEARER).status_code == 404
        assert httpx.get(graph(emulator, "GET", media_id).json()["url"], headers=BEARER).status_code == 200

    def test_nobody_makes_an_address_up(self, emulator):
        url = graph(emulator, "GET", uploaded(emulator)).json()["url"]
        for forged in (re.sub(r"mid=\d+", "mid=7", url), re.sub(r"ext=\d+", "ext=9999999999", url), url[:-1] + "!"):
            assert httpx.get(forged, headers=BEARER).status_code == 404

    @pytest.mark.parametrize(("received", "days"), [(False, 30), (True, 7)])
    def test_ids_live_thirty_days_or_seven(self, emulator, received, days):
        if received:
            media_id = control(emulator, "media", phone_number_id=NUMBER, sample="voice")["media"][0]["id"]
        else:
            media_id = uploaded(emulator)
        control(emulator, "clock", advance_s=days * 86_400 - 60)
        assert graph(emulator, "GET", media_id).status_code == 200
        control(emulator, "clock", advance_s=61)
        gone = graph(emulator, "GET", media_id)
        assert (gone.status_code, gone.json()["error"]["error_subcode"]) == (400, 33)

    def test_one_file_can_expire_alone(self, emulator):
        one, other = uploaded(emulator), uploaded(emulator)
        url = graph(emulator, "GET", one).json()["url"]
        control(emulator, "media/expire", id=one)
        assert graph(emulator, "GET", one).json()["error"]["code"] == 100
        assert httpx.get(url, headers=BEARER).status_code == 404
        assert graph(emulator, "GET", other).status_code == 200

    def test_another_numbers_file_is_not_there(self, emulator):
        media_id = uploaded(emulator)
        assert graph(emulator, "GET", f"{media_id}?phone_number_id={NUMBER}").status_code == 200
        for method in ("GET", "DELETE"):
            answer = graph(emulator, method, f"{media_id}?phone_number_id=700999")
            assert answer.json()["error"]["error_subcode"] == 33
        assert graph(emulator, "GET", media_id).status_code == 200

    def test_another_tenants_token_opens_nothing(self, receiver):
        options = Options(webhook_url=receiver.url, app_secret=SECRET)
        with asgi_server(Emulator(options)) as url:
            closed = Emulated(url)
            for name in (NUMBER, "700200"):
                control(
                    closed,
                    "numbers",
                    phone_number_id=name,
                    waba_id="9",
                    display_phone_number="12125550100",
                    token=f"T{name}",
                )
            media_id = control(closed, "media", phone_number_id="700200", sample="letter")["media"][0]["id"]
            own = {"authorization": "Bearer T700200"}
            address = graph(closed, "GET", media_id, headers=own).json()["url"]
            for wrong in (BEARER, {"authorization": f"Bearer T{NUMBER}"}):
                assert graph(closed, "GET", media_id, headers=wrong).status_code == 401
                assert httpx.get(address, headers=wrong).status_code == 401
            assert httpx.get(address, headers=own).status_code == 200

    def test_deleting(self, emulator):
        media_id = uploaded(emulator)
        assert graph(emulator, "DELETE", media_id).json() == {"success": True}
        assert graph(emulator, "GET", media_id).json()["error"]["error_subcode"] == 33
        assert graph(emulator, "DELETE", media_id).status_code == 400

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_nothing_there(self, emulator, method):
        assert graph(emulator, method, "1234567890123456").json()["error"]["type"] == "GraphMethodException"


class TestTrouble:
    def test_upload_look_up_and_download_can_each_fail(self, emulator):
        media_id = uploaded(emulator)
        url = graph(emulator, "GET", media_id).json()["url"]
        emulator.inject(edge="media", code=131053)
        emulator.inject(edge="object", code=131052)
        emulator.inject(edge="download", code=131000, http_status=502, retry_after=3)
        assert upload(emulator, b"x", "text/plain").json()["error"]["code"] == 131053
        assert graph(emulator, "GET", media_id).json()["error"]["code"] == 131052
        refused = httpx.get(url, headers=BEARER)
        assert (refused.status_code, refused.headers["retry-after"]) == (502, "3")
        assert httpx.get(url, headers=BEARER).status_code == 200

    def test_a_download_can_be_spoiled_or_broken_off(self, emulator):
        url = graph(emulator, "GET", uploaded(emulator)).json()["url"]
        emulator.inject(edge="download", corrupt=True)
        spoiled, good = httpx.get(url, headers=BEARER).content, httpx.get(url, headers=BEARER).content
        assert len(spoiled) == len(good)
        assert spoiled != good
        emulator.inject(edge="download", drop_response=True)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(url, headers=BEARER)


class TestCustomers:
    def test_a_customers_picture_can_be_fetched_as_its_webhook_says(self, emulator, receiver):
        order = {"type": "image", "image": {"sample": "letter", "caption": "My letter"}}
        control(emulator, "receive", **{"from": "12125550142"}, phone_number_id=NUMBER, name="Ana", message=order)
        (piece,) = split(receiver.wait_for_one().body)
        (reference,) = piece.value.attachments
        assert (piece.value.sender.name, piece.value.text, reference.mime_type) == ("Ana", "My letter", "image/jpeg")
        shown = graph(emulator, "GET", reference.media_id).json()
        content = httpx.get(shown["url"], headers=BEARER).content
        assert b64decode(reference.sha256) == hashlib.sha256(content).digest()
        assert Image.open(io.BytesIO(content)).size == (720, 960)

    def test_files_of_our_own_making_and_many_at_once(self, emulator):
        hostile = {"content": b64encode(b"MZ\x90").decode(), "mime_type": "image/png", "filename": "../a.exe"}
        placed = control(emulator, "media", phone_number_id=NUMBER, count=3, **hostile)["media"]
        assert len({item["id"] for item in placed}) == 3
        assert {(item["mime_type"], item["filename"]) for item in placed} == {("image/png", "../a.exe")}
        url = graph(emulator, "GET", placed[2]["id"]).json()["url"]
        assert httpx.get(url, headers=BEARER).content == b"MZ\x90"

    @pytest.mark.parametrize("order", [{"sample": "song"}, {"sample": "voice", "count": 0}, {"content": "!"}, {}])
    def test_an_order_that_makes_no_sense(self, emulator, order):
        order = {"phone_number_id": NUMBER, **order}
        assert httpx.post(f"{emulator.url}/_emulator/media", json=order).status_code == 400


class TestSamples:
    def test_a_voice_note_is_an_ogg_stream_of_opus(self):
        sample = samples.sample("voice", 2)
        assert (sample.mime_type, sample.more) == ("audio/ogg; codecs=opus", {"voice": True})
        pages = re.findall(rb"OggS\x00(.)(.{8})(.{4})(.{4})(.{4})", sample.content, re.DOTALL)
        assert [page[0][0] for page in pages] == [2, 0, 0, 0, 0, 4]
        assert int.from_bytes(pages[-1][1], "little") == 4 * 48_000
        assert [int.from_bytes(page[3], "little") for page in pages] == list(range(6))

    def test_variants_differ_and_stay_the_same(self):
        for name in ("letter", "photo", "screenshot", "voice", "document", "sticker", "animated_sticker"):
            made = [samples.sample(name, variant).content for variant in range(samples.VARIANTS)]
            assert len(set(made)) == samples.VARIANTS
            assert samples.sample(name, 0).content == made[0]

    def test_an_animated_sticker_moves(self):
        assert Image.open(io.BytesIO(samples.sample("animated_sticker").content)).n_frames == 4
