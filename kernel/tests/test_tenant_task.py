import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from config.celery import app
from kernel.redis import client, key
from kernel.tenancy import PLATFORM, PUBLIC, current_schema, tenant_context
from kernel.tenant_task import TenantTask, WrongSchemaError
from kernel.testing.servers import program_environment
from kernel.tests.tenant_tasks import SEEN, look
from tests.cast import Stage

Seen = list[Any]
"""The number of the task, the schema it ran in, the people it saw there."""


@pytest.fixture
def worker_log(committed: Callable[[str], Stage], tmp_path: Path) -> Iterator[Path]:
    """A real worker; yields where it writes."""
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-P", "solo"]
    command += ["--include", "kernel.tests.tenant_tasks", "--without-mingle", "--without-gossip"]
    with log.open("wb") as output:
        worker = subprocess.Popen(command, stdout=output, stderr=output, env=program_environment())
    try:
        yield log
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)


def seen(count: int) -> list[Seen]:
    found: list[Any] = [client().blpop([key(SEEN)], timeout=30) for _task in range(count)]
    assert None not in found
    return sorted(json.loads(one[1]) for one in found)


def test_every_task_of_ours_is_a_tenant_task() -> None:
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert [name for name, task in ours.items() if not isinstance(task, TenantTask)] == []
    assert any(name.startswith("conversations.") for name in ours)


def test_tasks_run_in_the_schema_they_were_sent_from(committed: Callable[[str], Stage], worker_log: Path) -> None:
    stages = [committed("one"), committed("two")] * 3
    for number, stage in enumerate(stages):
        with stage.inside():
            look.delay(number)
    look.delay(6)
    with tenant_context(PLATFORM):
        look.delay(7)
    with tenant_context("t_nobody_has_this"):
        look.delay(8)  # the tenant is gone: the task must fail, and not run in public
    look.delay(9)

    of_tenants = [[n, s.schema, sorted(member.email for member in s.members.values())] for n, s in enumerate(stages)]
    assert seen(9) == [*of_tenants, [6, PUBLIC, []], [7, PLATFORM, []], [9, PUBLIC, []]]
    assert 'relation \\"team_member\\" does not exist' in worker_log.read_text(encoding="utf-8")


def test_task_whose_schema_could_not_be_set_does_not_run(northside: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_cls: type[TenantTask], schema_name: str) -> None:
        raise OperationalError(schema_name)

    monkeypatch.setattr(TenantTask, "get_tenant_for_schema", classmethod(fail))
    answer = look.apply(args=(1,), headers={"_schema_name": "t_other"})
    assert isinstance(answer.result, WrongSchemaError)
    assert str(answer.result) == "sent from schema 't_other', started in 'public'"
    assert client().llen(key(SEEN)) == 0
    assert current_schema() == northside.schema


@pytest.mark.parametrize("schema", ["", 'x"; DROP SCHEMA public', "pg_catalog"])
def test_header_that_is_no_schema_is_refused(schema: str) -> None:
    with pytest.raises(ValueError, match="no schema name"):
        TenantTask.get_tenant_for_schema(schema)
