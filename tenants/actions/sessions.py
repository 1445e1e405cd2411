"""Ending sessions of other people."""

from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import Actor
from kernel.errors import NotFound
from kernel.events import publish
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from tenants.actions.logins import end_login
from tenants.events import MemberSessionRevoked, OperatorSignedOut
from tenants.models import Membership, Tenant
from tenants.queries import session_mark, session_owner


@transaction.atomic
def revoke_session(*, mark: str, actor: Actor, now: datetime | None = None) -> None:
    """End a session, named by the mark the list shows, at once and everywhere. Raises NotFound."""
    row = _session(mark)
    user_id, tenant_id = session_owner(row)
    login_id = row.get_decoded().get("login")
    if login_id:
        end_login(user_id=user_id, login_id=UUID(login_id), now=now)
    tenant = Tenant.objects.filter(id=tenant_id).first()
    schema = tenant.schema_name if tenant else PUBLIC
    with tenant_context(schema):  # the cached copy is kept per schema
        store: Any = import_module(settings.SESSION_ENGINE).SessionStore(row.session_key)
        store.delete()
    if tenant is None:
        with tenant_context(PLATFORM):
            publish(OperatorSignedOut(user_id=user_id), actor=actor, now=now)
        return
    member_id: UUID = Membership.objects.values_list("id", flat=True).get(tenant_id=tenant_id, user_id=user_id)
    with tenant_context(schema):
        publish(MemberSessionRevoked(member_id=member_id), actor=actor, now=now)


def _session(mark: str) -> Session:
    keys = Session.objects.filter(expire_date__gt=clocks.now()).values_list("session_key", flat=True)
    for key in keys.iterator():
        if constant_time_compare(session_mark(key), mark):
            return Session.objects.get(session_key=key)
    raise NotFound(_("This session has ended already."))
