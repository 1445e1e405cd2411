import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kernel.embedded import installation
from kernel.embedded.accounts import server_account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends PostgreSQL another account")


def _elsewhere() -> Path:
    """A place that another account can enter, which pytest's own folders are not."""
    place = Path(tempfile.mkdtemp(prefix="redress-test-"))
    place.chmod(0o755)
    return place


@as_root
def test_root_never_runs_the_server_itself():
    assert server_account().uid != 0


@as_root
def test_data_goes_elsewhere_when_the_account_cannot_enter_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(installation, "OUTSIDE", _elsewhere())
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = installation.install(closed / "var")
    assert found.data.parent.parent == installation.OUTSIDE
    assert found.account.may("x", found.data.parent)
    assert found == installation.install(closed / "var")
    found.data.parent.rmdir()
    installation.OUTSIDE.rmdir()


@as_root
def test_programs_are_copied_when_the_account_cannot_reach_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    outside = _elsewhere()
    monkeypatch.setattr(installation, "OUTSIDE", outside)
    copy = installation._copy_of(installation._wheel())
    shown = subprocess.check_output(
        [copy / "bin" / "postgres", "--version"], text=True, cwd="/", **server_account().spawn_options()
    )
    assert shown.startswith("postgres (PostgreSQL) 18.")
    assert not (copy / "include").exists()
    assert installation._copy_of(installation._wheel()) == copy
    shutil.rmtree(outside)


@pytest.mark.skipif(os.geteuid() == 0, reason="an ordinary user needs no other account")
def test_an_ordinary_user_runs_everything_in_place(tmp_path: Path):
    found = installation.install(tmp_path / "var")
    assert found.data == tmp_path / "var" / "postgres"
    assert found.account.is_ours
