"""A tenant's own admin: owners and admins of that tenant, nobody else, and through actions only."""

import pytest
from django.test import Client

from conversations.models import Outlet, OutletUpdate, Template
from kernel.actors import SYSTEM
from kernel.events.reading import events_after, head_seq
from team.models import Member
from tenants import actions
from tenants.backoffice.sites import tenant_site
from tenants.models import ApiKey
from tests.admin.doors import POST_ONLY, addresses, operator_client
from tests.cast import Stage

SAID = "said in confidence"


@pytest.fixture
def world(northside: Stage) -> None:
    """A row in every table."""
    client = northside.client(key=northside.api_key)
    body = {"outlet": str(northside.outlet_id), "to": "+13055550123", "type": "text", "text": SAID}
    client.post("/api/v1/messages/send/", body, content_type="application/json")
    client.post("/api/v1/contacts/", {"name": "Maribel Ortega"}, content_type="application/json")
    Template.objects.create(waba_id=northside.waba_id, name="welcome", language="en", status="approved")
    outlet = Outlet.objects.get(id=northside.outlet_id)
    OutletUpdate.objects.create(outlet=outlet, field="account_update", payload={"text": SAID}, digest=b"1" * 32)


def pages(stage: Stage) -> list[str]:
    return sorted(set(addresses(tenant_site, stage.schema, {})))


def facts(stage: Stage, after: int) -> list[tuple[str, str]]:
    return [(event.type, event.actor.id) for event in events_after(after, limit=100)]


def test_only_owners_and_admins_of_the_tenant_enter(world, northside: Stage, harbor: Stage, olga) -> None:
    everything = pages(northside)
    assert len(everything) > 40
    insiders = [northside.client(member=northside.members[name]) for name in ("owner", "adam")]
    others = [northside.client(member=northside.members[name]) for name in ("alice", "vera")]
    foreign = Client(HTTP_HOST=northside.host)
    foreign.cookies = harbor.client(member=harbor.members["owner"]).cookies
    operator = Client(HTTP_HOST=northside.host)
    operator.cookies = operator_client().cookies
    stranger = Client(HTTP_HOST=northside.host)
    with_key = northside.client(key=northside.api_key)
    for page in everything:
        for client in insiders:
            assert client.get(page).status_code in {200, 302, 403, POST_ONLY}, page
        for client in others:
            assert client.get(page).status_code == 404, page
        for client in (foreign, operator, stranger, with_key):
            assert client.get(page).headers["Location"].startswith("/login/?next="), page
    assert sum(insiders[0].get(page).status_code == 200 for page in everything) > 25


