"""The operator's admin: who may enter, what it shows and never shows, and that what is done there is in history."""

from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from ingest.enums import Reason
from ingest.models import Delivery, ParkedUpdate, VendorApp
from kernel import clocks
from kernel.events.reading import events_after, head_seq
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from monitoring.actions import raise_alert
from monitoring.enums import Severity
from monitoring.types import Finding
from tenants import queries
from tenants.backoffice.sites import operator_site
from tenants.enums import TenantStatus
from tenants.models import Domain, Membership, Tenant
from tests.admin.doors import POST_ONLY, PUBLIC_HOST, addresses, operator_client
from tests.cast import PASSWORD, Stage

SECRET = "vendor-secret-of-the-tests"


@pytest.fixture
def world(northside: Stage, harbor: Stage, olga) -> dict[str, object]:
    """A row in every table of the installation."""
    app = VendorApp.objects.create(vendor="whatsapp", label="test", secret=SECRET, verify_token=f"{SECRET}-token")
    now = clocks.now()
    row = {"vendor": "whatsapp", "app": app, "received_at": now}
    delivery = Delivery.objects.create(digest=b"1" * 32, body=b'{"text": "said in confidence"}', **row)
    parked = ParkedUpdate.objects.create(
        delivery_id=delivery.id, position=0, reason=Reason.UNKNOWN_NUMBER, payload=b'{"text": "said too"}', **row
    )
    raise_alert(Finding("silent:test", Severity.CRITICAL, "test gives no sign of life"))
    with tenant_context(PUBLIC):
        Domain.objects.create(domain="chat.northside.example", tenant_id=northside.tenant.id)
    return {"slug": "northside", "parked": parked.id, "delivery": delivery.id}


def facts(schema: str, after: int) -> list[tuple[str, str, str]]:
    with tenant_context(schema):
        return [(event.type, event.actor.kind, event.actor.id) for event in events_after(after, limit=100)]


def test_only_operators_enter_any_page(world, northside: Stage) -> None:
    pages = sorted(set(addresses(operator_site, PUBLIC, {"slug": "northside"})))
    assert len(pages) > 40
    olga = operator_client()
    stranger = Client(HTTP_HOST=PUBLIC_HOST)
    member = northside.client(member=northside.adam)
    for page in pages:
        answer = olga.get(page)
        assert answer.status_code in {200, 302, 404, POST_ONLY, 403}, page
        assert stranger.get(page).headers["Location"].startswith("/admin/login/?"), page
        inside = Client(HTTP_HOST=PUBLIC_HOST)
        inside.cookies = member.cookies
        assert inside.get(page).headers["Location"].startswith("/admin/login/?"), page
    seen = [page for page in pages if olga.get(page).status_code == 200]
    assert len(seen) > 25


def test_no_page_shows_a_secret(world, northside: Stage) -> None:
    olga = operator_client()
    session_key = olga.cookies["redress_session"].value
    for page in sorted(set(addresses(operator_site, PUBLIC, {"slug": "northside"}))):
        content = olga.get(page).content.decode()
        for secret in (SECRET, "said in confidence", "said too", "token-of-the-tests", northside.api_key, session_key):
            assert secret not in content, page
        assert "argon2" not in content, page
        assert "md5$" not in content, page


