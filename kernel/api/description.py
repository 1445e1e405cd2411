"""The OpenAPI description as bytes, the same ones wherever it is asked for."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from kernel.api.schema import Generator


@cache
def description() -> dict[str, Any]:
    """Return the description of every operation, in English. It changes with the code only."""
    with translation.override("en"):
        return Generator(urlconf=settings.ROOT_URLCONF).get_schema(public=True)  # type: ignore[no-untyped-call]  # the library's


@cache
def as_json() -> bytes:
    """Return it as JSON."""
    return OpenApiJsonRenderer().render(description(), renderer_context={})


@cache
def as_yaml() -> bytes:
    """Return it as YAML, as docs/openapi.yaml keeps it."""
    written: bytes = OpenApiYamlRenderer().render(description(), renderer_context={})  # type: ignore[no-untyped-call]  # the library's
    return written
