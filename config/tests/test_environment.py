import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment
from config.environment import ROOT


def _start(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Load the settings with the tests' environment and these changes; None takes a setting away."""
    merged = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings", **changes}
    env = {name: value for name, value in merged.items() if value is not None}
    command = [sys.executable, "-W", "ignore", "-c", "import config.settings"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", None, "is missing"),
        ("SECRET_KEY", "short", "cannot be used: it has fewer than 32 characters"),
        ("DATABASE_URL", None, "is missing"),
        ("DATABASE_URL", "mysql://h/x", "cannot be used: it is no address of the form postgresql://host:port"),
        ("DATABASE_URL", "postgresql://h:5432/", "cannot be used: it names no database"),
        ("REDIS_URL", "redis", "cannot be used: it is no address of the form rediss://host:port"),
        ("BASE_URL", "http://h/path", "cannot be used: it must be a scheme, a host and perhaps a port"),
        ("DEBUG", "maybe", "cannot be used: 'maybe' is neither yes nor no"),
        ("DATABASE_POOL_SIZE", "many", "cannot be used: invalid literal for int() with base 10: 'many'"),
        ("LOG_LEVEL", "LOUD", "cannot be used: 'LOUD' is none of DEBUG, INFO, WARNING, ERROR"),
        ("ENCRYPTION_KEYS", "x", "cannot be used: Fernet key must be 32 url-safe base64-encoded bytes."),
    ],
)
def test_a_bad_or_missing_setting_stops_the_start_with_one_line(
    tmp_path: Path, name: str, value: str | None, complaint: str
):
    done = _start(tmp_path, **{name: value})
    assert done.returncode == 1
    assert done.stderr == f"Setting {name} {complaint} (see .env.example).\n"


def test_a_bad_address_is_not_quoted_because_it_may_hold_a_password(tmp_path: Path):
    done = _start(tmp_path, DATABASE_URL="postgres//redress:hunter2@host/db")
    assert "hunter2" not in done.stdout + done.stderr


def test_the_runtime_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "runtime.env").write_text("# why\nREDRESS_TEST_A=from file\nREDRESS_TEST_B=from=file\nbroken\n")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REDRESS_TEST_A", "from environment")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    environment.load_runtime_file()
    assert os.environ["REDRESS_TEST_A"] == "from environment"
    assert os.environ["REDRESS_TEST_B"] == "from=file"


def test_a_database_address_becomes_djangos_settings():
    assert environment.database("postgres://u%40x:p%2Fw@db.example:6432/crm?sslmode=require") == {
        "NAME": "crm", "USER": "u@x", "PASSWORD": "p/w", "HOST": "db.example", "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }  # fmt: skip


def test_every_setting_is_in_the_example_and_nothing_else_is():
    used = set()
    for path in (ROOT / "config").glob("*.py"):
        text = path.read_text()
        used |= {part.partition('"')[0] for call in READERS for part in text.split(call)[1:]}
    documented = {line.partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line}
    documented = {name for name in documented if name.isupper() and name.replace("_", "").isalpha()}
    assert documented == used | OUTSIDE_SETTINGS


READERS = ('env.text("', 'env.read("', 'env.flag("', 'env.number("', 'env.words("', 'env.one_of("')
OUTSIDE_SETTINGS = {"PORT", "DATA_DIR", "PROCESS_NAME", "PROMETHEUS_MULTIPROC_DIR"}
"""Read by the launcher, the logs and the metrics library, not by settings.py."""
