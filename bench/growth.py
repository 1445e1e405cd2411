"""What many tenants cost each request: the same list with 3 tenants and with 300, one after the other."""

from bench import ground
from bench.ground import Ground
from bench.lists import CLIENTS, LIST, requests
from bench.load import Load, closed_loop
from bench.results import Result
from bench.stack import Stack
from bench.wire import Size

FEW = 3
MOST_TIMES = 1.4


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure the list's p95 over few and over many tenants of equal size."""
    many = size.of(300, 20)
    places = [_tenant() for _number in range(many)]
    seconds = size.of(20, 3)
    stack.only("web")
    few, lots = _load(stack, places[:FEW], seconds), _load(stack, places, seconds)
    return [
        Result(
            f"list with {many} tenants beside {FEW}, p95", lots.p(0.95), "ms", few.p(0.95), MOST_TIMES, of_ratio=True
        ),
        Result(f"list with {many} tenants beside {FEW}, requests/s", lots.rate, "/s", few.rate, None),
    ]


def _tenant() -> Ground:
    place = ground.tenant()
    ground.fill(place, threads=60, each=2)
    return place


def _load(stack: Stack, places: list[Ground], seconds: int) -> Load:
    """Warm every tenant in the server's processes, then measure."""
    closed_loop(stack.url("web"), requests([LIST], places), clients=CLIENTS, seconds=max(seconds / 2, 2))
    return closed_loop(stack.url("web"), requests([LIST], places), clients=CLIENTS, seconds=seconds)
