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
import re
import secrets
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlencode, urlsplit

import httpcore

TIMEOUT = 10.0
MAX_BYTES = 4_000_000
_PIECE = 65_536
_NOT_IN_HEADERS = re.compile(r'[\x00-\x1f\x7f"\\]')
_IDLE = 15.0
_CONNECTIONS = 20
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_BEFORE_SENDING = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.UnsupportedProtocol)
_deadline: ContextVar[float] = ContextVar("integrations_http_deadline")


class NotReachedError(Exception):
    """No connection came about: the peer has seen nothing of the request."""


class AnswerLostError(Exception):
    """The request went out, whole or in part, and no usable answer came back: the peer may have acted."""


class TooLargeError(AnswerLostError):
    """The answer has more bytes than the caller wants; what came so far is worthless."""


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


class Readable(Protocol):
    """What a file of a form is read from."""

    def read(self, size: int = -1, /) -> bytes: ...  # noqa: D102
    def seek(self, offset: int, /) -> Any: ...  # noqa: ANN401, D102 - what it returns differs


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form: where its bytes are, how many, and what they are said to be."""

    content: Readable
    size: int
    name: str
    media_type: str


class _Form:
    """The bytes of a multipart form, made while they are sent."""

    def __init__(self, fields: Mapping[str, str], file: FilePart) -> None:
        self._boundary = secrets.token_hex(16)
        self._file = file
        texts = "".join(self._part(f'name="{name}"') + f"{value}\r\n" for name, value in fields.items())
        name = _NOT_IN_HEADERS.sub("_", file.name)
        about = self._part(f'name="file"; filename="{name}"', f"Content-Type: {file.media_type}\r\n")
        self._head = (texts + about).encode()
        self._tail = f"\r\n--{self._boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={self._boundary}"
        self.length = len(self._head) + file.size + len(self._tail)

    def _part(self, disposition: str, more: str = "") -> str:
        return f"--{self._boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        while piece := self._file.content.read(_PIECE):
            yield piece
        yield self._tail


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
        sent = {"accept": "application/json", **(headers or {})}
        content = None
        if payload is not None:
            content = json.dumps(payload, separators=(",", ":")).encode()
            sent["content-type"] = "application/json"
        with self._answer_to(method, url, sent, content) as answer:
            return _answer(answer, _gathered(answer, self._max_bytes))

    def download(
        self, path: str, *, into: BinaryIO, max_bytes: int, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Write the body of a 200 into a file, piece by piece; an answer of another status keeps its (short) body.

        Raises what `request` does; TooLargeError as soon as there are more than `max_bytes`.
        """
        with self._answer_to("GET", self._base_url + path, {"accept": "*/*", **(headers or {})}, None) as answer:
            if answer.status != HTTPStatus.OK:
                return _answer(answer, _gathered(answer, self._max_bytes))
            into.writelines(_bounded(answer, max_bytes))
            return _answer(answer, b"")

    def upload(
        self, path: str, *, fields: Mapping[str, str], file: FilePart, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post a form with one file (RFC 7578), which is read while it is sent. Raises what `request` does."""
        form = _Form(fields, file)
        described = {"content-type": form.content_type, "content-length": str(form.length)}
        sent = {"accept": "application/json", **(headers or {}), **described}
        with self._answer_to("POST", self._base_url + path, sent, iter(form)) as answer:
            return _answer(answer, _gathered(answer, self._max_bytes))

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.close()

    @contextmanager
    def _answer_to(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | Iterator[bytes] | None
    ) -> Iterator[httpcore.Response]:
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        lines = _header_lines({"accept-encoding": "identity", **headers})
        with (
            _time_limit(self._timeout),
            _sorted_errors(),
            self._pool.stream(method, url, headers=lines, content=content, extensions={"timeout": waits}) as answer,
        ):
            yield answer


def _answer(answer: httpcore.Response, body: bytes) -> Answer:
    names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    return Answer(answer.status, names, body)


def _gathered(answer: httpcore.Response, max_bytes: int) -> bytes:
    return b"".join(_bounded(answer, max_bytes))


def _bounded(answer: httpcore.Response, max_bytes: int) -> Iterator[bytes]:
    received = 0
    for piece in answer.iter_stream():
        received += len(piece)
        if received > max_bytes:
            message = f"the answer is larger than {max_bytes} bytes"
            raise TooLargeError(message)
        yield piece


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
