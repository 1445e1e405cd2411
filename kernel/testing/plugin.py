"""The pytest plugin that starts the servers before Django reads its settings (`-p kernel.testing.plugin`).

They are started once, in the controlling process; the workers of pytest-xdist inherit the addresses, and each takes
a database and a Redis number of its own.
"""

import os

import pytest

from kernel import heartbeat, ratelimit, redis
from kernel.logs import correlation_id
from kernel.testing.servers import Servers

_SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers, unless we are a worker or only asked to list something."""
    if "PYTEST_XDIST_WORKER" in os.environ or _only_asks(early_config):
        return
    servers = Servers.start()
    early_config.stash[_SERVERS] = servers
    early_config.add_cleanup(servers.stop)
    os.environ["DATABASE_URL"] = servers.postgres.url()
    os.environ["REDIS_URL"] = servers.redis.url()
    os.environ["DATA_DIR"] = str(servers.directory)


def _only_asks(config: pytest.Config) -> bool:
    options = config.known_args_namespace
    return bool(options.help or options.version or options.collectonly)


@pytest.fixture(autouse=True)
def _fresh_redis(request: pytest.FixtureRequest) -> None:
    """Give every test an empty Redis of its worker; nothing that counts or remembers leaks from test to test."""
    if request.node.get_closest_marker("contract") is None:
        redis.client().flushdb()
        heartbeat._last_beat.clear()  # noqa: SLF001 - its memory of what Redis knows
        correlation_id.set("")
        ratelimit._away.until = 0.0  # noqa: SLF001 - and of a Redis that did not answer
