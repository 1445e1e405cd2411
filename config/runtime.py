"""`var/runtime.env`: what one `make run` decided and the next one, and every other command, takes over.

Secrets are made once and stay. Ports stay too while they are free. A value in the real environment always wins.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from kernel.embedded.ports import free_port

FILE = "runtime.env"
HEADER = (
    "# Written by `make run`. The environment wins over it. Keep it with the data beside it: it holds their keys.\n"
)
SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
    "AUDIT_SIGNING_KEY": lambda: secrets.token_urlsafe(48),
    "METRICS_TOKEN": lambda: secrets.token_urlsafe(24),
    "WHATSAPP_APP_SECRET": lambda: secrets.token_hex(16),
    "WHATSAPP_VERIFY_TOKEN": lambda: secrets.token_urlsafe(24),
    "EMBEDDED_PASSWORD": lambda: secrets.token_urlsafe(24),
}
PORTS = ("POSTGRES_PORT", "REDIS_PORT", "EMULATOR_PORT", "MAIL_PORT", "OUTBOX_PORT", "SUPERVISOR_PORT")


@dataclass
class Runtime:
    """The values of one `var/`, and where they are kept."""

    var: Path
    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, var: Path) -> "Runtime":
        """Return what the last run left, or nothing."""
        path = var / FILE
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        pairs = (line.partition("=") for line in lines if not line.startswith("#"))
        return cls(var, {name: value for name, separator, value in pairs if separator})

    def __getitem__(self, name: str) -> str:
        """Return a value as programs will see it: the environment first."""
        return os.environ.get(name) or self.values[name]

    def port(self, name: str) -> int:
        """Return one of our ports."""
        return int(self.values[name])

    def complete(self) -> None:
        """Make the secrets that do not exist yet, and choose a free port for every server."""
        for name, make in SECRETS.items():
            self.values.setdefault(name, make())
        for name in PORTS:
            self.values[name] = str(free_port(int(self.values.get(name, 0))))

    def update(self, values: Mapping[str, str]) -> None:
        """Take values over."""
        self.values.update(values)

    def save(self) -> None:
        """Write everything, readable by us alone, so that no reader ever sees half of it."""
        body = HEADER + "".join(f"{name}={value}\n" for name, value in sorted(self.values.items()))
        write_private(self.var / FILE, body)


def write_private(path: Path, body: str) -> None:
    """Replace a file in one step; only its owner may read it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
