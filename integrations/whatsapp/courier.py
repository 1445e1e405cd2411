"""Posting signed webhooks the way the vendor does, for those who play the vendor in development."""

import httpx

from integrations.whatsapp import signature

TIMEOUT = 10.0
GIVE_UP_AFTER = 7 * 86_400.0
"""Seconds after which the vendor drops a webhook that nobody took."""
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 30.0
"""The vendor waits for hours in the end; in development nobody wants to."""
_OK = 200


def new_client() -> httpx.AsyncClient:
    """Return a client for `post`; close it after use."""
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=3.0)
    return httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False)


async def post(client: httpx.AsyncClient, url: str, secret: str, raw: bytes) -> bool:
    """Post one webhook; tell whether it was taken. Only status 200 counts, as with the vendor."""
    headers = {
        "content-type": "application/json",
        "user-agent": "facebookexternalua",
        signature.HEADER: signature.sign(secret, raw),
    }
    try:
        answer = await client.post(url, content=raw, headers=headers)
    except httpx.HTTPError:
        return False
    return answer.status_code == _OK


def wait_before(attempt: int) -> float:
    """Return the seconds before try number `attempt` + 1: almost at once, then less and less often."""
    return min(_FIRST_WAIT * 2.0 ** min(attempt - 1, 16), _LONGEST_WAIT)
