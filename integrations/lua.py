"""Scripts that Redis runs in one step, so that processes on several machines share one state and one clock."""

from collections.abc import Sequence
from typing import Any, cast

from kernel import redis

_CLOCK = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
"""


def run(source: str, *, keys: Sequence[str], args: Sequence[str | float] = (), now: float | None = None) -> Any:  # noqa: ANN401 - what a script returns is the script's affair
    """Run `source` and return its answer; the script finds unix seconds in `now` and `args` from ARGV[2] on.

    `now` is Redis' own clock unless given. Raises redis.exceptions.RedisError.
    """
    script = redis.client().register_script(_CLOCK + source)
    clock = "" if now is None else repr(float(now))
    return cast("Any", script(keys=list(keys), args=[clock, *args]))
