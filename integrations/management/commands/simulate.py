"""`manage.py simulate`: customers who write on WhatsApp, for demos, screenshots and load."""

import asyncio
import json
import random
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.whatsapp.simulation.files import Files
from integrations.whatsapp.simulation.people import MOST_PEOPLE
from integrations.whatsapp.simulation.runner import Tally, Target, planned, run
from integrations.whatsapp.simulation.traffic import LANGUAGES, Traffic
from integrations.whatsapp.wire import Number

_MOST_RATE = 1000.0
_SECONDS_BETWEEN_TURNS = 6


class UnusableError(CommandError):
    """The input cannot be used; nothing was sent. Ends the command with exit code 2."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, returncode=2)


class Command(BaseCommand):
    """Send signed webhooks like the vendor's. Exit code 1 when some were not taken, 2 for unusable input."""

    help = (
        "Let made-up customers write on WhatsApp: signed webhooks like the vendor's, in English and Spanish. "
        "Finds the outlets of the running product in var/demo.json."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--rate", type=float, default=1.0, help="messages a second, over all outlets (default 1)")
        parser.add_argument("--minutes", type=float, default=1.0, help="how long (default 1)")
        parser.add_argument("--tenant", action="append", default=[], help="only this tenant's outlets (repeatable)")
        parser.add_argument("--phone-number-id", action="append", default=[], help="only this outlet (repeatable)")
        parser.add_argument("--webhook-url", help="where webhooks go, instead of what var/demo.json says")
        parser.add_argument("--customers", type=int, default=60, help="how many different people write (default 60)")
        parser.add_argument("--messages", type=int, help="stop after so many, even before the time is over")
        parser.add_argument("--language", action="append", choices=LANGUAGES, help="only these people (repeatable)")
        parser.add_argument("--media-share", type=float, help="0 to 1: how many messages are files; else as it comes")
        parser.add_argument("--emulator-url", help="who keeps the files, instead of what var/demo.json says")
        parser.add_argument("--seed", type=int, help="the same people say the same things in the same order")
        parser.add_argument("--json", action="store_true", help="print the result as JSON, progress to stderr")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Run, show progress, print the result."""
        _check(options)
        demo = _demo_file()
        numbers = _numbers(demo, options)
        target = _target(demo, options)
        progress = self.stderr if options["json"] else self.stdout
        progress.write(f"{options['rate']:g} messages/s for {options['minutes']:g} min to {target.url}")
        files = Files(_emulator(demo, options), random.Random(options["seed"]))  # noqa: S311 - which picture, no secret
        if not files.are_there():
            _require(not options["media_share"], f"--media-share: no emulator at {_emulator(demo, options)}")
            progress.write(f"No emulator at {_emulator(demo, options)}: nobody sends files.")
        started = time.monotonic()
        with closing(files):
            traffic = _traffic(numbers, options, files)
            total = planned(rate=options["rate"], seconds=options["minutes"] * 60, most=options["messages"])
            tally = asyncio.run(
                _run(traffic, target, options, lambda done, seconds: progress.write(_progress(done, seconds, total)))
            )
        seconds = time.monotonic() - started
        summary = tally.summary(seconds)
        self.stdout.write(json.dumps(summary) if options["json"] else _line(tally, seconds) + _kinds(tally))
        if tally.accepted < tally.sent:
            sys.exit(1)


def _traffic(numbers: list[Number], options: dict[str, Any], files: Files) -> Traffic:
    return Traffic(
        numbers,
        customers=options["customers"],
        at_once=max(3, round(options["rate"] * _SECONDS_BETWEEN_TURNS)),
        seed=options["seed"],
        languages=tuple(options["language"] or LANGUAGES),
        files=files if files.are_there() else None,
        media_share=options["media_share"],
    )


async def _run(traffic: Traffic, target: Target, options: dict[str, Any], report: Any) -> Tally:  # noqa: ANN401
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    seconds = options["minutes"] * 60
    most = options["messages"]
    return await run(traffic, target, rate=options["rate"], seconds=seconds, report=report, stop=stop, most=most)


def _check(options: dict[str, Any]) -> None:
    _require(0 < options["rate"] <= _MOST_RATE, f"--rate is above 0 and at most {_MOST_RATE:g}")
    _require(options["minutes"] > 0, "--minutes is above 0")
    _require(1 <= options["customers"] <= MOST_PEOPLE, f"--customers is 1 to {MOST_PEOPLE}")
    _require(options["messages"] is None or options["messages"] > 0, "--messages is above 0")
    _require(options["media_share"] is None or 0 <= options["media_share"] <= 1, "--media-share is 0 to 1")


def _demo_file() -> dict[str, Any]:
    """Return what the running product says about itself; empty when it has not run here."""
    path = Path(settings.DATA_DIR) / "demo.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        problem = f"{path} is no JSON: {error}"
        raise UnusableError(problem) from error
    return found


def _numbers(demo: dict[str, Any], options: dict[str, Any]) -> list[Number]:
    tenants = [item for item in demo.get("tenants", []) if not options["tenant"] or item["slug"] in options["tenant"]]
    missing = set(options["tenant"]) - {item["slug"] for item in tenants}
    _require(not missing, f"no such tenant in the running product: {', '.join(sorted(missing))}")
    known = [_number(outlet) for tenant in tenants for outlet in tenant.get("outlets", [])]
    wanted = options["phone_number_id"]
    if wanted:
        by_id = {number.phone_number_id: number for number in known}
        return [by_id.get(name) or _number({"phone_number_id": name}) for name in wanted]
    _require(known, "no outlets known: start the product with `make run` first, or name --phone-number-id")
    return known


def _number(outlet: dict[str, Any]) -> Number:
    phone_number_id = str(outlet["phone_number_id"])
    display = str(outlet.get("display_phone_number", "15550100000")).removeprefix("+")
    return Number(phone_number_id, str(outlet.get("waba_id", phone_number_id)), display)


def _target(demo: dict[str, Any], options: dict[str, Any]) -> Target:
    told = demo.get("whatsapp", {})
    url = options["webhook_url"] or told.get("webhook_url") or f"{settings.BASE_URL}/webhooks/whatsapp/"
    return Target(url, told.get("app_secret") or settings.WHATSAPP_APP_SECRET)


def _emulator(demo: dict[str, Any], options: dict[str, Any]) -> str:
    return str(options["emulator_url"] or demo.get("whatsapp", {}).get("graph_url") or settings.WHATSAPP_GRAPH_URL)


def _progress(tally: Tally, seconds: float, total: int) -> str:
    return f"{100 * tally.sent // total:3d}%  {_line(tally, seconds)}"


def _line(tally: Tally, seconds: float) -> str:
    clock = f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
    parts = [f"{tally.sent} sent", f"{tally.accepted} taken"]
    parts += [f"{count} {word}" for count, word in _troubles(tally) if count]
    p95 = tally.percentile(0.95)
    return f"{clock}  {', '.join(parts)}" + (f", answered within {p95:g} ms (p95)" if p95 is not None else "")


def _troubles(tally: Tally) -> Iterable[tuple[int, str]]:
    return (tally.waiting, "on their way"), (tally.retries, "repeated"), (tally.failed, "given up")


def _kinds(tally: Tally) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in tally.kinds.most_common())
    return f"\n{len(tally.people)} customers: {kinds}" if kinds else ""


def _require(fact: object, problem: str) -> None:
    if not fact:
        raise UnusableError(problem)
