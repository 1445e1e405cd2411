"""The description of the API for programs and for people. Public: neither key nor tenant is asked for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from kernel.api import errors, headers
from kernel.api.description import as_json, as_yaml
from kernel.api.refusals import MethodNotAllowed

SAFE = ("GET", "HEAD")
KEPT = "public, max-age=300"


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI description: JSON, or YAML with `?format=yaml`. Writing to it is refused by envelope."""
    if request.method not in SAFE:
        return errors.answer(MethodNotAllowed(headers={"Allow": ", ".join(SAFE)}))
    yaml = request.GET.get("format") == "yaml"
    content = as_yaml() if yaml else as_json()
    tag = headers.entity_tag(content)
    if headers.matches(tag, request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content, content_type="application/yaml" if yaml else "application/json")
    response["ETag"], response["Cache-Control"] = tag, KEPT
    return response


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """Show Swagger UI: read about each operation and try it."""
    return render(request, "api/swagger.html")


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    """Show Redoc: the reference on one page."""
    return render(request, "api/redoc.html")
