import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pytest_django import Settings

from kernel.actors import SYSTEM
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.events.models import Event
from tenants import actions, queries
from tenants.models import ApiKey
from tenants.scopes import SCOPES
from tests.cast import Stage

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def create(**values: object) -> tuple[UUID, str]:
    made = actions.create_api_key(**{"name": "Sync", "scopes": ["contacts:read"], "actor": SYSTEM, **values})  # type: ignore[arg-type]
    return made.id, made.key


def test_key_is_shown_once_and_kept_as_digest(northside: Stage) -> None:
    key_id, key = create()
    assert key.startswith("rk_dev_")
    assert len(key) >= 43 + len("rk_dev_")
    row = ApiKey.objects.get(id=key_id)
    assert bytes(row.digest) == hashlib.sha256(key.encode()).digest()
    assert row.prefix == key[:14]
    stored = {name: str(value) for name, value in vars(row).items()}
    assert not any(key in value for value in stored.values())
    event = Event.objects.order_by("-seq")[0]
    assert (event.type, event.payload) == (
        "api_key.created", {"api_key_id": str(key_id), "scopes": ["contacts:read"]},
    )  # fmt: skip


def test_keys_differ_and_name_their_environment(northside: Stage, settings: Settings) -> None:
    settings.HTTPS = True
    keys = {create()[1] for _key in range(5)}
    assert len(keys) == 5
    assert all(key.startswith("rk_live_") for key in keys)


def test_shape_never_holds_key_or_digest(northside: Stage) -> None:
    key_id, key = create(allowed_ips=["203.0.113.0/24"], expires_at=NOON, now=NOON - timedelta(days=1))
    (shape,) = queries.api_key_shapes([key_id])
    assert {name: shape[name] for name in ("id", "name", "prefix", "scopes", "allowed_ips", "expires_at")} == {
        "id": str(key_id),
        "name": "Sync",
        "prefix": key[:14],
        "scopes": ["contacts:read"],
        "allowed_ips": ["203.0.113.0/24"],
        "expires_at": "2026-05-01T12:00:00.000Z",
    }
    assert key not in str(shape)
    assert "digest" not in shape


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 81}, "name"), ({"scopes": []}, "scopes"),
        ({"scopes": ["contacts:read", "all"]}, "scopes"), ({"expires_at": NOON, "now": NOON}, "expires_at"),
        ({"allowed_ips": ["10.0.0.1/8"]}, "allowed_ips"), ({"allowed_ips": ["nowhere"]}, "allowed_ips"),
    ],
)  # fmt: skip
def test_values_are_checked(northside: Stage, values: dict[str, object], field: str) -> None:
    before = ApiKey.objects.count()
    with pytest.raises(Invalid) as refused:
        create(**values)
    assert list(refused.value.details) == [field]
    assert ApiKey.objects.count() == before


def test_nobody_passes_on_more_than_they_have(northside: Stage) -> None:
    with pytest.raises(Forbidden) as refused:
        create(scopes=["contacts:read", "api-keys:write"], grantable=frozenset({"contacts:read"}))
    assert refused.value.details == {"scopes": ["api-keys:write"]}
    create(grantable=frozenset({"contacts:read"}))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [("203.0.113.9", "203.0.113.9"), (" 10.0.0.0/8 ", "10.0.0.0/8"), ("2001:DB8::1", "2001:db8::1"), ("::/0", "::/0")],
)
def test_addresses_are_kept_in_one_form(northside: Stage, raw: str, kept: str) -> None:
    key_id, _key = create(allowed_ips=[raw])
    assert ApiKey.objects.get(id=key_id).allowed_ips == [kept]


def test_revoked_key_is_forgotten_at_once(northside: Stage) -> None:
    key_id, key = create()
    digest = hashlib.sha256(key.encode()).digest()
    found = queries.key_by_digest(digest)
    assert found is not None
    assert (found.id, found.tenant_id, found.scopes) == (key_id, northside.tenant.id, frozenset({"contacts:read"}))
    actions.revoke_api_key(key_id=key_id, actor=SYSTEM, now=NOON)
    actions.revoke_api_key(key_id=key_id, actor=SYSTEM, now=NOON + timedelta(days=1))
    assert queries.key_by_digest(digest) is None
    assert ApiKey.objects.get(id=key_id).revoked_at == NOON
    assert [e.type for e in Event.objects.order_by("-seq")[:2]] == ["api_key.revoked", "api_key.created"]


def test_charlie_cannot_see_or_revoke_northsides_keys(northside: Stage, harbor: Stage) -> None:
    key_id, _key = create()
    with harbor.inside():
        assert key_id not in set(queries.api_keys().values_list("id", flat=True))
        assert queries.api_key_shapes([key_id]) == []
        with pytest.raises(NotFound):
            actions.revoke_api_key(key_id=key_id, actor=SYSTEM)
    assert ApiKey.objects.get(id=key_id).revoked_at is None


def test_touch_writes_at_most_once_a_minute(northside: Stage) -> None:
    key_id, _key = create()
    for seconds, expected in ((0, 0), (59, 0), (60, 0), (61, 61)):
        actions.touch_api_key(key_id, now=NOON + timedelta(seconds=seconds))
        assert ApiKey.objects.get(id=key_id).last_used_at == NOON + timedelta(seconds=expected)


def test_given_key_is_taken_as_it_is(northside: Stage) -> None:
    key_id, key = create(key="rk_demo_the-same-every-time", scopes=SCOPES, per_minute=100_000)
    assert key == "rk_demo_the-same-every-time"
    found = queries.key_by_digest(hashlib.sha256(key.encode()).digest())
    assert found is not None
    assert (found.id, found.per_minute, found.per_hour) == (key_id, 100_000, None)
