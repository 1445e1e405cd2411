from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.checks import registry, run_checks
from django.db import connection
from pytest_django import Settings

from kernel.pooling import pool_options
from kernel.tenancy_checks import check_pooler, check_settings, session_leaks
from tests.cast import Stage


def found() -> list[str]:
    return sorted(str(message.id) for message in check_settings())


def test_our_settings_pass() -> None:
    assert found() == []
    assert check_settings in registry.registry.get_checks()


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("PG_EXTRA_SEARCH_PATHS", ["shared"], "tenancy.E003"),
        ("TENANT_APPS", ["kernel.events", "tenants"], "tenancy.E005"),
        ("SESSION_COOKIE_DOMAIN", ".localhost", "tenancy.E006"),
        ("CSRF_COOKIE_DOMAIN", ".localhost", "tenancy.E006"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "tenancy.E004"),
    ],
)
def test_unsafe_settings_are_refused(settings: Settings, name: str, value: object, problem: str) -> None:
    setattr(settings, name, value)
    assert found() == [problem]


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"ENGINE": "django.db.backends.postgresql"}, ["tenancy.E001"]),
        ({"OPTIONS": {"pool": True}}, ["tenancy.E002"]),
        ({"OPTIONS": {"pool": {"max_size": 4}}}, ["tenancy.E002"]),
        ({"OPTIONS": {"pool": {"reset": print}}}, ["tenancy.E002"]),
        ({"OPTIONS": {"pool": pool_options(4)}}, []),
    ],
)
def test_unsafe_databases_are_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, change: dict[str, object], problems: list[str]
) -> None:
    monkeypatch.setitem(settings.DATABASES, "default", {**settings.DATABASES["default"], **change})
    assert found() == problems


@pytest.fixture
def connect(northside: Stage) -> Callable[[], "psycopg.Connection[Any]"]:
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    return lambda: psycopg.connect(**parameters, autocommit=True)


def test_sessions_of_their_own_do_not_leak(connect: Callable[[], "psycopg.Connection[Any]"]) -> None:
    assert session_leaks(connect) is False
    assert check_pooler(databases=["default"]) == []
    assert check_pooler(databases=None) == []


def test_pooler_that_shares_a_session_is_found(connect: Callable[[], "psycopg.Connection[Any]"]) -> None:
    with connect() as backend:

        @contextmanager
        def of_a_pooler() -> Iterator["psycopg.Connection[Any]"]:
            yield backend  # between transactions everybody gets the same session

        assert session_leaks(of_a_pooler) is True  # type: ignore[arg-type]
        assert backend.execute("SHOW search_path").fetchone() == ('""',)


def test_checks_run_with_the_database(northside: Stage) -> None:
    errors = [
        message for message in run_checks(databases=["default"]) if message.is_serious() and not message.is_silenced()
    ]
    assert errors == []
