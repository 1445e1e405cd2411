"""The browsers a person is signed in with: opened by signing in, seen now and then, ended one by one."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from kernel import clocks
from tenants.memory import forget_on_commit
from tenants.models import Login

TOUCH_EVERY = timedelta(minutes=5)
KEPT_FOR = timedelta(days=30)
LONGEST_AGENT = 200


@transaction.atomic
def open_login(*, user_id: UUID, tenant_id: UUID, address: str, agent: str, now: datetime | None = None) -> UUID:
    """Note a browser that has just signed in; returns the id its session carries."""
    at = now or clocks.now()
    row = Login.objects.create(
        user_id=user_id, tenant_id=tenant_id, address=address or None, agent=agent[:LONGEST_AGENT], last_seen_at=at
    )
    return row.id


def touch_login(login_id: UUID, *, now: datetime | None = None) -> None:
    """Note that a browser is in use, at most every five minutes however many processes see it."""
    at = now or clocks.now()
    Login.objects.filter(id=login_id, last_seen_at__lt=at - TOUCH_EVERY).update(last_seen_at=at)


@transaction.atomic
def end_login(*, user_id: UUID, login_id: UUID, now: datetime | None = None) -> None:
    """Sign one browser of a person out, everywhere within half a second; another person's changes nothing."""
    _end(Q(id=login_id), user_id, now)


@transaction.atomic
def end_other_logins(*, user_id: UUID, keep: UUID | None, now: datetime | None = None) -> None:
    """Sign out every browser of a person but the one at hand."""
    _end(~Q(id=keep), user_id, now)


def _end(which: Q, user_id: UUID, now: datetime | None) -> None:
    if Login.objects.filter(which, user_id=user_id, ended_at=None).update(ended_at=now or clocks.now()):
        forget_on_commit()


def purge_logins(*, now: datetime | None = None) -> int:
    """Forget browsers nobody has used for a month; returns how many."""
    at = now or clocks.now()
    forgotten, _each = Login.objects.filter(last_seen_at__lt=at - KEPT_FOR).delete()
    return forgotten
