import os
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest

from kernel.embedded.errors import EmbeddedServerError
from kernel.testing.servers import Servers


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Servers as in production: what is acknowledged is on disk."""
    started = Servers.start(durable=True)
    yield started
    started.stop()


def _connect(servers: Servers) -> psycopg.Connection:
    return psycopg.connect(servers.postgres.url(), autocommit=True)


def test_the_role_owns_its_database_and_is_no_superuser(servers: Servers):
    with _connect(servers) as connection:
        row = connection.execute(
            "SELECT current_user, usesuper, pg_get_userbyid(datdba), current_setting('server_version_num')::int / 10000"
            " FROM pg_user, pg_database WHERE usename = current_user AND datname = current_database()"
        ).fetchone()
    assert row == ("redress", False, "redress", 18)


def test_it_listens_on_loopback_only_and_on_no_unix_socket(servers: Servers):
    with servers.postgres._superuser() as connection:
        row = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()
    assert row == ("127.0.0.1", "")


@pytest.mark.parametrize("user", ["redress", "postgres"])
def test_a_wrong_password_is_refused_for_both_roles(servers: Servers, user: str):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=servers.postgres.port, user=user, password="wrong", dbname="postgres")


def test_its_files_belong_to_the_account_that_runs_it_and_to_nobody_else(servers: Servers):
    status = servers.postgres.installation.data.stat()
    assert status.st_uid == servers.postgres.installation.account.uid
    assert status.st_uid != 0
    assert status.st_mode & 0o077 == 0


def test_what_is_committed_survives_a_kill_of_all_its_processes(servers: Servers):
    with _connect(servers) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    servers.kill()
    servers.launch()
    with _connect(servers) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]


def test_a_lock_file_with_the_number_of_a_stranger_does_not_stop_the_start(servers: Servers):
    servers.kill()
    lock = servers.postgres.installation.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    servers.launch()
    with _connect(servers) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_broken_lock_file_does_not_stop_the_start(servers: Servers):
    servers.kill()
    (servers.postgres.installation.data / "postmaster.pid").write_text("")
    servers.launch()
    with _connect(servers) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_prepare_leaves_the_lock_of_a_living_server(servers: Servers):
    servers.postgres.prepare()
    assert (servers.postgres.installation.data / "postmaster.pid").exists()


def test_ensure_changes_nothing_the_second_time(servers: Servers):
    servers.postgres.ensure("another")
    servers.postgres.ensure("another")
    with psycopg.connect(servers.postgres.url("another")) as connection:
        assert connection.info.dbname == "another"


def test_prepare_refuses_the_data_of_another_version(servers: Servers):
    version = servers.postgres.installation.data / "PG_VERSION"
    original = version.read_text()
    version.write_text("12\n")
    with pytest.raises(EmbeddedServerError, match="of PostgreSQL 12, this is 18"):
        servers.postgres.prepare()
    version.write_text(original)


def test_wait_gives_up_when_the_server_has_given_up(servers: Servers):
    servers.kill()
    with pytest.raises(EmbeddedServerError, match="does not come up"):
        servers.postgres.wait(30, alive=lambda: False)
    servers.launch()


def test_the_password_is_in_no_command_line(servers: Servers):
    password = urlsplit(servers.postgres.url()).password
    assert password
    assert all(password not in word for word in servers.postgres.command() + servers.redis.command())


def test_a_broken_initdb_is_started_anew(servers: Servers):
    data = servers.directory / "again" / "postgres"
    leftover = data.with_name("postgres.new")
    leftover.mkdir(parents=True)
    (leftover / "half").touch()
    replace(servers.postgres, installation=replace(servers.postgres.installation, data=data)).prepare()
    assert (data / "PG_VERSION").read_text() == "18\n"
    assert not leftover.exists()
