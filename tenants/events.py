"""What happens to a tenant, its people and its keys, as facts in the tenant's own history."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantEvent(Event):
    """A fact about the tenant itself."""

    subject: ClassVar[str] = "tenant_id"

    tenant_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCreated(TenantEvent):
    """The tenant exists; the first fact of its history."""

    type: ClassVar[str] = "tenant.created"

    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUpdated(TenantEvent):
    """The tenant changed something about itself; the names of the settings, never the values."""

    type: ClassVar[str] = "tenant.updated"

    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSuspended(TenantEvent):
    """Nobody can work; incoming messages are still kept."""

    type: ClassVar[str] = "tenant.suspended"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResumed(TenantEvent):
    """Work goes on after a suspension or a withdrawn closing."""

    type: ClassVar[str] = "tenant.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantClosing(TenantEvent):
    """The tenant is leaving: everything can be read, nothing changed."""

    type: ClassVar[str] = "tenant.closing"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantClosed(TenantEvent):
    """The tenant has left: its host answers to nobody."""

    type: ClassVar[str] = "tenant.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementChanged(TenantEvent):
    """A limit of its own was set, or with None taken away."""

    type: ClassVar[str] = "tenant.entitlement_changed"

    key: str
    value: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEvent(Event):
    """A fact about one person in this tenant."""

    subject: ClassVar[str] = "member_id"

    member_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(MemberEvent):
    """A person belongs to the tenant, for the first time or again."""

    type: ClassVar[str] = "member.added"

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleChanged(MemberEvent):
    """A person may do other things now."""

    type: ClassVar[str] = "member.role_changed"

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(MemberEvent):
    """A person does not belong to the tenant any more."""

    type: ClassVar[str] = "member.removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignedIn(MemberEvent):
    """A person proved who they are."""

    type: ClassVar[str] = "member.signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSignedOut(MemberEvent):
    """A person ended a session."""

    type: ClassVar[str] = "member.signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPasswordChanged(MemberEvent):
    """A person has a new password; sessions from before have ended."""

    type: ClassVar[str] = "member.password_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEmailChanged(MemberEvent):
    """A person signs in with another, proven e-mail."""

    type: ClassVar[str] = "member.email_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorAdded(MemberEvent):
    """A person proves themselves with one thing more: an `app` or a `passkey`."""

    type: ClassVar[str] = "member.second_factor_added"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorRemoved(MemberEvent):
    """An app or a passkey proves nothing any more."""

    type: ClassVar[str] = "member.second_factor_removed"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorPolicyChanged(TenantEvent):
    """Others need a second factor from now on."""

    type: ClassVar[str] = "tenant.second_factor_policy_changed"

    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandingChanged(TenantEvent):
    """The tenant looks different: color, sender's name or logo."""

    type: ClassVar[str] = "tenant.branding_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminNetworksChanged(TenantEvent):
    """The tenant is managed from so many listed networks only; none means from everywhere."""

    type: ClassVar[str] = "tenant.admin_networks_changed"

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationEvent(Event):
    """A fact about one invitation."""

    subject: ClassVar[str] = "invitation_id"

    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(InvitationEvent):
    """Somebody was asked to join."""

    type: ClassVar[str] = "member.invited"

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationWithdrawn(InvitationEvent):
    """An invitation opens nothing any more."""

    type: ClassVar[str] = "member.invitation_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyEvent(Event):
    """A fact about one API key."""

    subject: ClassVar[str] = "api_key_id"

    api_key_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(ApiKeyEvent):
    """A program may call the API."""

    type: ClassVar[str] = "api_key.created"

    scopes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(ApiKeyEvent):
    """A key opens nothing any more."""

    type: ClassVar[str] = "api_key.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorEvent(Event):
    """A fact about somebody who runs the installation; stands in the history of the platform."""

    subject: ClassVar[str] = "user_id"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSignedIn(OperatorEvent):
    """An operator proved who they are."""

    type: ClassVar[str] = "operator.signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSecondFactorAdded(OperatorEvent):
    """An operator proves themselves with an authenticator app."""

    type: ClassVar[str] = "operator.second_factor_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSignedOut(OperatorEvent):
    """An operator ended a session."""

    type: ClassVar[str] = "operator.signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainAdded(TenantEvent):
    """A host name of its own leads to the tenant."""

    type: ClassVar[str] = "tenant.domain_added"

    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRemoved(TenantEvent):
    """A host name does not lead to the tenant any more."""

    type: ClassVar[str] = "tenant.domain_removed"

    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSessionRevoked(MemberEvent):
    """Somebody else ended a session of the member."""

    type: ClassVar[str] = "member.session_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailEvent(Event):
    """A fact about one e-mail to a person."""

    subject: ClassVar[str] = "email_id"

    email_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailQueued(EmailEvent):
    """An e-mail waits to go out."""

    type: ClassVar[str] = "email.queued"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSent(EmailEvent):
    """The mail server has taken it."""

    type: ClassVar[str] = "email.sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailFailed(EmailEvent):
    """It will not be tried again: refused, or nobody knows whether it went out (`maybe_sent`)."""

    type: ClassVar[str] = "email.failed"

    code: str
    maybe_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationStarted(MemberEvent):
    """An operator began to look with the member's eyes, read-only and for at most an hour."""

    type: ClassVar[str] = "member.impersonation_started"

    impersonation_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationEnded(MemberEvent):
    """An operator stopped looking with the member's eyes."""

    type: ClassVar[str] = "member.impersonation_ended"

    impersonation_id: UUID
