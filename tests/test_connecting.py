"""Connecting a WhatsApp number: the page and the command walk the steps of docs/connect-a-meta-app.md with a vendor."""

import re
from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from conversations.models import Outlet
from integrations import http
from integrations.tests.servers import asgi_server
from integrations.whatsapp.emulator.app import Emulator, Options
from integrations.whatsapp.updates import ACCOUNT_FIELDS, TEMPLATE_FIELDS
from kernel.events.reading import events_after, head_seq
from kernel.tenancy import PUBLIC, tenant_context
from tenants.models import ChannelRoute
from tests.cast import Stage

ACCOUNT, NUMBER, OTHER, TOKEN = "555000111222", "777000111", "777000222", "EAAsystemusertoken0001"
NEW = "/settings/outlets/new/"
GUIDE = configured.BASE_DIR / "docs" / "connect-a-meta-app.md"


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    options = Options(webhook_url="http://127.0.0.1:1/", app_secret="secret")
    with asgi_server(Emulator(options)) as url:
        yield url


@pytest.fixture(autouse=True)
def _graph(vendor: str, settings: Settings) -> Iterator[None]:
    settings.WHATSAPP_GRAPH_URL = vendor
    httpx.post(f"{vendor}/_emulator/reset").raise_for_status()
    for number_id, phone in ((NUMBER, "+13055550177"), (OTHER, "+13055550178")):
        number = {"phone_number_id": number_id, "waba_id": ACCOUNT, "display_phone_number": phone, "token": TOKEN}
        httpx.post(f"{vendor}/_emulator/numbers", json=number).raise_for_status()
    httpx.request(
        "DELETE", f"{vendor}/v26.0/{ACCOUNT}/subscribed_apps", headers={"authorization": f"Bearer {TOKEN}"}
    ).raise_for_status()
    yield
    http.close_clients()


def is_subscribed(vendor: str) -> bool:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return bool(httpx.get(f"{vendor}/v26.0/{ACCOUNT}/subscribed_apps", headers=headers).json()["data"])


def first_step(client: Client, **given: str) -> str:
    answer = client.post(NEW, {"waba_id": ACCOUNT, "access_token": TOKEN, **given})
    content = answer.content.decode()
    assert TOKEN not in content
    return content


def test_a_number_is_connected_in_two_steps(vendor: str, northside: Stage) -> None:
    client, before = northside.client(member=northside.adam), head_seq(northside.schema)
    page = client.get(NEW).content.decode()
    assert "http://localhost:8000/webhooks/whatsapp/" in page
    assert "verify-token-of-the-tests" not in page
    content = first_step(client)
    assert "+13055550177" in content
    assert "+13055550178" in content
    assert not is_subscribed(vendor)
    answer = client.post(f"{NEW}number/", {"phone_number_id": NUMBER, "name": "Consults"}, follow=True)
    shown = answer.content.decode()
    assert "The number is connected. Write to it from a phone" in shown
    assert TOKEN not in shown
    row = Outlet.objects.get(phone_number_id=NUMBER)
    assert (row.name, row.waba_id, row.access_token) == ("Consults", ACCOUNT, TOKEN)
    assert row.display_phone_number == "+13055550177"
    assert is_subscribed(vendor)
    with tenant_context(PUBLIC):
        route = ChannelRoute.objects.get(address=NUMBER)
    assert (route.tenant_id, route.outlet_id) == (northside.tenant.id, row.id)
    events = [event for event in events_after(before, limit=50) if event.type == "outlet.updated"]
    assert [(event.payload["field"], event.actor.id) for event in events] == [("created", str(northside.adam.id))]
    assert "connecting" not in client.session
    again = first_step(client)
    assert "Connected already" in again


