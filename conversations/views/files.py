"""The files of messages, for the pages that show them: only to members of the tenant who may read conversations."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conversations import actions, queries
from conversations.models import Attachment
from conversations.pages.conversation import message_values
from conversations.serving import file_response, thumbnail_response
from kernel.errors import NotFound
from tenants.pages import actor_of, member_of, page

READ = "messages:read"
SEND = "messages:write"


@require_safe
@page(scope=READ)
def content(request: HttpRequest, attachment_id: UUID, part: str) -> HttpResponse:
    """Give out a file; `part` is the beginning of its hash, so that the address never means other bytes."""
    return file_response(request, _attachment(attachment_id, part))  # type: ignore[return-value]  # also a stream


@require_safe
@page(scope=READ)
def thumbnail(_request: HttpRequest, attachment_id: UUID, part: str) -> HttpResponse:
    """Give out the small picture of a file."""
    return thumbnail_response(_attachment(attachment_id, part))  # type: ignore[return-value]  # see above


def _attachment(attachment_id: UUID, part: str) -> Attachment:
    attachment = queries.attachment_for(attachment_id)
    if attachment.file is None or not attachment.file.sha256.startswith(part):
        raise NotFound(_("There is no such file."))
    return attachment


@require_POST
@page(scope=SEND)
def retry(request: HttpRequest, conversation_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Load a customer's file again."""
    attachment = queries.attachment_for(attachment_id)
    if attachment.message is None or attachment.message.conversation_id != conversation_id:
        raise NotFound(_("There is no such file."))
    actions.retry_attachment(attachment_id=attachment_id, actor=actor_of(request))
    values = message_values(conversation_id, member_of(request), [attachment.message.id])
    return render(request, "inbox/_bubbles.html", values)
