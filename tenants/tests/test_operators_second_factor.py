"""Operators prove more than a password: always when they have an app, and where the installation wants one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from kernel import clocks
from kernel.events.models import Event
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from tenants import actions, queries, totp
from tenants.models import Authenticator
from tests.cast import PASSWORD, Stage


@pytest.fixture
def door(northside: Stage, olga: Any) -> Iterator[Client]:
    with tenant_context(PUBLIC):
        yield Client(HTTP_HOST="localhost:8000")


def sign_in(door: Client) -> Any:
    return door.post("/admin/login/", {"email": "olga@redress.example", "password": PASSWORD})


def code_of(user: Any, steps: int = 0) -> str:
    row = Authenticator.objects.get(user_id=user.id)
    return totp.code_at(row.secret, totp.step_of(clocks.now()) + steps)


def set_up(user: Any) -> list[str]:
    operator = queries.session_operator(user.id)
    assert operator is not None
    secret = actions.prepare_authenticator(user_id=user.id)
    past = clocks.now() - timedelta(minutes=5)
    code = totp.code_at(secret, totp.step_of(past))
    return actions.confirm_operator_authenticator(operator=operator, code=code, now=past)


def test_password_alone_is_enough_only_where_the_installation_says_so(
    door: Client, olga: Any, settings: Settings
) -> None:
    assert sign_in(door)["Location"] == "/admin/"
    assert door.get("/admin/").status_code == 200
    settings.OPERATORS_NEED_SECOND_FACTOR = True
    assert door.get("/admin/").status_code == 302
    assert door.get("/admin/login/")["Location"] == "/admin/protect/"
    assert door.get("/admin/protect/").status_code == 200
    answer = door.post("/admin/protect/", {"code": code_of(olga)})
    assert answer["Location"] == "/admin/protect/codes/"
    assert door.get("/admin/protect/codes/").content.decode().count("<li>") == 10
    assert door.get("/admin/").status_code == 200
    with tenant_context(PLATFORM):
        assert Event.objects.filter(type="operator.second_factor_added").count() == 1


def test_operator_with_an_app_is_asked_for_its_code_everywhere(door: Client, olga: Any) -> None:
    codes = set_up(olga)
    assert sign_in(door)["Location"] == "/admin/second/"
    assert door.get("/admin/").status_code == 302
    assert door.get("/admin/protect/").status_code == 302
    with tenant_context(PLATFORM):
        assert not Event.objects.filter(type="operator.signed_in").exists()
    assert door.post("/admin/second/", {"code": "000000"}).status_code == 403
    assert door.post("/admin/second/", {"code": code_of(olga)})["Location"] == "/admin/"
    assert door.get("/admin/").status_code == 200
    again = Client(HTTP_HOST="localhost:8000")
    sign_in(again)
    assert again.post("/admin/second/", {"code": codes[0]})["Location"] == "/admin/"


def test_codes_of_operators_cannot_be_tried_for_long(door: Client, olga: Any) -> None:
    set_up(olga)
    statuses = []
    for _try in range(6):
        sign_in(door)
        statuses.append(door.post("/admin/second/", {"code": "000000"}).status_code)
    assert statuses == [403] * 4 + [429] * 2
    sign_in(door)
    locked = door.post("/admin/second/", {"code": code_of(olga)})
    assert (locked.status_code, 0 < int(locked["Retry-After"]) <= 900) == (429, True)


def test_half_way_of_a_member_is_none_of_an_operator(door: Client, northside: Stage, olga: Any) -> None:
    set_up(olga)
    sign_in(door)
    member = northside.client()
    member.cookies["redress_session"] = door.cookies["redress_session"].value
    assert member.get("/login/second/")["Location"] == "/login/"
    assert Client(HTTP_HOST="localhost:8000").get("/admin/second/")["Location"] == "/admin/login/"
