"""The description of the API, made from the code: OpenAPI for programs, one page for people."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from kernel.api.problems import catalog, meaning
from kernel.api.schema import Generator

OVERVIEW = Path(__file__).parent / "overview.md"
"""The conventions, in prose."""

_PAGE = """\
# The API

<!-- Written by `make openapi` from kernel/api/overview.md and the code. -->
The operations are in [openapi.yaml](openapi.yaml), and on every installation at `/developers/`.

{overview}
## Error codes
| status | code | meaning |
|---|---|---|
{codes}
"""


@cache
def description() -> dict[str, Any]:
    """Return the description of every operation, in English. It changes with the code only."""
    with translation.override("en"):
        described: dict[str, Any] = Generator(urlconf=settings.ROOT_URLCONF).get_schema(public=True)  # type: ignore[no-untyped-call]  # the library's
    described["info"]["description"] = OVERVIEW.read_text(encoding="utf-8")
    return described


@cache
def as_json() -> bytes:
    """Return it as JSON."""
    return OpenApiJsonRenderer().render(description(), renderer_context={})


@cache
def as_yaml() -> bytes:
    """Return it as YAML, as docs/openapi.yaml keeps it."""
    written: bytes = OpenApiYamlRenderer().render(description(), renderer_context={})  # type: ignore[no-untyped-call]  # the library's
    return written


def as_markdown() -> bytes:
    """Return the conventions and the list of error codes, as docs/api.md keeps them."""
    codes = [f"| {refusal.status.value} | `{refusal.code}` | {meaning(refusal)} |" for refusal in catalog()]
    return _PAGE.format(overview=OVERVIEW.read_text(encoding="utf-8"), codes="\n".join(codes)).encode()
