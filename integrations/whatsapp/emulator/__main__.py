"""Run the emulator: `python -m integrations.whatsapp.emulator --port 9001 --webhook http://localhost:8000/...`."""

import argparse
import os
import sys

import uvicorn

from integrations.whatsapp.emulator.app import Emulator, Options


def main() -> int:
    """Serve until stopped. The app secret comes from WHATSAPP_APP_SECRET, so that no process list shows it."""
    arguments = _arguments()
    secret = os.environ.get("WHATSAPP_APP_SECRET", "")
    if not secret:
        sys.stderr.write("Setting WHATSAPP_APP_SECRET is missing: the emulator signs webhooks with it.\n")
        return 2
    options = Options(
        webhook_url=arguments.webhook,
        app_secret=secret,
        is_open=arguments.open,
        delay_scale=arguments.delay_scale,
        seed=arguments.seed,
        state=arguments.state,
    )
    uvicorn.run(
        Emulator(options),
        host="127.0.0.1",
        port=arguments.port,
        log_level="info",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integrations.whatsapp.emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 chooses a free one")
    parser.add_argument("--webhook", required=True, help="address that gets the signed status webhooks")
    parser.add_argument("--open", action="store_true", help="serve every number, token and template name")
    parser.add_argument("--state", default=":memory:", help="SQLite file to remember in; in memory by default")
    parser.add_argument("--seed", type=int, help="make the delays repeatable")
    parser.add_argument("--delay-scale", type=float, default=1.0, help="stretch (2) or remove (0) status delays")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
