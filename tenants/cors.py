"""Which pages of other sites may call a tenant's API from a browser: those of the origins on the tenant's list.

They bring a key or a ticket. Credentials of the browser itself are never asked for: a session is for our own pages.
A preflight is answered before anybody asks who is calling, and counts for nobody. It cannot carry `X-Tenant-ID`, so
this works on the tenant's own host only.
"""

from typing import Any

from django.http import HttpRequest

from kernel.api.errors import is_api
from tenants.middleware import tenant_of


def may_call(request: HttpRequest, **_signal: Any) -> bool:  # noqa: ANN401 - the signal's arguments
    """Tell whether the origin of a request to the API is on its tenant's list; django-cors-headers asks."""
    origin = request.headers.get("Origin", "")
    if not origin or not is_api(request):
        return False
    tenant = tenant_of(request)
    return tenant is not None and origin in tenant.allowed_origins