def test_what_cannot_work_is_said_beside_its_field(northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    assert "Only digits, as the vendor shows it." in first_step(client, waba_id="my account")
    assert "Paste the access token of the system user." in first_step(client, access_token=" ")
    assert "does not know this account" in first_step(client, waba_id="999999999")
    assert "WhatsApp no longer accepts" in client.post(
        NEW, {"waba_id": ACCOUNT, "access_token": "EAAsomethingelse"}
    ).content.decode().replace("&#x27;", "'")
    late = client.post(f"{NEW}number/", {"phone_number_id": NUMBER}, follow=True)
    assert "That took too long. Begin again." in late.content.decode()
    first_step(client)
    foreign = client.post(f"{NEW}number/", {"phone_number_id": "123456789"})
    assert foreign.status_code == 400
    assert "This token does not show that number." in foreign.content.decode()
    assert Outlet.objects.count() == 1


def test_a_number_of_another_tenant_is_refused(northside: Stage, harbor: Stage) -> None:
    client = northside.client(member=northside.adam)
    first_step(client)
    assert client.post(f"{NEW}number/", {"phone_number_id": NUMBER}).status_code == 302
    other = harbor.client(member=harbor.members["owner"])
    first_step(other)
    answer = other.post(f"{NEW}number/", {"phone_number_id": NUMBER})
    assert answer.status_code == 409
    assert "This number is already connected." in answer.content.decode()
    with harbor.inside():
        assert Outlet.objects.count() == 1


def test_agents_look_and_connect_nothing(northside: Stage) -> None:
    client = northside.client(member=northside.alice)
    assert NEW not in client.get("/settings/outlets/").content.decode()
    page = f"/settings/outlets/{northside.outlet_id}/"
    assert client.get(page).status_code == 200
    for address in (NEW, f"{NEW}number/", f"{page}name/", f"{page}token/", f"{page}stop/", f"{page}restart/"):
        assert client.post(address, {"name": "x"}).status_code == 403, address


def test_a_number_is_renamed_once_per_version_and_gets_a_token_that_opens_it(northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    first_step(client)
    page = client.post(f"{NEW}number/", {"phone_number_id": NUMBER}).headers["Location"]
    version = re.search(r'name="version" value="([^"]+)"', client.get(page).content.decode())
    assert version
    assert client.post(f"{page}name/", {"name": "Main line", "version": version[1]}).status_code == 302
    late = client.post(f"{page}name/", {"name": "Late", "version": version[1]}, follow=True)
    assert "Somebody else has changed this meanwhile." in late.content.decode()
    row = Outlet.objects.get(phone_number_id=NUMBER)
    assert row.name == "Main line"
    wrong = client.post(f"{page}token/", {"access_token": "EAAwrong"}, follow=True)
    assert "banner danger" in wrong.content.decode()
    row.refresh_from_db()
    assert row.access_token == TOKEN
    asked = client.get(page, {"ask": "1"}).content.decode()
    assert "connected, quality green" in asked


def test_the_command_walks_the_same_steps(vendor: str, northside: Stage, monkeypatch, capsys) -> None:
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN", TOKEN)
    call_command("connect_outlet", "northside", "--account", ACCOUNT)
    listed = capsys.readouterr().out
    assert NUMBER in listed
    assert OTHER in listed
    call_command("connect_outlet", "northside", "--account", ACCOUNT, "--number", OTHER, "--name", "Second")
    said = capsys.readouterr().out
    assert "Connected +13055550178" in said
    assert TOKEN not in said + listed
    assert Outlet.objects.get(phone_number_id=OTHER).name == "Second"
    assert is_subscribed(vendor)
    with pytest.raises(CommandError, match="already connected"):
        call_command("connect_outlet", "northside", "--account", ACCOUNT, "--number", OTHER)
    with pytest.raises(CommandError, match="no tenant"):
        call_command("connect_outlet", "nowhere", "--account", ACCOUNT)


def test_the_guide_names_what_there_is() -> None:
    """The guide may not drift: addresses, settings, fields and commands in it are those of the code."""
    guide = GUIDE.read_text(encoding="utf-8")
    subscribed = set(re.findall(r"^- `([a-z_]+)`", guide, flags=re.MULTILINE))
    known = TEMPLATE_FIELDS | ACCOUNT_FIELDS | {"messages", "user_preferences"}
    assert subscribed <= known
    assert {"messages", "message_template_status_update", "account_update", "phone_number_quality_update"} <= subscribed
    for word in (
        "/webhooks/whatsapp/",
        "WHATSAPP_APP_SECRET",
        "WHATSAPP_VERIFY_TOKEN",
        "WHATSAPP_GRAPH_URL",
        "manage.py connect_outlet",
        "whatsapp_business_messaging",
        "whatsapp_business_management",
        "/settings/outlets/new/",
        "WHATSAPP_ACCESS_TOKEN",
    ):
        assert word in guide, word
    assert "docs/connect-a-meta-app.md" in (configured.BASE_DIR / "README.md").read_text(encoding="utf-8")
