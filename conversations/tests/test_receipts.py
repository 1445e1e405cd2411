"""What customers are shown of what we do, what the vendor says of templates, and a customer's word on marketing."""

import pytest
from django.core.management import call_command

from conversations import actions, receipts, tasks
from conversations.models import Conversation, Message, Outbox, Outlet, Template
from conversations.tests.test_receiving import hello
from conversations.types import DeliveryUpdate, NewMessage, SendFailure
from crm.models import Contact
from integrations.tests.servers import Recorder, raw_server
from kernel import clocks
from kernel.actors import Actor, ActorKind

OK = (200, {"success": True})


@pytest.fixture
def conversation(northside) -> Conversation:
    actions.receive_messages([hello(northside)])
    return Conversation.objects.get()


def through(settings, recorder, work):
    with raw_server(recorder) as url:
        settings.WHATSAPP_GRAPH_URL = url
        work()
    return [request.body for request in recorder.seen]


def read(message_id):
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}


def test_the_newest_message_is_shown_as_read_once(settings, northside, conversation):
    actions.receive_messages([hello(northside, "wamid.2")])
    told = through(settings, Recorder([OK]), lambda: [tasks.send_receipt(str(conversation.id)) for _time in range(2)])
    assert told == [read("wamid.2")]
    actions.receive_messages([hello(northside, "wamid.3")])
    assert through(settings, Recorder([OK]), lambda: tasks.send_receipt(str(conversation.id))) == [read("wamid.3")]


def test_a_vendor_that_does_not_answer_is_not_asked_again(settings, northside, conversation):
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    tasks.send_receipt(str(conversation.id))
    assert through(settings, Recorder([OK]), lambda: tasks.send_receipt(str(conversation.id))) == []


@pytest.mark.parametrize("change", [{"sends_read_receipts": False}, {"status": "stopped"}, {"channel": "web_chat"}])
def test_an_outlet_that_shows_nothing_or_cannot_shows_nothing(settings, northside, conversation, change):
    Outlet.objects.filter(channel="whatsapp").update(**change)

    def work():
        tasks.send_receipt(str(conversation.id))
        tasks.send_typing(str(conversation.id))

    assert through(settings, Recorder([OK]), work) == []


def test_typing_is_shown_and_said_once_in_twenty_seconds(settings, northside, conversation):
    told = through(settings, Recorder([OK]), lambda: tasks.send_typing(str(conversation.id)))
    assert told == [{**read("wamid.1"), "typing_indicator": {"type": "text"}}]
    assert [receipts.may_show_typing(str(conversation.id)) for _time in range(3)] == [True, False, False]


def test_templates_become_what_the_vendor_lists_page_by_page(settings, northside, capsys):
    Template.objects.create(waba_id=northside.waba_id, name="old", language="en", status="approved")
    Template.objects.create(waba_id="other", name="old", language="en", status="approved")
    body = [{"type": "BODY", "text": "Hi"}]
    listed = {"id": "1", "name": "hi", "language": "es", "status": "PAUSED", "category": "MARKETING",
              "components": body, "quality_score": {"score": "YELLOW"}}  # fmt: skip
    pages = [
        (200, {"data": [listed], "paging": {"cursors": {"after": "A"}, "next": "x"}}),
        (200, {"data": [{**listed, "id": "2", "language": "en", "status": "APPROVED"}, {"id": "3"}]}),
    ]
    through(settings, Recorder(pages), lambda: call_command("sync_templates", "--tenant", northside.tenant.slug))
    assert capsys.readouterr().out == f"{northside.waba_id}: 2 templates\n"
    rows = Template.objects.order_by("waba_id", "name", "language").values_list("name", "language", "status", "quality")
    assert list(rows) == [
        ("hi", "en", "approved", "yellow"), ("hi", "es", "paused", "yellow"), ("old", "en", "deleted", ""),
        ("old", "en", "approved", ""),
    ]  # fmt: skip
    assert Outlet.objects.get().templates_synced_at is not None


def test_an_account_in_trouble_changes_no_template_and_ends_with_exit_code_1(settings, northside):
    Template.objects.create(waba_id=northside.waba_id, name="old", language="en", status="approved")
    refused = (401, {"error": {"code": 190, "message": "expired"}})
    with pytest.raises(SystemExit) as ended:
        through(settings, Recorder([refused]), lambda: call_command("sync_templates"))
    assert (ended.value.code, Template.objects.get().status) == (1, "approved")


def promote(northside, conversation):
    body = [{"type": "BODY", "text": "Offer"}]
    Template.objects.get_or_create(
        waba_id=northside.waba_id, name="offer", language="en", status="approved", category="marketing", components=body
    )
    client = northside.client(key=northside.api_key)
    message = {"type": "template", "template": {"name": "offer", "language": "en"}}
    return client.post(f"/api/v1/conversations/{conversation.id}/messages/", message, "application/json")


def test_marketing_goes_to_nobody_who_asked_for_none(northside, conversation):
    assert promote(northside, conversation).status_code == 202
    at = clocks.now()
    (message,) = Message.objects.filter(direction="out")
    refusal = DeliveryUpdate("wamid.out", message.id, "failed", at, failure_code="131050", opts_out=True)
    actions.apply_delivery_updates([refusal])
    contact = Contact.objects.get()
    assert (contact.marketing_opt_out_at, contact.marketing_opt_out_source) == (at, "whatsapp")
    answer = promote(northside, conversation)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "MARKETING_OPTED_OUT")
    assert Message.objects.filter(direction="out").count() == 1
    actor = Actor(ActorKind.MEMBER, str(northside.alice.id))
    actions.send_message(conversation_id=conversation.id, message=NewMessage("text", text="Hi"), actor=actor)


def test_a_refusal_at_the_call_is_the_same_word(northside, conversation):
    promote(northside, conversation)
    (claimed,) = actions.claim_due()
    failure = SendFailure(code="131050", detail="", retryable=False, unknown=False, opts_out=True)
    actions.record_failure(claimed.message_id, failure)
    assert (Contact.objects.get().marketing_opt_out_source, Outbox.objects.count()) == ("whatsapp", 0)


def test_an_admin_switches_receipts_off_for_a_number_by_api(northside):
    where = f"/api/v1/outlets/{northside.outlet_id}/"
    client = northside.client(key=northside.api_key)
    assert client.get(where).json()["data"]["sends_read_receipts"] is True
    answer = client.patch(where, {"sends_read_receipts": False}, "application/json")
    assert (answer.status_code, answer.json()["data"]["sends_read_receipts"]) == (200, False)
    assert Outlet.objects.get().sends_read_receipts is False
