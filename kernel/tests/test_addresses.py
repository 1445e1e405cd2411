import pytest
from django.test import RequestFactory
from pytest_django import Settings

from kernel.addresses import client_address, within


def address(remote: str, forwarded: str | None = None) -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))


@pytest.mark.parametrize(
    ("remote", "canonical"),
    [
        ("192.0.2.7", "192.0.2.7"), ("2001:DB8:0::1", "2001:db8::1"), ("::ffff:192.0.2.7", "192.0.2.7"), ("", ""),
        ("unix:", ""),
    ],
)  # fmt: skip
def test_address_has_one_form(remote: str, canonical: str) -> None:
    assert address(remote) == canonical


def test_claims_of_callers_are_not_believed() -> None:
    assert address("192.0.2.7", "203.0.113.1") == "192.0.2.7"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [("203.0.113.1", "203.0.113.1"), ("10.0.0.1, 203.0.113.1", "203.0.113.1"), ("203.0.113.1, junk", ""), ("", "")],
)
def test_behind_a_proxy_the_last_entry_counts(settings: Settings, forwarded: str, expected: str) -> None:
    settings.BEHIND_PROXY = True
    assert address("127.0.0.1", forwarded) == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [("1.1.1.1, 203.0.113.1, 10.0.0.2", "203.0.113.1"), ("203.0.113.1, 10.0.0.2", "203.0.113.1"), ("10.0.0.2", "")],
)
def test_behind_two_proxies_what_the_outer_one_saw_counts(settings: Settings, forwarded: str, expected: str) -> None:
    settings.BEHIND_PROXY, settings.PROXY_COUNT = True, 2
    assert address("127.0.0.1", forwarded) == expected


def test_behind_a_proxy_without_the_header(settings: Settings) -> None:
    settings.BEHIND_PROXY = True
    assert address("192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize(
    ("one", "allowed", "expected"),
    [
        ("203.0.113.9", ("203.0.113.9",), True), ("203.0.113.9", ("203.0.113.0/24",), True),
        ("203.0.114.9", ("203.0.113.0/24",), False), ("2001:db8::5", ("203.0.113.0/24", "2001:db8::/64"), True),
        ("203.0.113.9", ("::/0",), False), ("", ("0.0.0.0/0",), False), ("203.0.113.9", (), False),
    ],
)  # fmt: skip
def test_within(one: str, allowed: tuple[str, ...], *, expected: bool) -> None:
    assert within(one, allowed) is expected
