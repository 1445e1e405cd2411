"""Poolers between us and PostgreSQL, real ones where the machine has PgBouncer."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from kernel.embedded.ports import free_port
from kernel.tenancy_checks import refuse_unsafe_pooler, session_leaks, session_moves
from tests.cast import Stage

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="no PgBouncer on this machine")

Connect = Callable[[], "psycopg.Connection[Any]"]


@contextmanager
def pgbouncer(mode: str) -> Iterator[int]:
    """Run PgBouncer before this test's database; yields its port."""
    database, port = settings.DATABASES["default"], free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        account = pwd.getpwnam("nobody")
        (folder / "users").write_text(f'"{database["USER"]}" "{database["PASSWORD"]}"\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host={database['HOST']} port={database['PORT']} user={database['USER']} "
            f"password={database['PASSWORD']}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"unix_socket_dir =\nauth_type = plain\nauth_file = {folder}/users\npool_mode = {mode}\n"
        )
        options: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid} if os.geteuid() == 0 else {}
        process = subprocess.Popen([str(PGBOUNCER), "-q", str(folder / "ini")], **options)
        try:
            _until_it_answers(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _until_it_answers(port: int) -> None:
    for _look in range(100):
        try:
            _connect(port).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("PgBouncer does not come up")


def _connect(port: int) -> "psycopg.Connection[Any]":
    parameters = connections["default"].get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    return psycopg.connect(**{**parameters, "host": "127.0.0.1", "port": port}, autocommit=True)


@needs_pgbouncer
def test_pgbouncer_in_transaction_mode_leaks_the_schema_and_moves_sessions(northside: Stage) -> None:
    with pgbouncer("transaction") as port:
        assert session_leaks(lambda: _connect(port)) is True
        assert session_moves(lambda: _connect(port)) is True


@needs_pgbouncer
def test_pgbouncer_in_session_mode_is_safe(northside: Stage) -> None:
    with pgbouncer("session") as port:
        assert session_leaks(lambda: _connect(port)) is False
        assert session_moves(lambda: _connect(port)) is False


@needs_pgbouncer
def test_a_process_does_not_start_behind_an_unsafe_pooler(northside: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with pgbouncer("transaction") as port:
        monkeypatch.setitem(connections["default"].settings_dict, "PORT", port)
        with pytest.raises(SystemExit, match="shares sessions, so a query can run in another tenant"):
            refuse_unsafe_pooler()


def test_sessions_of_their_own_do_not_move_and_let_a_process_start(northside: Stage) -> None:
    port = int(settings.DATABASES["default"]["PORT"])
    assert session_moves(lambda: _connect(port)) is False
    refuse_unsafe_pooler()


def test_a_database_that_does_not_answer_refuses_nobody(northside: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", 1)
    refuse_unsafe_pooler()
