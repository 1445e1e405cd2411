import json
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from conversations.models import Conversation, Message, OutletUpdate, Template
from crm.models import Contact
from ingest import actions, queries
from ingest.claims import Claims
from ingest.enums import Reason
from ingest.handing import hand_down
from ingest.management.commands.ingest import Command
from ingest.models import Delivery, ParkedUpdate, VendorApp
from ingest.types import Claimed
from kernel import clocks

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "whatsapp"


@pytest.fixture
def vendor_app(northside):
    return VendorApp.objects.create(vendor="whatsapp", label="tests", secret="s", verify_token="t")


def envelope(stage, *values, field="messages"):
    changes = [
        {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata(stage), **v}} for v in values
    ]
    return {"object": "whatsapp_business_account", "entry": [{"id": stage.waba_id, "changes": changes}]}


def metadata(stage):
    return {"display_phone_number": "13055550100", "phone_number_id": stage.phone_number_id}


def text(vendor_id="wamid.in.1", body="Hello", user="US.1001", **extra):
    contact = {"profile": {"name": "Maribel Ortega"}, "wa_id": "13055550142", "user_id": user}
    message = {
        "from": "13055550142", "from_user_id": user, "id": vendor_id, "timestamp": str(int(clocks.now().timestamp())),
        "type": "text", "text": {"body": body}, **extra,
    }  # fmt: skip
    return {"contacts": [contact], "messages": [message]}


def delivery(vendor_app, payload, number=1):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Claimed(number, "whatsapp", vendor_app.id, vendor_app.tenant_id, body, clocks.now())


def reasons(problems):
    return [(problem.reason, problem.position) for problem in problems]


def test_a_webhook_reaches_its_tenant_and_no_other(vendor_app, northside, harbor):
    assert hand_down([delivery(vendor_app, envelope(northside, text()))]) == []
    assert Message.objects.get().text == "Hello"
    with harbor.inside():
        assert Message.objects.count() == 0


def test_handing_the_same_delivery_down_twice_doubles_nothing(vendor_app, northside):
    one = delivery(vendor_app, envelope(northside, text()))
    hand_down([one, one])
    hand_down([one])
    assert (Message.objects.count(), Conversation.objects.get().unread_count) == (1, 1)


def test_one_bad_update_stays_behind_and_the_others_go_on(vendor_app, northside):
    values = [text("wamid.1"), text("wamid.2", timestamp=["never"]), text("wamid.3"), text("x" * 300)]
    problems = hand_down([delivery(vendor_app, envelope(northside, *values))])
    assert reasons(problems) == [(Reason.BAD_UPDATE, 1), (Reason.BAD_UPDATE, 3)]
    assert sorted(Message.objects.values_list("vendor_id", flat=True)) == ["wamid.1", "wamid.3"]


@pytest.mark.parametrize("body", [b"not json", b"\xff", b"", b"[" * 100_000])
def test_bytes_that_are_no_json_are_parked_whole(vendor_app, body):
    problems = hand_down([delivery(vendor_app, body)])
    assert reasons(problems) == [(Reason.BROKEN_JSON, 0)]
    assert problems[0].payload == body


