"""From webhook to browser: the time between the vendor's POST and the frame at a signed-in socket."""

import asyncio
import json
import time
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

import websockets

from bench import wire
from bench.results import Result

RATE, SECONDS = 50, 15


def sign_in(tenant: dict[str, Any], user: dict[str, str]) -> str:
    """Return the Cookie header of a signed-in session; names of tenants are reached on 127.0.0.1."""
    parts = urlsplit(tenant["url"])
    base, jar = f"http://127.0.0.1:{parts.port}", CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    host = {"Host": parts.netloc, "Origin": tenant["url"]}
    page = opener.open(Request(base + "/login/", headers=host)).read().decode()  # noqa: S310 - our own address
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = urlencode({"email": user["email"], "password": user["password"], "csrfmiddlewaretoken": token}).encode()
    opener.open(Request(base + "/login/", data=form, headers={**host, "Cookie": _cookies(jar)}))  # noqa: S310
    return _cookies(jar)


def _cookies(jar: CookieJar) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


async def _limit() -> float:
    """Return the p95 in ms of a bare socket that answers every frame at once."""

    async def echo(socket: websockets.ServerConnection) -> None:
        async for frame in socket:
            await socket.send(frame)

    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        spent = []
        async with websockets.connect(f"ws://127.0.0.1:{port}") as socket:
            for _turn in range(500):
                started = time.perf_counter()
                await socket.send("x" * 500)
                await socket.recv()
                spent.append(time.perf_counter() - started)
    return wire.percentile(spent, 0.95) * 1000


async def _arrivals(demo: dict[str, Any]) -> list[float]:
    tenant = demo["tenants"][0]
    parts = urlsplit(tenant["url"])
    cookie = await asyncio.to_thread(sign_in, tenant, tenant["users"][0])
    url, _slash, path = demo["whatsapp"]["webhook_url"].partition("/webhooks")
    http, posted, spent = wire.Http(url), dict[str, float](), list[float]()
    connect = websockets.connect(
        f"ws://127.0.0.1:{parts.port}/ws/inbox/",
        additional_headers={"Host": parts.netloc, "Cookie": cookie},
        origin=tenant["url"],
        max_size=None,
    )

    async def post(number: int) -> None:
        vendor_id, body = wire.message(tenant["outlets"][0], f"live {number}", number % 50)
        headers = wire.signed(demo["whatsapp"]["app_secret"], body)
        posted[vendor_id] = time.perf_counter()
        await http.request("POST", "/webhooks" + path, body, headers)

    async with connect as socket:
        reader = asyncio.ensure_future(_read(socket, posted, spent, RATE * SECONDS))
        await asyncio.sleep(1)
        await wire.paced(RATE, SECONDS, post)
        await asyncio.wait_for(reader, 30)
    http.close()
    return spent


async def _read(socket: websockets.ClientConnection, posted: dict[str, float], spent: list[float], wanted: int) -> None:
    while len(spent) < wanted:
        frame = json.loads(await socket.recv())
        if frame["type"] == "ping":
            continue
        if frame["type"] == "conversation:message" and frame["message"]["vendor_id"] in posted:
            spent.append(time.perf_counter() - posted[frame["message"]["vendor_id"]])


def run() -> list[Result]:
    """Measure webhook to socket at 50 messages/s."""
    limit = asyncio.run(_limit())
    spent = asyncio.run(_arrivals(wire.demo()))
    return [Result("webhook to browser, p95 at 50/s", wire.percentile(spent, 0.95) * 1000, "ms", limit, 250)]
