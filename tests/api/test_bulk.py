"""Many objects at once: within the request, or as a job that survives its worker."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from config.environment import ROOT
from conversations import queries
from conversations.models import Conversation
from crm import actions as crm
from crm.models import Contact
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.api import bulk, jobs, tasks
from kernel.api.models import Job, JobRow
from kernel.events.models import Event
from kernel.events.reading import head_seq
from kernel.ids import new_id
from kernel.testing.servers import program_environment
from tenants import actions as tenants
from tests.api.world import build_world

CONTACTS = "/api/v1/contacts/bulk/"
CONVERSATIONS = "/api/v1/conversations/bulk/"


def ask(client, address, body, status=200, **headers):
    answer = client.post(address, body, content_type="application/json", **headers)
    assert answer.status_code == status, answer.content
    return answer.json()["data"] if answer.json()["success"] else answer.json()["error"]


@pytest.fixture
def program(northside):
    return northside.client(key=northside.api_key)


@pytest.fixture
def people(northside):
    return make(5)


def make(number, **values):
    return [crm.create_contact(name=f"Person {one}", actor=SYSTEM, **values) for one in range(number)]


def texts(ids):
    return [str(one) for one in ids]


def updated_events():
    return Event.objects.filter(type="contact.updated").count()


def work_off(job_id):
    tasks.run_job(str(job_id))
    return Job.objects.get(id=job_id)


# --- within the request ----------------------------------------------------------------------


def test_ids_are_changed_by_the_same_action_as_one(program, people):
    body = {"operation": "update", "ids": texts(people[:3]), "updates": {"lifecycle": "client"}}
    found = ask(program, CONTACTS, body)

    assert found == {"matched": 3, "updated": 3, "failed": [], "job_id": None}
    assert set(Contact.objects.filter(lifecycle="client").values_list("id", flat=True)) == set(people[:3])
    assert updated_events() == 3


def test_filters_are_those_of_the_list(program, people):
    crm.create_contact(name="Rosa Delgado", lifecycle="consult", actor=SYSTEM)
    body = {"operation": "update", "filters": {"lifecycle": "consult"}, "updates": {"language": "es"}}

    assert ask(program, CONTACTS, body)["matched"] == 1
    assert Contact.objects.get(language="es").name == "Rosa Delgado"
    searched = {"operation": "update", "filters": {"search": "delg"}, "updates": {"language": "en"}}
    assert ask(program, CONTACTS, searched)["updated"] == 1


def test_refused_rows_are_told_and_the_others_go_on(program, people):
    crm.create_contact(name="Rosa", phone="+13055550142", actor=SYSTEM)
    stranger = new_id()
    body = {
        "operation": "update", "ids": [*texts(people[:2]), str(stranger)], "updates": {"phone": "+13055550142"},
    }  # fmt: skip
    found = ask(program, CONTACTS, body)

    assert (found["matched"], found["updated"]) == (2, 0)
    assert [(one["id"], one["code"]) for one in found["failed"]] == [
        (str(stranger), "NOT_FOUND"), (str(people[0]), "CONFLICT"), (str(people[1]), "CONFLICT"),
    ]  # fmt: skip
    assert Contact.objects.filter(phone="+13055550142").count() == 1
    assert updated_events() == 0


def test_dry_run_tells_what_would_be_refused_and_leaves_nothing(program, northside, people):
    seq = head_seq(northside.schema)
    body = {"operation": "update", "ids": texts(people), "updates": {"phone": "+13055550142"}, "dry_run": True}
    found = ask(program, CONTACTS, body)

    assert (found["matched"], found["updated"], len(found["failed"])) == (5, 1, 4)
    assert not Contact.objects.filter(phone="+13055550142").exists()
    assert head_seq(northside.schema) == seq


def test_conversations_are_resolved_and_marked_as_read(world):
    other = world.write_in("+13055550301")
    filters = {"status": "open", "unread": True}

    assert ask(world.client, CONVERSATIONS, {"operation": "mark_seen", "filters": filters})["updated"] >= 1
    assert not Conversation.objects.filter(unread_count__gt=0).exists()
    body = {"operation": "update", "ids": [str(other)], "updates": {"status": "resolved"}}
    assert ask(world.client, CONVERSATIONS, body)["updated"] == 1
    assert queries.conversation_for(other).status == "resolved"


def test_same_key_does_it_once(program, people):
    body = {"operation": "update", "ids": texts(people), "updates": {"lifecycle": "client"}}
    first = ask(program, CONTACTS, body, HTTP_IDEMPOTENCY_KEY="once")
    again = ask(program, CONTACTS, body, HTTP_IDEMPOTENCY_KEY="once")

    assert first == again
    assert updated_events() == 5


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ids": None}, "ids"), ({"ids": []}, "ids"), ({"ids": ["x"]}, "ids.0"), ({"filters": {}}, "ids"),
        ({"operation": "delete"}, "operation"), ({"updates": {}}, "updates"), ({"updates": None}, "updates"),
        ({"updates": {"age": 7}}, "updates.age"), ({"updates": {"lifecycle": "king"}}, "updates.lifecycle"),
        ({"dry_run": "yes"}, "dry_run"), ({"colour": "red"}, "colour"),
        ({"ids": ..., "filters": {"limit": 5}}, "filters.limit"),
        ({"ids": ..., "filters": {"order": "created_at"}}, "filters.order"),
        ({"ids": ..., "filters": {"lifecycle": "king"}}, "filters.lifecycle"),
        ({"ids": ..., "filters": {"page": 2}}, "filters.page"), ({"ids": ...}, "ids"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named(program, people, changed, named):
    body = {"operation": "update", "ids": texts(people), "updates": {"lifecycle": "client"}, **changed}
    error = ask(program, CONTACTS, {name: value for name, value in body.items() if value is not ...}, 400)

    assert error["code"] == "VALIDATION_ERROR"
    assert list(error["details"]) == [named]
    assert updated_events() == 0


def test_a_key_is_nobodys_inbox_in_filters_too(program):
    error = ask(program, CONVERSATIONS, {"operation": "mark_seen", "filters": {"assignee": "me"}}, 400)

    assert "assignee" in error["details"]


def test_ids_of_another_tenant_are_nobodys(program, harbor):
    with harbor.inside():
        theirs = make(2)
    found = ask(program, CONTACTS, {"operation": "update", "ids": texts(theirs), "updates": {"name": "Mine"}})

    assert (found["matched"], [one["code"] for one in found["failed"]]) == (0, ["NOT_FOUND"] * 2)
    with harbor.inside():
        assert not Contact.objects.filter(name="Mine").exists()


# --- as a job --------------------------------------------------------------------------------


def begin(client, number=130, **body):
    make(number)
    filters = {"operation": "update", "filters": {}, "updates": {"lifecycle": "client"}, **body}
    return UUID(ask(client, CONTACTS, filters, 202)["job_id"])


def test_more_than_a_hundred_become_a_job(program, django_capture_on_commit_callbacks, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.run_job, "delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        job_id = begin(program)
    job = program.get(f"/api/v1/jobs/{job_id}/").json()["data"]

    assert sent == [str(job_id)]
    assert (job["status"], job["progress"]) == ("queued", {"total": 130, "done": 0, "percent": 0})
    assert updated_events() == 0
    assert work_off(job_id).status == "done"
    done = program.get(f"/api/v1/jobs/{job_id}/").json()["data"]
    assert (done["status"], done["progress"]["percent"], done["finished_at"] is None) == ("done", 100, False)
    assert done["result"] == {"matched": 130, "updated": 130, "failed_count": 0, "failed": []}
    assert Contact.objects.filter(lifecycle="client").count() == updated_events() == 130


def test_job_is_about_the_rows_of_its_beginning(program):
    job_id = begin(program)
    late = crm.create_contact(name="Late", actor=SYSTEM)
    work_off(job_id)

    assert Contact.objects.get(id=late).lifecycle == "lead"


def test_refusals_of_a_job_are_capped_and_can_all_be_read(program):
    crm.create_contact(name="Rosa", phone="+13055550142", lifecycle="consult", actor=SYSTEM)
    stranger = str(new_id())
    ids = [*texts(make(150)), stranger]
    body = {"operation": "update", "ids": ids, "updates": {"phone": "+13055550142"}}
    job_id = UUID(ask(program, CONTACTS, body, 202)["job_id"])
    work_off(job_id)
    result = program.get(f"/api/v1/jobs/{job_id}/").json()["data"]["result"]
    page = program.get(f"/api/v1/jobs/{job_id}/failures/?limit=100")
    rest = program.get(page["Link"].partition(">")[0].strip("<")).json()["data"]
    told = [one["id"] for one in [*page.json()["data"], *rest]]

    assert (result["matched"], result["updated"], result["failed_count"]) == (150, 0, 151)
    assert len(result["failed"]) == 100
    assert sorted(told) == sorted(ids)
    assert told[-1] == stranger


def test_dry_run_of_a_job_leaves_nothing(program, northside):
    job_id = begin(program, dry_run=True)
    seq = head_seq(northside.schema)

    assert (work_off(job_id).updated, Contact.objects.filter(lifecycle="client").count()) == (130, 0)
    assert head_seq(northside.schema) == seq


def test_cancelled_job_stops_where_it_is(program):
    job_id = begin(program)
    assert jobs.advance(job_id)
    cancelled = ask(program, f"/api/v1/jobs/{job_id}/cancel/", {})

    assert (cancelled["status"], cancelled["progress"]["done"]) == ("cancelled", jobs.CHUNK)
    work_off(job_id)
    assert Contact.objects.filter(lifecycle="client").count() == jobs.CHUNK
    assert ask(program, f"/api/v1/jobs/{job_id}/cancel/", {})["status"] == "cancelled"


def test_ended_job_can_not_be_cancelled(program):
    job_id = begin(program)
    work_off(job_id)

    assert ask(program, f"/api/v1/jobs/{job_id}/cancel/", {}, 409)["code"] == "CONFLICT"


def test_jobs_are_their_callers_own(program, northside, harbor):
    job_id = begin(program)
    other = northside.client(key=tenants.create_api_key(name="x", scopes=["jobs:read", "jobs:write"], actor=SYSTEM).key)

    assert [one["id"] for one in program.get("/api/v1/jobs/").json()["data"]] == [str(job_id)]
    for client in (other, northside.client(member=northside.adam), harbor.client(key=harbor.api_key)):
        assert client.get("/api/v1/jobs/").json()["data"] == []
        for address in (f"/api/v1/jobs/{job_id}/", f"/api/v1/jobs/{job_id}/failures/"):
            assert client.get(address).status_code == 404
        assert client.post(f"/api/v1/jobs/{job_id}/cancel/", {}, "application/json").status_code == 404
    assert Job.objects.get().status == "queued"


def test_job_of_a_suspended_tenant_rests(program, northside):
    job_id = begin(program)
    tenants.suspend_tenant(tenant_id=northside.tenant.id, reason="unpaid", actor=SYSTEM)
    assert work_off(job_id).done == 0
    tenants.resume_tenant(tenant_id=northside.tenant.id, actor=SYSTEM)
    assert work_off(job_id).status == "done"


def test_job_gives_way_after_its_turn(program, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.run_job, "delay", sent.append)
    monkeypatch.setattr(tasks, "TURN_S", 0.0)
    job_id = begin(program)

    assert (work_off(job_id).done, sent) == (jobs.CHUNK, [str(job_id)])


def test_job_that_lost_its_worker_gets_another_one(program, northside, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.run_job, "delay", sent.append)
    job_id = begin(program)
    jobs.advance(job_id)
    tasks.sweep_jobs()
    assert sent == []
    Job.objects.update(updated_at=clocks.now() - timedelta(minutes=1))
    tasks.sweep_jobs()
    assert sent == [str(job_id)]


def test_chunk_that_breaks_leaves_nothing_and_is_given_up_after_five_times(program, monkeypatch):
    job_id = begin(program)

    def broken(**_arguments):
        crm.create_contact(name="Debris", actor=SYSTEM)
        message = "a fault of ours"
        raise RuntimeError(message)

    monkeypatch.setattr("crm.api.actions.update_contact", broken)
    for _time in range(jobs.TRIES):
        with pytest.raises(RuntimeError):
            tasks.run_job(str(job_id))
    job = Job.objects.get()

    assert (job.status, job.done, job.updated) == ("failed", 0, 0)
    assert not Contact.objects.filter(name="Debris").exists()
    assert not jobs.advance(job_id)


def test_old_jobs_are_forgotten(program):
    job_id = begin(program)
    work_off(job_id)
    assert jobs.forget_old_jobs(clocks.now()) == 0
    assert jobs.forget_old_jobs(clocks.now() + timedelta(days=31)) == 131
    assert (Job.objects.count(), JobRow.objects.count()) == (0, 0)


def test_a_kind_of_objects_is_registered_once(program):
    known = bulk.bulk_named("contacts")
    assert bulk.register(known) is known
    with pytest.raises(ValueError, match="contacts"):
        bulk.register(bulk.Bulk(**{name: getattr(known, name) for name in known.__slots__}))


DIE = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from kernel.api import tasks
from kernel.tenancy import tenant_context

schema, job, fatal, times = sys.argv[1:]
left = int(times)

def die(execute, sql, params, many, context):
    global left
    result = execute(sql, params, many, context)
    if fatal in sql:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return result

with tenant_context(schema), connection.execute_wrapper(die):
    tasks.run_job(job)
"""


