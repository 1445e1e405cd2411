"""Web chats: the chats of a tenant's websites. Each is an outlet too, under the same id."""

from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from conversations.enums import OutletStatus
from conversations.web_chat import actions, queries
from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.inputs import Body, Flag, ListQuery, Text
from kernel.api.operations import Caching, Operation
from kernel.api.routes import route
from kernel.api.shapes import Links, Shape
from kernel.api.views import ApiView

EXAMPLE_ID = "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8f00"
GREETING = {"en": "Hello! How can we help you?", "es": "¡Hola! ¿En qué podemos ayudarle?"}


class GreetingShape(Shape):
    """What a visitor reads first; an empty one is our own."""

    en = serializers.CharField()
    es = serializers.CharField()


class WebChatShape(Shape):
    """A chat on websites of the tenant."""

    id = serializers.UUIDField(help_text="Also the id of its outlet.")
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=OutletStatus.choices, help_text="A stopped one is not there for visitors.")
    origins = serializers.ListField(child=serializers.CharField(), help_text="The sites that may show it.")
    greeting = GreetingShape()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "name": "Website",
        "status": "active",
        "origins": ["https://www.example.com"],
        "greeting": GREETING,
        "created_at": "2026-11-20T15:04:05.000Z",
        "updated_at": "2026-11-20T15:04:05.000Z",
        "_links": {
            "self": f"/api/v1/web-chats/{EXAMPLE_ID}/",
            "outlet": f"/api/v1/outlets/{EXAMPLE_ID}/",
            "conversations": f"/api/v1/conversations/?outlet={EXAMPLE_ID}",
            "page": f"/chat/{EXAMPLE_ID}/",
            "script": "/chat/widget.js",
        },
    }


class GreetingBody(Body):
    """A greeting in each language; what is left out stays."""

    en = Text(required=False, allow_blank=True, max_length=actions.GREETING_LIMIT)
    es = Text(required=False, allow_blank=True, max_length=actions.GREETING_LIMIT)


class WebChatChangesBody(Body):
    """What may be changed about a chat; what is left out stays."""

    name = Text(required=False, max_length=80)
    origins = serializers.ListField(
        child=Text(max_length=200),
        required=False,
        max_length=actions.MOST_ORIGINS,
        help_text="Sites that may show it, like `https://www.example.com`.",
    )
    greeting = GreetingBody(required=False)
    is_open = Flag(required=False, help_text="False switches it off.")

    example: ClassVar[dict[str, Any]] = {"origins": ["https://www.example.com"], "greeting": GREETING}


class NewWebChatBody(Body):
    """A chat to open."""

    name = Text(max_length=80)
    origins = serializers.ListField(child=Text(max_length=200), default=list, max_length=actions.MOST_ORIGINS)
    greeting = GreetingBody(required=False)

    example: ClassVar[dict[str, Any]] = {"name": "Website", "origins": ["https://www.example.com"]}


class WebChats(ApiView):
    """All web chats of the tenant."""

    tag = "Web chats"

    @Operation(
        name="listWebChats",
        summary="List web chats",
        scope="outlets:read",
        returns=WebChatShape,
        many=True,
        query=ListQuery,
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """Oldest first."""
        return page_answer(call, queries.web_chats(), queries.web_chat_shapes, order="created_at")

    @Operation(
        name="createWebChat",
        summary="Open a web chat",
        scope="outlets:write",
        returns=WebChatShape,
        body=NewWebChatBody,
        status=HTTPStatus.CREATED,
    )
    def post(self, call: Call) -> Answer:
        """Open a chat; a site shows it with one script tag: `<script src=".../chat/widget.js" data-chat="<id>">`."""
        made = actions.create_web_chat(actor=call.principal.actor, **call.body)
        return one_answer(call, made, queries.web_chat_shapes, made=True)


class WebChat(ApiView):
    """One web chat."""

    tag = "Web chats"
    subject = Subject("chat_id", partial(queries.web_chat_for, lock=True), queries.web_chat_shapes)

    @Operation(
        name="getWebChat", summary="Read a web chat", scope="outlets:read", returns=WebChatShape, caching=Caching.LONG
    )
    def get(self, call: Call, chat_id: UUID) -> Answer:
        """`_links.script` is what a site includes."""
        return one_answer(call, chat_id, queries.web_chat_shapes)

    @Operation(
        name="updateWebChat",
        summary="Change a web chat",
        scope="outlets:write",
        returns=WebChatShape,
        body=WebChatChangesBody,
    )
    def patch(self, call: Call, chat_id: UUID) -> Answer:
        """Change some fields, or switch it off and on again with `is_open`."""
        actions.update_web_chat(outlet_id=chat_id, changes=call.body, actor=call.principal.actor)
        return one_answer(call, chat_id, queries.web_chat_shapes)


urlpatterns = [route("web-chats/", WebChats), route("web-chats/<uuid:chat_id>/", WebChat)]
