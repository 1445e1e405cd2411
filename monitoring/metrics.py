"""Prometheus text: what this process counts, and the numbers of the whole installation as the scrape finds them.

With PROMETHEUS_MULTIPROC_DIR set (as in `make run`) every process of the machine counts into that directory and any
of them answers for all; without it a scrape sees the counters of the process it reaches.
"""

import os
import time
from collections.abc import Iterable, Iterator

from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from kernel.heartbeat import heartbeats
from kernel.tenancy import tenant_context
from monitoring import measurements, queries
from monitoring.enums import Severity
from monitoring.parts import parts

REQUESTS = Histogram(
    "redress_http_request_seconds",
    "Time to answer a request",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_request(request: HttpRequest, status: int, seconds: float) -> None:
    """Count one answered request; its labels are bounded: the route's pattern, never the path."""
    match = request.resolver_match
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, match.route if match else "unmatched", status).observe(seconds)


def exposition() -> bytes:
    """Return everything as Prometheus text."""
    shared = CollectorRegistry()
    shared.register(InstallationCollector())
    return generate_latest(_counted()) + generate_latest(shared)


def _counted() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped in the library
    return registry


class InstallationCollector(Collector):
    """Gauges that are read, not counted: parts, queues, inbox, events, alerts."""

    def collect(self) -> Iterable[Metric]:
        """Read the numbers. Raises redis.exceptions.RedisError or a database error, and the scrape fails visibly."""
        yield from _part_gauges()
        yield from _number_gauges(measurements.latest())
        yield _alert_gauge()


def _part_gauges() -> Iterator[Metric]:
    alive = GaugeMetricFamily("redress_part_up", "1 when the part was heard lately", labels=["part"])
    processes = GaugeMetricFamily("redress_part_processes", "Living processes of the part", labels=["part"])
    for part in parts(heartbeats()):
        alive.add_metric([part.name], float(part.alive))
        processes.add_metric([part.name], part.processes)
    yield alive
    yield processes


def _number_gauges(numbers: measurements.Numbers) -> Iterator[Metric]:
    queues = GaugeMetricFamily("redress_queue_tasks", "Tasks waiting, or taken and not done", labels=["queue"])
    for queue, length in numbers.get("queues", {}).items():
        queues.add_metric([queue], length)
    yield queues
    for group, field, unit, text in _GAUGES:
        if field in numbers.get(group, {}):
            yield GaugeMetricFamily(f"redress_{group}_{field.removesuffix('_s')}{unit}", text, numbers[group][field])
    if "measured_at" in numbers:
        age = time.time() - numbers["measured_at"]
        yield GaugeMetricFamily("redress_measured_age_seconds", "Age of the numbers above", age)


def _alert_gauge() -> Metric:
    gauge = GaugeMetricFamily("redress_alerts_open", "Open alerts", labels=["severity"])
    with tenant_context("public"):
        severities = list(queries.open_alerts().values_list("severity", flat=True))
    for severity in Severity:
        gauge.add_metric([severity.value], severities.count(severity.value))
    return gauge


_GAUGES = (
    ("inbox", "waiting", "", "Webhooks stored and not handed down yet"),
    ("inbox", "lag_s", "_seconds", "Age of the oldest waiting webhook"),
    ("inbox", "parked", "", "Updates set aside with a reason"),
    ("events", "waiting", "", "Events not yet handled by every subscriber"),
    ("events", "tenants", "", "Tenants with such events"),
    ("events", "lag_s", "_seconds", "Age of the oldest head not yet handled"),
    ("tenants", "events_parked", "", "Events a subscriber could not take"),
    ("tenants", "outbox_waiting", "", "Messages on their way out"),
    ("tenants", "outbox_dead", "", "Messages waiting for another round"),
    ("tenants", "outbox_parked", "", "Messages only a person can send again"),
)
