"""What the settings page of assignment and promises shows, ready for templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.models import SlaPolicy

TARGETS: Mapping[str, Promise] = {
    "first_response": gettext_lazy("First answer"),
    "next_response": gettext_lazy("Next answers"),
    "resolution": gettext_lazy("Solution"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """One promise of a policy; `minutes` is empty for none."""

    name: str
    word: Promise
    minutes: str


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """A policy as a form shows it; `id` is empty for a new one."""

    id: str
    name: str
    scope: str
    outlet: str
    tag: str
    calendar: str
    targets: Sequence[Target]


def policy_form(policy: SlaPolicy, outlets: Mapping[str, str]) -> PolicyForm:
    """Return the form of a policy; `outlets` are names by id."""
    outlet = str(policy.outlet_id or "")
    return PolicyForm(
        id=str(policy.id),
        name=policy.name,
        scope=" · ".join(part for part in (outlets.get(outlet, ""), policy.tag) if part) or _("All conversations"),
        outlet=outlet,
        tag=policy.tag,
        calendar=str(policy.calendar_id or ""),
        targets=[Target(name, word, str(getattr(policy, name) or "")) for name, word in TARGETS.items()],
    )


def new_policy_form() -> PolicyForm:
    """Return the form for a new policy."""
    return PolicyForm("", "", "", "", "", "", [Target(name, word, "") for name, word in TARGETS.items()])
