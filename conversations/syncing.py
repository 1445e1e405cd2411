"""Asking the vendor for the message templates of the current tenant's accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from conversations import actions, queries
from conversations.channels import capabilities_of
from conversations.fetching import client_of
from conversations.types import TemplateNews
from integrations.errors import VendorError

if TYPE_CHECKING:
    from conversations.models import Outlet

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Synced:
    """What asking for the templates of one account came to: how many there are, or the code of what went wrong."""

    waba_id: str
    count: int = 0
    problem: str = ""


def sync_templates() -> list[Synced]:
    """Make the tenant's templates what the vendor lists, account by account; one in trouble holds no other up."""
    accounts = {outlet.waba_id: outlet for outlet in queries.outlets() if capabilities_of(outlet.channel).templates}
    return [_sync(waba_id, outlet) for waba_id, outlet in accounts.items() if waba_id]


def _sync(waba_id: str, outlet: "Outlet") -> Synced:
    try:
        listed = client_of(queries.line_of(outlet)).list_templates(waba_id=waba_id)
    except VendorError as problem:
        log.warning("templates_not_synced", code=problem.code)
        return Synced(waba_id, problem=problem.code)
    news = [_news(waba_id, one) for one in listed if one.get("name") and one.get("language")]
    return Synced(waba_id, actions.record_template_list(waba_id, news))


def _news(waba_id: str, one: Mapping[str, Any]) -> TemplateNews:
    score, reason = one.get("quality_score"), str(one.get("rejected_reason") or "")
    components = one.get("components")
    return TemplateNews(
        waba_id=waba_id,
        vendor_id=str(one.get("id") or "")[:40],
        name=str(one["name"])[:512],
        language=str(one["language"])[:12],
        status=str(one.get("status") or "")[:40],
        quality=str(score.get("score") or "")[:20] if isinstance(score, dict) else "",
        category=str(one.get("category") or "")[:40],
        reason="" if reason == "NONE" else reason,
        components=components if isinstance(components, list) else None,
    )
