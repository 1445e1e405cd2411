"""Tenants, their domains, the people who sign in, and the keys programs use. All in the public schema."""

from typing import NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django_tenants.models import DomainMixin, TenantMixin

from kernel.crypto import SealedTextField
from kernel.rows import Row
from tenants.enums import EmailStatus, LinkPurpose, Plan, Role, TenantStatus, TwoFactorPolicy


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Tenants by the state they are in."""

    def at_work(self) -> "TenantQuerySet":
        """Return tenants whose work goes on: a suspended one rests, a closing one finishes what is under way."""
        return self.filter(status__in=[TenantStatus.ACTIVE, TenantStatus.CLOSING])


class Tenant(TenantMixin, Row):  # type: ignore[misc, django-manager-missing]  # the library is untyped
    """A business. Everything it owns lives in the schema `schema_name`."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    plan = models.CharField(max_length=20, choices=Plan.choices, default=Plan.STARTER)
    status = models.CharField(max_length=20, choices=TenantStatus.choices, default=TenantStatus.ACTIVE)
    status_reason = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, default="America/New_York")
    database = models.CharField(max_length=32, default="default")
    """Placement: the database alias this tenant's schema is on."""
    is_demo = models.BooleanField(default=False)
    brand_color = models.CharField(max_length=7, blank=True)
    sender_name = models.CharField(max_length=80, blank=True)
    logo_mark = models.CharField(max_length=16, blank=True)
    """Changes with the logo, so that caches do too; empty without one."""
    admin_networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    """Networks from which it may be managed; empty means any."""
    require_two_factor = models.CharField(
        max_length=10, choices=TwoFactorPolicy.choices, default=TwoFactorPolicy.OWNERS
    )  # fmt: skip
    allowed_origins = ArrayField(models.CharField(max_length=270), default=list, blank=True)
    """Other sites whose pages may call the API from a browser: `https://www.example.com`."""

    objects = TenantQuerySet.as_manager()

    auto_create_schema = False
    auto_drop_schema = False

    def __enter__(self) -> NoReturn:
        # The library keeps the tenant before in one list for all threads: two of them leave each other in the wrong
        # schema.
        message = "`with tenant:` is not thread-safe; use kernel.tenancy.tenant_context(tenant.schema_name)"
        raise TypeError(message)

    def activate(self) -> NoReturn:
        """Refuse: nothing would restore the schema."""
        self.__enter__()


class Domain(DomainMixin):  # type: ignore[misc]  # DomainMixin is untyped
    """A host name of its own that leads to a tenant; `<slug>.<base host>` always does and has no row."""


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail without regard to case: it is stored in small letters."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person who signs in with this e-mail."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, Row):
    """A person who signs in once and may belong to several tenants."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, blank=True)
    terms_version = models.CharField(max_length=20, blank=True)
    """The newest terms this person accepted; empty for somebody an operator made, who is not asked."""
    is_operator = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]


class Membership(Row):
    """A person's place in one tenant; rights derive from this row and nothing else.

    Its id is the id of the `team.Member` that stands for it in the tenant's schema.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="membership_once")]


class ApiKey(Row):
    """A program's key. Only the SHA-256 of the key is kept; the key itself is shown once."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.BinaryField(unique=True, max_length=32)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    allowed_ips = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    """Addresses and networks (`203.0.113.0/24`) it may come from; empty means any."""
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    """Overrides the plan's limit; null follows the plan."""
    requests_per_hour = models.PositiveIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_by = models.UUIDField(null=True, blank=True)
    """Member id of the person who made it."""


class ChannelRoute(Row):
    """Where inbound traffic of one vendor address goes. Written by conversations with its outlets."""

    vendor = models.CharField(max_length=20)
    address = models.CharField(max_length=80)
    """The vendor's routing key; WhatsApp: phone_number_id, or `waba:<id>` for account updates."""
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="routes")
    outlet_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "address"], name="route_once")]


class Entitlement(models.Model):
    """One limit of one tenant (`api_requests_per_minute`, ...), written by billing, read by everyone."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="entitlements")
    key = models.CharField(max_length=60)
    value = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="entitlement_once")]


class Blueprint(models.Model):
    """The script that makes a tenant's schema, as dumped from the template schema once per set of migrations."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    """SHA-256 of the (app, name) pairs applied to the template."""
    script = models.TextField()
    made_at = models.DateTimeField()


class Email(Row):
    """An e-mail to one person, from the moment it is due until it is forgotten a month later.

    `content` is sealed, because it holds links that open doors, and emptied once the mail server has it.
    """

    schema_name = models.CharField(max_length=63)
    """Whose history says what became of it: a tenant's schema, or `platform`."""
    kind = models.CharField(max_length=40)
    recipient = models.EmailField()
    language = models.CharField(max_length=8)
    content = SealedTextField(blank=True)
    status = models.CharField(max_length=12, choices=EmailStatus.choices, default=EmailStatus.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=models.Q(status="queued"), name="email_due")]


class OneTimeLink(Row):
    """A link that opens one thing once. Of the token only the SHA-256 is kept, and what goes with it is sealed."""

    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    digest = models.BinaryField(unique=True, max_length=32)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    email = models.EmailField(blank=True)
    payload = SealedTextField(blank=True)
    """JSON; emptied when the link is used."""
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "email"], name="link_by_email")]


class TermsAcceptance(Row):
    """That a person accepted a version of the terms, when and from where."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="acceptances")
    version = models.CharField(max_length=20)
    accepted_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="terms_once")]


class Login(Row):
    """A browser somebody is signed in with, from signing in to signing out."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="logins")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="logins")
    address = models.GenericIPAddressField(null=True, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)


class Authenticator(Row):
    """A person's authenticator app. Unconfirmed until a code of it was right; a code's step is taken once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="authenticators")
    secret = SealedTextField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(confirmed_at=None), name="authenticator_one_waits"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(confirmed_at__isnull=False), name="authenticator_one_works"
            ),
        ]


class Passkey(Row):
    """A key pair on somebody's device; `rp_id` is the host it was made for, below which it works."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True, max_length=1023)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    rp_id = models.CharField(max_length=253)
    name = models.CharField(max_length=80)
    last_used_at = models.DateTimeField(null=True, blank=True)


class RecoveryCode(Row):
    """A code for the day a second factor is lost. Only a keyed digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]


class TrustedBrowser(Row):
    """A browser that proved a second factor and is not asked again for a while."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="trusted_browsers")
    digest = models.BinaryField(unique=True, max_length=32)
    expires_at = models.DateTimeField()


class Logo(Row):
    """A tenant's logo: a PNG of our own making."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="logo")
    data = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()


class Impersonation(Row):
    """An operator who looks with a member's eyes for up to an hour, and why. Never deleted."""

    operator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="impersonations")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="impersonations")
    reason = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="impersonation_newest")]
