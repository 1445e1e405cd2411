"""The base class of every Celery task: it runs in the schema it was sent from, or not at all."""

from typing import Any

from django_tenants.postgresql_backend.base import FakeTenant
from tenant_schemas_celery.app import get_schema_name_from_task
from tenant_schemas_celery.task import TenantTask as LibraryTask

from kernel.tenancy import PUBLIC, current_schema, require_schema_name


class WrongSchemaError(RuntimeError):
    """A task did not find itself in the schema it was sent from; it has done nothing."""


class TenantTask(LibraryTask):  # type: ignore[misc]  # the library is untyped
    """A task that carries its schema in a header, without asking the database who the tenant is.

    The library looks the tenant up before each task and, when that fails - the row is gone, the database is away, the
    schema is `platform` - logs it and runs the task in `public`. Here nothing is looked up, and a task that does not
    find itself in its schema fails before its first line.
    """

    abstract = True

    @classmethod
    def get_tenant_for_schema(cls, schema_name: str) -> FakeTenant:
        """Return what the connection needs to know about the schema: its name."""
        return FakeTenant(require_schema_name(schema_name))

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:  # noqa: ANN401 - Celery is untyped
        """Refuse to start elsewhere. Raises WrongSchemaError."""
        super().before_start(task_id, args, kwargs)
        wanted = get_schema_name_from_task(self, kwargs) or PUBLIC
        if current_schema() != wanted:
            message = f"sent from schema {wanted!r}, started in {current_schema()!r}"
            raise WrongSchemaError(message)
