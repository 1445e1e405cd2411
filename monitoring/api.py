"""The API of health."""

from typing import Any, ClassVar

from rest_framework import serializers

from kernel.api.calls import Answer, Call
from kernel.api.operations import Caching, Operation
from kernel.api.routes import route
from kernel.api.shapes import Shape
from kernel.api.views import ApiView
from monitoring import queries
from monitoring.enums import Severity


class PartShape(Shape):
    """One kind of process."""

    name = serializers.CharField()
    alive = serializers.BooleanField()
    processes = serializers.IntegerField(help_text="How many of it live.")
    silent_s = serializers.FloatField(allow_null=True, help_text="Seconds since the last sign of life; null: never.")


class AlertShape(Shape):
    """Something somebody has to look at: this tenant's, or of the whole installation."""

    key = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    title = serializers.CharField()
    details = serializers.DictField()
    opened_at = serializers.DateTimeField()


class HealthShape(Shape):
    """How the installation is. The numbers are null until they were first measured."""

    selectable = False

    status = serializers.ChoiceField(choices=["ok", "degraded", "down"])
    parts = PartShape(many=True)
    inbox = serializers.DictField(allow_null=True, help_text="Webhooks: waiting, seconds behind, parked.")
    events = serializers.DictField(allow_null=True, help_text="Events: waiting, seconds behind.")
    queues = serializers.DictField(allow_null=True, help_text="Tasks waiting, by queue.")
    alerts = AlertShape(many=True)
    measured_at = serializers.DateTimeField(allow_null=True)

    example: ClassVar[dict[str, Any]] = {
        "status": "ok",
        "parts": [{"name": "ingest", "alive": True, "processes": 1, "silent_s": 1.2}],
        "inbox": {"waiting": 0, "lag_s": 0.0, "parked": 0},
        "events": {"waiting": 0, "tenants": 0, "lag_s": 0.0},
        "queues": {"send": 0, "default": 0, "unacknowledged": 0},
        "alerts": [],
        "measured_at": "2026-11-20T15:04:00.000Z",
    }


class Health(ApiView):
    """The health of the installation."""

    tag = "Health"

    @Operation(
        name="getHealth",
        summary="Read how the installation is",
        scope="health:read",
        returns=HealthShape,
        caching=Caching.SHORT,
    )
    def get(self, call: Call) -> Answer:  # noqa: ARG002 - the same for every caller
        """Read which parts live, what waits, and what is wrong."""
        return Answer(data=queries.health_snapshot())


urlpatterns = [route("health/", Health)]
