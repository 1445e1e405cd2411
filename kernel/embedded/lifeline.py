"""Children that do not outlive their parent, even when it is killed."""

import ctypes
import signal
import sys
from collections.abc import Callable

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, linux/prctl.h


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` by which the kernel sends the child signal `number` when its parent is gone.

    Linux only; elsewhere it does nothing, and what stays is stopped at the next start. The library is loaded here
    and not in the child: between fork and exec nothing may take a lock.
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(_SET_PARENT_DEATH_SIGNAL, int(number), 0, 0, 0) and None
