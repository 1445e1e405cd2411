"""What a visitor's page may send."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kernel.api.inputs import Body, Id, Text, Word

TEXT_LIMIT = 4000


class VisitBody(Body):
    """A visitor begins, or comes back with the token of the last visit."""

    token = Text(default="", allow_blank=True, max_length=2000)
    name = Text(default="", allow_blank=True, max_length=80, trim_whitespace=True)
    email = serializers.EmailField(default="", allow_blank=True, max_length=254)
    language = Word(choices=["en", "es"], default="en")
    opened = Text(max_length=200)
    website = Text(default="", allow_blank=True, max_length=200)
    """No person sees this field."""


class WordsBody(Body):
    """Something a visitor says. The same `client_id` again is the same message."""

    text = Text(max_length=TEXT_LIMIT)
    client_id = Id()

    def validate_text(self, text: str) -> str:
        """Refuse a message of nothing."""
        if not text.strip():
            raise serializers.ValidationError(_("Write something first."))
        return text


class ReceiptBody(Body):
    """How far a visitor's page has come with what was said to it."""

    upto = Id()
    status = Word(choices=["delivered", "read"])
