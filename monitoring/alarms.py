"""Alerts that cannot wait for the next look of the health manager."""

from kernel.tenancy import tenant_context
from monitoring import actions
from monitoring.enums import Severity
from monitoring.types import Finding

BREAKER = "breaker:"


def breaker_finding(vendor: str, schema_name: str) -> Finding:
    """Return what an open breaker is to us."""
    title = f"{vendor} does not answer; calls are paused and tried again by themselves"
    return Finding(f"{BREAKER}{vendor}", Severity.CRITICAL, title, schema_name)


def breaker_opened(vendor: str, schema_name: str) -> None:
    """Raise the alert of a breaker that has just opened, in the process that saw it."""
    with tenant_context("public"):
        actions.raise_alert(breaker_finding(vendor, schema_name))
