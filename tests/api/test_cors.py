"""Pages of other sites that call the API from a browser: those the tenant has listed, with a key, and no others."""

import pytest

from kernel.actors import SYSTEM
from tenants import actions as tenants

SITE = "https://www.northside.example"
CONTACTS = "/api/v1/contacts/"


@pytest.fixture
def listed(northside):
    tenants.update_tenant(tenant_id=northside.tenant.id, changes={"allowed_origins": [SITE]}, actor=SYSTEM)
    return northside


def preflight(client, address=CONTACTS, origin=SITE, method="PATCH"):
    headers = "authorization, content-type, if-match"
    return client.options(
        address, HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS=headers,
    )  # fmt: skip


def cors_headers(answer):
    return {name for name in answer.headers if name.startswith("Access-Control-")}


def test_preflight_of_a_listed_origin_is_answered_before_anybody_asks_who_calls(listed):
    answer = preflight(listed.client())

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == SITE
    assert {"GET", "PATCH", "DELETE"} <= set(answer["Access-Control-Allow-Methods"].split(", "))
    assert {"authorization", "content-type", "if-match", "idempotency-key"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert answer["Access-Control-Max-Age"] == "600"
    assert "origin" in answer["Vary"].lower()


def test_preflight_counts_for_nobody(listed):
    client = listed.client(key=listed.api_key)
    before = int(client.get(CONTACTS)["X-RateLimit-Remaining"])
    for _time in range(5):
        assert not preflight(client).has_header("X-RateLimit-Remaining")

    assert int(client.get(CONTACTS)["X-RateLimit-Remaining"]) == before - 1


def test_listed_origin_may_read_answer_and_headers(listed):
    answer = listed.client(key=listed.api_key).get(CONTACTS, HTTP_ORIGIN=SITE)

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == SITE
    assert {"ETag", "Link", "RateLimit", "X-Request-ID", "Idempotency-Replayed", "Retry-After"} <= set(
        answer["Access-Control-Expose-Headers"].split(", ")
    )
    assert "origin" in answer["Vary"].lower()


@pytest.mark.parametrize("key", ["rk_dev_nobody", ""])
def test_listed_origin_may_read_refusals_too(listed, key):
    answer = listed.client(key=key).get(CONTACTS, HTTP_ORIGIN=SITE)

    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, SITE)


def test_suspension_can_be_read_by_a_listed_origin(listed):
    tenants.suspend_tenant(tenant_id=listed.tenant.id, reason="unpaid", actor=SYSTEM)
    answer = listed.client(key=listed.api_key).get(CONTACTS, HTTP_ORIGIN=SITE)

    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (423, SITE)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://www.northside.example", "https://www.northside.example:444", "null", "*",
     "https://www.northside.example.evil.example", "https://WWW.northside.example", ""],
)  # fmt: skip
def test_origin_that_is_not_listed_gets_no_word(listed, origin):
    client = listed.client(key=listed.api_key)

    assert cors_headers(preflight(client, origin=origin)) == set()
    answer = client.get(CONTACTS, HTTP_ORIGIN=origin)
    assert cors_headers(answer) == set()
    assert "origin" in answer["Vary"].lower()


def test_list_of_one_tenant_is_not_another_ones(listed, harbor):
    client = harbor.client(key=harbor.api_key)

    assert cors_headers(preflight(client)) == set()
    assert cors_headers(client.get(CONTACTS, HTTP_ORIGIN=SITE)) == set()


def test_session_is_never_offered_to_other_sites(listed):
    client = listed.client(member=listed.alice)

    for answer in (preflight(client), client.get(CONTACTS, HTTP_ORIGIN=SITE)):
        assert not answer.has_header("Access-Control-Allow-Credentials")


def test_pages_and_probes_know_no_other_sites(listed):
    client = listed.client()

    for address in ("/login/", "/healthz"):
        answer = client.get(address, HTTP_ORIGIN=SITE)
        assert cors_headers(answer) == set()
    assert cors_headers(preflight(client, "/login/")) == set()


def test_options_that_are_no_preflight_are_a_method_like_others(listed):
    answer = listed.client(key=listed.api_key).options(CONTACTS, HTTP_ORIGIN=SITE)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")


def test_list_is_changed_by_the_tenant_and_holds_at_once(northside):
    client = northside.client(member=northside.adam)
    for name in (northside.tenant.slug, northside.tenant.id):
        changed = client.patch(
            f"/api/v1/tenants/{name}/", {"allowed_origins": [SITE.upper() + "/", "http://localhost:3000", SITE]},
            content_type="application/json",
        )  # fmt: skip
        assert changed.status_code == 200
        assert changed.json()["data"]["allowed_origins"] == ["http://localhost:3000", SITE]
    assert preflight(northside.client())["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "https://*.example.com", "http://www.example.com", "https://www.example.com/path", "www.example.com",
     "https://user@www.example.com", "javascript://x", "https://", "https://a b.example", "https://www.example.com:0",
     "https://" + "a" * 260],
)  # fmt: skip
def test_what_is_no_origin_is_refused(northside, origin):
    answer = northside.client(key=northside.api_key).patch(
        "/api/v1/tenants/northside/", {"allowed_origins": [origin]}, content_type="application/json"
    )

    assert answer.status_code == 400
    assert [name.partition(".")[0] for name in answer.json()["error"]["details"]] == ["allowed_origins"]


def test_agents_read_the_settings_and_do_not_change_them(northside):
    client = northside.client(member=northside.alice)

    assert client.get("/api/v1/tenants/northside/").json()["data"]["name"] == "Northside Credit"
    refused = client.patch("/api/v1/tenants/northside/", {"name": "Mine"}, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "MISSING_SCOPE")