def test_an_unknown_number_is_parked(vendor_app, northside):
    payload = envelope(northside, text())
    payload["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    assert reasons(hand_down([delivery(vendor_app, payload)])) == [(Reason.UNKNOWN_NUMBER, 0)]
    assert Message.objects.count() == 0


def test_a_tenants_own_application_cannot_speak_for_another_tenant(vendor_app, northside, harbor):
    vendor_app.tenant_id = harbor.tenant.id
    vendor_app.save()
    assert reasons(hand_down([delivery(vendor_app, envelope(northside, text()))])) == [(Reason.FOREIGN_NUMBER, 0)]
    assert Message.objects.count() == 0


def test_a_status_for_a_message_we_did_not_send_is_parked(vendor_app, northside):
    status = {"id": "wamid.unknown", "status": "delivered", "timestamp": "1780000000", "recipient_id": "13055550142"}
    problems = hand_down([delivery(vendor_app, envelope(northside, {"statuses": [status]}))])
    assert reasons(problems) == [(Reason.UNKNOWN_MESSAGE, 0)]


def test_hostile_text_is_kept_and_harmless(vendor_app, northside):
    hostile = "\u0000<script>alert(1)</script> \u202eabc 😀 " + "x" * 65_536
    hand_down([delivery(vendor_app, envelope(northside, text(body=hostile)))])
    kept = Message.objects.get()
    assert kept.text == hostile.replace("\u0000", "")
    assert kept.conversation.preview.startswith("<script>alert(1)</script>")


def test_lone_surrogates_do_not_stop_the_batch(vendor_app, northside):
    body = json.dumps(envelope(northside, text("wamid.1", body="\ud83d broken"), text("wamid.2"))).encode()
    assert hand_down([delivery(vendor_app, body)]) == []
    assert Message.objects.count() == 2


def test_ten_thousand_updates_in_one_post_are_all_kept(vendor_app, northside):
    messages = [text(f"wamid.{n}", body=str(n))["messages"][0] for n in range(10_000)]
    value = {"contacts": text()["contacts"], "messages": messages}
    assert hand_down([delivery(vendor_app, envelope(northside, value))]) == []
    assert (Message.objects.count(), Conversation.objects.get().unread_count) == (10_000, 10_000)


def test_template_account_and_preference_updates_are_kept(vendor_app, northside):
    hand_down([delivery(vendor_app, envelope(northside, text()))])
    template = {
        "event": "APPROVED", "message_template_id": 42, "message_template_name": "round_1_sent",
        "message_template_language": "es", "reason": "NONE", "message_template_category": "UTILITY",
    }  # fmt: skip
    account = {
        "event": "ACCOUNT_RESTRICTION",
        "restriction_info": [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"}],
    }
    preference = {
        "contacts": [{"profile": {"name": "Maribel Ortega"}, "wa_id": "13055550142", "user_id": "US.1001"}],
        "user_preferences": [
            {
                "wa_id": "13055550142", "user_id": "US.1001", "category": "marketing_messages", "value": "stop",
                "timestamp": 1780000000,
            }
        ],
    }  # fmt: skip
    payloads = [
        envelope(northside, template, field="message_template_status_update"),
        envelope(northside, account, field="account_update"),
        envelope(northside, preference, field="user_preferences"),
    ]
    for payload in payloads[:2]:
        for change in payload["entry"][0]["changes"]:
            change["value"].pop("metadata")
    deliveries = [delivery(vendor_app, payload, number) for number, payload in enumerate(payloads)]
    assert hand_down(deliveries) == []
    hand_down(deliveries)
    assert Template.objects.values_list("name", "language", "status").get() == ("round_1_sent", "es", "approved")
    assert OutletUpdate.objects.get().event == "ACCOUNT_RESTRICTION"
    assert Contact.objects.get().marketing_opt_out_at == clocks.from_unix(1_780_000_000)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared sample payloads are not here")
@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("webhooks_*/*.json")), ids=lambda path: path.stem)
def test_every_sample_is_kept_or_parked_with_a_reason(vendor_app, northside, sample):
    payload = json.loads(sample.read_text(encoding="utf-8"))
    for entry in payload.get("entry", []):
        entry["id"] = northside.waba_id
        for change in entry.get("changes", []):
            if "metadata" in change.get("value", {}):
                change["value"]["metadata"]["phone_number_id"] = northside.phone_number_id
    problems = hand_down([delivery(vendor_app, payload)])
    kept = Message.objects.count() + Template.objects.count() + OutletUpdate.objects.count()
    kept += Contact.objects.exclude(marketing_opt_out_at=None).count()
    resumed = "user_marketing_preferences__resume" in sample.stem
    assert {problem.reason for problem in problems} <= {Reason.UNKNOWN_MESSAGE, Reason.BAD_UPDATE}
    assert kept or problems or resumed


def test_a_parked_update_is_listed_with_its_reason(vendor_app, northside):
    payload = envelope(northside, text())
    payload["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "555"
    actions.park(hand_down([delivery(vendor_app, payload)]))
    assert [row["reason"] for row in queries.parked()] == [Reason.UNKNOWN_NUMBER]


@pytest.mark.parametrize("limit", ["-1", "0", "x", "1.5", "99999999999999999999", ""])
def test_an_unusable_limit_ends_with_a_sentence(northside, limit, capsys):
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "ingest", "parked", f"--limit={limit}"])
    assert ended.value.code == 2
    assert "is no number from 1 to 100,000" in capsys.readouterr().err


def _die_holding(taken, other):
    with other.take(10) as nothing:
        assert (len(taken), nothing) == (1, [])
    raise RuntimeError


def test_a_worker_that_dies_gives_its_batch_back(committed_public):
    app = VendorApp.objects.create(vendor="whatsapp", label="c", secret="s", verify_token="t")
    Delivery.objects.create(vendor="whatsapp", app=app, digest=uuid4().bytes, body=b"{}", received_at=clocks.now())
    with Claims() as first, Claims() as second:
        with pytest.raises(RuntimeError), first.take(10) as taken:
            _die_holding(taken, second)
        with second.take(10) as again:
            assert [claimed.body for claimed in again] == [b"{}"]
        with first.take(10) as done:
            assert done == []
    assert Delivery.objects.get().done_at is not None


def test_a_replayed_update_arrives(vendor_app, northside):
    payload = envelope(northside, text())
    change = payload["entry"][0]["changes"][0]["value"]["metadata"]
    change["phone_number_id"] = "555"
    actions.park(hand_down([delivery(vendor_app, payload)]))
    assert actions.replay_parked() == 1
    waiting = Delivery.objects.get()
    repaired = orjson.loads(bytes(waiting.body))
    assert repaired["entry"][0]["changes"][0]["value"]["messages"][0]["id"] == "wamid.in.1"
    assert ParkedUpdate.objects.exclude(replayed_at=None).count() == 1
    assert actions.replay_parked() == 0
