"""The templates of a business account."""

from typing import Any

from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.catalogue import CATALOGUE
from integrations.whatsapp.emulator.refusals import signed_out
from integrations.whatsapp.emulator.world import World

_PAGE = 25


def list_templates(world: World, request: Request, node: str) -> Reply:
    """List them page by page."""
    if not request.token:
        raise signed_out()
    templates = [*CATALOGUE, *world.store.templates(node)]
    start = int(request.query.get("after", "0"))
    end = start + min(int(request.query.get("limit", str(_PAGE))), 200)
    page: dict[str, Any] = {"data": templates[start:end]}
    page["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
    if end < len(templates):
        page["paging"]["next"] = f"/{node}/message_templates?after={end}"
    if "summary" in request.query:
        count = len(templates)
        page["summary"] = {"total_count": count, "message_template_count": count, "message_template_limit": 6000}
        page["summary"]["are_translations_complete"] = True
    return Reply(200, page)
