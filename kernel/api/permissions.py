"""Who may do what: each operation names the one scope it needs."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from kernel.api.operations import operation_of
from kernel.api.principal import Principal
from kernel.api.refusals import MissingScope, NotAuthenticated

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports this module while it is made


class HasScope(BasePermission):
    """Lets a caller through who holds the scope of the operation; a public operation needs none.

    Raises NotAuthenticated for nobody and MissingScope with the scope's name. A view without a declaration for the
    method is closed to everybody.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return True or raise."""
        operation = operation_of(view, request.method or "")
        if operation is None:
            return False
        if operation.scope is not None:
            require_scope(request.user, operation.scope)
        return True


def require_scope(caller: object, scope: str) -> None:
    """Raise unless `caller` is a principal that holds `scope`."""
    if not isinstance(caller, Principal):
        raise NotAuthenticated
    if not caller.may(scope):
        raise MissingScope(details={"scope": [scope]})
