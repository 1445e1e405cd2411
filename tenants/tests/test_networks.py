"""From where a tenant is managed: listed networks, and everywhere for the inbox."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from kernel.actors import SYSTEM
from kernel.errors import Invalid
from kernel.events.models import Event
from tenants import actions, queries
from tests.cast import Stage

OFFICE = "198.51.100.7"
ABROAD = "203.0.113.9"


def save(stage: Stage, *networks: str, address: str = OFFICE) -> None:
    actions.set_admin_networks(tenant_id=stage.tenant.id, networks=networks, address=address, actor=SYSTEM)


def test_settings_open_from_the_office_only_and_the_inbox_from_everywhere(northside: Stage) -> None:
    adam = northside.client(member=northside.adam)
    save(northside, "198.51.100.0/24")
    assert adam.get("/settings/keys/", REMOTE_ADDR=OFFICE).status_code == 200
    refused = adam.get("/settings/keys/", REMOTE_ADDR=ABROAD)
    assert refused.status_code == 403
    assert "only from the networks your business has chosen" in refused.content.decode()
    assert adam.get("/inbox/", REMOTE_ADDR=ABROAD).status_code == 200
    assert adam.get("/settings/security/", REMOTE_ADDR=ABROAD).status_code == 200
    made = adam.post("/settings/keys/new/", {"name": "x", "scopes": "events:read"}, REMOTE_ADDR=ABROAD)
    assert made.status_code == 403
    assert not queries.api_keys().filter(name="x").exists()


def test_api_answers_from_the_office_only(northside: Stage, harbor: Stage) -> None:
    save(northside, OFFICE, "2001:db8::/32")
    program = northside.client(key=northside.api_key)
    statuses = [
        program.get("/api/v1/contacts/", REMOTE_ADDR=one).status_code for one in (OFFICE, "2001:db8::1", ABROAD)
    ]
    assert statuses == [200, 200, 403]
    adam = northside.client(member=northside.adam)
    assert adam.get("/api/v1/api-keys/", REMOTE_ADDR=OFFICE).status_code == 200
    assert adam.get("/api/v1/api-keys/", REMOTE_ADDR=ABROAD).status_code == 403
    assert harbor.client(key=harbor.api_key).get("/api/v1/contacts/", REMOTE_ADDR=ABROAD).status_code == 200


def test_only_what_the_nearest_proxy_saw_counts(northside: Stage, settings: Settings) -> None:
    save(northside, OFFICE)
    program = northside.client(key=northside.api_key)
    forged: dict[str, Any] = {"REMOTE_ADDR": ABROAD, "HTTP_X_FORWARDED_FOR": OFFICE}
    assert program.get("/api/v1/contacts/", **forged).status_code == 403
    settings.BEHIND_PROXY = True
    assert program.get("/api/v1/contacts/", **forged).status_code == 200
    forged["HTTP_X_FORWARDED_FOR"] = f"{OFFICE}, {ABROAD}"
    assert program.get("/api/v1/contacts/", **forged).status_code == 403


@pytest.mark.parametrize("networks", [(ABROAD,), ("203.0.113.0/24", "2001:db8::/32"), ("nonsense",), ("10.0.0.1/8",)])
def test_nobody_locks_themselves_out(northside: Stage, networks: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        save(northside, *networks)
    assert queries.tenant_for(northside.tenant.id).admin_networks == []
    assert not Event.objects.filter(type="tenant.admin_networks_changed").exists()


def test_page_takes_a_list_and_says_what_is_wrong(northside: Stage) -> None:
    adam = northside.client(member=northside.adam)
    path = "/settings/security/networks/"
    wrong: Any = adam.post(path, {"networks": "203.0.113.0/24"})
    assert wrong.status_code == 400
    assert "you would lock yourself out" in wrong.content.decode()
    assert adam.post(path, {"networks": "127.0.0.0/8\n\n 2001:db8::/32 "}).status_code == 302
    assert queries.tenant_for(northside.tenant.id).admin_networks == ["127.0.0.0/8", "2001:db8::/32"]
    assert Event.objects.get(type="tenant.admin_networks_changed").payload["count"] == 2
    agent = northside.client(member=northside.alice)
    assert agent.post(path, {"networks": ""}).status_code == 403
    assert adam.post(path, {"networks": ""}).status_code == 302
    assert queries.tenant_for(northside.tenant.id).admin_networks == []


def test_operator_lifts_the_list(northside: Stage) -> None:
    save(northside, OFFICE)
    said = StringIO()
    call_command("open_addresses", "northside", "--json", stdout=said)
    assert said.getvalue().strip() == '{"slug": "northside", "lifted": 1}'
    assert northside.client(key=northside.api_key).get("/api/v1/contacts/", REMOTE_ADDR=ABROAD).status_code == 200
    with pytest.raises(CommandError):
        call_command("open_addresses", "ghost")
