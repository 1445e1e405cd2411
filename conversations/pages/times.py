"""Times as the first drawing of a page says them; scripts keep them up to date with the same words."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations import window
from conversations.sla import SOON
from kernel import clocks

MINUTES: Promise = gettext_lazy("%(n)s min")
HOURS: Promise = gettext_lazy("%(n)s h")
DAYS: Promise = gettext_lazy("%(n)s d")
HOURS_MINUTES: Promise = gettext_lazy("%(h)s h %(m)s min")
LATE: Promise = gettext_lazy("Late %(span)s")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ago(at: datetime) -> str:
    """Return how long ago something was: "now", "4 min", "2 h", "3 d"."""
    passed = clocks.now() - at
    if passed < MINUTE:
        return _("now")
    if passed < HOUR:
        return str(MINUTES) % {"n": passed // MINUTE}
    if passed < DAY:
        return str(HOURS) % {"n": passed // HOUR}
    return str(DAYS) % {"n": passed // DAY}


def span(length: timedelta) -> str:
    """Return a span in whole minutes, from two days on in days, never negative: "4 min", "1 h 10 min", "2 d"."""
    if length >= 2 * DAY:
        return str(DAYS) % {"n": length // DAY}
    minutes = max(length, timedelta(0)) // MINUTE
    if minutes < HOUR // MINUTE:
        return str(MINUTES) % {"n": minutes}
    return str(HOURS_MINUTES) % {"h": minutes // 60, "m": minutes % 60}


def due(at: datetime) -> str:
    """Return what a reply clock says."""
    left = at - clocks.now()
    return span(left) if left > timedelta(0) else str(LATE) % {"span": span(-left)}


def due_state(at: datetime) -> str:
    """Return ok, soon or late."""
    left = at - clocks.now()
    return "late" if left <= timedelta(0) else "soon" if left < SOON else "ok"


def window_state(closes_at: datetime | None) -> str:
    """Return open, soon (under 4 hours) or closed."""
    left = clocks.Window(closes_at).remaining(clocks.now())
    return "closed" if not left else "soon" if left < window.CLOSING_SOON else "open"


def window_left(closes_at: datetime | None) -> str:
    """Return what is left of the window in words."""
    return span(clocks.Window(closes_at).remaining(clocks.now()))


def day_label(day: date) -> str:
    """Return what stands over the messages of a day."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - DAY:
        return _("Yesterday")
    return date_format(day, "DATE_FORMAT")


def short_day(at: datetime) -> str:
    """Return a day without its year while it is this one: "Nov 21"."""
    local = timezone.localtime(at)
    this_year = local.year == timezone.localdate().year
    return date_format(local, "MONTH_DAY_FORMAT" if this_year else "SHORT_DATE_FORMAT")


def day_and_time(at: datetime) -> str:
    """Return an instant to come as short as it can be understood: "9:00 am", "Tomorrow, 9:00 am", "Nov 27, 9:00 am"."""
    local = timezone.localtime(at)
    clock, days = time_format(local, "TIME_FORMAT"), (local.date() - timezone.localdate()).days
    if days == 0:
        return clock
    return f"{_('Tomorrow') if days == 1 else short_day(at)}, {clock}"
