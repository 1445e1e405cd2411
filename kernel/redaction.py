"""Keeping personal data and secrets out of log lines: by the name of a field, and by what its text looks like."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "[redacted]"
DEEPEST = 6

SECRET_NAMES = re.compile(
    r"pass(word|wd)|secret|token|authorization|cookie|api_?key|signature|ssn|"
    r"^(text|body|caption|content|payload|note|draft|preview|subject_line|first_name|last_name|full_name|"
    r"contact_name|to|recipient|wa_id|phone|phone_number|email|address|birth_?date)$",
    re.IGNORECASE,
)
"""Names whose values are never logged: secrets, what people write to each other, and who they are."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), r"\1 " + MASK),
    (re.compile(r"\brk_[a-z0-9]+_[\w-]+"), "[api key]"),
    (re.compile(r"\bEAA[A-Za-z0-9]{16,}"), "[access token]"),
    (re.compile(r"(?i)([?&;\s](?:token|ticket|code|key|signature|access_token)=)[^&\s\"']+"), r"\1" + MASK),
    (re.compile(r"(/(?:signup|password|invitation|email)/)[\w-]{20,}"), r"\1[link]"),  # opens something, once
    (re.compile(r"://[^/\s:@]*:[^/\s@]+@"), f"://{MASK}@"),
    (re.compile(r"(?m)^DETAIL:.*$"), f"DETAIL:  {MASK}"),  # PostgreSQL quotes the row that failed
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])"), "[ssn]"),
    (re.compile(r"\+\d[\d ().-]{6,18}\d"), "[phone]"),
    (re.compile(r"(?<![\w-])\(?[2-9]\d{2}\)?[- .][2-9]\d{2}[- .]\d{4}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w.-])1?[2-9]\d{2}[2-9]\d{6}(?![\w.-])"), "[phone]"),
)


def redact_text(text: str) -> str:
    """Return `text` with everything masked that looks like a phone, e-mail, SSN, key or password."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - whatever a log call was given
    """Return `value` for a log line: plain values, masked by field name and by look, cut below six levels."""
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _redact_items(value, depth + 1) if depth < DEEPEST else MASK
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return redact_text(str(value))


def _redact_items(value: Any, depth: int) -> Any:  # noqa: ANN401 - whatever a log call was given
    if isinstance(value, Mapping):
        return {str(name): redact_field(str(name), item, depth) for name, item in value.items()}
    return [redact(item, depth) for item in value]


def redact_field(name: str, value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - whatever a log call was given
    """Return the value of the field `name`, or only the mask when its name says that nobody may read it."""
    if SECRET_NAMES.search(name) and value not in (None, ""):
        return MASK
    return redact(value, depth)
