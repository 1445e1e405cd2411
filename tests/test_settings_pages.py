"""Settings pages: members, audit log, business, keys. Who may see and do what, and what must not happen."""

import csv
import io
import re

from django.test import Client

from conversations.models import Template
from kernel.events.reading import events_after, head_seq
from team.models import Member
from tenants.models import ApiKey, Tenant
from tests.cast import Stage

PAGES = ("/settings/members/", "/settings/audit/", "/settings/business/")


def facts(stage: Stage, after: int) -> list[tuple[str, str]]:
    return [(event.type, event.actor.id) for event in events_after(after, limit=100)]


def version(client: Client, page: str, near: str) -> str:
    content = client.get(page).content.decode()
    part = content[content.index(near) :]
    found = re.search(r'name="version" value="([^"]+)"', part)
    assert found
    return found[1]


def test_everybody_reads_and_only_admins_find_buttons(northside: Stage, harbor: Stage) -> None:
    admin, viewer = northside.client(member=northside.adam), northside.client(member=northside.vera)
    stranger = Client(HTTP_HOST=northside.host)
    stranger.cookies = harbor.client(member=harbor.charlie).cookies
    for page in PAGES:
        assert stranger.get(page).status_code == 302
        assert viewer.get(page).status_code == 200
        assert admin.get(page).status_code == 200
    assert "/settings/members/invite/" in admin.get(PAGES[0]).content.decode()
    assert "/settings/members/invite/" not in viewer.get(PAGES[0]).content.decode()
    assert "/settings/audit/export/" not in viewer.get(PAGES[1]).content.decode()
    for address in (f"members/{northside.bob.id}/role/", f"members/{northside.bob.id}/remove/", "members/invite/"):
        assert viewer.post(f"/settings/{address}", {"role": "owner"}).status_code == 403
    assert viewer.get("/settings/audit/export/").status_code == 403
    assert viewer.post("/settings/business/", {"name": "Mine"}).status_code == 403
    assert Tenant.objects.get(slug="northside").name == "Northside Credit"


def test_a_role_is_changed_unless_somebody_else_was_faster(northside: Stage) -> None:
    first, second = northside.client(member=northside.adam), northside.client(member=northside.members["owner"])
    before = head_seq(northside.schema)
    page = f"/settings/members/{northside.bob.id}/role/"
    old = version(first, PAGES[0], page)
    assert first.post(page, {"role": "viewer", "version": old}).status_code == 302
    answer = second.post(page, {"role": "admin", "version": old}, follow=True)
    assert "Somebody else has changed this meanwhile." in answer.content.decode()
    assert Member.objects.get(id=northside.bob.id).role == "viewer"
    assert [fact for fact in facts(northside, before) if fact[0] == "member.role_changed"] == [
        ("member.role_changed", str(northside.adam.id))
    ]


def test_an_admin_decides_nothing_about_owners(northside: Stage) -> None:
    client, owner = northside.client(member=northside.adam), northside.members["owner"]
    content = client.get(PAGES[0]).content.decode()
    assert f"/settings/members/{owner.id}/role/" not in content
    stamp = Member.objects.get(id=owner.id).updated_at.isoformat()
    answer = client.post(f"/settings/members/{owner.id}/remove/", {"version": stamp}, follow=True)
    assert "Only an owner decides about owners." in answer.content.decode()
    assert Member.objects.get(id=owner.id).is_active


def test_the_last_owner_stays(northside: Stage) -> None:
    owner = northside.members["owner"]
    client = northside.client(member=owner)
    stamp = Member.objects.get(id=owner.id).updated_at.isoformat()
    answer = client.post(f"/settings/members/{owner.id}/role/", {"role": "agent", "version": stamp}, follow=True)
    assert "A tenant needs an owner." in answer.content.decode()
    assert Member.objects.get(id=owner.id).role == "owner"


def test_somebody_is_invited_and_the_invitation_withdrawn(northside: Stage) -> None:
    client, before = northside.client(member=northside.adam), head_seq(northside.schema)
    answer = client.post("/settings/members/invite/", {"email": "nina@example.com", "role": "agent"}, follow=True)
    content = answer.content.decode()
    assert "The invitation to nina@example.com is on its way." in content
    found = re.search(r"/settings/members/invitations/([0-9a-f-]+)/withdraw/", content)
    assert found
    assert client.post(found[0]).status_code == 302
    assert "nina@example.com" not in client.get(PAGES[0]).content.decode()
    noted = [fact[0] for fact in facts(northside, before) if fact[0].startswith("member.")]
    assert noted == ["member.invited", "member.invitation_withdrawn"]
    refused = client.post("/settings/members/invite/", {"email": "no@example.com", "role": "owner"}, follow=True)
    assert "You can only give a role up to your own." in refused.content.decode()


