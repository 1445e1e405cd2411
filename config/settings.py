"""All settings, all from the environment. `.env.example` says what each one means."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from config import environment as env
from config.palette import COLORS
from config.schedule import SCHEDULE
from kernel import logs
from kernel.pooling import pool_options

env.load_runtime_file()

BASE_DIR = env.ROOT
DATA_DIR = env.read("DATA_DIR", lambda raw: (env.ROOT / raw).resolve(), "var")

# --- who we are on the network ---------------------------------------------------------------
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.read("SECRET_KEY", env.long_enough)
_base = env.read("BASE_URL", env.web_address, "http://localhost:8000")
BASE_URL = _base.geturl()
BASE_HOST = _base.hostname or "localhost"
HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = ["*"]  # tenants.middleware answers 404 to hosts it does not know; health paths answer on any host
BEHIND_PROXY = env.flag("BEHIND_PROXY")
PROXY_COUNT = env.read("PROXY_COUNT", env.at_least_one, "1")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "redress_session"
CSRF_COOKIE_NAME = "redress_csrf"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UPLOAD_MAX_BYTES = 101 * 1024 * 1024  # the largest file a channel takes, and the form around it
FILE_UPLOAD_HANDLERS = [
    "kernel.api.parsing.CappedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

OPERATORS_NEED_SECOND_FACTOR = env.flag("OPERATORS_NEED_SECOND_FACTOR", default=True)

# --- secrets ---------------------------------------------------------------------------------
ENCRYPTION_KEYS = env.read("ENCRYPTION_KEYS", env.fernet_keys)
AUDIT_SIGNING_KEY = env.read("AUDIT_SIGNING_KEY", env.long_enough)
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- apps ------------------------------------------------------------------------------------
SHARED_APPS = [
    "tenants",  # before django_tenants, whose command `create_tenant` would win otherwise
    "django_tenants",
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces
    "django.contrib.admin.apps.SimpleAdminConfig",  # only our own sites: tenants.backoffice.sites
    "django.contrib.auth",  # what the admin is built on; rights come from memberships
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "kernel.anchors",
    "ingest",
    "monitoring",
    "integrations",
    "demo",
]
TENANT_APPS = [
    "kernel.api",
    "kernel.events",
    "team",
    "crm",
    "conversations",
]
INSTALLED_APPS = SHARED_APPS + TENANT_APPS
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
AUTH_USER_MODEL = "tenants.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TENANT_LIMIT_SET_CALLS = True
SILENCED_SYSTEM_CHECKS = ["admin.E408"]  # no AuthenticationMiddleware: the admin sites say themselves who is there

# --- database --------------------------------------------------------------------------------
_pool_size = env.number("DATABASE_POOL_SIZE", 0)
"""0 keeps one lasting connection per thread; web processes, which have many threads, share a pool."""
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django_tenants.postgresql_backend",
        **env.read("DATABASE_URL", env.database),
        "CONN_MAX_AGE": 0 if _pool_size else 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
if _pool_size:
    DATABASES["default"]["OPTIONS"]["pool"] = pool_options(_pool_size)
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# --- files -----------------------------------------------------------------------------------
FILES_BUCKET = env.text("FILES_BUCKET", "")
_files: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": DATA_DIR / "files", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
}
if FILES_BUCKET:
    _files = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": FILES_BUCKET,
            "endpoint_url": env.text("FILES_ENDPOINT", "") or None,
            "region_name": env.text("FILES_REGION", "") or None,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }
"""A bucket's keys come from where the AWS libraries look for them: the environment or the machine's role."""
STORAGES: dict[str, dict[str, Any]] = {
    "default": _files,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Redis: cache, broker, sockets, limits ---------------------------------------------------
REDIS_URL = env.read("REDIS_URL", env.redis_address)
REDIS_PREFIX = env.text("REDIS_PREFIX", "redress:")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "kernel.tenancy.cache_key",
        "KEY_PREFIX": REDIS_PREFIX + "cache",
    }
}
LIVE_PREFIX = REDIS_PREFIX + "live"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": LIVE_PREFIX},
    }
}

# --- requests --------------------------------------------------------------------------------
ROOT_URLCONF = "config.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
MIDDLEWARE = [
    "monitoring.middleware.ProbeMiddleware",  # first: probes need nothing of the rest
    "kernel.logs.RequestIdMiddleware",
    "kernel.compression.CompressionMiddleware",
    "tenants.security.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",  # answers preflights before anybody asks who is calling
    "tenants.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tenants.middleware.MemberMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tenants.middleware.PlainTextMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",  # the admin asks for both
                "django.contrib.messages.context_processors.messages",
                "tenants.context.shell",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"]
WHITENOISE_USE_FINDERS = True  # served from where they are built: there is nothing to collect
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"  # Vite's names change with the content
AUTHENTICATION_BACKENDS = ["tenants.authentication.MembershipBackend"]
LOGIN_URL = "/login/"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # cookies would carry names around
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

# --- language and time -----------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "redress_language"
FORMAT_MODULE_PATH = ["config.formats"]
CSRF_FAILURE_VIEW = "tenants.views.csrf_failed"

# --- admin -----------------------------------------------------------------------------------
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Redress",
    "SITE_HEADER": "Redress",
    "SITE_SUBHEADER": "tenants.backoffice.look.place",
    "SITE_URL": None,
    "SITE_ICON": "tenants.backoffice.look.logo",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "tenants.backoffice.look.logo"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "THEME": "tenants.backoffice.look.theme",
    "BORDER_RADIUS": "6px",
    "COLORS": COLORS,
    "STYLES": ["tenants.backoffice.look.stylesheet"],
    "SIDEBAR": {"navigation": "tenants.backoffice.look.navigation"},
}

# --- API -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.authentication.ApiKeyAuthentication",
        "tenants.authentication.TicketAuthentication",
        "tenants.authentication.MemberSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["kernel.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["kernel.api.rendering.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kernel.api.parsing.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "kernel.api.schema.Schema",
    "EXCEPTION_HANDLER": "kernel.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
CORS_ALLOW_HEADERS = (
    "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id", "traceparent",
    "x-request-id",
)  # fmt: skip
CORS_EXPOSE_HEADERS = (
    "Allow", "Deprecation", "ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy",
    "Retry-After", "Sunset", "WWW-Authenticate", "X-Quota-Limit", "X-Quota-Remaining", "X-RateLimit-Limit",
    "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID",
)  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 600
SPECTACULAR_SETTINGS = {
    "TITLE": "Redress API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATION_PARAMETERS": False,
}

# --- tasks -----------------------------------------------------------------------------------
TASK_QUEUES = ("send", "default")
TASK_PREFIX = REDIS_PREFIX + "tasks:"
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": TASK_PREFIX,
    "visibility_timeout": 900,  # longer than the longest task: what a killed worker held comes back after it
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # Redis may be away for long; the worker waits for it
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 720
CELERY_TASK_SOFT_TIME_LIMIT = 660
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"conversations.tasks.send_waiting": {"queue": "send"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.number("WORKER_CONCURRENCY", 2)
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 1.5  # what is not done by then goes back to the queue
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # tasks are idempotent: let them finish
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = SCHEDULE

# --- logs ------------------------------------------------------------------------------------
LOG_LEVEL = env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = logs.configuration(
    level=LOG_LEVEL, console=env.one_of("LOG_FORMAT", ("json", "console"), "json") == "console"
)

# --- e-mail ----------------------------------------------------------------------------------
EMAIL_URL = env.read("EMAIL_URL", env.mail_address)
EMAIL_FROM = env.read("EMAIL_FROM", env.sender_address, f"no-reply@{BASE_HOST}")

# --- vendors ---------------------------------------------------------------------------------
WHATSAPP_GRAPH_URL = env.text("WHATSAPP_GRAPH_URL", "https://graph.facebook.com").rstrip("/")
WHATSAPP_MEDIA_HOSTS = frozenset(env.words("WHATSAPP_MEDIA_HOSTS", "lookaside.fbsbx.com,*.fbcdn.net"))
WHATSAPP_GRAPH_VERSION = env.text("WHATSAPP_GRAPH_VERSION", "v26.0")
WHATSAPP_APP_SECRET = env.text("WHATSAPP_APP_SECRET")
WHATSAPP_VERIFY_TOKEN = env.text("WHATSAPP_VERIFY_TOKEN")
