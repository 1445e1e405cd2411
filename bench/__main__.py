"""`make bench`: measures the product in production shape, on servers of its own, and prints a table.

Figures are ratios to a limit measured in the same run, because machines differ; targets are absolute where the
product promises an absolute. `ONLY=list,drain` chooses, `SMOKE=1` makes runs short (figures then mean little),
`HISTORY=1` appends the table to docs/benchmarks.md.
"""

import argparse
import os
import sys
from collections.abc import Callable

import django

from bench.results import Result, remember, report
from bench.stack import Stack
from bench.wire import Size

Bench = Callable[[Stack, Size], list[Result]]


def benches() -> dict[str, Bench]:
    """Return every bench by the name it is chosen by, in the order they run. Django is set up."""
    from bench import (  # noqa: PLC0415 - they need Django
        browsing,
        draining,
        fairness,
        fanout,
        growth,
        lists,
        search,
        sending,
        tenants,
        webhooks,
    )  # fmt: skip

    return {
        "webhooks": webhooks.run,
        "drain": draining.run,
        "browser": browsing.run,
        "fanout": fanout.run,
        "idle": fanout.run_idle,
        "list": lists.run,
        "send": sending.run,
        "tenants": tenants.run,
        "growth": growth.run,
        "fairness": fairness.run,
        "search": search.run,
    }


def main() -> int:
    """Run the chosen benches; exit code 1 when a target is missed, 2 when there is no such bench."""
    arguments = _arguments()
    stack = Stack.start()
    try:
        django.setup()
        known = benches()
        chosen = [name for name in arguments.only.split(",") if name] or list(known)
        if strangers := set(chosen) - set(known):
            print(f"There is no bench {', '.join(sorted(strangers))}; there are {', '.join(known)}.", file=sys.stderr)
            return 2
        results = _run({name: known[name] for name in known if name in chosen}, stack, Size(smoke=arguments.smoke))
    finally:
        stack.close()
    report(results)
    if arguments.history:
        remember(results)
    return 0 if all(result.ok for result in results) else 1


def _run(chosen: dict[str, Bench], stack: Stack, size: Size) -> list[Result]:
    from bench.ground import prepare  # noqa: PLC0415 - needs Django

    prepare()
    results: list[Result] = []
    for name, bench in chosen.items():
        print(f"{name} ...", file=sys.stderr)
        results += bench(stack, size)
    return results


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help="names of benches, with commas between")
    parser.add_argument("--smoke", action="store_true", default=bool(os.environ.get("SMOKE")), help="short runs")
    parser.add_argument("--history", action="store_true", default=bool(os.environ.get("HISTORY")))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
