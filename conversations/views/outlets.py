"""Settings > Numbers: the numbers customers write to; connecting one, changing it, stopping it, asking how it is."""

import json
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import actions, connecting, queries
from conversations.enums import Channel
from conversations.models import Outlet
from conversations.wording import failure_reason
from integrations.whatsapp.types import NumberInfo
from kernel.crypto import InvalidToken, seal, unseal
from kernel.errors import Invalid, Refusal
from tenants.addresses import public_url
from tenants.pages import actor_of, done, member_of, page, same_version, version_of

HERE = "/settings/outlets/"
WRITE = "outlets:write"
KEPT = "connecting"
"""What the first step found, sealed in the session until the second: the token is on no page."""


@require_GET
@page(scope="outlets:read")
def outlets(request: HttpRequest) -> HttpResponse:
    """List the numbers customers write to, and why one cannot send; never a token."""
    ids = list(queries.outlets().filter(channel=Channel.WHATSAPP).values_list("id", flat=True))
    shapes = queries.outlet_shapes(ids)
    for shape in shapes:
        shape["reason"] = failure_reason(shape["status_code"]) if shape["status_code"] else ""
    return _page(request, "settings/outlets.html", outlets=shapes)


def _page(request: HttpRequest, template: str, status: int = HTTPStatus.OK, **values: object) -> HttpResponse:
    frame = {"page": "settings", "settings_page": "outlets", "can_write": WRITE in member_of(request).scopes}
    return render(request, template, frame | values, status=status)


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def connect(request: HttpRequest) -> HttpResponse:
    """Ask for account and token, and the vendor for the numbers they open; go on when there is one."""
    if request.method == "GET":
        return _first_step(request)
    given = {name: request.POST.get(name, "").strip() for name in ("waba_id", "access_token")}
    try:
        numbers = connecting.find_numbers(**given)
    except Invalid as problem:
        return _first_step(request, waba_id=given["waba_id"], problem=problem, status=HTTPStatus.BAD_REQUEST)
    request.session[KEPT] = seal(json.dumps(given))
    return _second_step(request, given["waba_id"], numbers)


def _first_step(request: HttpRequest, status: int = HTTPStatus.OK, **values: object) -> HttpResponse:
    return _page(request, "settings/outlet_new.html", status, webhook_url=public_url("/webhooks/whatsapp/"), **values)


def _second_step(
    request: HttpRequest, waba_id: str, numbers: list[NumberInfo], status: int = HTTPStatus.OK, **values: object
) -> HttpResponse:
    taken = set(queries.outlets().values_list("phone_number_id", flat=True))
    choices = [{"number": number, "is_taken": number.id in taken} for number in numbers]
    return _page(request, "settings/outlet_choose.html", status, waba_id=waba_id, choices=choices, **values)


@require_POST
@page(scope=WRITE)
def choose(request: HttpRequest) -> HttpResponse:
    """Connect the chosen number, and have the vendor tell us what happens to it."""
    kept = _kept(request)
    if kept is None:
        messages.error(request, _("That took too long. Begin again."))
        return HttpResponseRedirect(f"{HERE}new/")
    name = request.POST.get("name", "")
    try:
        number = connecting.number_of(phone_number_id=request.POST.get("phone_number_id", ""), **kept)
        outlet_id = actions.create_outlet(
            name=name.strip() or number.verified_name,
            phone_number_id=number.id,
            display_phone_number=number.display_phone_number,
            waba_id=kept["waba_id"],
            access_token=kept["access_token"],
            actor=actor_of(request),
        )
    except Refusal as problem:
        numbers = connecting.find_numbers(**kept)
        return _second_step(request, kept["waba_id"], numbers, problem.status, problem=problem, name=name)
    del request.session[KEPT]
    _tell(request, connecting.subscribe(**kept))
    return HttpResponseRedirect(f"{HERE}{outlet_id}/")


def _kept(request: HttpRequest) -> dict[str, str] | None:
    try:
        found: dict[str, str] = json.loads(unseal(request.session.get(KEPT, "")))
    except (InvalidToken, ValueError):
        return None
    return found


def _tell(request: HttpRequest, problem: str) -> None:
    if problem:
        sentence = _("The number is connected, but the vendor does not send us its messages yet: %(why)s")
        messages.warning(request, sentence % {"why": problem})
    else:
        messages.success(request, _("The number is connected. Write to it from a phone: the message appears here."))


@require_GET
@page(scope="outlets:read")
def outlet(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Show one number; with `?ask=1` also how the vendor sees it now."""
    row = queries.outlet_for(outlet_id)
    values: dict[str, Any] = {}
    if "ask" in request.GET and WRITE in member_of(request).scopes:
        values = _asked(row)
    reason = failure_reason(row.status_code) if row.status_code else ""
    return _page(request, "settings/outlet.html", outlet=_facts(row), reason=reason, **values)


def _facts(row: Outlet) -> dict[str, Any]:
    """Return what the page shows of a row: its token is not among it."""
    names = ("id", "name", "display_phone_number", "phone_number_id", "waba_id", "status", "created_at")
    return {name: getattr(row, name) for name in names} | {"version": version_of(row)}


def _asked(row: Outlet) -> dict[str, Any]:
    try:
        seen = connecting.number_of(
            waba_id=row.waba_id, phone_number_id=row.phone_number_id or "", access_token=row.access_token
        )
    except Invalid as problem:
        return {"problem": problem}
    return {"seen": seen}


@require_POST
@page(scope=WRITE)
def rename(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Call a number something else, unless somebody was faster."""

    @transaction.atomic
    def act() -> None:
        same_version(request, queries.outlet_for(outlet_id, lock=True))
        changes = {"name": request.POST.get("name", "").strip()}
        if not changes["name"]:
            raise Invalid(_("Give the number a name."))
        actions.update_outlet(outlet_id=outlet_id, changes=changes, actor=actor_of(request))

    return done(request, f"{HERE}{outlet_id}/", _("Saved."), act)


@require_POST
@page(scope=WRITE)
def new_token(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Put a new token in the place of the old one, after the vendor has shown that it opens this number."""
    row, token = queries.outlet_for(outlet_id), request.POST.get("access_token", "").strip()

    def act() -> None:
        connecting.number_of(waba_id=row.waba_id, phone_number_id=row.phone_number_id or "", access_token=token)
        actions.update_outlet(outlet_id=outlet_id, changes={"access_token": token}, actor=actor_of(request))

    return done(request, f"{HERE}{outlet_id}/", _("The token is in use."), act)


@require_POST
@page(scope=WRITE)
def stop(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Let a number send nothing."""
    actor = actor_of(request)
    return done(
        request,
        f"{HERE}{outlet_id}/",
        _("It is stopped."),
        lambda: actions.stop_outlet(outlet_id=outlet_id, actor=actor),
    )


@require_POST
@page(scope=WRITE)
def restart(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Let a stopped number send again."""
    actor, say = actor_of(request), _("It may send again.")
    return done(request, f"{HERE}{outlet_id}/", say, lambda: actions.restart_outlet(outlet_id=outlet_id, actor=actor))
