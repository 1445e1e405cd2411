"""Sending, from the outbox over the wire and back, against a vendor that answers as told."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection

from conversations import actions, tasks
from conversations.enums import Delivery
from conversations.models import Conversation, Message, Outbox, Outlet, Template
from conversations.tests.test_receiving import hello
from conversations.types import NewMessage, TemplateChoice
from integrations.tests.servers import Recorder, raw_server
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.events.models import Event
from kernel.tenancy import PUBLIC, current_schema, tenant_context
from monitoring.models import Alert

ACCEPTED = (200, {"messaging_product": "whatsapp", "contacts": [], "messages": [{"id": "wamid.out.1"}]})


def refused(code, status=400):
    return (
        status,
        {"error": {"message": "no", "type": "OAuthException", "code": code, "error_data": {"details": "x"}}},
    )


@pytest.fixture
def conversation(northside) -> Conversation:
    actions.receive_messages([hello(northside)])
    return Conversation.objects.get()


@pytest.fixture
def queue(northside, conversation):
    actor = Actor(ActorKind.MEMBER, str(northside.alice.id))

    def write(text="Hola", **options):
        message = options.pop("message", NewMessage("text", text=text))
        return actions.send_message(conversation_id=conversation.id, message=message, actor=actor, **options)

    return write


def deliver(settings, conversation, recorder):
    with raw_server(recorder) as url:
        settings.WHATSAPP_GRAPH_URL = url
        tasks.send_waiting()


@pytest.fixture
def later(monkeypatch):
    """Catch what a task puts off instead of waiting for it."""
    calls = []
    monkeypatch.setattr(tasks.send_waiting, "apply_async", lambda **options: calls.append(options["countdown"]))
    return calls


@pytest.fixture
def no_alert_stays():
    """Delete alerts that a call's own thread has committed."""
    yield

    def forget():
        with tenant_context(PUBLIC):
            Alert.objects.all().delete()
        connection.close()

    thread = Thread(target=forget)
    thread.start()
    thread.join()


def test_a_reply_goes_out_with_our_id_and_is_sent(settings, northside, conversation, queue):
    message_id = queue("Hola Maribel")
    recorder = Recorder([ACCEPTED])
    deliver(settings, conversation, recorder)
    (request,) = recorder.seen
    assert request.path == f"/v26.0/{northside.phone_number_id}/messages"
    assert request.headers["authorization"] == "Bearer token-of-the-tests"
    assert request.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+13055550142",
        "type": "text",
        "text": {"body": "Hola Maribel", "preview_url": False},
        "biz_opaque_callback_data": str(message_id),
    }
    message = Message.objects.get(id=message_id)
    assert (message.status, message.vendor_id) == (Delivery.SENT, "wamid.out.1")
    assert Outbox.objects.count() == 0


