"""Refusals of the API itself: what it says no to before any action runs."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from kernel.errors import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class ApiRefusal(Refusal):
    """A refusal that knows its own sentence, and the headers that go with it."""

    sentence: "ClassVar[_StrOrPromise]" = _("The request was refused.")

    def __init__(
        self,
        message: "_StrOrPromise" = "",
        *,
        details: "Mapping[str, Sequence[_StrOrPromise]] | None" = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or self.sentence, details=details)
        self.headers = dict(headers or {})


class Malformed(ApiRefusal):
    """The request cannot be read: broken JSON, wrong encoding, too deep, or a field given twice."""

    code = "MALFORMED"
    status = HTTPStatus.BAD_REQUEST
    sentence = _("The request cannot be read.")


class TenantRequired(ApiRefusal):
    """On the public host a tenant's resource needs the header `X-Tenant-ID`."""

    code = "TENANT_REQUIRED"
    status = HTTPStatus.BAD_REQUEST
    sentence = _("Name the tenant by its own host or in the header X-Tenant-ID.")


class NotAuthenticated(ApiRefusal):
    """There is no key or session, or it is wrong, expired or revoked."""

    code = "NOT_AUTHENTICATED"
    status = HTTPStatus.UNAUTHORIZED
    sentence = _("Sign in, or send a valid API key.")


class MissingScope(ApiRefusal):
    """The key or role does not have the scope this operation needs; `details.scope` names it."""

    code = "MISSING_SCOPE"
    status = HTTPStatus.FORBIDDEN
    sentence = _("Your key or role does not allow this.")


class WrongTenant(ApiRefusal):
    """The key belongs to another tenant than the one that was named."""

    code = "WRONG_TENANT"
    status = HTTPStatus.FORBIDDEN
    sentence = _("This key belongs to another tenant.")


class AddressNotAllowed(ApiRefusal):
    """The key may only be used from the addresses on its list."""

    code = "ADDRESS_NOT_ALLOWED"
    status = HTTPStatus.FORBIDDEN
    sentence = _("This key may not be used from your address.")


class CsrfFailed(ApiRefusal):
    """A browser session wrote without its CSRF token (`X-CSRFToken`)."""

    code = "CSRF_FAILED"
    status = HTTPStatus.FORBIDDEN
    sentence = _("The page has expired. Reload it and try again.")


class MethodNotAllowed(ApiRefusal):
    """The resource exists and does not know this method; the header `Allow` lists the ones it knows."""

    code = "METHOD_NOT_ALLOWED"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    sentence = _("This resource does not know this method.")


class PreconditionFailed(ApiRefusal):
    """The object is not in the state `If-Match` names; `data` holds it as it is now, the header `ETag` its tag."""

    code = "PRECONDITION_FAILED"
    status = HTTPStatus.PRECONDITION_FAILED
    sentence = _("Somebody has changed this since you read it.")

    def __init__(self, current: Mapping[str, Any], *, tag: str) -> None:
        super().__init__(headers={"ETag": tag})
        self.current = current


class PayloadTooLarge(ApiRefusal):
    """The body is longer than 2 MB."""

    code = "PAYLOAD_TOO_LARGE"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    sentence = _("The request is larger than 2 MB.")


class UploadTooLarge(ApiRefusal):
    """The form with the file is longer than 101 MB."""

    code = "UPLOAD_TOO_LARGE"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    sentence = _("Files of more than 100 MB cannot be uploaded.")


class UnsupportedMediaType(ApiRefusal):
    """The body is not `application/json`."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    sentence = _("Send the body as application/json.")


class TenantSuspended(ApiRefusal):
    """The operator has suspended this tenant."""

    code = "TENANT_SUSPENDED"
    status = HTTPStatus.LOCKED
    sentence = _("This account is suspended.")


class TenantClosing(ApiRefusal):
    """The tenant is being closed: its data can be read, nothing can be changed."""

    code = "TENANT_CLOSING"
    status = HTTPStatus.LOCKED
    sentence = _("This account is being closed. Nothing can be changed any more.")


class RateLimited(ApiRefusal):
    """Too many requests; `Retry-After` says in how many seconds the next one is taken."""

    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS
    sentence = _("Too many requests. Wait a moment.")


class Internal(ApiRefusal):
    """Something is broken on our side; it has been recorded under the request's id."""

    code = "INTERNAL"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = _("Something went wrong on our side. It has been recorded.")


class Unavailable(ApiRefusal):
    """A part we depend on does not answer right now; try again."""

    code = "UNAVAILABLE"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    sentence = _("We cannot answer right now. Try again in a moment.")
