"""The account a server runs as. PostgreSQL refuses root, so root lends it another one."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.embedded.errors import EmbeddedServerError

CANDIDATES = ("postgres", "nobody", "daemon")
"""Accounts without privileges that systems come with, the most fitting first."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine with its main group."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this very process runs as this account."""
        return self.uid == os.geteuid()

    def spawn_options(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` start a child as this account."""
        if self.is_ours:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may(self, right: str, path: Path) -> bool:
        """Tell whether this account has `right` (r, w or x) on `path`, by trying: mode bits do not tell all."""
        shell = ["/bin/sh", "-c", f'test -{right} "$1"', "test", str(path)]
        done = subprocess.run(shell, check=False, cwd="/", **self.spawn_options())  # noqa: S603 - fixed program
        return done.returncode == 0

    def own(self, path: Path, mode: int) -> None:
        """Make the directory `path` this account's, with `mode`."""
        path.mkdir(parents=True, exist_ok=True)
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


OURSELVES = Account(f"user {os.geteuid()}", os.geteuid(), os.getegid())


def server_account() -> Account:
    """Return the account for servers that refuse root: our own, or as root the first candidate there is."""
    if os.geteuid() != 0:
        return OURSELVES
    for name in CANDIDATES:
        try:
            return _account(name)
        except KeyError:
            continue
    message = f"PostgreSQL refuses root and none of the accounts {', '.join(CANDIDATES)} exists; run as another user."
    raise EmbeddedServerError(message)


def _account(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid)
