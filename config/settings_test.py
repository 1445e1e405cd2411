"""Settings for tests and checks: the product's own, from an environment that is the same on every machine."""

import os
from urllib.parse import urlsplit

_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
_redis = urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:1"))  # the test plugin knows the real addresses

os.environ.setdefault("DATABASE_URL", "postgresql://redress@127.0.0.1:1/redress")
os.environ.setdefault("DATA_DIR", "var/test")
os.environ |= {
    "AUDIT_SIGNING_KEY": "audit-signing-key-of-the-tests-long-enough",
    "BASE_URL": "http://localhost:8000",
    "DEBUG": "0",
    "EMAIL_FROM": "no-reply@redress.example",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "ENCRYPTION_KEYS": "dGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGVzdHMtdGU=,b2xkLWtleS1vbGQta2V5LW9sZC1rZXktb2xkLWtleS0=",
    "LOG_LEVEL": "INFO",
    "OPERATORS_NEED_SECOND_FACTOR": "0",
    "METRICS_TOKEN": "metrics-token-of-the-tests",
    "REDIS_URL": _redis._replace(path=f"/{int(_worker.removeprefix('gw')) % 16}").geturl(),
    "REDIS_PREFIX": f"test:{_worker}:",
    "SECRET_KEY": "secret-key-of-the-tests-long-enough-for-every-use-of-it",
    "WHATSAPP_APP_SECRET": "app-secret-of-the-tests",
    "WHATSAPP_GRAPH_URL": "http://127.0.0.1:1",
    "WHATSAPP_VERIFY_TOKEN": "verify-token-of-the-tests",
}

from config.settings import *  # noqa: E402, F403 - the environment must be there first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the strong one is slow on purpose
