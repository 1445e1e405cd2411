"""Where sockets lead."""

from channels.routing import URLRouter
from django.urls import re_path

from conversations.consumers import InboxConsumer
from kernel.sockets import nowhere

sockets = URLRouter(
    [
        re_path(r"^ws/inbox/?$", InboxConsumer.as_asgi()),
        re_path(r"", nowhere),  # type: ignore[arg-type]  # Django's types know views only
    ]
)
