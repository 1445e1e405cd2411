"""Templates and numbers at the emulated vendor."""

import socket
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from integrations.tests.servers import asgi_server, raw_server, read_request, wait_for
from integrations.whatsapp.emulator.app import Emulator, Options
from integrations.whatsapp.tests.conftest import SECRET, Emulated

WABA, NUMBER = "940", "700940"
BEARER = {"authorization": "Bearer EAAtoken"}
BODY = {"type": "BODY", "text": "Hi {{1}}, there is news.", "example": {"body_text": [["Ana"]]}}
DRAFT = {"name": "news", "language": "en_US", "category": "UTILITY", "components": [BODY]}


def graph(emulator: Emulated, method: str, path: str, **more: Any) -> httpx.Response:
    return httpx.request(method, f"{emulator.url}/v26.0/{path}", **{"headers": BEARER, **more})


def control(emulator: Emulated, path: str, **order: Any) -> Any:
    answer = httpx.post(f"{emulator.url}/_emulator/{path}", json=order)
    answer.raise_for_status()
    return answer.json()


def create(emulator: Emulated, **draft: Any) -> httpx.Response:
    return graph(emulator, "POST", f"{WABA}/message_templates", json={**DRAFT, **draft})


def listed(emulator: Emulated, query: str = "") -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = graph(emulator, "GET", f"{WABA}/message_templates?{query}").json()["data"]
    return data


def changes(receiver: Any, field: str) -> list[dict[str, Any]]:
    entries = [entry for seen in list(receiver.seen) for entry in seen.body["entry"]]
    return [change["value"] for entry in entries for change in entry["changes"] if change["field"] == field]


