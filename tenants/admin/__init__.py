"""The desks of tenants and people: the operator's over the whole installation, and a tenant's own."""

from tenants.admin import operator, tenant

__all__ = ["operator", "tenant"]
