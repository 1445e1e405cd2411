"""The base of every resource: it does for each request what all operations have in common.

In this order: does the method exist, is there a tenant, who asks, are the limits kept, is the scope there; then query
and body are read, the handler runs (once, under an `Idempotency-Key`), and the answer gets its headers.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kernel import clocks
from kernel.addresses import client_address
from kernel.api import headers, idempotency, tags
from kernel.api.calls import Answer, Call, Handler, Opened, Subject
from kernel.api.fields import chosen_expansions, chosen_fields
from kernel.api.links import link_header, with_parameters
from kernel.api.operations import EVENT_STREAM, Caching, Operation, operation_of, parameters_of
from kernel.api.parsing import form_object
from kernel.api.principal import Principal, Proof, RateClass
from kernel.api.refusals import (
    Malformed,
    MethodNotAllowed,
    NotAuthenticated,
    PreconditionFailed,
    RateLimited,
    TenantRequired,
)
from kernel.api.rendering import dump
from kernel.compression import UNCOMPRESSED
from kernel.errors import NotFound
from kernel.ratelimit import Limit, Verdict, class_limits, limits_of, take
from kernel.tenancy import PUBLIC, current_schema

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ApiView(APIView):
    """One resource. Its methods are handlers: `def get(self, call: Call, **ids: UUID) -> Answer`."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    tag = ""
    """The chapter of the documentation the resource is in."""
    takes_ticket = False
    """Whether `?ticket=` proves who is asking, for clients that can send no header."""
    subject: Subject | None = None
    """The object its writes change; every `PUT`, `PATCH` and `DELETE` of an object has one."""
    verdict: Verdict | None = None
    operation: Operation | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - Django's
        """Answer one request; every exception becomes an envelope."""
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._perform(self._call())
        except Exception as problem:  # noqa: BLE001 - translated, and reported when it is ours, by kernel.api.errors
            response = self._rendered(self.handle_exception(problem))
        return self._with_headers(response)

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - the framework's
        """Let the request through to its handler, or raise."""
        self.operation = operation_of(self, request.method or "")
        if self.operation is None:
            raise MethodNotAllowed(headers={"Allow": ", ".join(self.known_methods())})
        if self.operation.ending:
            self.operation.ending.require_before(clocks.now())
        if current_schema() == PUBLIC:
            raise TenantRequired
        self._require_own_tenant(request)
        self._admit(request.user)
        self.check_permissions(request)

    def known_methods(self) -> list[str]:
        """Return the methods this resource has operations for."""
        return [name.upper() for name in self.http_method_names if operation_of(self, name)]

    def handle_exception(self, problem: Exception) -> Response:
        """Return the answer to a problem; a caller nobody knows is counted by its address."""
        if self.verdict is None:
            try:
                self._count(f"{RateClass.ANONYMOUS}:{client_address(self.request)}", ANONYMOUS)
            except RateLimited as limited:
                problem = limited
        return super().handle_exception(problem)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:  # noqa: ARG002, FBT001, FBT002 - the framework's signature
        """Answer in JSON, whatever the client would rather have: there is nothing else."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def _require_own_tenant(self, request: Request) -> None:
        """Where the address names a tenant, by slug or id, it has to be the one the request is for."""
        tenant = cast("Any", request).tenant
        if self.kwargs.pop("tenant", tenant.slug) not in {tenant.slug, str(tenant.id)}:
            raise NotFound(_("There is no such tenant."))

    def _admit(self, caller: object) -> None:
        if not isinstance(caller, Principal):
            raise NotAuthenticated
        own_class = self.operation.rate_class if self.operation else None
        if own_class is None:
            self._count(f"{caller.rate_class}:{caller.id}", limits_of(caller))
        else:
            self._count(f"{own_class}:{caller.id}", class_limits(own_class))

    def _count(self, caller: str, limits: tuple[Limit, ...]) -> None:
        self.verdict = take(current_schema(), caller, limits)
        if not self.verdict.allowed:
            raise RateLimited(headers={"Retry-After": str(self.verdict.tightest.wait_s)})

    def _call(self) -> Call:
        request, operation = self.request, cast("Operation", self.operation)
        query = parameters_of(operation, reading=request.method not in WRITES).read(request.query_params)
        fields, expand = query.pop("fields", ""), query.pop("expand", "")
        return Call(
            principal=cast("Principal", request.user),
            proof=cast("Proof | None", request.auth),
            query=query,
            body=self._body(operation) if request.method in WRITES else {},
            fields=chosen_fields(fields, operation.returns),
            expand=chosen_expansions(expand, operation.returns),
        )

    def _body(self, operation: Operation) -> dict[str, Any]:
        if "Transfer-Encoding" in self.request.headers and not self.request.META.get("CONTENT_LENGTH"):
            raise Malformed(_("Send the body with its Content-Length, not in chunks."))
        data = self.request.data
        return operation.body.checked(form_object(data) if isinstance(data, QueryDict) else data)

    def _perform(self, call: Call) -> HttpResponseBase:
        method = cast("str", self.request.method).lower()
        handler: Handler = getattr(self, "get" if method == "head" else method)

        def work() -> Response:
            answer = handler(call, **self.kwargs)
            return self._stream(answer.opened) if answer.opened else self._rendered(self._response(answer))

        if cast("Operation", self.operation).is_raw:
            return cast("HttpResponseBase", handler(call, **self.kwargs).raw)
        if method == "post":
            return idempotency.once(
                self.request, call.principal, work, lambda no: self._rendered(self.handle_exception(no))
            )
        return self._unless_changed(work) if method.upper() in WRITES else self._unless_known(work())

    def _unless_changed(self, work: Callable[[], Response]) -> Response:
        """Hold a write to the state `If-Match` names: compared and written under one lock, in one transaction."""
        wanted = self.request.headers.get("If-Match")
        subject = self.subject_for(cast("Principal", self.request.user))
        if wanted is None or subject is None:
            return work()
        with transaction.atomic():
            self._require_state(wanted, subject)
            return work()

    def subject_for(self, caller: Principal) -> Subject | None:  # noqa: ARG002 - for views whose objects are somebody's own
        """Return the object as this caller has it; one that is another's must not be found."""
        return self.subject

    def _require_state(self, wanted: str, subject: Subject) -> None:
        current = subject.held(self.subject_id())
        state = self._state(current)
        if not tags.permits(wanted, state):
            raise PreconditionFailed(current, tag=tags.entity_tag(dump(current), state))

    def subject_id(self) -> UUID:
        """Return the id of the object the address is about."""
        return cast("UUID", self.kwargs[cast("Subject", self.subject).parameter])

    def _state(self, whole: Mapping[str, Any]) -> str:
        return tags.state_of(whole, cast("Operation", self.operation).returns.unversioned)

    def _response(self, answer: Answer) -> Response:
        status = answer.status or cast("Operation", self.operation).status
        response = Response(answer.data, status=status)
        pagination = {"pagination": answer.pagination} if answer.pagination else {}
        response.meta = pagination  # type: ignore[attr-defined]  # read by the renderer
        if answer.location:
            response["Location"] = answer.location
        if answer.whole is not None:
            response["ETag"] = tags.entity_tag(dump(answer.data), self._state(answer.whole))
        links = self._page_links(answer)
        if links:
            response["Link"] = link_header(**links)
        return response

    def _stream(self, opened: Opened) -> Response:
        response: Any = HttpResponse(opened.content, content_type=EVENT_STREAM)
        response["X-Accel-Buffering"] = "no"
        response.opened = opened
        return cast("Response", response)

    def _page_links(self, answer: Answer) -> dict[str, str]:
        if answer.next_page:
            return {"next": with_parameters(self.request, **answer.next_page)}
        cursors = {"next": "next_cursor", "prev": "previous_cursor"}
        given = {relation: (answer.pagination or {}).get(name) for relation, name in cursors.items()}
        return {relation: with_parameters(self.request, cursor=cursor) for relation, cursor in given.items() if cursor}

    def _rendered(self, response: Response) -> Response:
        response = self.finalize_response(self.request, response)
        response.render()
        return response

    def _with_headers(self, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in headers.limit_headers(self.verdict).items() if self.verdict else ():
            response[name] = value
        kept = self.request.method not in WRITES and response.status_code < HTTPStatus.BAD_REQUEST
        caching = self.operation.caching if self.operation and kept else Caching.NONE
        if not (kept and self.operation and self.operation.is_raw):  # bytes bring their own
            headers.set_caching(response, caching)
        if self.operation and self.operation.ending:
            headers.announce(response, self.operation.ending.headers(self.kwargs))
        if self.operation and self.operation.caching is Caching.NONE:
            setattr(response, UNCOMPRESSED, True)
        return response

    def _unless_known(self, response: Response) -> HttpResponse:
        """Tag a reading by its data; answer 304 when the caller already has it."""
        operation = cast("Operation", self.operation)
        tagged = operation.caching is not Caching.NONE and not (operation.many and operation.caching is Caching.CHECK)
        if not tagged or response.status_code != HTTPStatus.OK:
            return response
        tag = response.headers.get("ETag") or tags.entity_tag(dump(response.data))
        known = tags.known_as(tag, self.request.headers.get("If-None-Match", ""))
        final = HttpResponse(status=HTTPStatus.NOT_MODIFIED) if known else response
        final["ETag"] = known or tag
        return final


ANONYMOUS = class_limits(RateClass.ANONYMOUS)


class Nowhere(ApiView):
    """Every address of the API that does not exist."""

    schema = None

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401, ARG002 - the framework's
        """Say that there is nothing, before anything else is asked."""
        raise NotFound(_("There is nothing at this address."))
