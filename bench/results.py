"""What a bench reports: a value beside a limit measured in the same run."""

import json
from dataclasses import asdict, dataclass

from bench.wire import VAR


@dataclass(frozen=True)
class Result:
    """`ratio` is value / limit; `ok` tells whether `value` meets `target` (at most, or at least for rates)."""

    name: str
    value: float
    unit: str
    limit: float
    target: float
    at_least: bool = False

    @property
    def ok(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.target if self.at_least else self.value <= self.target

    def row(self) -> dict[str, object]:
        """Return the row of var/bench.json."""
        kept = {name: value for name, value in asdict(self).items() if name != "at_least"}
        ratio = round(self.value / self.limit, 3) if self.limit else None
        return {**kept, "value": round(self.value, 3), "limit": round(self.limit, 3), "ratio": ratio, "ok": self.ok}


def report(results: list[Result]) -> None:
    """Print a table and write var/bench.json."""
    print(f"{'bench':<46}{'value':>10} {'unit':<6}{'limit':>10}{'ratio':>8}{'target':>10}  ok")
    for result in results:
        row = result.row()
        print(
            f"{result.name:<46}{row['value']:>10} {result.unit:<6}{row['limit']:>10}{row['ratio']!s:>8}"
            f"{result.target:>10}  {'yes' if result.ok else 'NO'}"
        )
    path = VAR / "bench.json"
    path.write_text(json.dumps({"results": [result.row() for result in results]}, indent=1), encoding="utf-8")
    print(f"written to {path}")
