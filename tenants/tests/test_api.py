from datetime import timedelta

import pytest

from kernel import clocks
from kernel.clocks import rfc3339
from kernel.events.models import Event
from tenants.models import ApiKey
from tenants.scopes import SCOPES

ADDRESS = "/api/v1/api-keys/"


@pytest.fixture
def adam(northside):
    return northside.client(member=northside.adam)


def create(client, **body):
    return client.post(
        ADDRESS, {"name": "Website", "scopes": ["contacts:read"], **body}, content_type="application/json"
    )


def error(answer):
    return answer.status_code, answer.json()["error"]["code"], list(answer.json()["error"]["details"])


def test_new_key_is_shown_once_and_works(adam, northside):
    answer = create(adam, allowed_ips=["127.0.0.1", "203.0.113.0/24"])
    made = answer.json()["data"]
    shown_later = adam.get(answer["Location"]).json()["data"]

    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert made["key"].startswith(made["prefix"])
    assert "key" not in shown_later
    assert made | {"updated_at": ""} == shown_later | {"key": made["key"], "updated_at": ""}
    assert made["created_by"] == str(northside.adam.id)
    assert made["key"].encode() not in adam.get(ADDRESS).content
    assert northside.client(key=made["key"]).get("/api/v1/contacts/").status_code == 200
    assert northside.client(key=made["key"]).get("/api/v1/conversations/").status_code == 403


def test_key_itself_is_nowhere_in_the_database(adam):
    key = create(adam).json()["data"]["key"]

    row = ApiKey.objects.get(name="Website")
    assert key not in str(list(ApiKey.objects.values()))
    assert len(bytes(row.digest)) == 32
    assert key not in str(list(Event.objects.values()))


def test_revoked_key_stops_working_and_stays_in_the_list(adam, northside):
    made = create(adam).json()["data"]
    revoked = adam.delete(f"{ADDRESS}{made['id']}/").json()["data"]

    assert revoked["revoked_at"] is not None
    assert northside.client(key=made["key"]).get("/api/v1/contacts/").status_code == 401
    assert made["id"] in {row["id"] for row in adam.get(ADDRESS).json()["data"]}
    assert adam.delete(f"{ADDRESS}{made['id']}/").json()["data"]["revoked_at"] == revoked["revoked_at"]


def test_nobody_gives_away_more_than_they_have(northside):
    maker = northside.client(
        key=create(northside.client(key=northside.api_key), scopes=["api-keys:write"]).json()["data"]["key"]
    )

    assert error(create(maker, scopes=["contacts:read"])) == (403, "FORBIDDEN", ["scopes"])
    assert create(maker, scopes=["api-keys:write"]).status_code == 201


def test_agents_neither_see_nor_make_keys(northside):
    alice = northside.client(member=northside.alice)

    assert alice.get(ADDRESS).status_code == 403
    assert create(alice).status_code == 403


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 81}, "name"), ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes.0"), ({"scopes": "contacts:read"}, "scopes"), ({"scopes": [7]}, "scopes.0"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"), ({"allowed_ips": ["here"]}, "allowed_ips"),
        ({"allowed_ips": ["1.2.3.4"] * 101}, "allowed_ips"), ({"requests_per_minute": 10**6}, "requests_per_minute"),
    ],
)  # fmt: skip
def test_key_that_cannot_be_is_named(adam, body, named):
    before = ApiKey.objects.count()

    assert error(create(adam, **body)) == (400, "VALIDATION_ERROR", [named])
    assert ApiKey.objects.count() == before


def test_expiry_is_kept_to_the_instant(adam):
    expires = clocks.now() + timedelta(days=1)
    made = create(adam, expires_at=rfc3339(expires)).json()["data"]

    assert made["expires_at"] == rfc3339(expires)


def test_every_scope_can_be_given(adam):
    assert create(adam, scopes=sorted(SCOPES)).json()["data"]["scopes"] == sorted(SCOPES)