class TestDrafts:
    def test_one_waits_is_approved_and_told(self, emulator, receiver):
        created = create(emulator).json()
        assert (created["status"], created["category"]) == ("PENDING", "UTILITY")
        (told,) = wait_for(lambda: changes(receiver, "message_template_status_update"))
        assert told == {
            "event": "APPROVED",
            "message_template_id": int(created["id"]),
            "message_template_name": "news",
            "message_template_language": "en_US",
            "reason": "NONE",
            "message_template_category": "UTILITY",
        }
        assert [item["status"] for item in listed(emulator, "name=news")] == ["APPROVED"]
        assert receiver.seen[0].body["entry"][0]["id"] == WABA

    def test_a_review_can_end_badly_or_never(self, emulator, receiver):
        control(emulator, "habits", review="reject")
        create(emulator)
        (told,) = wait_for(lambda: changes(receiver, "message_template_status_update"))
        assert (told["event"], told["reason"]) == ("REJECTED", "INVALID_FORMAT")
        control(emulator, "habits", review="leave")
        create(emulator, name="other")
        assert [item["status"] for item in listed(emulator, "name=other")] == ["PENDING"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": "Not Lower"},
            {"language": "english"},
            {"category": "FUN"},
            {"components": []},
            {"components": [{"type": "FOOTER", "text": "x"}]},
            {"components": [BODY, BODY]},
            {"components": [{**BODY, "text": "x" * 1025}]},
            {"components": [{**BODY, "text": "{{1}} begins"}]},
            {"components": [{**BODY, "text": "It ends with {{1}}"}]},
            {"components": [{**BODY, "text": "Hi {{2}}, there."}]},
            {"components": [{"type": "BODY", "text": "Hi {{1}}, no example."}]},
            {"components": [BODY, {"type": "FOOTER", "text": "x" * 61}]},
            {"components": [BODY, {"type": "HEADER", "format": "SONG"}]},
            {"components": [BODY, {"type": "HEADER", "format": "IMAGE"}]},
            {"components": [BODY, {"type": "BUTTONS", "buttons": []}]},
            {"components": [BODY, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Go"}]}]},
        ],
    )
    def test_what_is_not_taken(self, emulator, wrong):
        before = len(listed(emulator, "limit=200"))
        refused = create(emulator, **wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
        assert len(listed(emulator, "limit=200")) == before

    def test_the_same_name_and_language_only_once(self, emulator):
        assert create(emulator).status_code == 200
        assert create(emulator).json()["error"]["error_subcode"] == 2388024
        assert create(emulator, language="es").status_code == 200

    def test_one_account_does_not_see_anothers(self, emulator):
        created = create(emulator).json()
        other = graph(emulator, "GET", "941/message_templates?name=news").json()
        assert other["data"] == []
        assert graph(emulator, "DELETE", "941/message_templates?name=news").json()["error"]["error_subcode"] == 2593002
        assert graph(emulator, "GET", created["id"]).json()["name"] == "news"


class TestListing:
    def test_filters_fields_and_pages(self, emulator):
        assert {item["language"] for item in listed(emulator, "language=es")} == {"es"}
        assert {item["category"] for item in listed(emulator, "category=marketing")} == {"MARKETING"}
        assert listed(emulator, "status=REJECTED") == []
        assert [sorted(item) for item in listed(emulator, "fields=name,status&limit=1")] == [["id", "name", "status"]]
        first = graph(emulator, "GET", f"{WABA}/message_templates?limit=5").json()
        second = httpx.get(first["paging"]["next"], headers=BEARER).json()
        assert [len(page["data"]) for page in (first, second)] == [5, 3]
        assert "next" not in second["paging"]
        back = httpx.get(second["paging"]["previous"], headers=BEARER).json()
        assert back["data"] == first["data"]
        refused = graph(emulator, "GET", f"{WABA}/message_templates?limit=x")
        assert refused.json()["error"]["code"] == 100

    def test_a_summary(self, emulator):
        page = graph(emulator, "GET", f"{WABA}/message_templates?summary=total_count").json()
        assert page["summary"]["total_count"] == 8

    def test_too_many_calls_in_an_hour(self, emulator):
        control(emulator, "habits", calls_an_hour=2)
        answers = [graph(emulator, "GET", f"{WABA}/message_templates") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["error"]["code"] == 80007
        assert 3590 < int(answers[2].headers["retry-after"]) <= 3600
        control(emulator, "clock", advance_s=3601)
        assert graph(emulator, "GET", f"{WABA}/message_templates").status_code == 200


class TestChanging:
    def test_edited_it_is_reviewed_again(self, emulator, receiver):
        (template,) = listed(emulator, "name=case_update&language=es")
        control(emulator, "habits", review="leave")
        changed = [{"type": "body", "text": "Hay novedades."}]
        assert graph(emulator, "POST", template["id"], json={"components": changed}).json()["success"] is True
        shown = graph(emulator, "GET", f"{template['id']}?fields=status,components").json()
        assert shown == {
            "id": template["id"],
            "status": "PENDING",
            "components": [{"type": "BODY", "text": "Hay novedades."}],
        }
        assert graph(emulator, "POST", template["id"], json={"components": changed}).status_code == 400
        assert receiver.seen == []

    def test_an_approved_one_keeps_its_category(self, emulator):
        (template,) = listed(emulator, "name=case_update&language=es")
        refused = graph(emulator, "POST", template["id"], json={"category": "MARKETING"})
        assert refused.json()["error"]["code"] == 100

    def test_deleted_by_name_or_in_one_language(self, emulator):
        (spanish,) = listed(emulator, "name=case_update&language=es")
        path = f"{WABA}/message_templates?name=case_update"
        assert graph(emulator, "DELETE", f"{path}&hsm_id={spanish['id']}").json() == {"success": True}
        assert [item["language"] for item in listed(emulator, "name=case_update")] == ["en_US"]
        assert graph(emulator, "DELETE", path).json() == {"success": True}
        assert listed(emulator, "name=case_update") == []
        assert graph(emulator, "GET", spanish["id"]).json()["error"]["error_subcode"] == 33

    def test_judging_an_unknown_one(self, emulator):
        order = {"waba_id": WABA, "name": "nothing", "language": "es", "status": "PAUSED"}
        assert httpx.post(f"{emulator.url}/_emulator/templates", json=order).status_code == 400


class TestNumbers:
    @pytest.fixture(autouse=True)
    def _known(self, emulator):
        order = {"phone_number_id": NUMBER, "waba_id": WABA, "display_phone_number": "12125550194"}
        control(emulator, "numbers", **order)

    def test_what_is_told_of_one(self, emulator):
        fields = "quality_rating,messaging_limit_tier,throughput,name_status,code_verification_status,status"
        assert graph(emulator, "GET", f"{NUMBER}?fields={fields}").json() == {
            "id": NUMBER,
            "quality_rating": "GREEN",
            "messaging_limit_tier": "TIER_2K",
            "throughput": {"level": "STANDARD"},
            "name_status": "APPROVED",
            "code_verification_status": "VERIFIED",
            "status": "CONNECTED",
        }

    def test_its_quality_falls_and_is_told(self, emulator, receiver):
        facts = {"quality_rating": "RED", "messaging_limit_tier": "TIER_250", "announce": "DOWNGRADE"}
        control(emulator, "numbers/facts", phone_number_id=NUMBER, **facts)
        (told,) = wait_for(lambda: changes(receiver, "phone_number_quality_update"))
        assert told == {"display_phone_number": "12125550194", "event": "DOWNGRADE", "current_limit": "TIER_250"}
        (number,) = graph(emulator, "GET", f"{WABA}/phone_numbers?fields=quality_rating").json()["data"]
        assert number == {"id": NUMBER, "quality_rating": "RED"}

    def test_the_account(self, emulator):
        assert graph(emulator, "GET", f"{WABA}?fields=currency").json() == {"id": WABA, "currency": "USD"}

    def test_a_number_signs_off_and_on_with_its_pin(self, emulator):
        def register(pin: str) -> httpx.Response:
            return graph(emulator, "POST", f"{NUMBER}/register", json={"messaging_product": "whatsapp", "pin": pin})

        assert register("12345").json()["error"]["code"] == 100
        assert register("123456").json() == {"success": True}
        assert graph(emulator, "POST", f"{NUMBER}/deregister").json() == {"success": True}
        body = {"messaging_product": "whatsapp", "to": "+12125550142", "text": {"body": "x"}}
        assert graph(emulator, "POST", f"{NUMBER}/messages", json=body).json()["error"]["code"] == 133010
        assert register("654321").json()["error"]["code"] == 133005
        assert register("123456").json() == {"success": True}
        assert graph(emulator, "POST", f"{NUMBER}/messages", json=body).status_code == 200

    @pytest.mark.parametrize("wrong", [{"about": "x" * 140}, {"websites": ["a", "b", "c"]}, {"messaging_product": "x"}])
    def test_a_profile_that_is_not_taken(self, emulator, wrong):
        path = f"{NUMBER}/whatsapp_business_profile"
        body = {"messaging_product": "whatsapp", **wrong}
        assert graph(emulator, "POST", path, json=body).json()["error"]["code"] == 100
        assert "about" not in graph(emulator, "GET", path).json()["data"][0]

    def test_a_number_whose_country_nobody_can_tell(self, emulator):
        order = {"phone_number_id": "7", "waba_id": "8", "display_phone_number": "x"}
        assert httpx.post(f"{emulator.url}/_emulator/numbers", json=order).status_code == 400


class TestAddresses:
    """Webhooks of one number or one account can go elsewhere, to whoever answers the challenge."""

    def test_the_number_goes_before_the_account_and_both_before_the_app(self, emulator, receiver):
        order = {"phone_number_id": NUMBER, "waba_id": WABA, "display_phone_number": "12125550194"}
        control(emulator, "numbers", **order)
        body = {"messaging_product": "whatsapp", "to": "+12065550198", "text": {"body": "x"}}
        with raw_server(Proving("word")) as own:
            wanted = {"override_callback_uri": f"{own}/hooks/", "verify_token": "word"}
            graph(emulator, "POST", f"{WABA}/subscribed_apps", json=wanted).raise_for_status()
            shown = graph(emulator, "GET", f"{WABA}/subscribed_apps").json()["data"][0]
            assert shown["override_callback_uri"] == wanted["override_callback_uri"]
            graph(emulator, "POST", f"{NUMBER}/messages", json=body).raise_for_status()
            wait_for(lambda: delivered(emulator) == [wanted["override_callback_uri"]])
            for_number = {**wanted, "override_callback_uri": f"{own}/number/"}
            graph(emulator, "POST", NUMBER, json={"webhook_configuration": for_number}).raise_for_status()
            graph(emulator, "POST", f"{NUMBER}/messages", json=body).raise_for_status()
            wait_for(lambda: delivered(emulator)[1:] == [for_number["override_callback_uri"]])
        assert receiver.seen == []

    def test_not_to_somebody_who_does_not_know_the_word(self, emulator):
        with raw_server(Proving("another word")) as own:
            wanted = {"override_callback_uri": f"{own}/hooks/", "verify_token": "word"}
            refused = graph(emulator, "POST", f"{WABA}/subscribed_apps", json=wanted)
            assert (refused.status_code, refused.json()["error"]["error_subcode"]) == (400, 2200)
        assert "override_callback_uri" not in graph(emulator, "GET", f"{WABA}/subscribed_apps").json()["data"][0]


class Proving:
    """A receiver that answers the challenge of whoever knows its word, and takes every webhook."""

    def __init__(self, word: str) -> None:
        self._word = word

    def __call__(self, connection: socket.socket) -> None:
        while (request := read_request(connection)) is not None:
            query = dict(parse_qsl(urlsplit(request.path).query))
            good = request.method == "POST" or query.get("hub.verify_token") == self._word
            answer = query.get("hub.challenge", "")
            head = f"HTTP/1.1 {200 if good else 403} X\r\nContent-Length: {len(answer)}\r\n\r\n"
            connection.sendall((head + answer).encode())


def delivered(emulator: Emulated) -> list[str]:
    log = httpx.get(f"{emulator.url}/_emulator/webhooks").json()["log"]
    return [entry["url"] for entry in log if entry["answer"] == 200]


class TestStrangers:
    def test_another_tenants_token_sees_neither_templates_nor_numbers(self, receiver):
        with asgi_server(Emulator(Options(webhook_url=receiver.url, app_secret=SECRET))) as url:
            closed = Emulated(url)
            for number, waba in ((NUMBER, WABA), ("700941", "941")):
                order = {"phone_number_id": number, "waba_id": waba, "display_phone_number": "12125550194"}
                control(closed, "numbers", **order, token=f"T{waba}")
            own = {"authorization": f"Bearer T{WABA}"}
            assert graph(closed, "GET", f"{WABA}/message_templates", headers=own).status_code == 200
            paths = ("941/message_templates", "941/phone_numbers", "941/subscribed_apps", "700941?fields=id", "941")
            for path in paths:
                answer = graph(closed, "GET", path, headers=own)
                assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190), path
            assert graph(closed, "GET", "942/message_templates", headers=own).json()["error"]["code"] == 100
