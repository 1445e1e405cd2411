"""History: what happened in a tenant, in order, for ever. Audit log, outbox and live cursor in one."""

from kernel.events.base import Changed, Event, Recorded
from kernel.events.causes import caused_by
from kernel.events.publishing import CannotPublish, publish
from kernel.events.subscriptions import subscribe

__all__ = ["CannotPublish", "Changed", "Event", "Recorded", "caused_by", "publish", "subscribe"]
