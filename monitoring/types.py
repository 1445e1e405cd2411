"""The values monitoring passes around."""

from dataclasses import dataclass, field
from typing import Any

from monitoring.enums import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now. `key` and `schema_name` identify it from one look to the next."""

    key: str
    severity: Severity
    title: str
    schema_name: str = ""
    details: dict[str, Any] = field(default_factory=dict, compare=False)
