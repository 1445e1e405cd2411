"""Handing deliveries down: parse, route, group by tenant, one transaction per tenant; what cannot go is parked.

One bad update never blocks others: it is parked alone. When a tenant's batch is refused by the database, its updates
are handed down one by one, so that only the guilty one stays behind.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import structlog
from django.db import DatabaseError, InterfaceError, OperationalError

from conversations import actions as conversations
from conversations.types import (
    DeliveryUpdate,
    InboundMessage,
    MarketingPreference,
    OutletNews,
    TemplateNews,
)
from ingest.enums import Reason
from ingest.types import Claimed, Problem
from ingest.whatsapp import News, Unfit, address_of, news_of
from integrations.whatsapp import inbound
from integrations.whatsapp.types import Piece, PieceKind
from kernel.errors import Refusal
from kernel.tenancy import tenant_context
from tenants import queries as tenants
from tenants.enums import TenantStatus
from tenants.types import Route

CHUNK = 1000
"""Updates of one tenant in one transaction."""

T = TypeVar("T")

log = structlog.get_logger("ingest")


@dataclass(frozen=True, slots=True)
class Item:
    """One update on its way: where it came from, what it is, and what it means to its tenant."""

    delivery: Claimed
    position: int
    piece: Piece
    news: News | None = None

    def problem(self, reason: Reason, detail: str = "", schema: str = "") -> Problem:
        """Return the reason this update stays behind."""
        return Problem(self.delivery, self.position, reason, detail, self.piece.body, schema)


def hand_down(deliveries: Sequence[Claimed]) -> list[Problem]:
    """Give every update to its tenant; returns those that stay behind. Safe to repeat with the same deliveries."""
    problems: list[Problem] = []
    items = [item for delivery in deliveries for item in _items(delivery, problems)]
    groups = _by_tenant(items, problems)
    for route, group in sorted(groups.items(), key=lambda one: len(one[1])):  # who has little does not wait for a flood
        for start in range(0, len(group), CHUNK):
            problems += _give(route, group[start : start + CHUNK])
    return problems


def _items(delivery: Claimed, problems: list[Problem]) -> Iterator[Item]:
    try:
        payload = _parse(delivery.body)
    except ValueError as problem:
        problems.append(Problem(delivery, 0, Reason.BROKEN_JSON, str(problem), delivery.body))
        return
    for position, piece in enumerate(inbound.split(payload)):
        item = Item(delivery, position, piece)
        if piece.kind == PieceKind.BAD:
            problems.append(item.problem(Reason.BAD_UPDATE, piece.problem))
        else:
            yield item


def _parse(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON value. Raises ValueError for bytes that hold none.

    The strict and fast reader goes first; the other one also takes half an emoji, which vendors do send.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body)
        except RecursionError as problem:
            message = "nested too deeply"
            raise ValueError(message) from problem


def _by_tenant(items: Sequence[Item], problems: list[Problem]) -> dict[str, list[Item]]:
    """Sort items by schema, giving each its outlet; what has no way home becomes a problem."""
    routes = tenants.routes_for("whatsapp", {address_of(item.piece) for item in items})
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        route = routes.get(address_of(item.piece))
        reason = _no_way(route, item)
        if reason is not None or route is None:
            problems.append(item.problem(reason or Reason.UNKNOWN_NUMBER, address_of(item.piece)))
            continue
        routed = _mean(item, route, problems)
        if routed is not None:
            groups[route.schema_name].append(routed)
    return groups


def _no_way(route: Route | None, item: Item) -> Reason | None:
    if route is None:
        return Reason.UNKNOWN_NUMBER
    if item.delivery.tenant_id not in {None, route.tenant_id}:
        return Reason.FOREIGN_NUMBER
    return Reason.TENANT_GONE if route.status == TenantStatus.CLOSED else None


def _mean(item: Item, route: Route, problems: list[Problem]) -> Item | None:
    try:
        news = news_of(item.piece, route.outlet_id)
    except Unfit as problem:
        problems.append(item.problem(Reason.BAD_UPDATE, str(problem), route.schema_name))
        return None
    if news is None:
        problems.append(item.problem(Reason.UNKNOWN_KIND, item.piece.kind, route.schema_name))
        return None
    return Item(item.delivery, item.position, item.piece, news)


def _give(schema: str, items: Sequence[Item]) -> list[Problem]:
    with tenant_context(schema):
        try:
            return _store(schema, items)
        except (OperationalError, InterfaceError):
            raise  # the database itself is in trouble: nothing is wrong with the updates
        except (DatabaseError, Refusal, ValueError) as problem:
            if len(items) == 1:
                log.warning("update_parked", schema=schema, problem=type(problem).__name__)
                return [items[0].problem(Reason.REFUSED, f"{type(problem).__name__}: {problem}", schema)]
    return [left for item in items for left in _give(schema, [item])]


def _store(schema: str, items: Sequence[Item]) -> list[Problem]:
    """Hand each kind to its action: messages first, so that a status finds what it speaks of."""
    conversations.receive_messages(_of(items, InboundMessage))
    updates = {id(item.news): item for item in items if isinstance(item.news, DeliveryUpdate)}
    unknown = conversations.apply_delivery_updates(_of(items, DeliveryUpdate)) if updates else []
    conversations.record_template_news(_of(items, TemplateNews))
    conversations.record_outlet_news(_of(items, OutletNews))
    conversations.record_marketing_preferences(_of(items, MarketingPreference))
    return [updates[id(update)].problem(Reason.UNKNOWN_MESSAGE, schema=schema) for update in unknown]


def _of(items: Iterable[Item], kind: type[T]) -> list[T]:
    return [item.news for item in items if isinstance(item.news, kind)]
