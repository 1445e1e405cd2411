"""Everything that changes tenants, their people and their keys. One write, one named function."""

from tenants.actions.domains import add_domain, remove_domain
from tenants.actions.emails import (
    claim_email,
    give_up_lost_emails,
    purge_emails,
    queue_email,
    record_email_failure,
    record_email_sent,
)
from tenants.actions.keys import create_api_key, revoke_api_key, touch_api_key
from tenants.actions.lifecycle import (
    close_tenant,
    create_tenant,
    end_tenant,
    resume_tenant,
    set_entitlement,
    suspend_tenant,
)
from tenants.actions.operators import sign_in_operator, sign_out_operator
from tenants.actions.people import (
    LastOwner,
    add_member,
    change_password,
    change_role,
    ensure_operator,
    remove_member,
    update_person,
)
from tenants.actions.routes import route_channel
from tenants.actions.sessions import revoke_session
from tenants.actions.signing_in import sign_in, sign_out

__all__ = [
    "LastOwner",
    "add_domain",
    "add_member",
    "change_password",
    "change_role",
    "claim_email",
    "close_tenant",
    "create_api_key",
    "create_tenant",
    "end_tenant",
    "ensure_operator",
    "give_up_lost_emails",
    "purge_emails",
    "queue_email",
    "record_email_failure",
    "record_email_sent",
    "remove_domain",
    "remove_member",
    "resume_tenant",
    "revoke_api_key",
    "revoke_session",
    "route_channel",
    "set_entitlement",
    "sign_in",
    "sign_in_operator",
    "sign_out",
    "sign_out_operator",
    "suspend_tenant",
    "touch_api_key",
    "update_person",
]
