"""Lists and fields as Graph answers with them."""

from collections.abc import Sequence
from typing import Any

from integrations.whatsapp.emulator.asgi import Request
from integrations.whatsapp.emulator.refusals import Refusal

_PAGE, _MAX_PAGE = 25, 200


def only(item: dict[str, Any], fields: str, usual: Sequence[str]) -> dict[str, Any]:
    """Return the fields that were asked for, else the usual ones; the id always."""
    wanted = [name.strip().partition("{")[0] for name in fields.split(",") if name.strip()] or usual
    return {name: item[name] for name in dict.fromkeys([*wanted, "id"]) if name in item}


def page(items: list[dict[str, Any]], request: Request, path: str) -> dict[str, Any]:
    """Return one page of a list, with cursors and links. Raises Refusal."""
    limit = min(_count(request, "limit", _PAGE), _MAX_PAGE)
    start = _count(request, "after", 0)
    if "before" in request.query:
        start = max(_count(request, "before", 0) - limit, 0)
    end = min(start + limit, len(items))
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(end)}}
    base = f"http://{request.headers['host']}{request.path.partition('/v')[0]}/{request.path.split('/')[1]}/{path}"
    if end < len(items):
        paging["next"] = f"{base}?limit={limit}&after={end}"
    if start > 0:
        paging["previous"] = f"{base}?limit={limit}&before={start}"
    return {"data": items[start:end], "paging": paging}


def _count(request: Request, name: str, usual: int) -> int:
    value = request.query.get(name, str(usual))
    if not value.isascii() or not value.isdigit():
        raise Refusal(100, f"Param {name} is not valid.")
    return int(value)