def test_no_page_shows_a_secret_or_what_was_said(world, northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    for page in pages(northside):
        content = client.get(page).content.decode()
        for secret in ("token-of-the-tests", northside.api_key, SAID, client.cookies["redress_session"].value):
            assert secret not in content, page


def test_another_tenants_rows_are_not_there(world, northside: Stage, harbor: Stage) -> None:
    client = northside.client(member=northside.adam)
    charlie = harbor.charlie
    key_id = ApiKey.objects.get(tenant_id=harbor.tenant.id).id
    for address in (
        f"team/member/{charlie.id}/role/",
        f"team/member/{charlie.id}/remove/",
        f"tenants/apikey/{key_id}/revoke/",
    ):
        assert client.post(f"/admin/{address}", {"role": "viewer"}).status_code == 404, address
        assert client.get(f"/admin/{address}").status_code == 404, address
    assert str(key_id) not in client.get("/admin/tenants/apikey/").content.decode()
    assert "Charlie" not in client.get("/admin/team/member/").content.decode()
    assert ApiKey.objects.get(id=key_id).revoked_at is None
    with harbor.inside():
        assert Member.objects.get(id=charlie.id).role == "agent"


def test_a_role_changes_and_history_names_who_did_it(northside: Stage) -> None:
    client, before = northside.client(member=northside.adam), head_seq(northside.schema)
    assert client.post(f"/admin/team/member/{northside.bob.id}/role/", {"role": "viewer"}).status_code == 302
    assert Member.objects.get(id=northside.bob.id).role == "viewer"
    assert facts(northside, before) == [("member.role_changed", str(northside.adam.id))]


def test_an_admin_decides_nothing_about_owners(northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    owner = northside.members["owner"]
    for address, values in (
        (f"{owner.id}/remove/", {}),
        (f"{owner.id}/role/", {"role": "agent"}),
        (f"{northside.adam.id}/role/", {"role": "owner"}),
    ):
        answer = client.post(f"/admin/team/member/{address}", values)
        assert answer.status_code == 400, address
        assert "Only an owner decides about owners." in answer.content.decode()
    assert Member.objects.get(id=owner.id).role == "owner"
    assert Member.objects.get(id=northside.adam.id).role == "admin"


def test_somebody_leaves_and_comes_back(northside: Stage) -> None:
    client, before = northside.client(member=northside.adam), head_seq(northside.schema)
    page = f"/admin/team/member/{northside.bob.id}/"
    assert client.post(f"{page}remove/").status_code == 302
    assert not Member.objects.get(id=northside.bob.id).is_active
    assert client.post(f"{page}restore/").status_code == 302
    row = Member.objects.get(id=northside.bob.id)
    assert (row.is_active, row.role) == (True, "agent")
    assert [fact[0] for fact in facts(northside, before)] == ["member.removed", "member.added"]


def test_a_token_goes_in_and_never_comes_out(northside: Stage) -> None:
    client, before = northside.client(member=northside.adam), head_seq(northside.schema)
    page = f"/admin/conversations/outlet/{northside.outlet_id}/token/"
    assert client.post(page, {"access_token": "a-new-token-of-the-tests"}).status_code == 302
    assert Outlet.objects.get(id=northside.outlet_id).access_token == "a-new-token-of-the-tests"
    event = events_after(before, limit=10)[0]
    assert (event.type, event.payload["field"]) == ("outlet.updated", "access_token")
    assert "a-new-token" not in str(event.payload)
    assert "a-new-token" not in client.get(page).content.decode()


def test_a_number_is_stopped_and_started_by_hand(northside: Stage) -> None:
    client, before = northside.client(member=northside.adam), head_seq(northside.schema)
    page = f"/admin/conversations/outlet/{northside.outlet_id}/"
    assert client.post(f"{page}stop/").status_code == 302
    row = Outlet.objects.get(id=northside.outlet_id)
    assert (row.status, row.status_code) == ("stopped", "STOPPED_BY_HAND")
    assert "Stopped by hand." in client.get("/admin/conversations/outlet/").content.decode()
    assert client.post(f"{page}restart/").status_code == 302
    assert Outlet.objects.get(id=northside.outlet_id).status == "active"
    assert [fact[0] for fact in facts(northside, before)] == ["outlet.stopped", "outlet.updated"]


def test_the_audit_log_is_searched_and_proved(northside: Stage) -> None:
    actions.change_role(member_id=northside.bob.id, role="viewer", actor=SYSTEM)
    client = northside.client(member=northside.adam)
    found = client.get("/admin/events/event/", {"q": "member.role"}).content.decode()
    assert "member.role_changed" in found
    assert "member.signed_in" not in found
    subject = client.get("/admin/events/event/", {"q": f"member:{northside.bob.id}"}).content.decode()
    assert "member.role_changed" in subject
    assert "Whole" in client.get("/admin/chain/").content.decode()


@pytest.mark.parametrize(
    "page", ["crm/contact", "conversations/conversation", "team/member", "tenants/apikey", "events/event"]
)
def test_lists_cost_the_same_however_long(page, world, northside: Stage, django_assert_max_num_queries) -> None:
    client = northside.client(member=northside.adam)
    client.get(f"/admin/{page}/")
    with django_assert_max_num_queries(8):
        client.get(f"/admin/{page}/")
