"""Everything that changes tenants, their people and their keys. One write, one named function."""

from tenants.actions.branding import ColorTooFaint, remove_logo, set_branding, set_logo
from tenants.actions.changing_email import confirm_email_change, request_email_change
from tenants.actions.domains import add_domain, remove_domain
from tenants.actions.emails import (
    claim_email,
    give_up_lost_emails,
    purge_emails,
    queue_email,
    record_email_failure,
    record_email_sent,
)
from tenants.actions.impersonating import begin_impersonation, end_impersonation, enter_impersonation
from tenants.actions.inviting import accept_invitation, invite_member, read_invitation, withdraw_invitation
from tenants.actions.keys import create_api_key, revoke_api_key, touch_api_key
from tenants.actions.lifecycle import (
    close_tenant,
    create_tenant,
    end_tenant,
    resume_tenant,
    set_entitlement,
    suspend_tenant,
)
from tenants.actions.links import LinkGone, purge_links
from tenants.actions.logins import end_login, end_other_logins, open_login, purge_logins, touch_login
from tenants.actions.networks import open_admin_networks, set_admin_networks
from tenants.actions.operators import sign_in_operator, sign_out_operator
from tenants.actions.passkeys import BadPasskey, add_passkey, prove_by_passkey, remove_passkey, sign_in_by_passkey
from tenants.actions.passwords import choose_password, is_password_of, request_password_reset, reset_password
from tenants.actions.people import (
    LastOwner,
    add_member,
    change_password,
    change_role,
    ensure_operator,
    remove_member,
    restore_member,
    update_person,
)
from tenants.actions.routes import route_channel
from tenants.actions.second_factors import (
    NotProven,
    WrongCode,
    confirm_authenticator,
    confirm_operator_authenticator,
    finish_sign_in,
    forget_trusted_browsers,
    is_code_of,
    is_trusted,
    prepare_authenticator,
    prove_again,
    prove_by_code,
    prove_operator_by_code,
    remove_authenticator,
    renew_recovery_codes,
    set_two_factor_policy,
    trust_browser,
)
from tenants.actions.sessions import revoke_session
from tenants.actions.settings import update_tenant
from tenants.actions.signing_in import redeem_ticket, sign_in, sign_out
from tenants.actions.signing_up import (
    SlugTaken,
    confirm_sign_up,
    make_ticket,
    request_sign_up,
    resend_sign_up,
    slug_problem,
    suggest_slug,
)
from tenants.actions.terms import accept_terms

__all__ = [
    "BadPasskey",
    "ColorTooFaint",
    "LastOwner",
    "LinkGone",
    "NotProven",
    "SlugTaken",
    "WrongCode",
    "accept_invitation",
    "accept_terms",
    "add_domain",
    "add_member",
    "add_passkey",
    "begin_impersonation",
    "change_password",
    "change_role",
    "choose_password",
    "claim_email",
    "close_tenant",
    "confirm_authenticator",
    "confirm_email_change",
    "confirm_operator_authenticator",
    "confirm_sign_up",
    "create_api_key",
    "create_tenant",
    "end_impersonation",
    "end_login",
    "end_other_logins",
    "end_tenant",
    "ensure_operator",
    "enter_impersonation",
    "finish_sign_in",
    "forget_trusted_browsers",
    "give_up_lost_emails",
    "invite_member",
    "is_code_of",
    "is_password_of",
    "is_trusted",
    "make_ticket",
    "open_admin_networks",
    "open_login",
    "prepare_authenticator",
    "prove_again",
    "prove_by_code",
    "prove_by_passkey",
    "prove_operator_by_code",
    "purge_emails",
    "purge_links",
    "purge_logins",
    "queue_email",
    "read_invitation",
    "record_email_failure",
    "record_email_sent",
    "redeem_ticket",
    "remove_authenticator",
    "remove_domain",
    "remove_logo",
    "remove_member",
    "remove_passkey",
    "renew_recovery_codes",
    "request_email_change",
    "request_password_reset",
    "request_sign_up",
    "resend_sign_up",
    "reset_password",
    "restore_member",
    "resume_tenant",
    "revoke_api_key",
    "revoke_session",
    "route_channel",
    "set_admin_networks",
    "set_branding",
    "set_entitlement",
    "set_logo",
    "set_two_factor_policy",
    "sign_in",
    "sign_in_by_passkey",
    "sign_in_operator",
    "sign_out",
    "sign_out_operator",
    "slug_problem",
    "suggest_slug",
    "suspend_tenant",
    "touch_api_key",
    "touch_login",
    "trust_browser",
    "update_person",
    "update_tenant",
    "withdraw_invitation",
]
