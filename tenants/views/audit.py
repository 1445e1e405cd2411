"""Settings > Audit log: what happened here, who did it, and all of it as a file."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from kernel.actors import ActorKind
from kernel.clocks import rfc3339
from kernel.events.reading import END, EventFilter
from tenants import audit
from tenants.pages import member_of, page, tenant_of

ASKED = ("type", "actor_kind", "subject", "since", "until")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@page(scope="events:read")
def log(request: HttpRequest) -> HttpResponse:
    """Show the newest events that fit, fifty at a time."""
    given = {name: request.GET.get(name, "").strip() for name in ASKED}
    found = audit.entries(_filter(given, request.GET.get("before", "")))
    kept = {name: value for name, value in given.items() if value}
    older = {**kept, "before": str(found[-1].event.seq)} if len(found) == audit.PAGE else {}
    values: dict[str, Any] = {
        "page": "settings",
        "settings_page": "audit",
        "entries": [(one, orjson.dumps(one.event.payload).decode()) for one in found],
        "given": given,
        "kinds": [(kind.value, audit.kind_word(kind)) for kind in ActorKind],
        "older": urlencode(older),
        "filtered": bool(kept),
        "export": urlencode(kept),
        "may_export": _may_export(request),
        "proof": audit.prove() if "prove" in request.GET else None,
    }
    return render(request, "settings/audit.html", values)


def _may_export(request: HttpRequest) -> bool:
    return "settings:write" in member_of(request).scopes


@require_GET
@page(scope="settings:write")
def export(request: HttpRequest) -> HttpResponse:
    """Return every event that fits as CSV, the newest first, written while it is read."""
    wanted = _filter({name: request.GET.get(name, "").strip() for name in ASKED}, "")
    day = timezone.localdate().isoformat()
    name = f"redress-audit-{tenant_of(request).slug}-{day}.csv"
    response = StreamingHttpResponse(_lines(audit.every_entry(wanted)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]  # a page may stream


def _filter(given: dict[str, str], before: str) -> EventFilter:
    """Return what was asked for; what cannot be read narrows nothing."""
    return EventFilter(
        before=int(before) if before.isascii() and before.isdigit() and int(before) < END else END,
        type=_clean(given["type"]),
        actor_kind=given["actor_kind"] if given["actor_kind"] in list(ActorKind) else "",
        subject=_clean(given["subject"]),
        since=_midnight(given["since"]),
        until=_midnight(given["until"], days=1),
    )


def _clean(raw: str) -> str:
    return raw.replace("\x00", "")[:120]


def _midnight(raw: str, days: int = 0) -> datetime | None:
    try:
        day: date | None = parse_date(raw)
        return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None
    except (ValueError, OverflowError):
        return None


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(entries: Iterable[audit.Entry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(
        ["seq", "occurred_at", "type", "subject", "actor_kind", "actor_id", "actor", "payload", "correlation_id"]
    )
    for one in entries:
        event = one.event
        cells = [
            event.seq, rfc3339(event.occurred_at), event.type, event.subject, event.actor.kind, event.actor.id, one.who,
            orjson.dumps(event.payload).decode(), event.correlation_id,
        ]  # fmt: skip
        yield writer.writerow([_harmless(str(cell)) for cell in cells])


def _harmless(cell: str) -> str:
    """Return a cell no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
