import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext
from pytest_django import Settings

from kernel.actors import SYSTEM
from kernel.tenancy import PUBLIC, current_schema, tenant_context
from tenants import actions, queries
from tenants.types import MemberInfo
from tests.cast import Stage


@pytest.fixture(autouse=True)
def _pages(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tenants.tests.pages"
    settings.PUBLIC_SCHEMA_URLCONF = "tenants.tests.public_pages"


def ask(host: str, path: str = "/where/", method: str = "GET", **headers: str) -> Any:
    return Client().generic(method, path, headers=headers, HTTP_HOST=host)


def signed_in(stage: Stage, member: MemberInfo) -> Client:
    from tenants import sessions  # noqa: PLC0415

    client = Client(HTTP_HOST=stage.host)
    who = queries.session_member(stage.tenant.id, member.user_id)
    assert who is not None
    with stage.inside():
        store = client.session
        login_id = actions.open_login(user_id=member.user_id, tenant_id=stage.tenant.id, address="", agent="")
        store.update(
            {
                sessions.USER: str(member.user_id),
                sessions.TENANT: str(stage.tenant.id),
                sessions.STAMP: who.stamp,
                sessions.LOGIN: str(login_id),
            }
        )
        store.save()
    return client


def test_host_decides_the_tenant(northside: Stage, harbor: Stage) -> None:
    for stage in (northside, harbor):
        answer = ask(stage.host)
        assert (answer.json()["schema"], answer.json()["tenant"]) == (stage.schema, stage.tenant.slug)
    assert current_schema() == northside.schema


@pytest.mark.parametrize(
    "host", ["NORTHSIDE.localhost", "northside.localhost:8000", "northside.localhost.", "northside.LOCALHOST.:1"]
)
def test_host_is_read_as_browsers_write_it(northside: Stage, host: str) -> None:
    assert ask(host).json()["tenant"] == "northside"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST."])
def test_base_host_is_the_public_site(northside: Stage, host: str) -> None:
    assert ask(host, "/").json() == {
        "schema": PUBLIC, "tenant": "", "member": None, "language": "en", "method": "GET",
    }  # fmt: skip


@pytest.mark.parametrize(
    "host",
    [
        "nobody.localhost",
        "evil.example",
        "127.0.0.1:8000",
        "[::1]:8000",
        "[::1]",
        "a b",
        "x'--",
        "a.northside.localhost",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/where/", "/api/v1/where/"])
def test_unknown_host_is_404(northside: Stage, host: str, path: str) -> None:
    answer = ask(host, path)
    assert answer.status_code == 404
    assert b"schema" not in answer.content
    if path.startswith("/api/"):
        assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_header_names_the_tenant_on_the_api(northside: Stage, harbor: Stage) -> None:
    for host in ("localhost", harbor.host):
        answer = ask(host, "/api/v1/where/", **{"X-Tenant-ID": "northside"})
        assert answer.json()["schema"] == northside.schema


@pytest.mark.parametrize("named", ["nobody", "", "NORTHSIDE", "t_northside", "northside'--", "ñ", "x" * 5000, "a\x00b"])
def test_header_with_no_such_tenant_is_404(northside: Stage, named: str) -> None:
    answer = ask("localhost", "/api/v1/where/", **{"X-Tenant-ID": named})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_header_means_nothing_to_pages(northside: Stage, harbor: Stage) -> None:
    assert ask(northside.host, **{"X-Tenant-ID": "harbor"}).json()["schema"] == northside.schema
    assert ask("localhost", "/", **{"X-Tenant-ID": "harbor"}).json()["schema"] == PUBLIC


def test_header_does_not_open_an_unknown_host(northside: Stage) -> None:
    assert ask("evil.example", "/api/v1/where/", **{"X-Tenant-ID": "northside"}).status_code == 404


def test_tenant_resources_on_the_public_host_need_a_tenant(northside: Stage) -> None:
    answer = ask("localhost", "/api/v1/where/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "TENANT_REQUIRED")
    assert ask("localhost", "/api/v1/schema/").content == b"relaxed"
    assert ask("localhost", "/api/v1/nothing/").status_code == 404


def test_suspended_tenant_is_423_for_everybody(northside: Stage) -> None:
    actions.suspend_tenant(tenant_id=northside.tenant.id, reason="unpaid", actor=SYSTEM)
    api = ask(northside.host, "/api/v1/where/")
    assert (api.status_code, api.json()["error"]["code"]) == (423, "TENANT_SUSPENDED")
    page = ask(northside.host)
    assert page.status_code == 423
    assert "This account is suspended." in page.content.decode()
    assert "unpaid" not in page.content.decode()
    actions.resume_tenant(tenant_id=northside.tenant.id, actor=SYSTEM)
    assert ask(northside.host).status_code == 200


def test_early_answers_speak_the_readers_language_and_not_the_last_ones(northside: Stage) -> None:
    spanish = {"Accept-Language": "es"}
    ask(northside.host, **spanish)  # leaves Spanish behind in this thread
    assert ask("nobody.localhost").content == b"There is nothing at this address."
    with translation.override("es"):
        expected = gettext("There is nothing at this address.")
    assert ask("nobody.localhost", **spanish).content.decode() == expected


def test_closing_tenant_reads_and_does_not_write(northside: Stage) -> None:
    actions.close_tenant(tenant_id=northside.tenant.id, reason="leaving", actor=SYSTEM)
    for method in ("GET", "HEAD", "OPTIONS"):
        assert ask(northside.host, "/api/v1/where/", method).status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = ask(northside.host, "/api/v1/where/", method)
        assert (answer.status_code, answer.json()["error"]["code"]) == (423, "TENANT_CLOSING")
        assert ask(northside.host, "/where/", method).status_code == 423
    assert ask(northside.host, "/login/", "POST").status_code != 423


def test_closed_tenant_is_404(northside: Stage) -> None:
    actions.suspend_tenant(tenant_id=northside.tenant.id, reason="unpaid", actor=SYSTEM)
    actions.end_tenant(tenant_id=northside.tenant.id, actor=SYSTEM)
    assert ask(northside.host).status_code == 404
    assert ask("localhost", "/api/v1/where/", **{"X-Tenant-ID": "northside"}).status_code == 404


def test_schema_before_comes_back_after_a_failure(northside: Stage, harbor: Stage) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(harbor.host, "/fail/")
    assert current_schema() == northside.schema


def test_streamed_pieces_are_made_in_their_tenant(northside: Stage, harbor: Stage) -> None:
    answer = ask(harbor.host, "/stream/")
    assert isinstance(answer, StreamingHttpResponse)
    seen = []
    for piece in answer:
        assert current_schema() == northside.schema  # between the pieces
        seen.append(piece)
    assert b"".join(seen).decode().splitlines() == [
        f"{harbor.schema} {email}" for email in sorted(member.email for member in harbor.members.values())
    ]


def test_requests_at_once_stay_in_their_tenants(committed: Callable[[str], Stage]) -> None:
    stages = [committed("one"), committed("two")]

    def look(stage: Stage) -> tuple[list[str], str]:
        try:
            return ask(stage.host, "/people/").json()["emails"], current_schema()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(look, stages * 25))
    expected = [(sorted(member.email for member in stage.members.values()), PUBLIC) for stage in stages]
    assert answers == expected * 25


def test_member_is_who_the_session_speaks_for(northside: Stage) -> None:
    client = signed_in(northside, northside.alice)
    assert client.get("/where/").json()["member"] == str(northside.alice.id)
    assert ask(northside.host).json()["member"] is None


def test_warm_request_asks_the_database_for_nobody(northside: Stage) -> None:
    client = signed_in(northside, northside.alice)
    with tenant_context(PUBLIC):
        client.get("/where/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/where/")
    assert [query["sql"] for query in captured] == []


def test_cold_request_costs_few_statements(northside: Stage) -> None:
    from tenants.memory import forget_here  # noqa: PLC0415

    client = signed_in(northside, northside.alice)
    with tenant_context(PUBLIC):
        client.get("/where/")
        forget_here()
        with CaptureQueriesContext(connection) as captured:
            client.get("/where/")
    selects = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    assert len(selects) == 4  # tenant, its entitlements, membership with user, browser; the session is cached
    assert len(captured) <= len(selects) + 4  # second factors, the search path, and that the browser is in use


def test_session_of_another_tenant_is_nobody(northside: Stage, harbor: Stage) -> None:
    actions.add_member(
        tenant_id=harbor.tenant.id, email=northside.alice.email, role="agent", actor=SYSTEM
    )  # she works in both, and still signs in to each
    client = signed_in(northside, northside.alice)
    assert client.get("/where/", HTTP_HOST=harbor.host).json()["member"] is None
    assert client.get("/api/v1/where/", HTTP_HOST=northside.host, HTTP_X_TENANT_ID="harbor").json()["member"] is None
    assert client.get("/", HTTP_HOST="localhost").json()["member"] is None
    assert client.get("/where/").json()["member"] == str(northside.alice.id)


def test_removed_member_is_nobody_at_once(northside: Stage) -> None:
    client = signed_in(northside, northside.alice)
    client.get("/where/")
    actions.remove_member(member_id=northside.alice.id, actor=SYSTEM)
    assert client.get("/where/").json()["member"] is None


def test_new_password_ends_older_sessions(northside: Stage) -> None:
    client = signed_in(northside, northside.alice)
    actions.change_password(user_id=northside.alice.user_id, password="a new password for alice")
    assert client.get("/where/").json()["member"] is None


@pytest.mark.parametrize("cookie", ["", "x", "../../etc", "a" * 10_000, "ñ", "'; DROP TABLE x"])
def test_forged_session_cookies_are_nobody(northside: Stage, cookie: str) -> None:
    answer = ask(northside.host, Cookie=f"redress_session={cookie}".encode().decode("latin-1"))
    assert (answer.status_code, answer.json()["member"]) == (200, None)


def test_member_reads_their_own_language_until_the_browser_chooses(northside: Stage) -> None:
    actions.update_person(user_id=northside.alice.user_id, changes={"language": "es"})
    client = signed_in(northside, northside.alice)
    assert client.get("/where/", HTTP_ACCEPT_LANGUAGE="en").json()["language"] == "es"
    client.cookies["redress_language"] = "en"
    assert client.get("/where/").json()["language"] == "en"
    assert json.loads(ask(northside.host, **{"Accept-Language": "es"}).content)["language"] == "es"