def test_another_tenants_member_is_not_there(northside: Stage, harbor: Stage) -> None:
    client = northside.client(member=northside.adam)
    for step in ("role", "remove", "restore", "reset"):
        answer = client.post(f"/settings/members/{harbor.charlie.id}/{step}/", {"role": "viewer"}, follow=True)
        assert "There is no such member." in answer.content.decode()
    with harbor.inside():
        assert Member.objects.get(id=harbor.charlie.id).role == "agent"


def test_the_audit_log_is_narrowed_named_and_exported(northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    content = client.get("/settings/audit/", {"type": "member", "actor_kind": "member"}).content.decode()
    assert "member.signed_in" in content
    assert "Adam Reyes" in content
    assert "outlet.updated" not in content
    assert "Nothing fits" in client.get("/settings/audit/", {"type": "no.such"}).content.decode()
    assert "Whole up to event" in client.get("/settings/audit/", {"prove": "1"}).content.decode()
    answer = client.get("/settings/audit/export/", {"type": "member.signed_in"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert {row["type"] for row in rows} == {"member.signed_in"}
    assert rows[0]["actor"] == "Adam Reyes"


def test_conditions_nobody_can_read_narrow_nothing_and_break_nothing(northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    for given in (
        {"since": "2026-13-45"}, {"before": "x"}, {"before": "9" * 40}, {"type": "%_\\"}, {"subject": "'; --"},
        {"until": "9999-12-31"}, {"actor_kind": "nobody"},
    ):  # fmt: skip
        assert client.get("/settings/audit/", given).status_code == 200, given
    assert client.get("/settings/audit/", {"type": "\x00"}).status_code == 400


def test_the_business_changes_once_per_version(northside: Stage) -> None:
    client, before = northside.client(member=northside.adam), head_seq(northside.schema)
    old = version(client, "/settings/business/", "/settings/business/")
    values = {
        "name": "Northside",
        "language": "es",
        "time_zone": "America/Chicago",
        "allowed_origins": "https://www.northside.example",
    }
    assert client.post("/settings/business/", {**values, "version": old}).status_code == 302
    row = Tenant.objects.get(slug="northside")
    assert (row.name, row.language, row.allowed_origins) == ("Northside", "es", ["https://www.northside.example"])
    late = client.post("/settings/business/", {**values, "name": "Late", "version": old})
    assert late.status_code == 409
    assert 'value="Late"' in late.content.decode()
    assert Tenant.objects.get(slug="northside").name == "Northside"
    assert [fact[0] for fact in facts(northside, before)] == ["tenant.updated"]
    wrong = client.post(
        "/settings/business/",
        {**values, "allowed_origins": "ftp://x", "version": row.updated_at.isoformat()},
    )
    assert wrong.status_code == 400
    assert "HTTPS except on localhost" in wrong.content.decode()


def test_a_key_ends_at_the_end_of_a_day_and_comes_from_named_addresses(northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    values = {
        "name": "Forms",
        "scopes": ["contacts:read"],
        "expires_on": "2099-01-31",
        "allowed_ips": "203.0.113.7 198.51.100.0/24",
    }
    assert client.post("/settings/keys/new/", values).status_code == 200
    row = ApiKey.objects.get(name="Forms")
    assert row.allowed_ips == ["203.0.113.7", "198.51.100.0/24"]
    assert row.expires_at is not None
    assert row.expires_at.isoformat() == "2099-02-01T05:00:00+00:00"  # midnight in New York
    for wrong, sentence in (
        ({"expires_on": "x"}, "2027-01-31"),
        ({"expires_on": "2001-01-01"}, "time to come"),
        ({"allowed_ips": "here"}, "203.0.113.0/24"),
    ):
        answer = client.post("/settings/keys/new/", {**values, "name": "No", **wrong})
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
    assert not ApiKey.objects.filter(name="No").exists()


def test_templates_say_how_they_stand_and_how_they_read(northside: Stage, harbor: Stage) -> None:
    body = {"type": "BODY", "text": "Hello {{1}}, <b>your</b> file is ready."}
    named = {"waba_id": northside.waba_id, "language": "en", "category": "UTILITY"}
    Template.objects.create(name="file_ready", status="approved", quality="green", components=[body], **named)
    Template.objects.create(name="promo", status="rejected", reason="Promises an outcome", components=[body], **named)
    content = northside.client(member=northside.vera).get("/settings/templates/").content.decode()
    assert "file_ready" in content
    assert "&lt;b&gt;your&lt;/b&gt; file is ready." in content
    assert "Promises an outcome" in content
    assert "file_ready" not in harbor.client(member=harbor.charlie).get("/settings/templates/").content.decode()
