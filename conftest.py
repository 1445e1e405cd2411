"""Every test's ground: the cast, and databases of its own. The servers are started by `kernel.testing.plugin`."""

from collections.abc import Iterator

import pytest
from django.utils import translation

pytest_plugins = ["tests.cast"]


@pytest.fixture(autouse=True)
def _nobodys_language() -> Iterator[None]:
    """Forget the language of a test's last request: the next test begins in nobody's."""
    yield
    translation.deactivate()
