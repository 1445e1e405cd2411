"""Taking a file that somebody here wants to send: look at its bytes, decide as what it can go, keep it."""

from typing import BinaryIO
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from conversations import actions
from conversations.channels import FILES, MB, FileRule, capabilities_of
from conversations.enums import Channel, MessageType
from conversations.fetching import facts_of, kept
from conversations.filenames import shown_name
from integrations.storage.inspection import Inspection
from kernel.actors import Actor
from kernel.errors import Invalid, Refusal


class FileNotTaken(Refusal):
    """The channel takes no such file: by its bytes it is of a type or size that cannot be sent."""

    code = "FILE_NOT_TAKEN"


def take(file: BinaryIO, *, filename: str, kind: str = "", channel: str = Channel.WHATSAPP, actor: Actor) -> UUID:
    """Keep an upload and return the id of its attachment. Raises FileNotTaken or Invalid.

    Without `kind` it goes as what it is: a photo as a photo, what fits nothing else as a document.
    """
    digest, seen = facts_of(file)
    if digest.size == 0:
        raise Invalid(_("The file is empty."), details={"file": [_("Choose a file with something in it.")]})
    chosen = _kind(digest.size, seen, kind, channel)
    facts = kept(file, digest, seen)
    return actions.add_upload(facts=facts, kind=chosen, filename=shown_name(filename), actor=actor)


def _kind(size: int, seen: Inspection, wanted: str, channel: str) -> MessageType:
    rules = capabilities_of(channel).files
    tried = [MessageType(wanted)] if wanted else [kind for kind in FILES if kind != MessageType.STICKER]
    for kind in tried:
        rule = rules.get(kind)
        if rule and rule.takes(seen.media_type, size, is_animated=seen.is_animated):
            return kind
    raise FileNotTaken(_why_not(seen, [rules[kind] for kind in tried if kind in rules]))


def _why_not(seen: Inspection, rules: list[FileRule]) -> str:
    fitting = [rule for rule in rules if seen.media_type in rule.types]
    if fitting:
        limit = max(rule.limit_for(is_animated=seen.is_animated) for rule in fitting)
        size = f"{limit // MB} MB" if limit >= MB else f"{limit // 1024} KB"
        return _("The file is too large: at most %(size)s of this kind can be sent.") % {"size": size}
    return str(_("Files of this type cannot be sent. Send a photo, a film, a recording, a PDF or an office document."))
