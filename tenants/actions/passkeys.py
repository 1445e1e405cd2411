"""Passkeys (WebAuthn level 2): made on a device, proven by a signature over a challenge of ours, never twice.

A passkey asks its device to verify the person, so it stands for both factors.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException

from kernel import clocks
from kernel.errors import Invalid, NotFound
from tenants.actions.second_factors import finish_sign_in, note_added, note_removed
from tenants.models import Passkey
from tenants.types import Asker, MemberInfo, SignIn, TenantInfo

LONGEST_NAME = 80


class BadPasskey(Invalid):
    """What the device answered does not prove anything here."""

    code = "BAD_PASSKEY"

    def __init__(self) -> None:
        super().__init__(_("That passkey did not work here."))


@transaction.atomic
def add_passkey(
    *, tenant: TenantInfo, member: MemberInfo, answer: str, asker: Asker, name: str, now: datetime | None = None
) -> list[str]:
    """Keep a passkey a device has just made; returns recovery codes when there were none. Raises BadPasskey."""
    at = now or clocks.now()
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=asker.challenge,
            expected_rp_id=asker.rp_id,
            expected_origin=asker.origin,
            require_user_verification=True,
        )
    except WebAuthnException as problem:
        raise BadPasskey from problem
    row = Passkey(
        user_id=member.user_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        rp_id=asker.rp_id,
        name=(name.strip() or str(_("Passkey")))[:LONGEST_NAME],
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as taken:
        raise BadPasskey from taken
    return note_added(tenant, member, "passkey", at)


@transaction.atomic
def remove_passkey(*, tenant: TenantInfo, member: MemberInfo, passkey_id: UUID, now: datetime | None = None) -> None:
    """Let a passkey of a person open nothing any more. Raises NotFound."""
    if not Passkey.objects.filter(id=passkey_id, user_id=member.user_id).delete()[0]:
        raise NotFound(_("There is no such passkey."))
    note_removed(tenant, member, "passkey", now or clocks.now())


def sign_in_by_passkey(*, tenant: TenantInfo, answer: str, asker: Asker, now: datetime | None = None) -> SignIn:
    """Sign in whoever a passkey belongs to, when they are a member of this tenant. Raises BadPasskey."""
    at = now or clocks.now()
    outcome = finish_sign_in(tenant=tenant, user_id=prove_by_passkey(answer=answer, asker=asker, now=at), now=at)
    if outcome.member is None:
        raise BadPasskey
    return outcome


@transaction.atomic
def prove_by_passkey(*, answer: str, asker: Asker, now: datetime) -> UUID:
    """Return the user id of the person a passkey proves. Raises BadPasskey, also for a copy whose count stood still."""
    try:
        credential_id = base64url_to_bytes(parse_authentication_credential_json(answer).id)
    except (WebAuthnException, ValueError) as problem:
        raise BadPasskey from problem
    row = Passkey.objects.select_for_update().filter(credential_id=credential_id, rp_id=asker.rp_id).first()
    if row is None:
        raise BadPasskey
    try:
        proven = verify_authentication_response(
            credential=answer,
            expected_challenge=asker.challenge,
            expected_rp_id=asker.rp_id,
            expected_origin=asker.origin,
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException as problem:
        raise BadPasskey from problem
    row.sign_count, row.last_used_at = proven.new_sign_count, now
    row.save(update_fields=["sign_count", "last_used_at", "updated_at"])
    return row.user_id
