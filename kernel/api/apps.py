"""The app `api`."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tenant schema: the answers given under an idempotency key."""

    name = "kernel.api"
    label = "api"
    verbose_name = "API"
