"""Entity tags (RFC 9110, 8.8.3): names for the state of an object, and for what an answer shows of it.

The tag of an object has two halves, `"<state>.<view>"`. The state is a digest of the object itself and of nothing
else: it is the same in every language, for every reader and at every time, until somebody changes the object. The
view is a digest of the answer, in which a name of somebody else, a clock or a sentence may differ. `If-None-Match`
asks "do I have what you would send?" and compares both halves; `If-Match` asks "has somebody changed it since?" and
compares the state alone. A content coding adds its name to the view (`-br`), because the bytes are other ones.
An answer that is not one whole object (a list, chosen fields) has a view only, which no `If-Match` accepts.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any

from kernel.api.rendering import dump

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_STATE_LENGTH = 24
_VIEW_LENGTH = 16


def state_of(thing: Mapping[str, Any], unversioned: Collection[str]) -> str:
    """Return the state of a whole object; the fields in `unversioned` are not the object's own."""
    own = {name: value for name, value in thing.items() if name not in unversioned}
    return _digest(dump(own, sort=True), _STATE_LENGTH)


def entity_tag(content: bytes, state: str = "") -> str:
    """Return the strong tag of an answer written as `content` that shows an object in `state`."""
    view = _digest(content, _VIEW_LENGTH)
    return f'"{state}.{view}"' if state else f'"{view}"'


def known_as(tag: str, if_none_match: str) -> str:
    """Return the tag by which the caller already has what `tag` stands for, or "".

    Weak comparison, as `If-None-Match` wants it, and whatever coding it was sent in: what the caller has is right.
    """
    if if_none_match.strip() == "*":
        return tag
    wanted = tag.strip('"')
    for weak, opaque in _TAG.findall(if_none_match):
        if opaque.partition("-")[0] == wanted:
            return f'{weak}"{opaque}"'
    return ""


def permits(if_match: str, state: str) -> bool:
    """Tell whether `If-Match` allows a write to an object in `state`; a weak tag never does (RFC 9110, 13.1.1)."""
    if if_match.strip() == "*":
        return True
    return any(not weak and _state(opaque) == state for weak, opaque in _TAG.findall(if_match))


def _state(opaque: str) -> str:
    state, dot, _view = opaque.partition(".")
    return state if dot else ""


def with_coding(tag: str, coding: str) -> str:
    """Return the tag of the same answer in a content coding; a weak tag names all of them."""
    return tag if tag.startswith("W/") or not tag.endswith('"') else f'{tag[:-1]}-{coding}"'


def _digest(content: bytes, length: int) -> str:
    return hashlib.sha256(content).hexdigest()[:length]
