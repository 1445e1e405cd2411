"""Pages and API as a WSGI application (granian in production, mounted in config.asgi in `make run`)."""

import os

from django.core.wsgi import get_wsgi_application

from kernel.starting import begin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL_SIZE", "12")

application = get_wsgi_application()
begin()
