"""What a bench reports: a value beside a limit measured in the same run."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

VAR = Path(__file__).resolve().parent.parent / "var"
HISTORY = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Result:
    """A value (at most `target`, or `at_least`) beside its limit; with `of_ratio` the target is one of value / limit.

    A limit of 0 says that there is none; a target of None that the figure is only told.
    """

    name: str
    value: float
    unit: str
    limit: float
    target: float | None
    at_least: bool = False
    of_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        """Return value / limit."""
        return self.value / self.limit if self.limit else None

    @property
    def ok(self) -> bool:
        """Whether the target is met."""
        judged = self.ratio if self.of_ratio else self.value
        if self.target is None or judged is None:
            return self.target is None
        return judged >= self.target if self.at_least else judged <= self.target

    def row(self) -> dict[str, object]:
        """Return the row of var/bench.json."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "limit": round(self.limit, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "target": self.wish,
            "ok": self.ok,
        }

    @property
    def wish(self) -> str:
        """The target as people write it."""
        if self.target is None:
            return ""
        return f"{'>=' if self.at_least else '<='} {self.target:g}{' of limit' if self.of_ratio else ''}"


def report(results: Sequence[Result]) -> None:
    """Print a table and write var/bench.json."""
    print(f"{'bench':<52}{'value':>11} {'unit':<8}{'limit':>11}{'ratio':>8}  {'target':<16}ok")
    for result in results:
        row = result.row()
        ratio = "" if result.ratio is None else row["ratio"]
        verdict = "" if result.target is None else "yes" if result.ok else "NO"
        print(
            f"{result.name:<52}{row['value']:>11} {result.unit:<8}{row['limit'] or '':>11}{ratio!s:>8}  "
            f"{result.wish:<16}{verdict}"
        )
    VAR.mkdir(exist_ok=True)
    path = VAR / "bench.json"
    path.write_text(json.dumps({"results": [result.row() for result in results]}, indent=1), encoding="utf-8")
    print(f"written to {path}")


def remember(results: Sequence[Result]) -> None:
    """Append the figures to docs/benchmarks.md, with the day and the machine."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        f"\n## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}\n",
        "| bench | value | limit | ratio | target | ok |",
    ]
    lines.append("|---|---|---|---|---|---|")
    for result in results:
        row = result.row()
        verdict = "" if result.target is None else "yes" if result.ok else "no"
        lines.append(
            f"| {result.name} | {row['value']} {result.unit} | {row['limit'] or ''} | {row['ratio'] or ''} "
            f"| {result.wish} | {verdict} |"
        )
    with HISTORY.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
