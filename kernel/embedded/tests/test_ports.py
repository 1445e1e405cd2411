import socket

from kernel.embedded.ports import free_port, is_free


def test_a_port_somebody_listens_on_is_not_free_and_not_preferred():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert not is_free(taken)
        assert free_port(taken) != taken


def test_a_free_port_is_kept():
    port = free_port()
    assert is_free(port)
    assert free_port(port) == port
