"""Redis for tests of limits and breakers: the test run's own, whose keys are wiped after each test."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from kernel.redis import client


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    """Return the product's client; what the test wrote is gone afterwards."""
    yield client()
    for key in client().scan_iter(f"{settings.REDIS_PREFIX}*"):
        client().delete(key)
