"""Values of tenants and people, as every request carries them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from kernel.tenancy import PUBLIC
from tenants import colors
from tenants.enums import Plan, TenantStatus

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantInfo:
    """A tenant as the process remembers it for up to 30 seconds; `limits` are the plan's, with its own on top."""

    id: UUID
    slug: str
    schema_name: str
    name: str
    plan: Plan
    status: TenantStatus
    status_reason: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    allowed_origins: frozenset[str] = frozenset()
    limits: Mapping[str, int] = field(default_factory=dict, hash=False)
    brand_color: str = ""
    sender_name: str = ""
    logo_mark: str = ""
    admin_networks: tuple[str, ...] = ()
    """Where it may be managed from; empty means from everywhere."""

    @property
    def is_public(self) -> bool:
        """Whether this stands for the public site and no tenant at all."""
        return self.schema_name == PUBLIC


PUBLIC_SITE = TenantInfo(
    id=NOBODY,
    slug="",
    schema_name=PUBLIC,
    name="Redress",
    plan=Plan.STARTER,
    status=TenantStatus.ACTIVE,
    limits=MappingProxyType({}),
)
"""What `request.tenant` is on the public host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInfo:
    """A person in one tenant. `id` is the Member's id, which is the membership's; `user_id` the person's."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    role: str
    language: str
    time_zone: str
    scopes: frozenset[str]
    operator_id: UUID | None = None
    """The operator who looks with this member's eyes; None when it is the member."""


@dataclass(frozen=True, slots=True)
class SessionMember:
    """A member as sessions are checked against: a session with another stamp is from before a password change."""

    member: MemberInfo
    stamp: str = field(repr=False)
    terms_version: str = ""
    has_second_factor: bool = False
    must_have_second_factor: bool = False
    """By the tenant's rule for this role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorInfo:
    """A person who runs the installation, on the public site. `stamp` ends sessions from before a password change."""

    id: UUID
    name: str
    email: str
    language: str
    stamp: str = field(repr=False)
    has_authenticator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """An API key as requests are checked against; never the key itself."""

    id: UUID
    tenant_id: UUID
    digest: bytes = field(repr=False)
    scopes: frozenset[str]
    allowed_ips: tuple[str, ...]
    per_minute: int | None
    per_hour: int | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `key` is shown this once and kept nowhere."""

    id: UUID
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant just made, with its owner's Member id."""

    id: UUID
    slug: str
    schema_name: str
    owner_id: UUID


@dataclass(frozen=True, slots=True)
class Route:
    """Where the traffic of one vendor address goes, and what state that tenant is in."""

    schema_name: str
    tenant_id: UUID
    outlet_id: UUID
    status: TenantStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How an attempt to sign in ended: with `member`, locked until a time, or wrong with so many tries left."""

    member: SessionMember | None = None
    tries_left: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSignIn:
    """The same for an operator on the public site."""

    operator: OperatorInfo | None = None
    tries_left: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """An open session as operators see it; `mark` names it and opens nothing."""

    mark: str
    name: str
    email: str
    tenant: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How a business looks to the people it writes to."""

    name: str
    sender_name: str
    color: str = colors.DEFAULT
    """Of buttons; dark enough for white letters."""
    dark_color: str = ""
    """The same for the dark theme; light enough for black letters. Empty without a color of its own."""
    logo_path: str = ""
    """On the tenant's own host; empty without a logo."""
    logo_url: str = ""
    """The same for mails."""


REDRESS = Brand(name="Redress", sender_name="Redress")
"""How the installation itself looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailText:
    """What an e-mail says, in the reader's language; layout is added when it is queued."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    url: str = ""
    after: tuple[str, ...] = ()
    """Below the button, in small print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToEmail:
    """A claimed e-mail, complete."""

    email_id: UUID
    to: str
    language: str
    sender_name: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailFailure:
    """Why an e-mail did not go out, as the queue decides by it. `counts` is False when nothing was tried."""

    code: str
    retryable: bool
    unknown: bool
    counts: bool
    retry_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What somebody filled in to start a business here."""

    business: str
    slug: str
    name: str
    email: str
    password: str = field(repr=False)
    language: str
    time_zone: str
    accepts_terms: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationInfo:
    """An invitation that waits. `is_known`: the person has a login already and keeps it."""

    id: UUID
    email: str
    role: str
    inviter: str
    created_at: datetime
    expires_at: datetime
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A browser somebody is signed in with, as the security page lists it."""

    id: UUID
    tenant: str
    agent: str
    address: str
    signed_in_at: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """A member as an operator looks through them, until a time."""

    id: UUID
    tenant_id: UUID
    who: SessionMember
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks a device for a passkey, as the device's answer must name it: host, origin, and our challenge."""

    rp_id: str
    origin: str
    challenge: bytes = field(repr=False)
