"""Filters for times and ticks; the words are made in conversations.pages."""

from datetime import datetime

import phonenumbers
from django import template
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from conversations.pages import times
from conversations.pages.bubbles import Bubble
from kernel.clocks import rfc3339

register = template.Library()

register.filter("ago", times.ago)
register.filter("due", times.due)
register.filter("due_state", times.due_state)
register.filter("window_state", times.window_state)
register.filter("left", times.window_left)
register.filter("day_label", times.day_label)
register.filter("short_day", times.short_day)
register.filter("day_and_time", times.day_and_time)


@register.filter
def phone(number: str) -> str:
    """Return an E.164 number in groups, as people read it: +1 305 555 0142."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace("-", " ")


@register.filter
def iso(at: datetime) -> str:
    """Return an instant as scripts read and sort it."""
    return rfc3339(at)


@register.filter
def tick_times(bubble: Bubble | None) -> str:
    """Return when a message was sent, delivered and read, as far as it came."""
    if bubble is None:
        return ""
    steps = ((_("Sent"), bubble.at), (_("Delivered"), bubble.delivered_at), (_("Read"), bubble.read_at))
    return " · ".join(f"{word} {time_format(timezone.localtime(at), 'TIME_FORMAT')}" for word, at in steps if at)
