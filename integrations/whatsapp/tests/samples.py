"""The payloads of this folder, and those of the vendor's documentation where they lie beside the repository."""

import json
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parent / "payloads"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "whatsapp"

WABA_ID, NUMBER_ID, DISPLAY = "900100200300400", "700100200300401", "12125550100"
WA_ID, USER_ID = "12125550142", "US.40718820035517790042"


def payload(name: str) -> Any:
    """Return one payload by folder and name: `messages/text`."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def names(folder: str) -> list[str]:
    """Return the payloads of a folder."""
    return sorted(path.stem for path in (PAYLOADS / folder).glob("*.json"))


def batch(*payloads: dict[str, Any]) -> dict[str, Any]:
    """Return one webhook with the entries of several."""
    return {"object": payloads[0]["object"], "entry": [entry for one in payloads for entry in one["entry"]]}
