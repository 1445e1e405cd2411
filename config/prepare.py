"""Bring the database up to this release: schemas, the vendor's secrets, demo tenants. Safe to run again and again."""

import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main(demo_file: Path) -> None:
    """Migrate all schemas and see that the demo tenants exist; their logins go to `demo_file`."""
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - Django must be set up

    from ingest.actions import seed_vendor_app  # noqa: PLC0415 - the same
    from kernel.heartbeat import forget_this_host  # noqa: PLC0415 - the same

    forget_this_host()
    call_command("prepare", stdout=StringIO())
    seed_vendor_app(
        vendor="whatsapp",
        label="environment",
        secret=settings.WHATSAPP_APP_SECRET,
        verify_token=settings.WHATSAPP_VERIFY_TOKEN,
    )
    call_command("seed_demo", file=demo_file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
