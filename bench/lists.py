"""The conversation list of a large tenant, authenticated, beside raw psycopg and orjson; and objects one by one."""

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from bench import ground
from bench.ground import Ground
from bench.load import Load, closed_loop, request
from bench.results import Result
from bench.stack import Stack
from bench.wire import Size
from conversations.models import Conversation
from kernel.tenancy import tenant_context

CLIENTS = 8
LIST = "/api/v1/conversations/?limit=50"
QUERY = """
    SELECT c.*, p.name AS contact_name, p.phone AS contact_phone, m.name AS assignee_name
    FROM {schema}.conversations_conversation AS c
    JOIN {schema}.crm_contact AS p ON p.id = c.contact_id
    LEFT JOIN {schema}.team_member AS m ON m.id = c.assignee_id
    ORDER BY c.last_message_at DESC, c.id DESC LIMIT 51
"""
MOST_STATEMENTS = 4
STATEMENT = re.compile(rb"LOG:  (?:statement|execute [^:]*): (?!BEGIN|COMMIT)")


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure lists and details in a tenant of 200,000 messages."""
    place = ground.tenant()
    ground.fill(place, threads=size.of(20_000, 1_000), each=size.of(10, 3))
    seconds = size.of(10, 2)
    stack.only("web")
    with stack.bare("rows", BARE_QUERY=QUERY.format(schema=place.schema)) as url:
        limit = _load(url, ["/"], place, seconds)
    listed = _load(stack.url("web"), [LIST], place, seconds)
    results = [
        Result("conversation list of 50, requests/s", listed.rate, "/s", limit.rate, 0.2, at_least=True, of_ratio=True),
        Result("conversation list of 50, p95 at 8 clients", listed.p(0.95), "ms", limit.p(0.95), 60),
        Result("conversation list of 50, statements", statements(stack, LIST, place), "", 0, MOST_STATEMENTS),
    ]
    for name, paths in details(place).items():
        load = _load(stack.url("web"), paths, place, seconds / 2)
        results.append(Result(f"{name}, p95 at 8 clients", load.p(0.95), "ms", limit.p(0.95), 60))
        count = statements(stack, paths[0], place)
        results.append(Result(f"{name}, statements", count, "", 0, MOST_STATEMENTS + 1))
    return results


def details(place: Ground) -> dict[str, list[str]]:
    """Return addresses of single objects, by what they show."""
    with tenant_context(place.schema):
        rows = list(Conversation.objects.order_by("-last_message_at").values_list("id", "contact_id")[:200])
    return {
        "one conversation": [f"/api/v1/conversations/{one}/" for one, _contact in rows],
        "messages of a conversation": [f"/api/v1/conversations/{one}/messages/?limit=50" for one, _contact in rows],
        "one contact": [f"/api/v1/contacts/{contact}/" for _one, contact in rows],
    }


def requests(paths: Sequence[str], places: Sequence[Ground]) -> Iterator[bytes]:
    """Yield requests without end, path by path and tenant by tenant."""
    made = [request("GET", path, place.host, place.headers) for path in paths for place in places]
    return itertools.cycle(made)


def _load(url: str, paths: Sequence[str], place: Ground, seconds: float) -> Load:
    closed_loop(url, requests(paths, [place]), clients=CLIENTS, seconds=1)  # warm
    return closed_loop(url, requests(paths, [place]), clients=CLIENTS, seconds=seconds)


def statements(stack: Stack, path: str, place: Ground) -> float:
    """Return how many statements one warm request sends to the server, by the server's own log."""
    log = stack.servers.directory / "postgres.log"
    once = list(itertools.islice(requests([path], [place]), 12))
    closed_loop(stack.url("web"), once, clients=1)
    with _told_everything(stack):
        before = log.stat().st_size
        closed_loop(stack.url("web"), once[:10], clients=1)
        return _said(log, before) / 10


def _said(log: Path, after: int) -> int:
    with log.open("rb") as file:
        file.seek(after)
        return len(STATEMENT.findall(file.read()))


class _told_everything:  # noqa: N801 - used like a function
    """Have the server log every statement for a while."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def __enter__(self) -> None:
        self._set("all")

    def __exit__(self, *_problem: object) -> None:
        self._set("none")

    def _set(self, value: str) -> None:
        postgres = self._stack.servers.postgres
        with psycopg.connect(
            host="127.0.0.1", port=postgres.port, user="postgres", password=postgres.password, dbname="postgres",
            autocommit=True,
        ) as own:  # fmt: skip
            own.execute(f"ALTER SYSTEM SET log_statement = '{value}'")
            own.execute("SELECT pg_reload_conf()")
            own.execute("SELECT pg_sleep(0.3)")
