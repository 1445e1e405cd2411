"""The live process, in `make run` with the pages too: one uvicorn, on loopback unless told otherwise."""

import sys

import uvicorn

LOOPBACK = "127.0.0.1"
FINISH_WITHIN_S = 3


def main(port: int, host: str = LOOPBACK) -> None:
    """Serve until SIGTERM; requests under way get three seconds to finish."""
    uvicorn.run(
        "config.asgi:application",
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # kernel.logs writes a line per request, with tenant and without personal data
        server_header=False,
        proxy_headers=False,  # uvicorn believes them of every peer on loopback; ours are read by kernel.addresses
        timeout_graceful_shutdown=FINISH_WITHIN_S,
        timeout_keep_alive=75,
        ws_max_size=64 * 1024,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:3])
