from collections.abc import Iterator

import pytest
import redis

from kernel.testing.servers import Servers


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Servers as in production."""
    started = Servers.start(durable=True)
    yield started
    started.stop()


def test_what_is_acknowledged_survives_a_kill(servers: Servers):
    with redis.Redis.from_url(servers.redis.url()) as client:
        client.rpush("queue", *(f"task {n}" for n in range(500)))
    servers.kill()
    servers.launch()
    with redis.Redis.from_url(servers.redis.url()) as client:
        assert client.llen("queue") == 500
        assert client.config_get("appendfsync") == {"appendfsync": "always"}


def test_a_client_without_the_password_is_refused(servers: Servers):
    with redis.Redis(port=servers.redis.port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_its_configuration_holds_the_password_and_is_private(servers: Servers):
    path = servers.redis.directory / "redis.conf"
    assert f"requirepass {servers.redis.password}\n" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_it_listens_on_loopback_only(servers: Servers):
    with redis.Redis.from_url(servers.redis.url()) as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
