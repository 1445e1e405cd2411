"""Attachments: the files of messages."""

from http import HTTPStatus
from uuid import UUID

from conversations import actions, queries, uploads
from conversations.api.inputs import UploadBody
from conversations.api.outputs import AttachmentShape
from conversations.serving import file_response
from conversations.uploads import FileNotTaken
from kernel.api.calls import Answer, Call, one_answer
from kernel.api.operations import Caching, Operation
from kernel.api.parsing import FormParser
from kernel.api.refusals import UploadTooLarge
from kernel.api.views import ApiView


class Attachments(ApiView):
    """Files to be sent."""

    tag = "Attachments"
    parser_classes = (FormParser,)

    @Operation(
        name="uploadAttachment",
        summary="Upload a file to be sent",
        scope="messages:write",
        returns=AttachmentShape,
        body=UploadBody,
        consumes="multipart/form-data",
        status=HTTPStatus.CREATED,
        errors=(FileNotTaken, UploadTooLarge),
    )
    def post(self, call: Call) -> Answer:
        """Then send a message whose `attachment` is the id of the answer. A file is sent with one message."""
        file = call.body["file"]
        attachment_id = uploads.take(
            file, filename=file.name, kind=call.body.get("kind", ""), actor=call.principal.actor
        )
        return one_answer(call, attachment_id, queries.attachment_shapes, made=True)


class Attachment(ApiView):
    """One attachment."""

    tag = "Attachments"

    @Operation(
        name="getAttachment",
        summary="Read what is known of a file",
        scope="messages:read",
        returns=AttachmentShape,
    )
    def get(self, call: Call, attachment_id: UUID) -> Answer:
        """Its bytes are at `_links.content` once its state is `ready`."""
        return one_answer(call, attachment_id, queries.attachment_shapes)


class Content(ApiView):
    """The bytes of an attachment."""

    tag = "Attachments"

    @Operation(
        name="getAttachmentContent",
        summary="Download a file",
        scope="messages:read",
        returns=AttachmentShape,
        caching=Caching.NONE,
        is_raw=True,
    )
    def get(self, call: Call, attachment_id: UUID) -> Answer:  # noqa: ARG002 - every handler takes the call
        """Answers a `Range` with that part (206). What is not safe to be shown comes as `application/octet-stream`."""
        return Answer(raw=file_response(self.request, queries.attachment_for(attachment_id)))


class AttachmentRetry(ApiView):
    """Another try for a file that could not be loaded."""

    tag = "Attachments"

    @Operation(
        name="retryAttachment",
        summary="Load a customer's file again",
        scope="messages:write",
        returns=AttachmentShape,
        status=HTTPStatus.ACCEPTED,
    )
    def post(self, call: Call, attachment_id: UUID) -> Answer:
        """For files whose state is `failed`, others stay as they are; the channel keeps them for some days only."""
        actions.retry_attachment(attachment_id=attachment_id, actor=call.principal.actor)
        return one_answer(call, attachment_id, queries.attachment_shapes)