def test_a_template_goes_out_with_its_values(settings, northside, conversation, queue):
    body = [{"type": "BODY", "text": "Hola {{1}}"}]
    Template.objects.create(waba_id=northside.waba_id, name="hi", language="es", status="approved", components=body)
    queue(message=NewMessage("template", template=TemplateChoice("hi", "es", body={"1": "Maribel"})))
    recorder = Recorder([ACCEPTED])
    deliver(settings, conversation, recorder)
    assert recorder.seen[0].body["template"] == {
        "name": "hi",
        "language": {"code": "es"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Maribel"}]}],
    }


def test_several_replies_leave_in_the_order_they_were_written(settings, conversation, queue):
    for number in range(5):
        queue(str(number))
    answers = [(200, {"messages": [{"id": f"wamid.out.{number}"}]}) for number in range(5)]
    recorder = Recorder(answers)
    deliver(settings, conversation, recorder)
    assert [request.body["text"]["body"] for request in recorder.seen] == ["0", "1", "2", "3", "4"]
    tasks.send_waiting()
    assert len(recorder.seen) == 5


@pytest.mark.parametrize(("code", "status"), [(131026, 400), (131047, 400), (100, 400), (132001, 404), (131026, 500)])
def test_a_refusal_is_final_and_told_in_plain_words(settings, conversation, queue, later, code, status):
    message_id = queue()
    recorder = Recorder([refused(code, status)])
    deliver(settings, conversation, recorder)
    message = Message.objects.get(id=message_id)
    assert (message.status, message.failure_code, message.failure_retryable) == (Delivery.FAILED, str(code), False)
    assert (len(recorder.seen), later) == (1, [])


@pytest.mark.parametrize("code", [131000, 131016, 1, 2])
def test_a_passing_trouble_with_4xx_is_left_to_a_person(settings, conversation, queue, later, code):
    message_id = queue()
    recorder = Recorder([refused(code, 400)])
    deliver(settings, conversation, recorder)
    message = Message.objects.get(id=message_id)
    assert (message.status, message.failure_code, message.failure_retryable) == (Delivery.FAILED, str(code), True)
    assert (len(recorder.seen), later, Outbox.objects.count()) == (1, [], 0)


@pytest.mark.parametrize(("code", "status"), [(130429, 400), (131016, 503), (80007, 429)])
def test_what_surely_was_not_sent_is_tried_three_times(settings, conversation, queue, later, code, status):
    message_id, recorder, now = queue(), Recorder([refused(code, status)]), clocks.now()
    for attempt in range(3):
        deliver(settings, conversation, recorder)
        assert len(recorder.seen) == attempt + 1
        Outbox.objects.update(due_at=now)
    message = Message.objects.get(id=message_id)
    assert (message.status, message.failure_code, message.failure_retryable) == (Delivery.FAILED, str(code), True)
    assert (len(later), Outbox.objects.get().dead_at is not None) == (1, True)  # asked for once, while it stands


def test_a_broken_line_after_the_request_is_maybe_sent_and_never_sent_again(settings, conversation, queue, later):
    message_id = queue()
    requests = []

    def hang_up(connection):
        requests.append(connection.recv(65_536))

    with raw_server(hang_up) as url:
        settings.WHATSAPP_GRAPH_URL = url
        tasks.send_waiting()
        tasks.send_waiting()
    message = Message.objects.get(id=message_id)
    assert (message.status, message.failure_code) == (Delivery.FAILED, "MAYBE_SENT")
    assert (len(requests), later) == (1, [])


def test_a_vendor_nobody_can_reach_loses_nothing(settings, conversation, queue, later):
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    message_id = queue()
    tasks.send_waiting()
    assert (Message.objects.get(id=message_id).status, len(later)) == (Delivery.QUEUED, 1)


def test_an_open_breaker_calls_nobody_uses_up_no_try_and_raises_an_alert(
    settings, conversation, queue, later, no_alert_stays
):
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    queue()
    for _turn in range(8):
        Outbox.objects.update(due_at=clocks.now(), attempts=0, claimed_until=None)
        tasks.send_waiting()
    assert Outbox.objects.get().attempts == 0
    assert Alert.objects.filter(key__startswith="breaker:whatsapp", closed_at=None).count() == 1
    recorder = Recorder([ACCEPTED])
    Outbox.objects.update(due_at=clocks.now())
    deliver(settings, conversation, recorder)
    assert recorder.seen == []


def test_a_dead_token_stops_the_outlet_for_everybody(settings, northside, conversation, queue, later):
    queue("first")
    queue("second")
    recorder = Recorder([refused(190, 401)])
    deliver(settings, conversation, recorder)
    outlet = Outlet.objects.get(id=northside.outlet_id)
    assert (outlet.status, outlet.status_code, len(recorder.seen)) == ("stopped", "190", 1)
    codes = Message.objects.filter(direction="out").order_by("id").values_list("failure_code", flat=True)
    assert list(codes) == ["190", "OUTLET_STOPPED"]
    assert "token-of-the-tests" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_a_person_who_hides_the_phone_is_reached_by_user_id(settings, northside, conversation, queue):
    conversation.contact.phone = ""
    conversation.contact.save()
    queue()
    recorder = Recorder([ACCEPTED])
    deliver(settings, conversation, recorder)
    assert (recorder.seen[0].body["recipient"], "to" in recorder.seen[0].body) == ("US.1001", False)


def test_the_sweep_finds_what_a_lost_task_left_and_what_a_dead_worker_held(northside, conversation, queue, monkeypatch):
    enqueued = []
    monkeypatch.setattr(tasks.send_waiting, "delay", lambda: enqueued.append(current_schema()))
    held = queue("held", now=clocks.now() - timedelta(minutes=2))
    actions.claim_due(now=clocks.now() - timedelta(minutes=1))
    queue("waiting")
    tasks.sweep_outboxes()
    assert enqueued == [northside.schema]
    assert Message.objects.get(id=held).failure_code == "MAYBE_SENT"
