"""Every test's ground: the cast, and databases of its own. The servers are started by `kernel.testing.plugin`."""

pytest_plugins = ["tests.cast"]
