"""The browser that tests drive: found on the machine, or installed (`python -m kernel.testing.browser`)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL_WITHIN_S = 600


def find() -> Path | None:
    """Return a Chromium of this machine, or the one Playwright has installed, or None."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starting it takes a moment

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


def main() -> int:
    """See that there is a browser; never fails, because the other tests need none."""
    if find() is None:
        for command in _ways_to_install():
            if _succeeds(command) and find():
                break
        else:
            sys.stderr.write("No Chromium here and none could be installed: the browser tests will be skipped.\n")
    return 0


def _ways_to_install() -> list[list[str]]:
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"
        ways.insert(0, ["/bin/sh", "-c", f"DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; {install}"])
    return ways


def _succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=INSTALL_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
