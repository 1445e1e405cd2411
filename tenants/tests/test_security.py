import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from tenants.security import BASE_POLICY, policy
from tests.cast import Stage


@pytest.fixture(autouse=True)
def _pages(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tenants.tests.pages"
    settings.PUBLIC_SCHEMA_URLCONF = "tenants.tests.public_pages"


def directives(value: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in value.split(";"))}


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("northside.localhost:8000", "/where/", 200), ("northside.localhost:8000", "/nothing/", 404),
        ("nobody.localhost:8000", "/where/", 404), ("localhost:8000", "/api/v1/where/", 400),
    ],
)  # fmt: skip
def test_every_answer_has_the_headers(northside: Stage, host: str, path: str, status: int) -> None:
    answer = Client().get(path, HTTP_HOST=host)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in (
        "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy",
    )} == {
        "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    }  # fmt: skip
    assert "camera=()" in answer.headers["Permissions-Policy"]
    found = directives(answer.headers["Content-Security-Policy"])
    assert found == {
        "default-src": ["'self'"], "script-src": ["'self'"], "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"], "img-src": ["'self'", "data:"], "font-src": ["'self'"],
        "connect-src": ["'self'", f"ws://{host}"], "form-action": ["'self'"], "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"], "object-src": ["'none'"],
    }  # fmt: skip


def test_inline_script_is_never_allowed() -> None:
    assert not [source for source in BASE_POLICY["script-src"] if "unsafe" in source]
    assert not [source for source in BASE_POLICY["default-src"] if "unsafe" in source]


def test_view_adds_to_its_own_policy_only(northside: Stage) -> None:
    client = Client(HTTP_HOST=northside.host)
    relaxed = directives(client.get("/relaxed/").headers["Content-Security-Policy"])
    assert relaxed["style-src"] == ["'self'", "'unsafe-inline'"]
    assert relaxed["worker-src"] == ["blob:"]
    assert relaxed["script-src"] == ["'self'"]
    assert directives(client.get("/where/").headers["Content-Security-Policy"])["style-src"] == ["'self'"]


def test_sockets_are_encrypted_where_the_page_is() -> None:
    request = RequestFactory().get("/", secure=True, HTTP_HOST="northside.redress.example")
    assert "connect-src 'self' wss://northside.redress.example;" in policy(request, {})


@pytest.mark.parametrize("host", ["a b", "x;script-src *", "x\r\nSet-Cookie: a=b"])
def test_host_cannot_write_the_policy(host: str) -> None:
    assert "connect-src 'self';" in policy(RequestFactory().get("/", HTTP_HOST=host), {})
