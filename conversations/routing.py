"""Where sockets lead."""

from channels.routing import URLRouter
from django.urls import re_path

from conversations.consumers import InboxConsumer
from conversations.web_chat.consumers import VisitorConsumer
from kernel.sockets import nowhere

sockets = URLRouter(
    [
        re_path(r"^ws/inbox/?$", InboxConsumer.as_asgi()),
        re_path(r"^ws/chat/(?P<outlet_id>[0-9a-f-]{36})/?$", VisitorConsumer.as_asgi()),
        re_path(r"", nowhere),  # type: ignore[arg-type]  # Django's types know views only
    ]
)
