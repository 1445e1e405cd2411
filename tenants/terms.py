"""The terms of use: which versions there are. Each has a page; the newest one is what people accept.

A new version is a new template and a new last entry here: members who accepted an older one are asked again.
"""

from typing import Final

VERSIONS: Final = ("2026-10-01",)
CURRENT: Final = VERSIONS[-1]
