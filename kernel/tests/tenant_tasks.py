"""Tasks for the tests of `kernel.tenant_task`, in a module of their own so that a real worker can load them."""

import json

from celery import shared_task

from kernel.redis import client, key
from kernel.tenancy import PUBLIC, current_schema
from team.models import Member

SEEN = "tenancy-tests-seen"


@shared_task
def look(number: int) -> None:
    schema = current_schema()
    found = [] if schema == PUBLIC else sorted(Member.objects.values_list("email", flat=True))
    client().rpush(key(SEEN), json.dumps([number, schema, found]))
