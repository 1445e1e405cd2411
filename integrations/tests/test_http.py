import os
import socket
import time

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import http
from integrations.http import AnswerLostError, ForbiddenAddressError, HttpClient, NotReachedError, is_public
from integrations.tests.servers import Recorder, raw_server, read_request


def get(url: str, *, timeout: float = 0.4, max_bytes: int = 1000) -> http.Answer:
    client = HttpClient(url, operator_url=True, timeout=timeout, max_bytes=max_bytes)
    try:
        return client.request("GET", "/x")
    finally:
        client.close()


def test_an_answer_comes_back_whole_whatever_its_status():
    with raw_server(Recorder(answers=[(418, {"short": "and stout"})], extra={"Retry-After": "3"})) as url:
        answer = get(url)
    assert (answer.status, answer.json(), answer.headers["retry-after"]) == (418, {"short": "and stout"}, "3")


def test_a_request_carries_json_headers_and_query():
    recorder = Recorder()
    with raw_server(recorder) as url:
        client = HttpClient(url + "/base/", operator_url=True)
        client.request("POST", "/messages", headers={"x-a": "b"}, query={"q": "a b&c"}, payload={"t": "ñ\ud800"})
        client.close()
    seen = recorder.seen[0]
    assert (seen.method, seen.path, seen.body) == ("POST", "/base/messages?q=a+b%26c", {"t": "ñ\ud800"})
    assert (seen.headers["content-type"], seen.headers["x-a"]) == ("application/json", "b")
    assert seen.headers["accept-encoding"] == "identity"


def test_a_redirect_is_an_answer_and_not_followed():
    recorder = Recorder(answers=[(302, {})], extra={"Location": "http://127.0.0.1:1/"})
    with raw_server(recorder) as url:
        assert get(url).status == 302
    assert len(recorder.seen) == 1


def test_a_body_that_is_no_json_is_none():
    with raw_server(Recorder(answers=[(200, b"<html>")])) as url:
        assert get(url).json() is None


def test_nobody_listening_means_nothing_was_seen():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NotReachedError):
            get(f"http://127.0.0.1:{unused.getsockname()[1]}")


def test_a_name_nobody_knows_means_nothing_was_seen():
    with pytest.raises(NotReachedError):
        get("http://nobody.invalid")


def test_no_answer_in_time_leaves_it_open_whether_the_peer_acted():
    with raw_server(lambda _connection: time.sleep(1)) as url, pytest.raises(AnswerLostError):
        get(url)


def test_a_dripping_peer_does_not_stretch_the_time_out():
    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        for _ in range(60):
            connection.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    with raw_server(drip) as url, pytest.raises(AnswerLostError):
        get(url)
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    "begin",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", b"HTTP/1.1 200 OK\r\nContent-Le", b"nonsense\r\n"],
)
def test_a_connection_that_ends_early_leaves_it_open(begin):
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(begin)

    with raw_server(behave) as url, pytest.raises(AnswerLostError):
        get(url)


def test_no_more_is_read_than_the_cap():
    sent = bytearray()

    def flood(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x" * 10_000)
            sent.extend(b"x" * 10_000)

    with raw_server(flood) as url, pytest.raises(AnswerLostError, match="larger than 1000 bytes"):
        get(url, timeout=5)
    assert len(sent) < 10_000_000


def test_connections_are_kept_and_shared():
    connections = []

    def behave(connection: socket.socket) -> None:
        connections.append(1)
        Recorder()(connection)

    with raw_server(behave) as url:
        client = HttpClient(url, operator_url=True)
        for _ in range(3):
            client.request("GET", "/")
        client.close()
    assert len(connections) == 1


def test_each_process_has_a_client_of_its_own(monkeypatch):
    ours = http.client("http://127.0.0.1:1", operator_url=True)
    assert http.client("http://127.0.0.1:1", operator_url=True) is ours
    assert http.client("http://127.0.0.1:1") is not ours
    monkeypatch.setattr(os, "getpid", lambda: 1)
    theirs = http.client("http://127.0.0.1:1", operator_url=True)
    assert theirs is not ours
    http.close_clients()
    assert http.client("http://127.0.0.1:1", operator_url=True) is not theirs
    monkeypatch.undo()
    assert http.client("http://127.0.0.1:1", operator_url=True) is ours


def test_an_address_of_our_own_network_is_refused_before_connecting():
    recorder = Recorder()
    with raw_server(recorder) as url:
        for base in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
            client = HttpClient(base, operator_url=False, timeout=1)
            with pytest.raises(ForbiddenAddressError):
                client.request("GET", "/")
            client.close()
    assert recorder.seen == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.7", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
    with pytest.raises(ForbiddenAddressError):
        HttpClient("http://both.example", operator_url=False, timeout=1).request("GET", "/")


def test_the_address_that_was_checked_is_the_one_that_is_used(monkeypatch):
    used = []

    def connect(_self: object, host: str, *_args: object, **_kwargs: object) -> None:
        used.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("93.184.216.34", 80))])
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(NotReachedError):
        HttpClient("http://rebinding.example", operator_url=False).request("GET", "/")
    assert used == ["93.184.216.34"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com", "unix:/x", "example.com"])
def test_only_web_addresses_are_taken(url):
    with pytest.raises(ForbiddenAddressError):
        HttpClient(url, operator_url=True)


def test_a_header_that_would_break_the_message_is_refused():
    with raw_server(Recorder()) as url, pytest.raises(ValueError, match="Illegal header value"):
        HttpClient(url, operator_url=True).request("GET", "/", headers={"authorization": "a\r\nb: c"})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:0a00:0001::1",
        "2001:db8::1",
    ],
)
def test_what_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(network="10.0.0.0/8"))
def test_a_private_address_stays_private_in_every_notation(address):
    high, low = divmod(int(address), 65536)
    for notation in (f"::ffff:{address}", f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::5"):
        assert not is_public(notation)
