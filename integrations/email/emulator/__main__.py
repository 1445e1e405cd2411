"""Run the emulator: `python -m integrations.email.emulator --smtp-port 2525 --port 8025 --folder var/mail`."""

import argparse
import sys
from pathlib import Path

import uvicorn

from integrations.email.emulator.app import Emulator


def main() -> int:
    """Serve both ports on loopback until stopped."""
    parser = argparse.ArgumentParser(prog="python -m integrations.email.emulator", description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True, help="where mail is taken")
    parser.add_argument("--port", type=int, required=True, help="where it is shown")
    parser.add_argument("--folder", type=Path, required=True, help="where it is kept")
    arguments = parser.parse_args()
    uvicorn.run(
        Emulator(arguments.folder, arguments.smtp_port),
        host="127.0.0.1",
        port=arguments.port,
        log_level="info",
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
