"""The page before an action: what will happen, what has to be said, one button."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from kernel.errors import Refusal
from tenants.backoffice.sites import BackOffice

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LONGEST_REASON = 200


class NothingToSay(forms.Form):
    """Only the button."""


class Reason(forms.Form):
    """Why somebody does it: kept in history."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept in the history of the tenant. No personal data."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An action as a page asks for it. `act` gets the cleaned values and may say where to go next."""

    title: "_StrOrPromise"
    text: "_StrOrPromise"
    button: Promise
    done: Promise
    act: Callable[[Mapping[str, Any]], str | None]
    back: str
    form: type[forms.Form] = NothingToSay
    danger: bool = False


def ask(request: HttpRequest, site: BackOffice, question: Question) -> HttpResponse:
    """Show the question, or do what it asks and go back; a refusal stands on the page, what was written stays."""
    form = question.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            target = question.act(form.cleaned_data)
        except Refusal as refusal:
            _explain(form, refusal)
        else:
            messages.success(request, str(question.done))
            return HttpResponseRedirect(target or question.back)
    context = {**site.each_context(request), "title": question.title, "question": question, "form": form}
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return TemplateResponse(request, "admin/ask.html", context, status=status)


def _explain(form: forms.Form, refusal: Refusal) -> None:
    for name, sentences in refusal.details.items():
        if name in form.fields:
            form.add_error(name, [str(sentence) for sentence in sentences])
    if not form.errors:
        form.add_error(None, str(refusal.message))
