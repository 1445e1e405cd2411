"""`make bench`: measures the product that runs (`make run` in another terminal) and prints a table.

Figures are ratios to a limit measured in the same run, because machines differ; targets are absolute where the
product promises an absolute.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["LOG_LEVEL"] = "ERROR"  # the table is the output


def main() -> int:
    """Run every bench; exit code 1 when a target is missed, 2 when the product does not run."""
    django.setup()
    from bench import live, search, tenants, webhooks  # noqa: PLC0415 - they need Django
    from bench.results import report  # noqa: PLC0415
    from ingest.queries import backlog  # noqa: PLC0415

    try:
        results = [*webhooks.run(lambda: int(backlog()["waiting"])), *live.run(), *tenants.run(), *search.run()]
    except FileNotFoundError:
        print("Nothing to measure: start the product first with `make run`.", file=sys.stderr)
        return 2
    report(results)
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
