"""The probes: alive, ready, and the numbers."""

import hmac
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from monitoring import metrics, readiness


def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer that this process answers; touches nothing else."""
    return JsonResponse({"alive": True})


def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer whether work may come: 200, or 503 with the reasons."""
    reasons = readiness.reasons()
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return JsonResponse({"ready": not reasons, "reasons": reasons}, status=status)


def metrics_text(request: HttpRequest) -> HttpResponse:
    """Answer with Prometheus text to whoever knows the token, with 401 to everybody else."""
    offered = request.headers.get("Authorization", "").encode(errors="replace")
    if not hmac.compare_digest(offered, f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
