"""The templates of a business account: list, hand in, change, delete."""

from typing import Any

from integrations.whatsapp.emulator import news
from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.drafting import read_category, read_components, read_draft
from integrations.whatsapp.emulator.paging import only, page
from integrations.whatsapp.emulator.refusals import Refusal, no_object
from integrations.whatsapp.emulator.world import World

_REVIEW_SECONDS = 2.0
_LISTED = ("id", "name", "language", "status", "category", "parameter_format", "quality_score", "components")
_EXISTS, _NOT_FOUND, _NOT_EDITABLE = 2388024, 2593002, 2388023
_EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
_MAX_TEMPLATES = 6000
Template = dict[str, Any]


def list_all(world: World, request: Request, node: str) -> Reply:
    """List templates, filtered, page by page."""
    query = request.query
    templates = [item for item in world.library.all(world.account(node, request.token)) if _matches(item, query)]
    listed = [only(template, query.get("fields", ""), _LISTED) for template in templates]
    body = page(listed, request, f"{node}/message_templates")
    if "summary" in query:
        body["summary"] = _summary(templates)
    return Reply(200, body)


def create(world: World, request: Request, node: str) -> Reply:
    """Take a draft; it is reviewed a moment later."""
    waba_id = world.account(node, request.token)
    draft = read_draft(request.fields())
    if world.library.find(waba_id, draft["name"], draft["language"]):
        details = f"There is already {draft['language']} content for this template."
        raise Refusal(100, details, subcode=_EXISTS)
    template = world.library.add(waba_id, draft)
    review(world, waba_id, template)
    return Reply(200, {key: template[key] for key in ("id", "status", "category")})


def delete(world: World, request: Request, node: str) -> Reply:
    """Delete a template in every language, or with an id in one."""
    waba_id = world.account(node, request.token)
    fields = request.fields()
    name, template_id = str(fields.get("name", "")), str(fields.get("hsm_id", ""))
    found = [item for item in world.library.all(waba_id) if item["name"] == name and template_id in {"", item["id"]}]
    if not found:
        raise Refusal(100, f'Message template "{name}" wasn\'t found.', subcode=_NOT_FOUND)
    for template in found:
        world.library.remove(waba_id, template["id"])
    return Reply(200, {"success": True})


def show(world: World, request: Request, node: str) -> Reply:
    """Show one template."""
    _waba_id, template = _authorized(world, request, node)
    return Reply(200, only(template, request.query.get("fields", ""), _LISTED))


def edit(world: World, request: Request, node: str) -> Reply:
    """Change a template; it is reviewed again."""
    waba_id, template = _authorized(world, request, node)
    fields = request.fields()
    if template["status"] not in _EDITABLE:
        raise Refusal(100, "Only approved, rejected and paused templates can be edited.", subcode=_NOT_EDITABLE)
    category = read_category(fields.get("category", template["category"]))
    if category != template["category"] and template["status"] == "APPROVED":
        raise Refusal(100, "The category of an approved template cannot be changed.", subcode=_NOT_EDITABLE)
    components = template["components"]
    if "components" in fields:
        components = read_components(fields["components"], category=category)
    template = {key: value for key, value in template.items() if key not in {"next_status", "reviewed_at"}}
    changed = {**template, "category": category, "components": components, "status": "PENDING"}
    review(world, waba_id, world.library.add(waba_id, changed))
    return Reply(200, {"success": True, "id": template["id"], "name": template["name"], "category": category})


def review(world: World, waba_id: str, template: Template) -> None:
    """Approve or reject a template that waits, as is the habit."""
    habit = world.habits.review
    if habit == "leave":
        return
    status, reason = ("APPROVED", "NONE") if habit == "approve" else ("REJECTED", "INVALID_FORMAT")
    judge(world, waba_id, template, status, reason, after=_REVIEW_SECONDS * world.options.delay_scale)


def judge(world: World, waba_id: str, template: Template, status: str, reason: str, *, after: float = 0.0) -> Template:
    """Give a template another status, now or after some seconds, and tell it."""
    settled = {key: value for key, value in template.items() if key not in {"next_status", "reviewed_at"}}
    judged = {**settled, "status": status, "rejected_reason": reason}
    if after:
        later = {"next_status": status, "reviewed_at": world.clock.now() + after}
        world.library.add(waba_id, {**settled, **later})
    else:
        world.library.add(waba_id, judged)
    news.tell_status(world, waba_id, judged, reason, after=after)
    return judged


def _authorized(world: World, request: Request, node: str) -> tuple[str, Template]:
    found = world.library.by_id(node)
    if found is None:
        raise no_object(node, request.method)
    waba_id, template = found
    world.account(waba_id, request.token)
    return waba_id, template


def _matches(template: Template, query: dict[str, str]) -> bool:
    score = template.get("quality_score", {}).get("score", "UNKNOWN")
    return (
        query.get("name", "") in {"", template["name"]}
        and query.get("language", "") in {"", template["language"]}
        and query.get("status", "").upper() in {"", template["status"]}
        and query.get("category", "").upper() in {"", template["category"]}
        and query.get("quality_score", "").upper() in {"", score}
        and query.get("name_or_content", "").lower() in str([template["name"], template["components"]]).lower()
    )


def _summary(templates: list[Template]) -> dict[str, Any]:
    count = len(templates)
    return {
        "total_count": count,
        "message_template_count": count,
        "message_template_limit": _MAX_TEMPLATES,
        "are_translations_complete": True,
    }
