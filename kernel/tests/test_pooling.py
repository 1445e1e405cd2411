import os

import psycopg
import pytest
from psycopg_pool import ConnectionPool, PoolTimeout

from kernel.pooling import pool_options


def _path(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT current_setting('search_path')").fetchone()
    assert row
    return str(row[0])


def test_a_returned_connection_forgets_its_tenant_also_from_inside_a_transaction():
    with ConnectionPool(os.environ["DATABASE_URL"], kwargs={"autocommit": True}, **pool_options(1)) as pool:
        with pool.connection() as connection:
            connection.execute("SET search_path = t_northside, public")
            backend = connection.info.backend_pid
        with pool.connection() as connection:
            assert (connection.info.backend_pid, _path(connection)) == (backend, '""')
            connection.autocommit = False
            connection.execute("SET search_path = t_harbor, public")
        with pool.connection() as connection:
            assert (connection.info.backend_pid, _path(connection)) == (backend, '""')


def test_a_full_pool_refuses_instead_of_waiting_for_ever():
    options = pool_options(1) | {"timeout": 0.1}
    with (
        ConnectionPool(os.environ["DATABASE_URL"], **options) as pool,
        pool.connection(),
        pytest.raises(PoolTimeout),
        pool.connection(),
    ):
        pass


@pytest.mark.parametrize("size", [1, 2, 12])
def test_the_pool_is_never_larger_than_asked_and_its_connections_grow_old(size: int):
    options = pool_options(size)
    assert (options["min_size"], options["max_size"], options["max_lifetime"]) == (min(2, size), size, 600)
