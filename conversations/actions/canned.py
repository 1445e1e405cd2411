"""Canned replies: made, changed, deleted, used."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from conversations.canned import SHORTCUT, unknown_blanks
from conversations.events import CannedReplyCreated, CannedReplyDeleted, CannedReplyUpdated
from conversations.models import CannedReply
from conversations.queries import canned_reply_for
from kernel.actors import Actor
from kernel.errors import Conflict, Invalid
from kernel.events import publish

TEXT_LIMIT = 4096
"""A reply has to fit into one WhatsApp message."""
LIMITS = {"shortcut": 40, "title": 120, "folder": 60, "text_en": TEXT_LIMIT, "text_es": TEXT_LIMIT}
EDITABLE = frozenset({*LIMITS, "is_shared"})


@transaction.atomic
def create_canned_reply(
    *, member_id: UUID | None, values: Mapping[str, Any], actor: Actor, now: datetime | None = None
) -> UUID:
    """Keep a reply that is written often. Raises Invalid, or Conflict when the shortcut is taken.

    One that is not shared belongs to `member_id`; a program, which is nobody, can only share.
    """
    clean = _clean({"is_shared": True, "shortcut": "", "text_en": "", "text_es": "", **values})
    owner_id = _owner(clean.pop("is_shared"), member_id)
    reply = CannedReply(owner_id=owner_id, **clean)
    _save(reply)
    publish(CannedReplyCreated(canned_reply_id=reply.id), actor=actor, now=now)
    return reply.id


@transaction.atomic
def update_canned_reply(
    *,
    canned_reply_id: UUID,
    member_id: UUID | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime | None = None,
) -> None:
    """Change a reply. Raises NotFound for somebody else's, Invalid, or Conflict when the shortcut is taken."""
    reply = canned_reply_for(canned_reply_id, member_id, lock=True)
    known = {name: getattr(reply, name) for name in LIMITS} | {"is_shared": reply.owner_id is None}
    clean = _clean({**known, **changes})
    changed = sorted(name for name, value in clean.items() if known[name] != value)
    if not changed:
        return
    if "is_shared" in changed:
        reply.owner_id = _owner(clean["is_shared"], member_id)
    for name in LIMITS:
        setattr(reply, name, clean[name])
    _save(reply)
    publish(CannedReplyUpdated(canned_reply_id=reply.id, fields=changed), actor=actor, now=now)


@transaction.atomic
def delete_canned_reply(
    *, canned_reply_id: UUID, member_id: UUID | None, actor: Actor, now: datetime | None = None
) -> None:
    """Forget a reply. Raises NotFound for somebody else's."""
    canned_reply_for(canned_reply_id, member_id, lock=True).delete()
    publish(CannedReplyDeleted(canned_reply_id=canned_reply_id), actor=actor, now=now)


def count_canned_reply(*, canned_reply_id: UUID, member_id: UUID | None) -> None:
    """Note that a reply was used once more. Raises NotFound for somebody else's."""
    canned_reply_for(canned_reply_id, member_id)
    CannedReply.objects.filter(id=canned_reply_id).update(use_count=F("use_count") + 1)


def _owner(is_shared: bool, member_id: UUID | None) -> UUID | None:  # noqa: FBT001 - private, one word
    if not is_shared and member_id is None:
        sentence = _("A key is nobody, so it has nothing private.")
        raise Invalid(sentence, details={"is_shared": [sentence]})
    return None if is_shared else member_id


def _save(reply: CannedReply) -> None:
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as problem:
        sentence = _("There is a reply with this shortcut already.")
        raise Conflict(sentence, details={"shortcut": [sentence]}) from problem


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked values; text is taken as written but for space around it."""
    unknown = sorted(set(values) - EDITABLE)
    if unknown:
        raise Invalid(_("Unknown field."), details={name: [_("This field does not exist.")] for name in unknown})
    clean = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    clean["shortcut"] = clean["shortcut"].removeprefix("/").lower()
    for name, limit in LIMITS.items():
        if len(clean.get(name, "")) > limit:
            raise Invalid(_("The value is too long."), details={name: [_("Too long.")]})
    if not SHORTCUT.fullmatch(clean["shortcut"]):
        sentence = _("A shortcut has letters a to z, digits and single hyphens, like dispute-timeline.")
        raise Invalid(sentence, details={"shortcut": [sentence]})
    _check_texts(clean)
    return clean


def _check_texts(clean: Mapping[str, Any]) -> None:
    if not clean["text_en"] and not clean["text_es"]:
        sentence = _("Write the text in at least one language.")
        raise Invalid(sentence, details={"text_en": [sentence]})
    for name in ("text_en", "text_es"):
        unknown = unknown_blanks(clean[name])
        if unknown:
            unfillable = _("There is no field %(name)s.") % {"name": "{{" + unknown[0] + "}}"}
            raise Invalid(unfillable, details={name: [unfillable]})
