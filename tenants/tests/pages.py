"""Pages for the tests of the middleware: each tells in which tenant it ran and what it saw."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from kernel.tenancy import current_schema
from team.models import Member
from tenants.security import content_security


def where(request: HttpRequest) -> JsonResponse:
    member = request.member  # type: ignore[attr-defined]
    return JsonResponse(
        {
            "schema": current_schema(),
            "tenant": request.tenant.slug,  # type: ignore[attr-defined]
            "member": str(member.id) if member else None,
            "language": request.LANGUAGE_CODE,
            "method": request.method,
        }
    )


def people(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"emails": sorted(Member.objects.values_list("email", flat=True))})


def stream(_request: HttpRequest) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        for email in Member.objects.order_by("email").values_list("email", flat=True).iterator(chunk_size=1):
            yield f"{current_schema()} {email}\n"

    return StreamingHttpResponse(pieces())


def fail(_request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


@content_security(style_src=("'unsafe-inline'",), worker_src=("blob:",))
def relaxed(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("relaxed")


urlpatterns = [
    path("where/", where),
    path("api/v1/where/", where),
    path("login/", where),
    path("people/", people),
    path("stream/", stream),
    path("fail/", fail),
    path("relaxed/", relaxed),
]
