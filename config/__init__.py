"""The installation: settings, addresses, processes, timers."""

from config.celery import app

__all__ = ["app"]
"""Made with the package, so that `.delay()` finds this installation's broker in every process, not only in workers."""
