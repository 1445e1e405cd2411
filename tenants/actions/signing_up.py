"""Signing up: a business asks for a place, its owner proves the mailbox, and the tenant is there."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.errors import Conflict, Invalid, Refusal
from kernel.tenancy import PUBLIC, tenant_context
from tenants import email_texts, passwords, slugs, terms
from tenants.actions.emails import queue_email
from tenants.actions.lifecycle import LONGEST_NAME as LONGEST_BUSINESS
from tenants.actions.lifecycle import create_tenant
from tenants.actions.links import find_link, make_link, replace_links, use_link
from tenants.actions.people import LONGEST_NAME, clean_email
from tenants.actions.terms import accept_terms
from tenants.addresses import public_url
from tenants.enums import LinkPurpose
from tenants.models import OneTimeLink, Tenant, User
from tenants.types import REDRESS, NewTenant, SignUp

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class SlugTaken(Conflict):
    """Somebody else has the address by now; the link still works with another one."""

    code = "SLUG_TAKEN"

    def __init__(self) -> None:
        super().__init__(_("Somebody else has this address by now. Choose another one."))


@transaction.atomic
def request_sign_up(form: SignUp, *, address: str, now: datetime | None = None) -> None:
    """Keep a sign-up until its e-mail is proven, and mail the link that proves it. Raises Invalid.

    A known e-mail gets a mail too, with other words: whoever asks cannot tell. The password is hashed here, always.
    """
    at = now or clocks.now()
    email = _check(form)
    payload = {
        "business": form.business.strip(), "slug": form.slug, "name": form.name.strip(), "language": form.language,
        "time_zone": form.time_zone, "password": make_password(form.password), "terms": terms.CURRENT,
        "accepted_at": at.isoformat(), "address": address,
    }  # fmt: skip
    replace_links(purpose=LinkPurpose.SIGN_UP, now=at, email=email)
    _row, token = make_link(purpose=LinkPurpose.SIGN_UP, now=at, email=email, payload=payload)
    _mail_link(email, payload, token, at)


def _mail_link(email: str, payload: dict[str, Any], token: str, at: datetime) -> None:
    known = User.objects.filter(email=email).exists()
    with translation.override(payload["language"]):
        text = email_texts.confirm_sign_up(payload["business"], public_url(f"/signup/{token}/"), is_known=known)
    queue_email(
        kind="sign_up", to=email, text=text, brand=REDRESS, language=payload["language"], actor=SYSTEM, now=at
    )  # fmt: skip


@transaction.atomic
def resend_sign_up(*, email: str, now: datetime | None = None) -> None:
    """Mail a new link for a sign-up that waits; the one before dies. Without one nothing happens, and nobody learns."""
    at = now or clocks.now()
    waiting = _waiting(email, at)
    if waiting is None:
        return
    payload = use_link(waiting, at)
    _row, token = make_link(purpose=LinkPurpose.SIGN_UP, now=at, email=waiting.email, payload=payload)
    _mail_link(waiting.email, payload, token, at)


def _waiting(email: str, at: datetime) -> OneTimeLink | None:
    rows = OneTimeLink.objects.select_for_update().filter(purpose=LinkPurpose.SIGN_UP, used_at=None, expires_at__gt=at)
    return rows.filter(email=email.strip().lower()).order_by("-created_at").first()


@transaction.atomic
def confirm_sign_up(*, token: str, slug: str = "", now: datetime | None = None) -> tuple[NewTenant, str]:
    """Make the tenant of a proven sign-up; returns it and a ticket that signs its owner in there once.

    `slug` replaces the one asked for. Raises LinkGone, Invalid, or SlugTaken, after which the link still works.
    """
    at = now or clocks.now()
    link = find_link(LinkPurpose.SIGN_UP, token, tenant_id=None, now=at, lock=True)
    payload = use_link(link, at)
    try:
        made = create_tenant(
            slug=slug or payload["slug"], name=payload["business"], owner_email=link.email, owner_name=payload["name"],
            language=payload["language"], time_zone=payload["time_zone"], actor=Actor(ActorKind.SYSTEM, "sign-up"),
            now=at,
        )  # fmt: skip
    except Conflict as taken:
        raise SlugTaken from taken
    user = User.objects.get(email=link.email)
    if not user.has_usable_password():
        user.password = payload["password"]
        user.save(update_fields=["password", "updated_at"])
    accept_terms(
        user_id=user.id, version=payload["terms"], address=payload["address"],
        now=datetime.fromisoformat(payload["accepted_at"]),
    )  # fmt: skip
    return made, make_ticket(user_id=user.id, tenant_id=made.id, now=at)


def make_ticket(*, user_id: UUID, tenant_id: UUID, now: datetime | None = None) -> str:
    """Return a ticket that signs a person in to one tenant, once, within a minute."""
    _row, ticket = make_link(purpose=LinkPurpose.TICKET, now=now or clocks.now(), user_id=user_id, tenant_id=tenant_id)
    return ticket


def _check(form: SignUp) -> str:
    """Return the clean e-mail. Raises Invalid that names every field that cannot be taken."""
    details: dict[str, list[Any]] = {}
    email = ""
    try:
        email = clean_email(form.email)
    except Refusal as refusal:
        details |= {name: list(said) for name, said in refusal.details.items()}
    weak = passwords.problem(form.password, (form.name, form.email, form.business))
    wrong = {
        "business": None if 1 <= len(form.business.strip()) <= LONGEST_BUSINESS else _("Use 1 to 120 characters."),
        "name": None if 1 <= len(form.name.strip()) <= LONGEST_NAME else _("Use 1 to 120 characters."),
        "slug": slug_problem(form.slug),
        "password": weak,
        "language": None if form.language in dict(settings.LANGUAGES) else _("Use one of the languages of Redress."),
        "time_zone": None if form.time_zone in available_timezones() else _("Use a name such as America/New_York."),
        "terms": None if form.accepts_terms else _("Accept the terms to go on."),
    }
    details |= {name: [said] for name, said in wrong.items() if said}
    if details:
        raise Invalid(_("Some values cannot be taken."), details=details)
    return email


def slug_problem(slug: str) -> "_StrPromise | None":
    """Return why a business cannot have this address, None when it can as of now."""
    if not slugs.is_allowed(slug):
        return _("Use up to 40 small letters, digits and hyphens, and none of our own host names.")
    with tenant_context(PUBLIC):
        taken = Tenant.objects.filter(slug=slug).exists()
    return _("This address is taken.") if taken else None


def suggest_slug(name: str) -> str:
    """Return a free address for a business of this name, empty when none can be made of it."""
    wanted = slugs.from_name(name)
    if not wanted:
        return ""
    choices = [wanted, *(f"{wanted}-{number}" for number in range(2, 12))]
    with tenant_context(PUBLIC):
        taken = set(Tenant.objects.filter(slug__in=choices).values_list("slug", flat=True))
    return next((one for one in choices if slugs.is_allowed(one) and one not in taken), "")
