from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.cache import SessionStore
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from kernel import clocks
from kernel.actors import SYSTEM
from kernel.api.principal import Principal, RateClass
from kernel.ids import new_id
from kernel.tenancy import PUBLIC, tenant_context
from tenants import actions, queries
from tenants.authentication import ApiKeyAuthentication, MemberSessionAuthentication, MembershipBackend
from tenants.limits import API_PER_HOUR, API_PER_MINUTE
from tenants.models import ApiKey, User
from tenants.proofs import SessionProof
from tests.cast import Stage

ADDRESS = "/api/v1/api-keys/"


def ask(stage: Stage, key: str | None = None, **headers: str) -> Any:
    given = {"Authorization": f"Bearer {key}"} if key is not None else {}
    return Client().get(ADDRESS, HTTP_HOST=stage.host, headers={**given, **headers})


def new_key(**values: Any) -> str:
    return actions.create_api_key(**{"name": "k", "scopes": ["api-keys:read"], "actor": SYSTEM, **values}).key


def principal(stage: Stage, key: str) -> Principal:
    request: Any = RequestFactory().get("/", headers={"Authorization": f"Bearer {key}"})
    request.tenant = queries.tenant_by_slug(stage.tenant.slug)
    request._request = request
    found = ApiKeyAuthentication().authenticate(request)
    assert found is not None
    assert request.principal == found[0]
    return found[0]


def test_key_of_this_tenant_opens(northside: Stage) -> None:
    answer = ask(northside, northside.api_key)
    assert answer.status_code == 200
    assert answer.json()["success"] is True


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_scheme_is_read_without_regard_to_case(northside: Stage, scheme: str) -> None:
    assert ask(northside, Authorization=f"{scheme} {northside.api_key}").status_code == 200


@pytest.mark.parametrize("given", ["", "rk_dev_nothing", "x" * 10_000, "rk_dev_ñ", "' OR 1=1", "a b", "\x00"])
def test_bad_key_is_401_and_says_how(northside: Stage, given: str) -> None:
    answer = ask(northside, given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "NOT_AUTHENTICATED")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", "rk_dev_x", "Bearer"])
def test_other_schemes_are_nobody(northside: Stage, header: str) -> None:
    assert ask(northside, Authorization=header).status_code == 401


def test_bad_key_does_not_fall_back_to_the_session(northside: Stage) -> None:
    client = northside.client(member=northside.adam)
    assert client.get(ADDRESS).status_code == 200
    assert client.get(ADDRESS, HTTP_AUTHORIZATION="Bearer rk_dev_nothing").status_code == 401


def test_key_of_another_tenant_is_403(northside: Stage, harbor: Stage) -> None:
    answer = ask(harbor, northside.api_key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "WRONG_TENANT")
    forged = ask(northside, northside.api_key, **{"X-Tenant-ID": "harbor"})
    assert (forged.status_code, forged.json()["error"]["code"]) == (403, "WRONG_TENANT")


def test_expired_and_revoked_keys_are_401(northside: Stage) -> None:
    now = clocks.now()
    expired = new_key(expires_at=now - timedelta(hours=1), now=now - timedelta(hours=2))
    assert ask(northside, expired).status_code == 401
    lasting = new_key(expires_at=now + timedelta(hours=1))
    assert ask(northside, lasting).status_code == 200
    key_id = ApiKey.objects.get(prefix=lasting[:14]).id
    actions.revoke_api_key(key_id=key_id, actor=SYSTEM)
    assert ask(northside, lasting).status_code == 401


