"""What pages for people who are not signed in have in common: never cached, refusals said in a sentence."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from kernel.errors import Refusal
from tenants.pacing import AskedTooOften
from tenants.pages import PLAIN, is_partial

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def door(view: View[P]) -> View[P]:
    """Answer refusals of a page for strangers with a sentence and the refusal's status, and `Retry-After` where due."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return refused(request, refusal)

    return cast("View[P]", never_cache(guarded))


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the page that says why not."""
    if is_partial(request):
        response = HttpResponse(str(refusal.message), content_type=PLAIN)
    else:
        response = render(request, "entry/refused.html", {"sentence": str(refusal.message)})
    response.status_code = refusal.status
    if isinstance(refusal, AskedTooOften):
        response.headers["Retry-After"] = str(refusal.wait_s)
    return response
