"""Messages: the thread, writing, sending to a number, how far one has come, trying again."""

from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db import transaction

from conversations import actions, queries
from conversations.actions.scheduling import MessageNotScheduled
from conversations.actions.sending import MarketingOptedOut, MessageNotRetryable, OutletStopped
from conversations.api.inputs import (
    FoundQuery,
    NewMessageBody,
    ScheduledChangesBody,
    SendBody,
    ThreadQuery,
    new_message,
)
from conversations.api.outputs import FoundMessageShape, MessageShape, MessageStatusShape
from conversations.templates import TemplateUnusable
from conversations.window import WindowClosed
from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.operations import Operation
from kernel.api.views import ApiView
from kernel.errors import NotFound
from kernel.search import PLACE, words_of

CANNOT_SEND = (MarketingOptedOut, OutletStopped, TemplateUnusable, WindowClosed)

SUBJECT = Subject("message_id", queries.hold_message, queries.message_shapes)


def _one(call: Call, message_id: UUID, *, made: bool = False) -> Answer:
    return one_answer(call, message_id, queries.message_shapes, made=made)


class Found(ApiView):
    """Messages of all conversations, by what they say."""

    tag = "Messages"

    @Operation(
        name="listAllMessages",
        summary="List or find messages of all conversations",
        scope="messages:read",
        returns=FoundMessageShape,
        many=True,
        query=FoundQuery,
    )
    def get(self, call: Call) -> Answer:
        """Newest first. `snippet` is plain text: escape it, and mark the pieces that match."""
        words = words_of(call.query.get("search", ""))
        rows = queries.messages_saying(words, conversation_id=call.query.get("conversation"))
        return page_answer(call, rows, partial(queries.found_shapes, words=words), order=f"-{PLACE}")


class Thread(ApiView):
    """The messages of a conversation."""

    tag = "Messages"

    @Operation(
        name="listMessages",
        summary="List the messages of a conversation",
        scope="messages:read",
        returns=MessageShape,
        many=True,
        query=ThreadQuery,
    )
    def get(self, call: Call, conversation_id: UUID) -> Answer:
        """Newest first, unless ordered otherwise; private notes are among them."""
        rows = queries.messages_of(queries.conversation_for(conversation_id).id)
        return page_answer(call, rows, queries.message_shapes, order=call.query["order"])

    @Operation(
        name="createMessage",
        summary="Send a message, or write a private note",
        scope="messages:write",
        returns=MessageShape,
        body=NewMessageBody,
        status=HTTPStatus.ACCEPTED,
        errors=CANNOT_SEND,
    )
    def post(self, call: Call, conversation_id: UUID) -> Answer:
        """Queue it; its status moves on as the vendor reports. Outside the 24-hour window only templates go out.

        With `send_at` it is `scheduled`: at its time the same rules hold, and what may not go out fails then.
        """
        written: dict[str, Any] = {
            "conversation_id": conversation_id,
            "actor": call.principal.actor,
            "client_id": call.body.get("client_id"),
        }
        if call.body["type"] == "note":
            return _one(call, actions.add_note(text=call.body["text"], **written), made=True)
        if "send_at" in call.body:
            written |= {
                "send_at": call.body["send_at"],
                "cancels_on_reply": call.body.get("cancel_on_reply", False),
            }
            return _one(call, actions.schedule_message(message=new_message(call.body), **written), made=True)
        return _one(call, actions.send_message(message=new_message(call.body), **written), made=True)


class Send(ApiView):
    """A message to a phone number."""

    tag = "Messages"

    @Operation(
        name="sendMessage",
        summary="Send a message to a phone number",
        scope="messages:write",
        returns=MessageShape,
        body=SendBody,
        status=HTTPStatus.ACCEPTED,
        errors=(*CANNOT_SEND, NotFound),
    )
    def post(self, call: Call) -> Answer:
        """Open the conversation when there is none, or go on with it. A refusal leaves nothing behind."""
        body, actor = call.body, call.principal.actor
        with transaction.atomic():
            conversation_id = actions.open_conversation(
                outlet_id=body["outlet"], to=body["to"], name=body["name"], actor=actor
            )
            message_id = actions.send_message(
                conversation_id=conversation_id,
                message=new_message(body),
                client_id=body.get("client_id"),
                actor=actor,
            )
        return _one(call, message_id, made=True)


class Message(ApiView):
    """One message."""

    tag = "Messages"
    subject = SUBJECT

    @Operation(name="getMessage", summary="Read a message", scope="messages:read", returns=MessageShape)
    def get(self, call: Call, message_id: UUID) -> Answer:
        """Its delivery status is part of it."""
        return _one(call, message_id)

    @Operation(
        name="updateMessage",
        summary="Change a scheduled message",
        scope="messages:write",
        returns=MessageShape,
        body=ScheduledChangesBody,
        errors=(MessageNotScheduled,),
    )
    def patch(self, call: Call, message_id: UUID) -> Answer:
        """Its words, its time, or whether a reply cancels it, as long as it is `scheduled`."""
        body = call.body
        actions.change_scheduled(
            message_id=message_id,
            text=body.get("text"),
            send_at=body.get("send_at"),
            cancels_on_reply=body.get("cancel_on_reply"),
            actor=call.principal.actor,
        )
        return _one(call, message_id)

    @Operation(
        name="cancelMessage",
        summary="Cancel a scheduled message",
        scope="messages:write",
        returns=MessageShape,
        errors=(MessageNotScheduled,),
    )
    def delete(self, call: Call, message_id: UUID) -> Answer:
        """See that it never goes out; it stays in the thread as `canceled`."""
        actions.cancel_scheduled(message_id=message_id, actor=call.principal.actor)
        return _one(call, message_id)


class SendNow(ApiView):
    """A scheduled message that is not to wait."""

    tag = "Messages"

    @Operation(
        name="sendMessageNow",
        summary="Send a scheduled message now",
        scope="messages:write",
        returns=MessageShape,
        status=HTTPStatus.ACCEPTED,
        errors=(*CANNOT_SEND, MessageNotScheduled),
    )
    def post(self, call: Call, message_id: UUID) -> Answer:
        """Queue it at once. A refusal leaves it scheduled."""
        actions.send_scheduled_now(message_id=message_id, actor=call.principal.actor)
        return _one(call, message_id)


class Delivery(ApiView):
    """How far a message has come."""

    tag = "Messages"

    @Operation(
        name="getMessageStatus",
        summary="Read how far a message has come",
        scope="messages:read",
        returns=MessageStatusShape,
    )
    def get(self, call: Call, message_id: UUID) -> Answer:
        """Small enough to ask often; `If-None-Match` makes it smaller."""
        return Answer(data=queries.message_status(message_id, fields=call.fields))


class Retry(ApiView):
    """Another try for a message that failed."""

    tag = "Messages"

    @Operation(
        name="retryMessage",
        summary="Send a failed message again",
        scope="messages:write",
        returns=MessageShape,
        status=HTTPStatus.ACCEPTED,
        errors=(MessageNotRetryable, OutletStopped, WindowClosed),
    )
    def post(self, call: Call, message_id: UUID) -> Answer:
        """Also for `MAYBE_SENT`, because now a person has decided it."""
        actions.retry_message(message_id=message_id, actor=call.principal.actor)
        return _one(call, message_id)
