"""Reading the mails that wait, as their readers would."""

import json
import re

from tenants.models import Email


def waiting(to: str) -> list[dict[str, str]]:
    """Return the mails that wait for somebody, the newest first."""
    rows = Email.objects.filter(recipient=to).order_by("-created_at")
    return [json.loads(row.content) | {"kind": row.kind} for row in rows]


def link_to(to: str) -> str:
    """Return the address the newest mail to somebody leads to."""
    found = re.search(r"https?://\S+", waiting(to)[0]["text"])
    assert found is not None
    return found[0]


def path_of(link: str) -> str:
    """Return the path of an address."""
    return "/" + link.split("/", 3)[3]