def test_key_expires_while_it_is_remembered(northside: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key(expires_at=clocks.now() + timedelta(seconds=20))
    assert ask(northside, key).status_code == 200
    later = clocks.now() + timedelta(seconds=21)
    monkeypatch.setattr("kernel.clocks.now", lambda: later)
    assert ask(northside, key).status_code == 401


def test_key_from_an_address_not_on_its_list_is_403(northside: Stage) -> None:
    elsewhere = ask(northside, new_key(allowed_ips=["203.0.113.0/24"]))
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (403, "ADDRESS_NOT_ALLOWED")
    assert ask(northside, new_key(allowed_ips=["203.0.113.0/24", "127.0.0.1"])).status_code == 200


def test_missing_scope_is_403_and_named(northside: Stage) -> None:
    answer = ask(northside, new_key(scopes=["contacts:read"]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "MISSING_SCOPE")
    assert answer.json()["error"]["details"] == {"scope": ["api-keys:read"]}


def test_use_is_noted_once_a_minute_and_costs_nothing_in_between(northside: Stage) -> None:
    key = new_key()
    row = ApiKey.objects.get(prefix=key[:14])
    assert row.last_used_at is None
    principal(northside, key)
    row.refresh_from_db()
    assert row.last_used_at is not None
    with CaptureQueriesContext(connection) as captured:
        principal(northside, key)
    assert [query["sql"] for query in captured] == []


def test_limits_are_the_keys_own_or_the_tenants(northside: Stage) -> None:
    tenant_id = northside.tenant.id
    plain, own = new_key(), new_key(per_minute=100_000, per_hour=500_000)

    def limits(key: str) -> tuple[int, int | None]:
        found = principal(northside, key)
        return found.per_minute, found.per_hour

    assert (limits(plain), limits(own)) == ((100, None), (100_000, 500_000))
    actions.set_entitlement(tenant_id=tenant_id, key=API_PER_MINUTE, value=300, actor=SYSTEM)
    actions.set_entitlement(tenant_id=tenant_id, key=API_PER_HOUR, value=9000, actor=SYSTEM)
    assert (limits(plain), limits(own)) == ((300, 9000), (100_000, 500_000))


def test_principal_of_a_key(northside: Stage) -> None:
    key = new_key(scopes=["contacts:read", "messages:write"])
    found = principal(northside, key)
    row = ApiKey.objects.get(prefix=key[:14])
    assert (found.schema, found.kind, found.id, found.member_id, found.role, found.rate_class) == (
        northside.schema, "api_key", row.id, None, "", RateClass.API,
    )  # fmt: skip
    assert found.scopes == {"contacts:read", "messages:write"}
    assert (found.actor.kind, found.actor.id) == ("api_key", str(row.id))


def test_member_with_a_session_is_a_principal(northside: Stage) -> None:
    request: Any = RequestFactory().get("/")
    request.member, request.tenant, request._request = northside.alice, northside.tenant, request
    request.session = SessionStore("a-session")
    found = MemberSessionAuthentication().authenticate(request)
    assert found is not None
    caller = found[0]
    assert found[1] == SessionProof(northside.schema, "a-session")
    assert (caller.kind, caller.id, caller.member_id, caller.role, caller.scopes, caller.rate_class) == (
        "member", northside.alice.id, northside.alice.id, "agent", northside.alice.scopes, RateClass.BROWSER,
    )  # fmt: skip
    assert caller.per_minute == 1200


def test_browser_writes_need_the_csrf_token(northside: Stage) -> None:
    client = Client(enforce_csrf_checks=True, HTTP_HOST=northside.host)
    client.cookies = northside.client(member=northside.adam).cookies
    token = client.cookies["redress_csrf"].value
    body = {"name": "From the browser", "scopes": ["contacts:read"]}

    def write(**headers: str) -> Any:
        return client.post(ADDRESS, body, content_type="application/json", headers=headers)

    for headers in ({}, {"X-CSRFToken": "x" * 32}, {"X-CSRFToken": token, "Origin": "http://harbor.localhost:8000"}):
        answer = write(**headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "CSRF_FAILED")
    assert not ApiKey.objects.filter(name="From the browser").exists()
    assert write(**{"X-CSRFToken": token}).status_code == 201
    assert ApiKey.objects.get(name="From the browser").created_by == northside.adam.id


def test_keys_need_no_csrf_token(northside: Stage) -> None:
    client = Client(enforce_csrf_checks=True, HTTP_HOST=northside.host)
    answer = client.post(
        ADDRESS, {"name": "k", "scopes": ["contacts:read"]}, content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {northside.api_key}",
    )  # fmt: skip
    assert answer.status_code == 201


def test_session_of_another_tenant_is_401(northside: Stage, harbor: Stage) -> None:
    client = northside.client(member=northside.adam)
    assert client.get(ADDRESS, HTTP_HOST=harbor.host).status_code == 401


def test_warm_authentication_asks_the_database_for_nothing(northside: Stage) -> None:
    key = new_key()
    with tenant_context(PUBLIC):
        principal(northside, key)
        with CaptureQueriesContext(connection) as captured:
            principal(northside, key)
    assert len(captured) == 0


def test_backend_knows_active_people_only(northside: Stage, settings: Settings) -> None:
    assert settings.AUTHENTICATION_BACKENDS == ["tenants.authentication.MembershipBackend"]
    backend = MembershipBackend()
    user = backend.get_user(northside.owner.user_id)
    assert user is not None
    assert user.email == northside.owner.email
    User.objects.filter(id=user.id).update(is_active=False)
    assert backend.get_user(user.id) is None
    assert backend.get_user(new_id()) is None
