"""The only place that opens connections to the outside.

Every call has one time-out for the whole of it (a peer that drips bytes does not stretch it), follows no redirect,
asks for no compression and reads no more than a cap. Addresses inside our own network are refused unless the operator
configured the URL; the address is checked on the very connection that is used, so a name that changes its mind
between check and use gains nothing.
"""

import atexit
import ipaddress
import json
import os
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpcore

TIMEOUT = 10.0
MAX_BYTES = 4_000_000
_IDLE = 15.0
_CONNECTIONS = 20
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_BEFORE_SENDING = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.UnsupportedProtocol)
_deadline: ContextVar[float] = ContextVar("integrations_http_deadline")


class NotReachedError(Exception):
    """No connection came about: the peer has seen nothing of the request."""


class AnswerLostError(Exception):
    """The request went out, whole or in part, and no usable answer came back: the peer may have acted."""


class ForbiddenAddressError(NotReachedError):
    """The URL leads into a private network, or to no web address at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Return the parsed body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class HttpClient:
    """Calls to one base URL over a pool of kept connections; safe to share between threads."""

    def __init__(
        self, base_url: str, *, operator_url: bool, timeout: float = TIMEOUT, max_bytes: int = MAX_BYTES
    ) -> None:
        if urlsplit(base_url).scheme not in {"http", "https"}:
            message = f"no web address: {base_url!r}"
            raise ForbiddenAddressError(message)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpcore.default_ssl_context(),
            max_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE,
            network_backend=_Network(operator_url=operator_url),
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        payload: object = None,
    ) -> Answer:
        """Send `payload` as JSON and return the answer, whatever its status.

        Raises NotReachedError or AnswerLostError; ValueError for a header no HTTP message can carry.
        """
        url = self._base_url + path + (f"?{urlencode(query)}" if query else "")
        sent = {"accept": "application/json", "accept-encoding": "identity", **(headers or {})}
        content = None
        if payload is not None:
            content = json.dumps(payload, separators=(",", ":")).encode()
            sent["content-type"] = "application/json"
        with _time_limit(self._timeout), _sorted_errors():
            return self._exchange(method, url, _header_lines(sent), content)

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.close()

    def _exchange(self, method: str, url: str, headers: list[tuple[bytes, bytes]], content: bytes | None) -> Answer:
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        with self._pool.stream(method, url, headers=headers, content=content, extensions={"timeout": waits}) as answer:
            body = bytearray()
            for chunk in answer.iter_stream():
                body += chunk
                if len(body) > self._max_bytes:
                    message = f"the answer is larger than {self._max_bytes} bytes"
                    raise AnswerLostError(message)
            names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(answer.status, names, bytes(body))


def client(base_url: str, *, operator_url: bool = False, timeout: float = TIMEOUT) -> HttpClient:
    """Return this process's client for `base_url`; a forked worker never shares its parent's connections."""
    key = (os.getpid(), base_url, operator_url, timeout)
    found = _clients.get(key)
    if found is None:
        found = _clients.setdefault(key, HttpClient(base_url, operator_url=operator_url, timeout=timeout))
    return found


@atexit.register
def close_clients() -> None:
    """Close the connections this process has kept."""
    for key in [key for key in _clients if key[0] == os.getpid()]:
        _clients.pop(key).close()


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, looking through every tunnel notation."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


@contextmanager
def _sorted_errors() -> Iterator[None]:
    """Sort what httpcore raises by the one question that matters, whether the peer can have seen the request."""
    try:
        yield
    except _BEFORE_SENDING as error:
        raise NotReachedError(str(error) or type(error).__name__) from error
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        raise AnswerLostError(str(error) or type(error).__name__) from error
    except httpcore.LocalProtocolError as error:
        raise ValueError(str(error)) from error


def _header_lines(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _left(timeout: float | None, *, late: type[httpcore.TimeoutException]) -> float:
    """Return the seconds a single wait may still take. Raises `late` when the time is up."""
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        message = "no complete answer in time"
        raise late(message)
    return left if timeout is None else min(left, timeout)


_clients: dict[tuple[int, str, bool, float], HttpClient] = {}


class _Network(httpcore.NetworkBackend):
    """Connects, after a look at where to."""

    def __init__(self, *, operator_url: bool) -> None:
        self._operator_url = operator_url
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        target = host if self._operator_url else _public_address(host, port)
        wait = _left(timeout, late=httpcore.ConnectTimeout)
        stream = self._sockets.connect_tcp(target, port, wait, local_address, socket_options)
        return _TimedStream(stream)


class _TimedStream(httpcore.NetworkStream):
    """A stream on which every wait ends with the whole call's time-out."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, late=httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, late=httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = _left(timeout, late=httpcore.ConnectTimeout)
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the base class says so
        return self._inner.get_extra_info(info)


def _public_address(host: str, port: int) -> str:
    """Return an address of `host` to connect to. Raises ForbiddenAddressError when any of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"the name {host!r} is not known"
        raise NotReachedError(message) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not all(is_public(address) for address in addresses):
        message = f"{host!r} leads to an address that is not public"
        raise ForbiddenAddressError(message)
    return addresses[0]
