"""What every process does once, when everything is loaded and before its work begins."""

import gc

from kernel.tenancy_checks import refuse_unsafe_pooler


def begin() -> None:
    """Look that the ground is safe, and leave what was loaded alone from here on.

    Several hundred thousand objects of code and settings stay until the end. Frozen, no collection walks through them
    again, above all not the last one: without that each process needs half a second of computing to end, and a busy
    machine that stops ten of them several. Raises SystemExit behind an unsafe pooler.
    """
    refuse_unsafe_pooler()
    gc.freeze()