def test_a_member_with_the_right_password_is_no_operator(northside: Stage, olga) -> None:
    client = Client(HTTP_HOST=PUBLIC_HOST)
    answer = client.post("/admin/login/", {"email": northside.adam.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "redress_session" not in client.cookies
    assert client.get("/admin/").status_code == 302


def test_five_wrong_passwords_lock_the_door(northside: Stage, olga) -> None:
    client = Client(HTTP_HOST=PUBLIC_HOST)
    wrong = {"email": "olga@redress.example", "password": "wrong password"}
    assert [client.post("/admin/login/", wrong).status_code for _ in range(5)] == [403, 403, 403, 403, 429]
    assert client.post("/admin/login/", wrong | {"password": PASSWORD}).status_code == 429


def test_signing_in_and_out_is_in_the_history_of_the_platform(northside: Stage, olga) -> None:
    before = head_seq(PLATFORM)
    client = operator_client()
    assert client.post("/admin/logout/").headers["Location"] == "/admin/login/"
    assert client.get("/admin/").status_code == 302
    who = ("operator", str(olga.id))
    assert facts(PLATFORM, before) == [("operator.signed_in", *who), ("operator.signed_out", *who)]


def test_an_operator_who_is_none_any_more_is_out(northside: Stage, olga) -> None:
    client = operator_client()
    type(olga).objects.filter(id=olga.id).update(is_operator=False)
    from tenants.memory import forget_here  # noqa: PLC0415 - as the action that does it would

    forget_here()
    assert client.get("/admin/").status_code == 302


def test_suspending_needs_a_reason_and_is_in_the_tenants_history(northside: Stage, olga) -> None:
    client, before = operator_client(), head_seq(northside.schema)
    page = f"/admin/tenants/tenant/{northside.tenant.id}/suspend/"
    assert "Northside Credit" in client.get(page).content.decode()
    assert client.post(page, {"reason": ""}).status_code == 400
    assert Tenant.objects.get(slug="northside").status == TenantStatus.ACTIVE
    answer = client.post(page, {"reason": "Invoice unpaid"})
    assert answer.headers["Location"] == f"/admin/tenants/tenant/{northside.tenant.id}/change/"
    row = Tenant.objects.get(slug="northside")
    assert (row.status, row.status_reason) == (TenantStatus.SUSPENDED, "Invoice unpaid")
    assert facts(northside.schema, before) == [("tenant.suspended", "operator", str(olga.id))]
    assert client.post(page.replace("suspend", "resume"), {}).status_code == 302
    assert Tenant.objects.get(slug="northside").status == TenantStatus.ACTIVE
    assert LogEntry.objects.count() == 0


def test_a_step_the_state_does_not_allow_is_refused_on_the_page(northside: Stage, olga) -> None:
    client = operator_client()
    answer = client.post(f"/admin/tenants/tenant/{northside.tenant.id}/end/", {})
    assert answer.status_code == 400
    assert "state that does not allow this" in answer.content.decode()
    assert Tenant.objects.get(slug="northside").status == TenantStatus.ACTIVE


def test_a_tenant_is_made_with_its_owner(northside: Stage, olga) -> None:
    values = {
        "name": "Lakeside Credit", "slug": "lakeside", "plan": "growth", "owner_name": "Lena Lake",
        "owner_email": "lena@lakeside.example",
    }  # fmt: skip
    client = operator_client()
    assert client.post("/admin/tenants/tenant/create/", values).status_code == 302
    row = Tenant.objects.get(slug="lakeside")
    assert facts(row.schema_name, 0) == [
        ("tenant.created", "operator", str(olga.id)), ("member.added", "operator", str(olga.id)),
    ]  # fmt: skip
    again = client.post("/admin/tenants/tenant/create/", values)
    assert again.status_code == 400
    assert "Choose another one." in again.content.decode()


def test_a_host_name_leads_to_its_tenant_until_it_is_removed(northside: Stage, olga) -> None:
    client, before = operator_client(), head_seq(northside.schema)
    add = f"/admin/tenants/tenant/{northside.tenant.id}/add-domain/"
    assert client.post(add, {"domain": "harbor.localhost"}).status_code == 400
    assert client.post(add, {"domain": "Chat.Northside.example"}).status_code == 302
    found = queries.tenant_by_host("chat.northside.example")
    assert found is not None
    assert found.slug == "northside"
    assert client.post(add, {"domain": "chat.northside.example"}).status_code == 400
    domain_id = Domain.objects.get(domain="chat.northside.example").id
    assert client.post(f"/admin/tenants/domain/{domain_id}/remove/").status_code == 302
    assert queries.tenant_by_host("chat.northside.example") is None
    assert [fact[0] for fact in facts(northside.schema, before)] == ["tenant.domain_added", "tenant.domain_removed"]


def test_roles_change_through_the_action_that_keeps_an_owner(northside: Stage, olga) -> None:
    client, before = operator_client(), head_seq(northside.schema)
    owner = Membership.objects.get(tenant_id=northside.tenant.id, role="owner")
    page = "/admin/tenants/membership/{}/role/"
    answer = client.post(page.format(owner.id), {"role": "viewer"})
    assert answer.status_code == 400
    assert "A tenant needs an owner." in answer.content.decode()
    assert client.post(page.format(northside.bob.id), {"role": "viewer"}).status_code == 302
    assert facts(northside.schema, before) == [("member.role_changed", "operator", str(olga.id))]


def test_a_parked_update_is_tried_again_and_noted(world, olga) -> None:
    client, before = operator_client(), head_seq(PLATFORM)
    values = {"action": "replay", "_selected_action": [str(world["parked"])]}
    assert client.post("/admin/ingest/parkedupdate/", values).status_code == 302
    row = ParkedUpdate.objects.get(id=world["parked"])
    assert row.replayed_at is not None
    assert Delivery.objects.filter(done_at=None).count() == 2
    assert facts(PLATFORM, before) == [("ingest.update_replayed", "operator", str(olga.id))]


def test_a_session_is_ended_by_its_mark(northside: Stage, olga) -> None:
    bob = northside.client(member=northside.bob)
    client, before = operator_client(), head_seq(northside.schema)
    mark = queries.session_mark(bob.cookies["redress_session"].value)
    assert mark in client.get("/admin/sessions/").content.decode()
    assert bob.get("/settings/").status_code == 200
    assert client.post(f"/admin/sessions/{mark}/revoke/").status_code == 302
    assert bob.get("/settings/").status_code == 302
    assert facts(northside.schema, before) == [("member.session_revoked", "operator", str(olga.id))]
    assert client.post(f"/admin/sessions/{mark}/revoke/").status_code == 404


def test_nothing_is_added_changed_or_deleted_around_actions(world, northside: Stage) -> None:
    client = operator_client()
    bases = {page.rpartition("add/")[0] for page in addresses(operator_site, PUBLIC, {}) if page.endswith("/add/")}
    assert len(bases) == 10
    for base in bases:
        assert client.post(f"{base}add/", {}).status_code == 403, base
        assert client.post(f"{base}{uuid4()}/delete/", {"post": "yes"}).status_code in {302, 403}, base
    values = {"action": "delete_selected", "_selected_action": [str(northside.tenant.id)], "post": "yes"}
    client.post("/admin/tenants/tenant/", values)
    assert Tenant.objects.filter(slug="northside").exists()


@pytest.mark.parametrize("page", ["/admin/tenants/tenant/", "/admin/tenants/membership/", "/admin/tenants/user/"])
def test_lists_cost_the_same_however_long(page, northside: Stage, olga, django_assert_num_queries) -> None:
    client = operator_client()
    client.get(page)
    counts = []
    for q in ("northside", ""):
        with django_assert_num_queries(100, exact=False) as captured:
            assert client.get(page, {"q": q} if q else {}).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_relaxed_policy_ends_below_admin(northside: Stage, olga) -> None:
    client = operator_client()
    policy = client.get("/admin/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert "unsafe-eval" not in client.get("/").headers["Content-Security-Policy"]
    assert "unsafe-eval" not in client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "https:" not in policy
