"""The description of the API for programs and for people. Public: neither key nor tenant is asked for."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from kernel.api import errors, tags
from kernel.api.description import as_json, as_yaml
from kernel.api.refusals import MethodNotAllowed

MAKERS_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
SAFE = ("GET", "HEAD")
KEPT = "public, max-age=300"


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI description: JSON, or YAML with `?format=yaml`. Writing to it is refused by envelope."""
    if request.method not in SAFE:
        return errors.answer(MethodNotAllowed(headers={"Allow": ", ".join(SAFE)}))
    yaml = request.GET.get("format") == "yaml"
    content = as_yaml() if yaml else as_json()
    tag = tags.entity_tag(content)
    known = tags.known_as(tag, request.headers.get("If-None-Match", ""))
    if known:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content, content_type="application/yaml" if yaml else "application/json")
    response["ETag"], response["Cache-Control"] = known or tag, KEPT
    return response


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """Show Swagger UI: read about each operation and try it."""
    return render(request, "api/swagger.html")


@cache
def _redoc_program() -> bytes:
    program = finders.find("drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js")
    return Path(str(program)).read_bytes().replace(MAKERS_LOGO, staticfiles_storage.url("favicon.svg").encode())


@require_safe
def redoc_program(_request: HttpRequest) -> HttpResponse:
    """Answer with Redoc's program, which would ask its maker's server for a picture: here it takes one of ours."""
    return HttpResponse(_redoc_program(), content_type="text/javascript", headers={"Cache-Control": KEPT})


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    """Show Redoc: the reference on one page."""
    return render(request, "api/redoc.html")
