from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import RequestFactory

from kernel.ids import new_id
from tenants import actions, queries, sessions
from tenants.sessions import LOGIN, PROVEN, SECOND, STAMP, TENANT, USER, begin, end, member_of
from tenants.types import PUBLIC_SITE, SessionMember
from tests.cast import Stage


def new_request(key: str | None = None) -> Any:
    request: Any = RequestFactory().get("/")
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return request


def alice(stage: Stage) -> SessionMember:
    who = queries.session_member(stage.tenant.id, stage.alice.user_id)
    assert who is not None
    return who


def test_begin_replaces_whatever_was_there(northside: Stage) -> None:
    request = new_request()
    request.session["cart"] = "of somebody else"
    request.session.save()
    before = request.session.session_key
    begin(request, northside.tenant, alice(northside))
    request.session.save()
    assert request.session.session_key != before
    assert not request.session.exists(before)
    assert set(request.session.keys()) == {USER, TENANT, STAMP, LOGIN, SECOND, PROVEN}
    assert request.member == northside.alice
    assert member_of(new_request(request.session.session_key).session, northside.tenant) == alice(northside)


@pytest.mark.parametrize(("keep", "ends_with_browser"), [(True, False), (False, True)])
def test_session_lasts_twelve_hours_or_ends_with_the_browser(
    northside: Stage, *, keep: bool, ends_with_browser: bool
) -> None:
    request = new_request()
    begin(request, northside.tenant, alice(northside), keep=keep)
    assert request.session.get_expire_at_browser_close() is ends_with_browser
    assert request.session.get_expiry_age() == (settings.SESSION_COOKIE_AGE if keep else 0) or not keep
    assert settings.SESSION_COOKIE_AGE == 12 * 3600


def test_begin_gives_a_new_csrf_token(northside: Stage) -> None:
    request: HttpRequest = new_request()
    request.META["CSRF_COOKIE"] = "known to somebody else"
    begin(request, northside.tenant, alice(northside))
    assert request.META["CSRF_COOKIE"] != "known to somebody else"


def test_end_throws_it_away(northside: Stage) -> None:
    request = new_request()
    begin(request, northside.tenant, alice(northside))
    request.session.save()
    key = request.session.session_key
    end(request)
    assert request.member is None
    assert not request.session.exists(key)


def test_cookie_is_for_one_host_only() -> None:
    assert settings.SESSION_COOKIE_DOMAIN is None
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_member_of_wants_everything_right(northside: Stage, harbor: Stage) -> None:
    user_id, tenant_id = northside.alice.user_id, northside.tenant.id
    login_id = actions.open_login(user_id=user_id, tenant_id=tenant_id, address="192.0.2.1", agent="")
    right = {USER: str(user_id), TENANT: str(tenant_id), STAMP: alice(northside).stamp, LOGIN: str(login_id)}
    assert member_of(right, northside.tenant) == alice(northside)
    wrong = [
        {}, {**right, LOGIN: ""}, {**right, LOGIN: str(new_id())},
        {**right, STAMP: ""}, {**right, STAMP: "x"}, {**right, USER: str(new_id())},
        {**right, TENANT: str(harbor.tenant.id)}, {**right, USER: str(northside.bob.user_id)},
    ]  # fmt: skip
    assert [member_of(data, northside.tenant) for data in wrong] == [None] * len(wrong)
    assert member_of(right, harbor.tenant) is None
    assert member_of({**right, TENANT: str(PUBLIC_SITE.id)}, PUBLIC_SITE) is None
    assert member_of(None, northside.tenant) is None
    assert sessions.USER != sessions.TENANT
