"""Making the demo tenants: people, numbers, templates, a key, and the plot played to this moment."""

import base64
import hashlib
import hmac
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from conversations import actions as conversations
from conversations.queries import outlets
from demo.canned import CANNED_REPLIES
from demo.desk import set_up
from demo.people import BUSINESSES, OPERATOR, Business, Line
from demo.player import Player, add_templates
from demo.plot import moments
from demo.website import open_website_chat
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.tenancy import tenant_context
from team import queries as team
from tenants import actions as tenants
from tenants import queries
from tenants.enums import Role
from tenants.scopes import SCOPES

REQUESTS_PER_MINUTE = 100_000
"""Of the demo keys, so that benches and scripts are not what is limited."""


def seed(now: datetime | None = None) -> dict[str, Any]:
    """Make what is missing of the demo and return logins, keys and numbers, the same every time.

    A tenant is made in one transaction: an interrupted seed leaves no half business behind.
    """
    at = now or clocks.now()
    email, name, password = OPERATOR
    tenants.ensure_operator(email=email, name=name, password=password)
    for business in BUSINESSES:
        if queries.tenant_by_slug(business.slug) is None:
            with transaction.atomic():
                _make(business, at)
    return {
        "operator": {"email": email, "password": password},
        "tenants": [_logins(business) for business in BUSINESSES],
    }


def _make(business: Business, now: datetime) -> None:
    plot = moments(business, now)
    begins = plot[0].at
    owner = business.workers[0]
    made = tenants.create_tenant(
        slug=business.slug, name=business.name, plan=business.plan, owner_email=email_of(business, owner.name),
        owner_name=owner.name, owner_password=business.password, is_demo=True, actor=SYSTEM, now=begins,
    )  # fmt: skip
    people = {worker.name: _hire(made.id, business, worker.name, begins) for worker in business.workers}
    with tenant_context(made.schema_name):
        tenants.create_api_key(
            name="Demo", scopes=SCOPES, per_minute=REQUESTS_PER_MINUTE, key=demo_key(business), actor=SYSTEM, now=begins
        )
        connected = {line.phone_number_id: _connect(line, begins) for line in business.lines}
        add_templates(business, begins)
        _write_canned_replies(begins)
        agents = [people[worker.name] for worker in business.workers if worker.role == Role.AGENT]
        Player(business, connected, agents).play(plot)
        if business.website:
            open_website_chat(business.website, now)
        set_up(business, begins, now)


def _write_canned_replies(now: datetime) -> None:
    for reply in CANNED_REPLIES:
        conversations.create_canned_reply(member_id=None, values=asdict(reply), actor=SYSTEM, now=now)


def _hire(tenant_id: UUID, business: Business, name: str, now: datetime) -> UUID:
    worker = next(worker for worker in business.workers if worker.name == name)
    return tenants.add_member(
        tenant_id=tenant_id, email=email_of(business, name), name=name, role=worker.role, password=business.password,
        language=worker.language, time_zone="America/New_York", actor=SYSTEM, now=now,
    )  # fmt: skip


def _connect(line: Line, now: datetime) -> UUID:
    return conversations.create_outlet(
        name=line.name, phone_number_id=line.phone_number_id, display_phone_number=line.phone, waba_id=line.waba_id,
        access_token=f"demo-token-{line.phone_number_id}", actor=SYSTEM, now=now,
    )  # fmt: skip


def _logins(business: Business) -> dict[str, Any]:
    tenant = queries.tenant_by_slug(business.slug)
    if tenant is None:
        message = f"the demo tenant {business.slug} is not there"
        raise LookupError(message)
    with tenant_context(tenant.schema_name):
        roles = {member.email: member.role for member in team.members()}
        lines = list(
            outlets()
            .exclude(phone_number_id=None)
            .values("id", "name", "phone_number_id", "display_phone_number", "waba_id")
        )
    people = [email_of(business, worker.name) for worker in business.workers]
    return {
        "slug": business.slug,
        "api_key": demo_key(business),
        "users": [{"email": e, "password": business.password, "role": roles[e]} for e in people if e in roles],
        "outlets": [{**line, "id": str(line["id"])} for line in lines],
    }


def email_of(business: Business, name: str) -> str:
    """Return the address somebody of a demo business signs in with."""
    return f"{name.partition(' ')[0].lower()}@{business.slug}.example"


def demo_key(business: Business) -> str:
    """Return the key of a demo tenant: derived from this installation's secret, so that it can be told again."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"demo key {business.slug}".encode(), hashlib.sha256).digest()
    return f"rk_demo_{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