@pytest.mark.parametrize(("fatal", "times"), [('UPDATE "crm_contact"', "27"), ('UPDATE "api_job"', "2")])
def test_killed_worker_leaves_no_row_out_and_changes_none_twice(committed, fatal, times):
    world = build_world(committed("bulk"))
    with world.stage.inside():
        job_id = world.job(130)
    environment = program_environment() | {"DJANGO_SETTINGS_MODULE": "config.settings_test"}
    died = subprocess.run(
        [sys.executable, "-c", DIE, world.stage.schema, str(job_id), fatal, times],
        cwd=ROOT, env=environment, check=False, capture_output=True,
    )  # fmt: skip

    assert died.returncode == -signal.SIGKILL, died.stderr
    with world.stage.inside():
        half = Job.objects.get(id=job_id)
        assert (half.done, half.status) == (jobs.CHUNK, "running")
        assert updated_events() == Contact.objects.filter(lifecycle="client").count() == jobs.CHUNK
        done = work_off(job_id)
        assert (done.status, done.done, done.updated) == ("done", 130, 130)
        assert updated_events() == Contact.objects.filter(lifecycle="client").count() == 130
        subjects = Event.objects.filter(type="contact.updated").values_list("subject", flat=True)
        assert len(set(subjects)) == 130


def test_workers_at_the_same_job_and_writers_beside_it_do_not_disturb_it(committed):
    world = build_world(committed("bulk"))
    with world.stage.inside():
        job_id = world.job(130)

    def help_out(number):
        with world.stage.inside():
            if number < 3:
                tasks.run_job(str(job_id))
            else:
                for one in Contact.objects.order_by("id")[:30]:
                    crm.update_contact(contact_id=one.id, changes={"language": f"e{number}"}, actor=SYSTEM)
        connection.close()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(help_out, range(5)))
    with world.stage.inside():
        job = work_off(job_id)
        assert (job.done, job.updated, job.failed) == (130, 130, 3)  # the three nobody has, from its beginning
        assert Contact.objects.filter(lifecycle="client").count() == 130
