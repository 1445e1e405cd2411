"""The files that customers send: kept by the emulator, so that the product can fetch them as from the vendor."""

from collections import defaultdict
from random import Random
from typing import Any

import httpx

from integrations.whatsapp.wire import Number

_STOCK = 20
_VARIANTS = 6
_SAMPLES = {
    "image": ("letter", "photo", "screenshot"),
    "audio": ("voice",),
    "document": ("document",),
    "sticker": ("sticker", "animated_sticker"),
}
KINDS = tuple(_SAMPLES)


class Files:
    """Hands out files of an emulator; asks for many at once, so that hardly any message waits for one."""

    def __init__(self, graph_url: str, chance: Random) -> None:
        self._client = httpx.Client(base_url=graph_url, timeout=10.0, trust_env=False)
        self._chance = chance
        self._stock: dict[tuple[Number, str], list[dict[str, Any]]] = defaultdict(list)

    def are_there(self) -> bool:
        """Tell whether an emulator answers at all."""
        try:
            return self._client.get("/_emulator/health").is_success
        except httpx.HTTPError:
            return False

    def take(self, number: Number, kind: str) -> dict[str, Any]:
        """Return what a webhook says of a new file of this kind. Raises httpx.HTTPError."""
        stock = self._stock[number, kind]
        if not stock:
            stock += self._made(number, self._chance.choice(_SAMPLES[kind]))
        return stock.pop()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _made(self, number: Number, sample: str) -> list[dict[str, Any]]:
        order = {"phone_number_id": number.phone_number_id, "sample": sample, "count": _STOCK}
        answer = self._client.post("/_emulator/media", json={**order, "variant": self._chance.randrange(_VARIANTS)})
        answer.raise_for_status()
        made: list[dict[str, Any]] = answer.json()["media"]
        return made
