"""An operator looks with a member's eyes: with a reason, read-only, for an hour, and the tenant can read all of it."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from kernel import clocks
from kernel.actors import SYSTEM
from kernel.events.reading import events_after, head_seq
from team.models import Member
from tenants import actions, handshake, queries
from tenants.memory import forget_here
from tenants.models import ApiKey, Impersonation, User
from tests.admin.doors import operator_client
from tests.cast import Stage


def facts(stage: Stage, after: int) -> list[tuple[str, str, str]]:
    return [(event.type, event.actor.kind, event.actor.id) for event in events_after(after, limit=100)]


def door(stage: Stage, name: str) -> str:
    return f"/admin/tenants/membership/{stage.members[name].id}/impersonate/"


def looking(stage: Stage, name: str = "adam") -> Client:
    answer = operator_client().post(door(stage, name), {"reason": "Ticket 4711"})
    assert answer.status_code == 302, answer.content.decode()
    target = urlsplit(answer.headers["Location"])
    assert target.netloc == stage.host
    client = Client(HTTP_HOST=stage.host)
    assert client.get(f"{target.path}?{target.query}").headers["Location"] == "/inbox/"
    return client


def test_it_needs_a_reason_and_is_in_the_tenants_history_from_start_to_stop(northside: Stage, olga) -> None:
    before = head_seq(northside.schema)
    assert operator_client().post(door(northside, "adam"), {"reason": " "}).status_code == 400
    client = looking(northside)
    content = client.get("/inbox/").content.decode()
    assert "You look with the eyes of Adam Reyes." in content
    stopped = client.post("/impersonation/stop/")
    assert "You have stopped looking" in stopped.content.decode()
    assert client.get("/inbox/").status_code == 302
    who = ("operator", str(olga.id))
    assert facts(northside, before) == [
        ("member.impersonation_started", *who), ("member.impersonation_ended", *who),
    ]  # fmt: skip
    started = events_after(before, limit=1)[0]
    assert started.payload["reason"] == "Ticket 4711"
    assert started.subject == f"member:{northside.adam.id}"


@pytest.mark.parametrize(
    "page", ["/inbox/", "/settings/", "/settings/members/", "/settings/audit/", "/settings/outlets/"]
)
def test_every_page_says_so(page, northside: Stage, olga) -> None:
    content = looking(northside).get(page).content.decode()
    assert "You look with the eyes of Adam Reyes." in content
    assert "/impersonation/stop/" in content


def test_nothing_can_be_changed_and_no_secret_is_near(northside: Stage, olga) -> None:
    client, before = looking(northside), head_seq(northside.schema)
    for page in ("/settings/security/", "/settings/keys/", "/terms/accept/"):
        assert client.get(page).status_code == 403, page
    assert client.get("/admin/").status_code == 404
    for page, values in (
        ("/settings/", {"name": "Not Adam", "language": "es", "time_zone": "UTC"}),
        ("/settings/security/password/", {"current": "x", "password": "another long password"}),
        ("/settings/keys/new/", {"name": "mine", "scopes": ["contacts:read"]}),
        ("/settings/members/invite/", {"email": "me@example.com", "role": "admin"}),
        ("/language/", {"language": "es"}),
        ("/api/v1/api-keys/", {}), ("/api/v1/contacts/", {"name": "x"}), ("/api/v1/ws-tickets/", {}),
    ):  # fmt: skip
        assert client.post(page, values).status_code == 403, page
    assert client.get("/api/v1/api-keys/").status_code == 403
    assert client.get("/api/v1/contacts/").status_code == 200
    assert facts(northside, before) == []
    assert Member.objects.get(id=northside.adam.id).name == "Adam Reyes"
    assert User.objects.get(id=northside.adam.user_id).language == "en"
    assert ApiKey.objects.filter(name="mine").count() == 0


def test_a_socket_of_it_watches_and_is_nobody(northside: Stage, olga) -> None:
    client = looking(northside)
    cookie = f"redress_session={client.cookies['redress_session'].value}".encode()
    headers = {b"host": northside.host.encode(), b"origin": f"http://{northside.host}".encode(), b"cookie": cookie}
    admitted = handshake.admit(headers, "conversations:read")
    assert isinstance(admitted, handshake.Admitted)
    assert admitted.member is None


def test_owners_and_operators_are_never_impersonated(northside: Stage, olga) -> None:
    client = operator_client()
    answer = client.post(door(northside, "owner"), {"reason": "Ticket 4711"})
    assert answer.status_code == 400
    assert "Owners and operators are not impersonated." in answer.content.decode()
    User.objects.filter(id=northside.bob.user_id).update(is_operator=True)
    assert client.post(door(northside, "bob"), {"reason": "Ticket 4711"}).status_code == 400
    assert Impersonation.objects.count() == 0


def test_the_token_opens_once_within_a_minute_at_its_own_tenant(northside: Stage, harbor: Stage, olga) -> None:
    answer = operator_client().post(door(northside, "alice"), {"reason": "Ticket 4711"})
    address = urlsplit(answer.headers["Location"])
    page = f"{address.path}?{address.query}"
    assert Client(HTTP_HOST=harbor.host).get(page).status_code == 410
    assert Client(HTTP_HOST=northside.host).get(page).status_code == 302
    assert Client(HTTP_HOST=northside.host).get(page).status_code == 410
    assert re.search(r"token=[\w-]{40,}", address.query)


def test_it_ends_after_an_hour_at_the_latest(northside: Stage, olga) -> None:
    client = looking(northside)
    Impersonation.objects.update(expires_at=clocks.now() - timedelta(seconds=1))
    forget_here()
    assert client.get("/inbox/").status_code == 302
    row = Impersonation.objects.get()
    assert timedelta(minutes=59) < looked_for(row, northside) <= timedelta(hours=1)


def looked_for(row: Impersonation, stage: Stage) -> timedelta:
    operator = queries.session_operator(row.operator_id)
    assert operator is not None
    actions.begin_impersonation(member_id=stage.bob.id, reason="again", operator=operator)
    newest = Impersonation.objects.order_by("-created_at")[0]
    return newest.expires_at - newest.created_at


def test_it_ends_with_the_operators_mark_and_with_the_membership(northside: Stage, olga) -> None:
    client = looking(northside)
    User.objects.filter(id=olga.id).update(is_operator=False)
    forget_here()
    assert client.get("/inbox/").status_code == 302
    User.objects.filter(id=olga.id).update(is_operator=True)
    forget_here()
    assert client.get("/inbox/").status_code == 200
    actions.remove_member(member_id=northside.adam.id, actor=SYSTEM)
    assert client.get("/inbox/").status_code == 302


def test_another_operator_can_end_it(northside: Stage, olga) -> None:
    client = looking(northside)
    row = Impersonation.objects.get()
    assert operator_client().post(f"/admin/tenants/impersonation/{row.id}/end/").status_code == 302
    assert client.get("/inbox/").status_code == 302
